"""The information plane and the indicators of learning, corrected: true targets, days once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import (
    described,
    epochs_among,
    generator,
    instance,
    real_number,
    several,
    threads,
    whole_number,
)
from infoscope.estimators import KSG, LinearDecoder
from infoscope.learning.held_out.decoding import cross_decoding, target_decoding
from infoscope.learning.held_out.jackknife import (
    BLOCKS,
    jackknife_error,
    rows_without_each_block,
    with_errors,
)
from infoscope.learning.held_out.layer_state import state_measures
from infoscope.learning.held_out.neighbour_plane import ABOUT, SCALES, neighbour_measures
from infoscope.learning.held_out.resolution import POLICIES, probe_measures
from infoscope.learning.held_out.rows import (
    DailyRows,
    daily_splits,
    independent_inputs,
    shared_days,
)
from infoscope.learning.held_out.skill import skills
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from infoscope.learning.held_out.validity import with_validity
from infoscope.recordings.recording import Recording

UNITS = ("hidden", "output")
# Of 25 hidden nodes and 150 days: weaker ridges find less on held-out folds, and stronger ones
# little more.
_DEFAULT_DECODER = LinearDecoder(ridge=0.1)
# Part of the ridge with which memory is decoded again; how much more that may find, in standard
# errors and as a share of what it finds.
_WEAKER, _ERRORS, _SHARE = 0.01, 2.0, 0.1
# The published one.
_DEFAULT_KSG = KSG(k=10, jitter=1e-10)


def held_out_plane(
    recording: Recording,
    held_out: Recording | None = None,
    *,
    decoder: LinearDecoder = _DEFAULT_DECODER,
    ksg: KSG = _DEFAULT_KSG,
    sigmas: Sequence[float] = (0.03, 0.1, 0.3, 1.0, 3.0),
    lags: int | None = None,
    smoothing: float = 0.1,
    subsets: int = 100,
    blocks: int = BLOCKS,
    epochs: Sequence[int] | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> xr.Dataset:
    """Follow what the layers of a network know, through the snapshots of a recording.

    Of rows that belong to one day only the one with the longest history is used; without days
    every row is. Every value is against the true targets.

    Parameters
    ----------
    recording : Recording
        Training rows, with inputs, hidden, outputs and targets.
    held_out : Recording, optional
        Rows the network did not learn from, of the same nodes and epochs: best an unbroken
        block of days, at least a window away from the training rows.
    decoder : LinearDecoder
        For information about the target and memory of the inputs: lower bounds.
    ksg : KSG
        Published, for comparison; its scale is set to "none" and to "zscore".
    sigmas : sequence of float
        Noise of the probe, in the unit of the activations ("absolute") and in standard
        deviations of each node ("relative").
    lags : int, optional
        How many steps the memory curve goes back, the present included; by default as many as
        a sequence has, at most 10.
    smoothing : float
        Noise, in standard deviations, that keeps what nodes share finite
        (``SmoothedGaussian``).
    subsets : int
        Random subsets of each size for the TSE complexity; the same ones in every snapshot.
    blocks : int
        Stretches of rows that are left out in turn for standard errors.
    epochs : sequence of int, optional
        Which snapshots; all by default.
    random_state : int, Generator or None
        Where subsets and jitter come from.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Dataset
        Dimension epoch last; unit is "hidden" or "output", split "train" or "held-out".

        * ``decoded_target`` (unit, split): I(layer; target) of the decoder. Training rows are
          decoded by folds, held-out rows by what was fitted on all training rows.
        * ``memory`` (unit, lag): I(x_{t-lag}; layer_t) of the decoder, about the inputs that
          neither are constant nor depend linearly on others, on the rows that saw all lags;
          not valid where a hundredth of the decoder's ridge finds a tenth more: then lower it.
        * ``probe_lower``, ``probe_upper`` (policy, sigma): bounds of I(whole history; hidden +
          noise), with ``singletons``, the share of states told apart from all others.
        * ``ksg`` (about, unit, scale): I(layer; "input" or "target"), nearest neighbours.
        * ``spread`` (mean standard deviation of hidden nodes), ``saturation`` (share of |h|
          above 0.95), ``participation_ratio``, ``still_nodes`` (that do not vary);
          ``total_correlation``, ``o_information``, ``tse_complexity`` of the hidden layer.
        * ``skill``, ``persistence_skill`` (split): 1 - MSE / MSE of the training mean, and of
          the target before.

        Attributes say rows, estimators, the inputs that memory leaves out, and how many
        held-out days the training rows hold too (``shared_days``: of a split that leaks).
        Information is in bits. ``<name>_error`` is a standard error (of the TSE complexity, that
        of its subsets), ``<name>_replicates`` the estimates without one block each, and
        ``<name>_valid`` whether a point passes its checks: a figure draws others hollow. The
        checks stand beside them: ceilings, singletons, data processing, agreement of scales and
        of ridges.

    Raises
    ------
    InputError
        If a recording lacks a block, the two do not fit each other, or an argument is out of
        range.
    EstimationError
        If targets are constant or depend linearly on each other.

    Notes
    -----
    Of an untrained network the memory of the present input is infinite, for its states are
    nearly linear functions of it: what the decoder then finds is up to its ridge, and fails the
    check of the ceiling.

    References
    ----------
    A. Kolchinsky, B. D. Tracey, Entropy 19, 361 (2017), for the probe; D. Barber, F. Agakov,
    NeurIPS 2003, for the decoder; Ivanovic, Kha, Muruganantham (2018), section 7, for the rest.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 4, 2))
    >>> h = np.stack([0.01 * x, np.tanh(x)])
    >>> rec = Recording.from_arrays(x, h, h[..., :1], targets=x[..., :1], epochs=[0, 1])
    >>> plane = held_out_plane(rec, sigmas=[0.3], lags=2, subsets=5)
    >>> plane["memory"].dims
    ('unit', 'lag', 'epoch')
    >>> plane["skill"].sel(split="train").round(1).values.tolist()
    [0.0, 0.8]
    """
    instance(recording, Recording, "recording")
    if held_out is not None:
        instance(held_out, Recording, "held_out")
    instance(decoder, LinearDecoder, "decoder", "use for example LinearDecoder(ridge=0.1)")
    instance(ksg, KSG, "ksg", "use for example KSG(k=10)")
    shared = SmoothedGaussian(real_number(smoothing, "smoothing", 0.0))
    whole_number(blocks, "blocks", 2)
    whole_number(subsets, "subsets", 2)
    threads(n_jobs)
    random = generator(random_state)
    rows = daily_splits(recording, held_out, lags)
    estimate = _Snapshot(
        rows,
        independent_inputs(rows["train"]),
        rows_without_each_block(len(rows["train"].inputs), blocks),
        blocks,
        decoder,
        ksg,
        _checked_sigmas(sigmas),
        shared,
        subsets,
        int(random.integers(2**63)),
        n_jobs,
    )
    when = _chosen_epochs(recording, held_out, epochs)
    found = []
    with Progress(len(when), "corrected plane", progress) as bar:
        for epoch in when:
            found.append(xr.Dataset(estimate.at(epoch, random)))
            bar.advance()
    data = xr.concat(found, "epoch", combine_attrs="override").transpose(..., "epoch")
    return with_validity(_labelled(data, estimate, when))


@dataclass(frozen=True)
class _Snapshot:
    """What is estimated of every snapshot, and from which rows."""

    rows: dict[str, DailyRows]
    inputs: NDArray[np.int64]
    kept: list[NDArray[np.int64]]
    blocks: int
    decoder: LinearDecoder
    ksg: KSG
    sigmas: list[float]
    shared: SmoothedGaussian
    subsets: int
    seed: int
    n_jobs: int | None

    def at(self, epoch: int, random: np.random.Generator) -> dict[str, xr.DataArray]:
        train = self.rows["train"]
        states = {split: rows.states(epoch) for split, rows in self.rows.items()}
        here = states["train"]
        about = {"input": train.inputs, "target": train.targets}
        return {
            **self._decoded_target(states),
            **self._memory(here),
            **probe_measures(here["hidden"], self.sigmas, self.kept, random, self.n_jobs),
            **neighbour_measures(here, about, self.ksg, self.kept, random, self.n_jobs),
            **state_measures(here["hidden"], self.shared, self.subsets, self.seed, self.n_jobs),
            **self._skill(states),
        }

    def _decoded_target(self, states: dict[str, dict[str, Any]]) -> dict[str, xr.DataArray]:
        train = self.rows["train"]
        values = np.empty((len(UNITS), len(self.rows)))
        replicates = np.empty((*values.shape, self.blocks))
        for u, unit in enumerate(UNITS):
            known = states["train"][unit], train.targets
            for s, (split, rows) in enumerate(self.rows.items()):
                if split == "train":
                    found, kept = target_decoding(*known, self.decoder), self.kept
                else:
                    new = states[split][unit], rows.targets
                    found = target_decoding(*known, self.decoder, new)
                    kept = rows_without_each_block(len(rows.targets), self.blocks)
                values[u, s], replicates[u, s] = found.bits(), found.replicates(kept)
        return with_errors("decoded_target", values, replicates, ("unit", "split"))

    def _memory(self, states: dict[str, Any]) -> dict[str, xr.DataArray]:
        train = self.rows["train"]
        chosen, width = train.whole_history, len(self.inputs)
        seen = train.history[chosen][:, :, self.inputs]
        # All lags at once: a decoder predicts each coordinate as if it were alone.
        together = seen.reshape(len(seen), -1)
        kept = rows_without_each_block(len(seen), self.blocks)
        # Old inputs leave small traces, which a ridge hides: a weaker one, whose information is
        # a lower bound as well, then finds more.
        weaker = replace(self.decoder, ridge=_WEAKER * self.decoder.ridge)
        shape = (2, len(UNITS), seen.shape[1])
        values, replicates = np.empty(shape), np.empty((*shape, self.blocks))
        for d, decoder in enumerate((self.decoder, weaker)):
            for u, unit in enumerate(UNITS):
                decoding = cross_decoding(states[unit][chosen], together, decoder)
                for lag in range(seen.shape[1]):
                    found = decoding.columns(slice(lag * width, (lag + 1) * width))
                    values[d, u, lag], replicates[d, u, lag] = found.bits(), found.replicates(kept)
        more, error = values[1] - values[0], jackknife_error(replicates[1] - replicates[0])
        suffices = more <= np.maximum(_ERRORS * error, _SHARE * values[1])
        return {
            **with_errors("memory", values[0], replicates[0], ("unit", "lag")),
            "memory_ridge_suffices": xr.DataArray(suffices, dims=("unit", "lag")),
        }

    def _skill(self, states: dict[str, dict[str, Any]]) -> dict[str, xr.DataArray]:
        climatology = self.rows["train"].targets.mean(axis=0)
        both = [
            skills(states[split]["output"], rows, climatology) for split, rows in self.rows.items()
        ]
        return {
            name: xr.DataArray([pair[i] for pair in both], dims="split", attrs={"units": "1"})
            for i, name in enumerate(("skill", "persistence_skill"))
        }


def _checked_sigmas(sigmas: Sequence[float]) -> list[float]:
    checked = [real_number(s, "sigmas", 0.0) for s in several(sigmas, "sigmas", "[0.1, 1.0]")]
    if not checked or 0.0 in checked or len(set(checked)) < len(checked):
        raise InputError(
            f"sigmas must be one or more different numbers above 0, got {described(sigmas)}; the "
            "information without noise is infinite"
        )
    return checked


def _chosen_epochs(
    recording: Recording, held_out: Recording | None, epochs: Sequence[int] | None
) -> list[int]:
    when = epochs_among(epochs, recording.epochs)
    missing = set(when) - set(when if held_out is None else held_out.epochs)
    if missing:
        raise InputError(
            f"held_out must have a snapshot of every epoch, got none of {min(missing)}; record "
            "both at the same epochs, or name the epochs that they share"
        )
    return when


def _labelled(data: xr.Dataset, estimate: _Snapshot, when: list[int]) -> xr.Dataset:
    train = estimate.rows["train"]
    names = train.recording.block("inputs")["unit"].to_numpy()
    left_out = np.setdiff1d(np.arange(len(names)), estimate.inputs)
    n = len(train.inputs)
    data = data.assign_coords(
        epoch=when,
        unit=list(UNITS),
        split=list(estimate.rows),
        lag=np.arange(data.sizes["lag"]),
        policy=list(POLICIES),
        sigma=estimate.sigmas,
        about=list(ABOUT),
        scale=list(SCALES),
    )
    held = [len(rows.targets) for rows in estimate.rows.values()]
    bits = {"units": "bit"}
    # No estimator of any kind can vouch for more than some log2 of its rows.
    data["probe_ceiling"] = xr.DataArray(np.log2(n), attrs=bits)
    data["memory_ceiling"] = xr.DataArray(np.log2(len(train.whole_history)), attrs=bits)
    data["decoded_target_ceiling"] = xr.DataArray(np.log2(held), dims="split", attrs=bits)
    return data.assign_attrs(
        rows=n,
        memory_rows=len(train.whole_history),
        held_out_rows=sum(len(r.inputs) for s, r in estimate.rows.items() if s != "train"),
        shared_days=shared_days(estimate.rows),
        memory_without=[str(name) for name in names[left_out]],
        decoder=str(estimate.decoder),
        ksg=str(estimate.ksg),
        shared=str(estimate.shared),
        subsets=estimate.subsets,
    )
