"""Train one network under `watch`, and return the features of its first shares."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from infoscope.monitor.diagnosis import features
from infoscope.monitor.watch import watch
from infoscope.monitor.watching.schedule import log_spaced
from infoscope.monitor.watching.session import Watch
from infoscope.paper.misconfiguration.setups import SETUPS
from infoscope.paper.misconfiguration.trial import Trial, drawn, prepared

# Shares of the training that features come from.
SHARES = (0.05, 0.2, 1.0)
_BATCH, _HELD_OUT_EVERY, _MOMENTUM = 16, 20, 0.9
_PER_DECADE = 5
_PROBE, _HELD_OUT = 64, 64


def features_of(setup: str, seed: int, faulty: bool, updates: int) -> dict[float, dict[str, float]]:
    """Train a network with a fault, or its healthy twin, and return features for each share.

    Parameters
    ----------
    setup : str
        One of `SETUPS`.
    seed : int
        Of data, network and fault: the twin differs from the faulty training in the fault alone.
    faulty : bool
        Whether it has the fault.
    updates : int
        Updates of the training.

    Examples
    --------
    >>> found = features_of("M15", 0, faulty=True, updates=20)
    >>> found[1.0]["activation.constant_inputs"] + found[1.0]["activation.duplicate_inputs"] > 0
    True
    """
    watched = trained(setup, seed, faulty, updates)
    recording, held_out = watched.recording(), watched.recording(of="held_out")
    log = watched.to_frame()
    return {share: features(recording, log, share, held_out=held_out) for share in SHARES}


def trained(setup: str, seed: int, faulty: bool, updates: int) -> Watch:
    """Return the watched training of `features_of`."""
    trial, batches = trial_of(setup, seed, faulty)
    with _one_thread():
        return _train(trial, updates, batches)


def trial_of(setup: str, seed: int, faulty: bool) -> tuple[Trial, np.random.Generator]:
    """Return a training before it begins, and the random numbers of its batches."""
    # One stream per purpose, so that the fault changes no other random number.
    place = list(SETUPS).index(setup)
    drawing, data, fault, batches = (
        np.random.default_rng(child) for child in np.random.SeedSequence([seed, place]).spawn(4)
    )
    chosen = SETUPS[setup]
    trial = prepared(drawn(chosen.sources, chosen.cells, drawing), data)
    if faulty:
        chosen.fault(trial, fault)
    return trial, batches


def _train(trial: Trial, updates: int, random: np.random.Generator) -> Watch:
    net = trial.net
    x, y, there, wanted = map(
        _tensor, (trial.inputs, trial.targets, trial.held_inputs, trial.held_targets)
    )
    parameters = [p for name, p in net.named_parameters() if name not in trial.frozen]
    optimiser = _optimiser(trial, parameters)
    probe = (x[:_PROBE], _tensor(trial.probe_targets)[:_PROBE])
    held_out = (there[:_HELD_OUT], wanted[:_HELD_OUT])
    due = log_spaced(_PER_DECADE)
    # Without thinning, results do not depend on the time that anything takes.
    with watch(
        net, probe=probe, held_out=held_out, every=lambda step: due(step) or step == updates,
        budget=1.0, progress=False,
    ) as watched:  # fmt: skip
        for step in range(1, updates + 1):
            chosen = torch.from_numpy(random.integers(len(x), size=_BATCH))
            optimiser.zero_grad()
            loss = mse_loss(net(x[chosen]), y[chosen])
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters, trial.clip)
            optimiser.step()
            logged: dict[str, Any] = {"loss": loss, "gradient_norm": norm}
            if step % _HELD_OUT_EVERY == 0:
                with torch.no_grad():
                    logged["held_out_loss"] = mse_loss(net(held_out[0]), held_out[1])
            watched.step(**logged)
    return watched


def _optimiser(trial: Trial, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    if trial.draw.optimiser == "adam":
        return torch.optim.Adam(parameters, trial.rate)
    return torch.optim.SGD(parameters, trial.rate, _MOMENTUM)


def _tensor(values: np.ndarray) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums over a batch do not depend on the number of threads then."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
