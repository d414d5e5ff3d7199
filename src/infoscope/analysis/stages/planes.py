"""Information planes and complexity in the snapshots."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope._progress import Progress
from infoscope.analysis.estimators import (
    complexity_estimator,
    decoded,
    entropy_estimator,
    layer_estimator,
    neighbours,
    reference_of,
)
from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study
from infoscope.analysis.switches import AnalysisSettings
from infoscope.learning.held_out.held_out_plane import held_out_plane
from infoscope.learning.held_out.rows import with_independent_inputs
from infoscope.learning.indicators import learning_indicators
from infoscope.learning.plane import information_plane
from infoscope.measures.complexity import tse_complexity
from infoscope.networks import early_and_every

# Jackknife blocks for standard errors; each repeats every estimate once.
BLOCKS = 5
# Common names of figures, whatever the estimator.
INFORMATIONS = tuple(
    f"{unit}_{about}_information" for unit in ("hidden", "output") for about in ("input", "target")
)
# Numbers of subsets, and approximate number of snapshots, for the sensitivity of the complexity to
# the number of subsets.
SUBSET_NUMBERS = (2, 5, 10, 20)
SENSITIVITY_SNAPSHOTS = 7
_INDICATORS_AT_ONCE = 25
# An information above this share of the ceiling is saturated.
_SATURATED = 0.9


def _rows(study: Study) -> int | None:
    return None if study.settings.distinct_days else study.settings.plane_rows


def _nodes(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the information of each node in the analysed snapshot."""
    settings, analysed, units = study.settings, study.analysed, "nodes"
    if settings.free_of_scale:
        # A decoder has infinite information about an input from itself.
        units = list(analysed.nodes.index[analysed.nodes["role"] != "input"])
        analysed = with_independent_inputs(analysed)
    return information_plane(
        analysed,
        units=units,
        reference=reference_of(settings),
        estimator=layer_estimator(settings),
        rows=_rows(study),
        epochs=[study.epoch],
        random_state=settings.generator("nodes"),
        progress=progress,
    ).data


