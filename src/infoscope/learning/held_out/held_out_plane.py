"""Corrected information plane and learning indicators: true targets, each day once."""

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
from infoscope.learning.held_out.plane_result import HeldOutPlane
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
# For 25 hidden nodes and 150 days: weaker ridges give less on held-out folds, stronger ones little
# more.
_DEFAULT_DECODER = LinearDecoder(ridge=0.1)
# Share of the ridge with which memory is decoded again; allowed increase, in standard errors and as
# a share of the memory.
_WEAKER, _ERRORS, _SHARE = 0.01, 2.0, 0.1
# The published estimator.
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
) -> HeldOutPlane:
    """Estimate corrected layer information and learning indicators in every snapshot.

    Of the rows of one day, only the one with the longest history is used; without days, every row.
    All values use the true targets.

    Parameters
    ----------
    recording : Recording
        Training rows, with inputs, hidden, outputs and targets.
    held_out : Recording, optional
        Held-out rows of the same nodes and epochs: preferably an unbroken block of days, at least a
        window away from the training rows.
    decoder : LinearDecoder
        For information about the target and memory of the inputs: lower bounds.
    ksg : KSG
        The published estimator, for comparison; used with scale "none" and "zscore".
    sigmas : sequence of float
        Noise of the probe, in the unit of the activations ("absolute") and in standard
        deviations of each node ("relative").
    lags : int, optional
        Number of lags of the memory curve, lag 0 included; by default the length of a sequence, at
        most 10.
    smoothing : float
        Noise, in standard deviations, that keeps shared information finite (``SmoothedGaussian``).
    subsets : int
        Random subsets of each size for the TSE complexity, the same in every snapshot.
    blocks : int
        Stretches of rows omitted in turn for standard errors (jackknife).
    epochs : sequence of int, optional
        Snapshots; all by default.
    random_state : int, Generator or None
        Source of subsets and jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    HeldOutPlane
        A Dataset with ``plot``. Dimension epoch last; unit is "hidden" or "output", split "train"
        or "held-out".

        * ``decoded_target`` (unit, split): I(layer; target) of the decoder, cross-validated on
          training rows; fitted on all training rows for held-out rows.
        * ``memory`` (unit, lag): I(x_{t-lag}; layer_t) of the decoder, about the inputs that are
          neither constant nor linearly dependent, on the rows with all lags; invalid where a
          hundredth of the decoder's ridge gives a tenth more: then lower it.
        * ``probe_lower``, ``probe_upper`` (policy, sigma): bounds of I(whole history; hidden +
          noise), with ``singletons``, the share of states distinct from all others.
        * ``ksg`` (about, unit, scale): I(layer; "input" or "target"), nearest neighbours.
        * ``spread`` (mean standard deviation of hidden nodes), ``saturation`` (share of |h|
          above 0.95), ``participation_ratio``, ``still_nodes`` (number of constant nodes);
          ``total_correlation``, ``o_information``, ``tse_complexity`` of the hidden layer.
        * ``skill``, ``persistence_skill`` (split): 1 - MSE / MSE of the training mean, and of
          the target before.

        Attributes give rows, estimators, the inputs that memory omits, and the number of held-out
        days that are also training days (``shared_days``: a split that leaks). Information is in
        bits. ``<name>_error`` is a standard error (of the TSE complexity, over its subsets),
        ``<name>_replicates`` the estimates without one block each, and ``<name>_valid`` whether a
        point passes its checks: figures draw others hollow. The checks are included: ceilings,
        singletons, data processing, agreement of scales and ridges.

    Raises
    ------
    InputError
        If a recording lacks a block, the two do not fit each other, or an argument is out of
        range.
    EstimationError
        If targets are constant or depend linearly on each other.

    Notes
    -----
    An untrained network has infinite memory of the present input, because its states are nearly
    linear functions of it: the decoder's estimate then depends on its ridge and fails the ceiling
    check.

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
    whole = with_validity(_labelled(data, estimate, when))
    return HeldOutPlane(whole.data_vars, whole.coords, whole.attrs)


@dataclass(frozen=True)
class _Snapshot:
    """The estimates of every snapshot, and their rows."""

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
        # All lags at once: the decoder predicts each coordinate separately.
        together = seen.reshape(len(seen), -1)
        kept = rows_without_each_block(len(seen), self.blocks)
        # A ridge hides the small traces of old inputs: a weaker one, also a lower bound, then gives
        # more.
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
            "both at the same epochs, or list their common epochs"
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
    # No estimator can support much more than log2 of its rows.
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
