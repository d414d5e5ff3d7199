"""Stages of learning: gates, curves with replicates, shuffled targets, gradients, subsets."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.analysis.estimators import decoded, entropy_estimator, neighbours
from infoscope.analysis.fitted import until
from infoscope.analysis.stage import Done, Stage, whole_stages
from infoscope.analysis.stages.curves import LEARNING_CURVES
from infoscope.analysis.stages.gradients import GRADIENTS
from infoscope.analysis.stages.planes import INDICATORS, INFORMATIONS
from infoscope.analysis.study import Study
from infoscope.estimators import LinearDecoder, NoiseProbe
from infoscope.flow.mutual_information import mutual_information
from infoscope.learning.gradients import gradient_statistics
from infoscope.learning.held_out.decoding import cross_decoding, target_decoding
from infoscope.learning.held_out.jackknife import BLOCKS, rows_without_each_block, with_errors
from infoscope.learning.held_out.layer_state import state_measures
from infoscope.learning.held_out.resolution import POLICIES, lower_bits, mistaken_states
from infoscope.learning.held_out.rows import DailyRows, with_independent_inputs
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from infoscope.learning.indicators import change_per_epoch
from infoscope.measures.complexity import tse_complexity
from infoscope.recordings.recording import Recording

_DECODER = LinearDecoder(ridge=0.1)
_SHARED = SmoothedGaussian()
_FEW_SUBSETS, _MANY_SUBSETS = 5, 200
# Changes span the same number of epochs everywhere: over longer spans oscillations cancel.
_CHANGE_OVER = 50
# Facts of `network_gates` kept for every seed.
_GATES = ("test_error", "reference_error", "ridge_error", "error_without_recurrence",
          "error_with_reset", "does_its_job", "needs_recurrence")  # fmt: skip


def _gates(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return whether the analysed network does its task and needs recurrence."""
    assert study.data is not None
    facts = study.data.gates(study.weights())
    return xr.Dataset(
        {name: float(facts[name]) for name in _GATES},
        attrs={"analysed_epoch": study.epoch, "unit": facts["unit"],
               "reference": facts["reference"]},
    )  # fmt: skip