def _outputs(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the information of each output in every snapshot."""
    settings, nodes = study.settings, study.rows.nodes
    return information_plane(
        study.rows,
        units=list(nodes.index[nodes["role"] == "output"]),
        reference=reference_of(settings),
        estimator=neighbours(settings),
        rows=_rows(study),
        random_state=settings.generator("outputs"),
        progress=progress,
    ).data


def _indicators(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the published indicators of some snapshots, as the switches select."""
    settings = study.settings
    gaussian = settings.gaussian_complexity
    found = learning_indicators(
        study.rows,
        reference=reference_of(settings),
        estimator=neighbours(settings),
        rows=_rows(study),
        entropy_estimator=entropy_estimator(settings),
        subsets=settings.subsets,
        epochs=list(epochs),
        complexity_epochs=() if gaussian else settings.with_complexity(epochs),
        random_state=settings.generator("indicators"),
        progress=progress,
    ).data
    return found.assign(_gaussian_complexity(study, epochs)) if gaussian else found


def _planes(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the information of the layers in some snapshots, (epoch,), bits, by held-out decoders.

    ``hidden_input_information`` and the other `INFORMATIONS`, ``hidden_input_absolute``,
    ``tse_complexity`` and its ``tse_standard_error``, next to all of `held_out_plane`: information
    about the whole history uses a noisy hidden layer, about the target a decoder on held-out rows,
    and of the output about its input a decoder. ``<name>_valid`` is false where a check fails;
    ``<name>_error`` is the jackknife standard error.
    """
    settings = study.settings
    train, held_out = study.parts["train"], study.parts["held-out"]
    plane = held_out_plane(
        train,
        held_out,
        sigmas=settings.noise,
        lags=min(settings.memory_lags + 1, settings.burn_in or 1),
        subsets=settings.plane_subsets,
        blocks=BLOCKS,
        epochs=list(epochs),
        random_state=settings.generator("planes"),
        progress=progress,
    )
    # A plain Dataset, as it is read from disk.
    found = xr.Dataset({**plane.data_vars, **_named(plane, settings)}, plane.coords, plane.attrs)
    if settings.gaussian_complexity and "tse_complexity_error" in found:
        return found.rename(tse_complexity_error="tse_standard_error")
    if settings.gaussian_complexity:
        return found.assign(_gaussian_complexity(study, epochs))
    return found.assign(_complexity(study, epochs, "all", settings.subsets))


def _named(plane: xr.Dataset, settings: AnalysisSettings) -> dict[str, xr.DataArray]:
    size = max(settings.noise)
    places = {
        "hidden_input_information": ("probe_lower", "probe", {"policy": "relative", "sigma": size}),
        "hidden_input_absolute": ("probe_lower", "probe", {"policy": "absolute", "sigma": size}),
        "output_input_information": ("memory", "memory", {"unit": "output", "lag": 0}),
    }
    for unit in ("hidden", "output"):
        place = {"unit": unit, "split": "held-out"}
        places[f"{unit}_target_information"] = ("decoded_target", "decoded_target", place)
    found = {}
    for name, (values, checks, place) in places.items():
        found[name] = plane[values].sel(place, drop=True)
        found[f"{name}_error"] = plane[f"{values}_error"].sel(place, drop=True)
        found[f"{name}_valid"] = plane[f"{checks}_valid"].sel(place, drop=True)
    return found


def _gaussian_complexity(study: Study, epochs: Sequence[int]) -> dict[str, xr.DataArray]:
    # Outputs are linear in the hidden nodes, inputs the same in every snapshot.
    return _complexity(study, epochs, "hidden", study.settings.plane_subsets)


def _complexity(
    study: Study, epochs: Sequence[int], block: str, subsets: int
) -> dict[str, xr.DataArray]:
    found = [
        tse_complexity(
            study.rows.rows(block, epoch),
            subsets=subsets,
            estimator=complexity_estimator(study.settings),
            random_state=study.settings.generator("indicators"),
        )
        for epoch in epochs
    ]
    return {
        "tse_complexity": xr.DataArray([f.bits for f in found], dims="epoch"),
        "tse_standard_error": xr.DataArray([f.standard_error_bits for f in found], dims="epoch"),
    }


def with_validity(indicators: xr.Dataset) -> xr.Dataset:
    """Return indicators with ``<name>_valid``: whether an information is below its ceiling."""
    limit = _SATURATED * float(indicators.attrs["ceiling_bits"])
    return indicators.assign({f"{name}_valid": indicators[name] < limit for name in INFORMATIONS})


def _sensitivity(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the complexity by number of subsets, (epoch, subsets)."""
    settings, analysed = study.settings, study.rows
    trained = [epoch for epoch in analysed.epochs if epoch > 0]
    places = np.unique(np.linspace(0, len(trained) - 1, SENSITIVITY_SNAPSHOTS).astype(int))
    chosen = [trained[place] for place in places]
    bits = np.empty((len(chosen), len(SUBSET_NUMBERS), 2))
    random = settings.generator("sensitivity")
    with Progress(len(chosen) * sum(SUBSET_NUMBERS), "subsets of complexity", progress) as bar:
        for e, epoch in enumerate(chosen):
            rows = analysed.rows("all", epoch)
            for s, subsets in enumerate(SUBSET_NUMBERS):
                found = tse_complexity(
                    rows,
                    subsets=subsets,
                    estimator=entropy_estimator(settings),
                    random_state=random,
                )
                bits[e, s] = found.bits, found.standard_error_bits
                bar.advance(subsets)
    return xr.Dataset(
        {
            "bits": (("epoch", "subsets"), bits[..., 0]),
            "standard_error": (("epoch", "subsets"), bits[..., 1]),
        },
        coords={"epoch": chosen, "subsets": list(SUBSET_NUMBERS)},
    )


def followed(study: Study) -> list[int]:
    """Return the snapshots with planes: fewer, because decoders are slow."""
    epochs = study.recording.epochs
    if not study.settings.in_blocks:
        return list(epochs)
    due = early_and_every(study.settings.planes_every)
    return [epoch for epoch in epochs if epoch in (epochs[-1], study.epoch) or due(epoch)]


def _decoded(study: Study) -> bool:
    return study.has_targets and decoded(study.settings)


def _by_neighbours(study: Study) -> bool:
    return study.has_targets and not decoded(study.settings)


NODE_PLANE = Stage("nodes", _nodes, lambda study: study.has_targets)
OUTPUT_PLANE = Stage("outputs", _outputs, _by_neighbours)
SENSITIVITY = Stage(
    "sensitivity", _sensitivity, lambda study: not study.settings.gaussian_complexity
)
INDICATORS = Stage("indicators", _indicators, _by_neighbours, followed, _INDICATORS_AT_ONCE)
PLANES = Stage("planes", _planes, _decoded, followed)
