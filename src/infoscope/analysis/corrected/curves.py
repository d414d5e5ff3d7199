"""What the corrected pipeline follows through training."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.analysis.corrected.estimators import (
    complexity_estimator,
    flow_estimator,
    reference_of,
)
from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.corrected.training import part_of
from infoscope.learning.held_out.corrected_plane import corrected_plane
from infoscope.learning.indicators import activation_change
from infoscope.learning.plane import information_plane, reference_rows
from infoscope.measures.complexity import tse_complexity
from infoscope.recordings.recording import Recording

PARTS = ("train", "held-out")
# Beyond this an activation is saturated, and barely moves whatever comes in.
_SATURATED = 0.95
# Stretches left out in turn for standard errors; each costs every estimate once more.
BLOCKS = 5
_CURVES = ("error", "skill", "spread", "saturation", "activation_change")
# What a figure calls by one name, however it was estimated.
INFORMATIONS = tuple(
    f"{unit}_{about}_information" for unit in ("hidden", "output") for about in ("input", "target")
)


def curve_stage(
    recording: Recording, settings: CorrectedSettings, epochs: Sequence[int], progress: bool
) -> xr.Dataset:
    """Return error, skill and the state of the activations of some snapshots, (part, epoch)."""
    values = np.full((len(_CURVES), len(PARTS), len(epochs)), np.nan)
    parts = [part_of(recording, held_out=part == "held-out") for part in PARTS]
    climatology = parts[0].rows("targets").mean(axis=0)
    with Progress(len(epochs), "curves", progress) as bar:
        for e, epoch in enumerate(epochs):
            for p, part in enumerate(parts):
                found = _at(part, settings, epoch, climatology)
                values[:, p, e] = [found[name] for name in _CURVES]
            bar.advance()
    return xr.Dataset(
        {name: (("part", "epoch"), values[i]) for i, name in enumerate(_CURVES)},
        coords={"part": list(PARTS), "epoch": list(epochs)},
        attrs={f"rows_{name}": len(p.rows("hidden")) for name, p in zip(PARTS, parts, strict=True)},
    )


def _at(
    part: Recording, settings: CorrectedSettings, epoch: int, climatology: Floats
) -> dict[str, float]:
    hidden, outputs = part.rows("hidden", epoch), part.rows("outputs", epoch)
    target = reference_rows(part, reference_of(settings))
    worst = np.square(target - climatology).mean()
    return {
        "error": float(np.abs(outputs - target).mean()),
        "skill": float(1.0 - np.square(outputs - target).mean() / worst),
        "spread": float(hidden.std(axis=0).mean()),
        "saturation": float((np.abs(hidden) > _SATURATED).mean()),
        "activation_change": activation_change(part, epoch),
    }


def plane_stage(
    recording: Recording, settings: CorrectedSettings, epochs: Sequence[int], progress: bool
) -> xr.Dataset:
    """Return what the layers know in some snapshots, (epoch,), in bits.

    ``hidden_input_information`` and the other `INFORMATIONS`, ``hidden_input_absolute``,
    ``tse_complexity`` and its ``tse_standard_error``; where a check of a point failed,
    ``<name>_valid`` is false, and where blocks of days were left out ``<name>_error`` is the
    standard error. Where flaws 1 and 4 are repaired, all of `corrected_plane` beside
    them: information about the whole history is that of a noisy hidden layer, about the target
    that of a decoder on held-out rows, of the output about its input that of a decoder.
    """
    train, held_out = (part_of(recording, held_out=held) for held in (False, True))
    if settings.true_targets and settings.free_of_scale:
        found = corrected_plane(
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
        found = found.assign(_named(found, settings))
    else:
        found = _by_neighbours(held_out, settings, epochs, progress)
    if settings.gaussian_complexity and "tse_complexity_error" in found:
        return found.rename(tse_complexity_error="tse_standard_error")
    return found.assign(_complexity(held_out, settings, epochs))


def _named(plane: xr.Dataset, settings: CorrectedSettings) -> dict[str, xr.DataArray]:
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


def _by_neighbours(
    held_out: Recording, settings: CorrectedSettings, epochs: Sequence[int], progress: bool
) -> xr.Dataset:
    """Return the published estimates, as far as switches say so."""
    data = information_plane(
        held_out,
        reference=reference_of(settings),
        estimator=flow_estimator(settings),
        rows=None if settings.distinct_days else settings.plane_rows,
        epochs=list(epochs),
        random_state=settings.generator("planes"),
        progress=progress,
    ).data
    found = xr.Dataset(coords={"epoch": list(epochs)}, attrs=data.attrs)
    for unit in ("hidden", "output"):
        for about in ("input", "target"):
            bits = data[f"{about}_information"].sel(unit=unit, drop=True)
            found[f"{unit}_{about}_information"] = bits
            valid = bits < 0.9 * float(data.attrs["ceiling_bits"])
            found[f"{unit}_{about}_information_valid"] = valid
    return found


def _complexity(
    held_out: Recording, settings: CorrectedSettings, epochs: Sequence[int]
) -> dict[str, xr.DataArray]:
    # Outputs are linear in the hidden nodes, inputs the same in every snapshot.
    block = "hidden" if settings.gaussian_complexity else "all"
    subsets = settings.plane_subsets if settings.gaussian_complexity else settings.subsets
    found = [
        tse_complexity(
            held_out.rows(block, epoch),
            subsets,
            complexity_estimator(settings),
            settings.generator("indicators"),
        )
        for epoch in epochs
    ]
    return {
        "tse_complexity": xr.DataArray([f.bits for f in found], dims="epoch"),
        "tse_standard_error": xr.DataArray([f.standard_error_bits for f in found], dims="epoch"),
    }