def _curves(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the indicators of every snapshot, with jackknife replicates of their informations.

    Corrected ones continue after the analysed epoch (attribute ``analysed_epoch``).
    """
    if not decoded(study.settings):
        spread = done["curves"]["spread"].sel(part="train", drop=True)
        known = done["indicators"].assign(spread=spread, skill=-done["indicators"]["error"])
        return known.assign(_published_replicates(study))
    held_out = done["curves"].sel(part="held-out", drop=True)[["error", "skill", "spread"]]
    return _held_out(study).assign(held_out.data_vars).assign_attrs(analysed_epoch=study.epoch)


def _published_replicates(study: Study) -> dict[str, tuple[tuple[str, ...], list[list[float]]]]:
    """Return the jackknife replicates of the published information curves, (epoch, block)."""
    rows_of, limit = study.rows.rows, study.settings.plane_rows
    about = {"input": rows_of("inputs", limit=limit), "target": rows_of("outputs", limit=limit)}
    kept = rows_without_each_block(len(about["input"]), BLOCKS)
    found: dict[str, list[list[float]]] = {name: [] for name in INFORMATIONS}
    for epoch in study.rows.epochs:
        layers = {"hidden": rows_of("hidden", epoch, limit),
                  "output": rows_of("outputs", epoch, limit)}  # fmt: skip
        for name, replicates in found.items():
            unit, of, _ = name.split("_")
            replicates.append([
                mutual_information(
                    layers[unit][rows], about[of][rows], estimator=neighbours(study.settings),
                    random_state=study.settings.seed,
                ).bits
                for rows in kept
            ])  # fmt: skip
    return {f"{name}_replicates": (("epoch", "block"), each) for name, each in found.items()}


def _held_out(study: Study) -> xr.Dataset:
    """Return information, complexity and change of the layers on held-out days, (epoch,)."""
    settings = study.settings
    rows = {name: DailyRows.of(study.parts[name], 1, name) for name in ("train", "held-out")}
    inputs = with_independent_inputs(rows["held-out"].recording).rows("inputs")
    states_at: dict[int, Floats] = {}
    found = []
    for epoch in study.recording.epochs:
        states = {name: of.states(epoch) for name, of in rows.items()}
        here = _informations(study, rows, states, inputs)
        shared = state_measures(
            states["held-out"]["hidden"], _SHARED, settings.plane_subsets, settings.seed, -1
        )
        here["tse_complexity"] = shared["tse_complexity"]
        here["tse_standard_error"] = shared["tse_complexity_error"]
        states_at[epoch] = np.hstack(list(states["held-out"].values()))
        before = states_at.get(epoch - _CHANGE_OVER)
        here["activation_change"] = xr.DataArray(
            np.nan if before is None else change_per_epoch(states_at[epoch], before, _CHANGE_OVER)
        )
        found.append(xr.Dataset(here))
    return xr.concat(found, "epoch").assign_coords(epoch=list(study.recording.epochs))


def _informations(
    study: Study, rows: dict[str, DailyRows], states: dict[str, dict[str, Floats]], inputs: Floats
) -> dict[str, xr.DataArray]:
    """Return the information of the layers at one epoch, on held-out days, with replicates."""
    held, here = rows["held-out"], states["held-out"]
    kept = rows_without_each_block(len(inputs), BLOCKS)
    found: dict[str, xr.DataArray] = {}
    for unit in ("hidden", "output"):
        new = here[unit], held.targets
        target = target_decoding(states["train"][unit], rows["train"].targets, _DECODER, new)
        about = cross_decoding(here[unit], inputs, _DECODER)
        for of, decoding in (("target", target), ("input", about)):
            name, bits = f"{unit}_{of}_information", np.array(decoding.bits())
            found |= with_errors(name, bits, decoding.replicates(kept), ())
    for policy, sigma in zip(POLICIES, study.settings.noise, strict=True):
        # One state matrix serves the bound and all its replicates.
        alike = mistaken_states(here["hidden"], NoiseProbe(sigma, policy))
        replicates = np.array([lower_bits(alike[np.ix_(rows, rows)]) for rows in kept])
        found |= with_errors(f"probe_{policy}", np.array(lower_bits(alike)), replicates, ())
    return found


def shuffled_curves(study: Study, shuffled: Study) -> xr.Dataset:
    """Return the curves of the network of shuffled targets, at the first and analysed epoch."""
    whole = shuffled.recording
    ends = sorted({whole.epochs[0], study.epoch})
    control = replace(shuffled, recording=Recording(whole.fixed, tuple(ends), whole.read))
    return whole_stages(control, (LEARNING_CURVES, INDICATORS, CURVES))[CURVES.name]


def _gradients(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return mean and spread of gradients in trained snapshots up to the analysed one.

    Published: of the absolute entries of the last window's gradient, without W.
    """
    if not study.settings.whole_gradient:
        table = gradient_statistics(study.recording).set_index(["epoch", "parameter"]).to_xarray()
        return table.sel(parameter=["published"]).assign_coords(parameter=["all but W"])
    fitted = until(study.recording, study.epoch)
    if len(fitted.epochs) == 1:
        raise EstimationError("the untrained network has the smallest validation error")
    return GRADIENTS.whole(replace(study, recording=fitted), done).isel(epoch=slice(1, None))


def subset_effect(study: Study, many_subsets: int) -> xr.Dataset:
    """Return complexity by few and many independent subsets, with errors, in the last snapshot.

    ``many_subsets`` is the larger published number.
    """
    settings = study.settings
    if settings.gaussian_complexity:
        rows, estimator = study.analysed.rows("hidden"), _SHARED
        numbers = {"few": _FEW_SUBSETS, "many": _MANY_SUBSETS}
    else:
        rows, estimator = study.analysed.rows("all"), entropy_estimator(settings)
        numbers = {"few": settings.subsets, "many": many_subsets}
    random, found = settings.generator("sensitivity"), {}
    for name, subsets in numbers.items():
        estimate = tse_complexity(rows, subsets=subsets, estimator=estimator, random_state=random)
        found[name] = ("epoch", [estimate.bits])
        found[f"{name}_error"] = ("epoch", [estimate.standard_error_bits])
    return xr.Dataset(found, coords={"epoch": [study.epoch]})


GATES = Stage("gates", _gates)
CURVES = Stage("learning-curves", _curves, needs=(LEARNING_CURVES.name, INDICATORS.name))
TRAINING_GRADIENTS = Stage("gradients", _gradients)
