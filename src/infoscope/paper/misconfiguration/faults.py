"""Faults of a training: each changes a healthy trial in place, by a size that is drawn."""

import numpy as np
import torch

from infoscope._validate import Floats
from infoscope.paper.misconfiguration.sources import cut
from infoscope.paper.misconfiguration.trial import Trial, matrices


def rate_too_high(trial: Trial, random: np.random.Generator) -> None:
    """Learning rate 10 to 100 times too high."""
    trial.rate *= _between(10.0, 100.0, random)


def rate_too_low(trial: Trial, random: np.random.Generator) -> None:
    """Learning rate 100 to 1000 times too low."""
    trial.rate /= _between(100.0, 1000.0, random)


def saturated(trial: Trial, random: np.random.Generator) -> None:
    """Initial weights uniform within 1.5 to 3, or all inputs 20 to 100 times too large."""
    if random.random() < 0.5:
        _uniform(trial, _between(1.5, 3.0, random), random, ("weight_hh", "weight_ih"))
    else:
        _scale(trial, np.full(trial.inputs.shape[-1], _between(20.0, 100.0, random)))


def dead_units(trial: Trial, random: np.random.Generator) -> None:
    """Bias of -10 to -5 for half of the rectified units or more, without recurrent input."""
    (bias,), (recurrent,) = matrices(trial.net, "bias_hh"), matrices(trial.net, "weight_hh")
    hidden = len(bias)
    dead = random.permutation(hidden)[: int(random.uniform(0.5, 1.0) * hidden)].tolist()
    bias[dead] = -_between(5.0, 10.0, random)
    recurrent[dead] = 0.0


def shuffled_targets(trial: Trial, random: np.random.Generator) -> None:
    """Targets of other windows; in half of the cases in the held-out part, too."""
    order = random.permutation(len(trial.targets))
    trial.targets = trial.probe_targets = trial.targets[order]
    if random.random() < 0.5:
        trial.held_targets = trial.held_targets[random.permutation(len(trial.held_targets))]


def no_recurrence(trial: Trial, random: np.random.Generator) -> None:
    """Recurrent weights of zero that do not train."""
    for weights in matrices(trial.net, "weight_hh"):
        weights.zero_()
    trial.frozen = ("rnn.weight_hh_l0",)


def vanishing_gradients(trial: Trial, random: np.random.Generator) -> None:
    """Recurrent matrix of 0.05 to 0.2 times the identity."""
    for weights in matrices(trial.net, "weight_hh"):
        weights.copy_(_between(0.05, 0.2, random) * torch.eye(len(weights)))


def exploding_gradients(trial: Trial, random: np.random.Generator) -> None:
    """Spectral radius of the recurrent matrix of 1.5 to 2.2, and no clipping."""
    radius = _between(1.5, 2.2, random)
    for weights in matrices(trial.net, "weight_hh"):
        drawn = torch.from_numpy(random.normal(size=weights.shape))
        weights.copy_(radius * drawn / torch.linalg.eigvals(drawn).abs().max())
    trial.clip = np.inf


def tiny_weights(trial: Trial, random: np.random.Generator) -> None:
    """All initial weights of the layer within 1e-4, or zero."""
    size = 0.0 if random.random() < 0.5 else _between(1e-5, 1e-4, random)
    _uniform(trial, size, random, ("weight", "bias"))
    trial.net.readout.weight.data.mul_(size)


def raw_inputs(trial: Trial, random: np.random.Generator) -> None:
    """One or two inputs 30 to 300 times larger than the others, around another mean."""
    scale = np.ones(trial.inputs.shape[-1])
    chosen = random.permutation(len(scale))[: random.integers(1, 3)]
    scale[chosen] = [_between(30.0, 300.0, random) for _ in chosen]
    shift = np.where(scale > 1.0, scale * random.uniform(-3.0, 3.0), 0.0)
    _scale(trial, scale, shift)


def leaked_target(trial: Trial, random: np.random.Generator) -> None:
    """The first target, with noise of up to 0.05, in the place of an input that is not needed."""
    noise = random.uniform(0.0, 0.05)
    for inputs, targets in (
        (trial.inputs, trial.targets), (trial.held_inputs, trial.held_targets),
    ):  # fmt: skip
        copy = targets[..., 0] / trial.targets[..., 0].std()
        inputs[..., -1] = copy + noise * random.normal(size=copy.shape)


def leaking_split(trial: Trial, random: np.random.Generator) -> None:
    """Held-out windows, a third or more of them, that overlap training windows."""
    every = cut(trial.segments, 0, stride=1)
    count = int(random.uniform(1.0 / 3.0, 1.0) * len(trial.held_inputs))
    chosen = every[random.choice(len(every), count, replace=False)]
    trial.held_inputs[:count] = chosen[:, :-1]
    trial.held_targets[:count] = trial.draw.source.targets(chosen)


def present_targets(trial: Trial, random: np.random.Generator) -> None:
    """Training targets a step too early: they are among the inputs. The probe has the true ones."""
    trial.targets = trial.inputs[..., : trial.targets.shape[-1]]


def too_few_data(trial: Trial, random: np.random.Generator) -> None:
    """6 to 12 training windows."""
    kept = random.integers(6, 13)
    trial.inputs, trial.targets = trial.inputs[:kept], trial.targets[:kept]
    trial.probe_targets = trial.probe_targets[:kept]


def useless_inputs(trial: Trial, random: np.random.Generator) -> None:
    """One to three inputs that are not needed become constant, or copies of the first."""
    copies = random.random() < 0.5
    for place in range(1, random.integers(2, 5)):
        for inputs in (trial.inputs, trial.held_inputs):
            inputs[..., -place] = inputs[..., 0] if copies else 0.0


def _between(low: float, high: float, random: np.random.Generator) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _scale(trial: Trial, scale: Floats, shift: Floats | float = 0.0) -> None:
    trial.inputs = trial.inputs * scale + shift
    trial.held_inputs = trial.held_inputs * scale + shift


def _uniform(
    trial: Trial, size: float, random: np.random.Generator, names: tuple[str, ...]
) -> None:
    for name in names:
        for weights in matrices(trial.net, name):
            weights.copy_(torch.from_numpy(random.uniform(-size, size, weights.shape)))
