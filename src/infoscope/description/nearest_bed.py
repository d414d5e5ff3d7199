"""The test bed that a recording resembles most, and how well each measure does on it."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from infoscope._results import Result
from infoscope.description.bed_features import BedFeatures
from infoscope.flow.connectivity.influence_result import OneStepInfluence
from infoscope.recordings.recording import Recording

# A factor of this much is a distance of 1; of the saturation, a difference. docs/wiring.md has how
# well beds predict each other's scores at which distance.
_SCALES = {"dimension": 3.0, "saturation": 0.2, "unexplained": 10.0, "rows_per_source": 4.0}
# Of another one-step model, and within which a bed is near.
_MODEL, _NEAR = 1.0, 1.0
# Errors are compared from here on: less is rounding.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class NearestBed(Result):
    """How well each measure found the known connections of the bed that a recording resembles.

    Parameters
    ----------
    bed : str
        Name of the nearest test bed.
    distance : float
        From it: 1 is a difference by a factor of 10 in unexplained error, of 4 in rows per source
        or of 3 in dimension, by .2 in saturation, or another one-step model.
    near : bool
        Whether the distance is at most 1.
    table : DataFrame
        A row for each measure, indexed by its name: ``auprc`` (mean over networks), ``low`` and
        ``high`` (smallest and largest), ``prevalence`` (of a measure without worth), and, where
        connections are known, ``false_edges`` and ``power`` at a nominal rate of 10 %, else NaN.
        Without rows if no bed is near.
    features : DataFrame
        A row for each feature (`BedFeatures`): that of the recording, that of the bed, and its
        part in the distance.
    distances : Series
        From every bed, the nearest first; inf between counts and values.
    """

    bed: str
    distance: float
    near: bool
    table: pd.DataFrame
    features: pd.DataFrame
    distances: pd.Series

    def _line(self) -> str:
        if not self.near:
            return f"no test bed is near; {self.bed} at a distance of {self.distance:.2g}"
        if self.table.empty:
            return f"{self.bed} at a distance of {self.distance:.2g}"
        best = self.table.sort_values("auprc", ascending=False, kind="stable").iloc[0]
        return (
            f"{self.bed} at a distance of {self.distance:.2g}; best there: {best.name}, AUPRC "
            f"{best['auprc']:.2f} ({best['low']:.2f} to {best['high']:.2f}), prevalence "
            f"{best['prevalence']:.2f}"
        )

    def _facts(self) -> dict[str, Any]:
        return {"bed": self.bed, "distance": self.distance, "near": self.near}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per measure; none if no bed is near."""
        return self.table.copy()


def nearest_bed(
    recording: Recording,
    *,
    influence: OneStepInfluence | None = None,
    epoch: int | None = None,
    random_state: Any = 0,
) -> NearestBed:
    """Return the accuracy of every measure on the test bed that resembles a recording most.

    Without the model nobody knows how many edges of a recording are true. Test beds with known
    connections (`connectivity_beds`) were recorded with and without noise, in whole and in part,
    and every measure was scored on them; this returns the scores of the nearest. If no bed is near,
    it returns none: how well a measure does there is unknown.

    Parameters
    ----------
    recording : Recording
    influence : OneStepInfluence, optional
        `one_step_influence` of this recording, if there is one already; saves nearly all the time.
    epoch : int, optional
        Snapshot; the last by default.
    random_state : int, Generator or None
        As in `one_step_influence`.

    Returns
    -------
    NearestBed

    Raises
    ------
    InputError
        If it is not a recording, has fewer than two moving hidden units or too few rows, or the
        influence is of other nodes.

    Notes
    -----
    Compared are the chosen one-step model and its held-out error, rows per source, dimension and
    saturation. None shows whether units of the network are missing from the recording, so that beds
    recorded in half are next to whole ones; compare both if that may be so.

    Examples
    --------
    >>> from infoscope.synthetic import connectivity_beds
    >>> found = nearest_bed(connectivity_beds()["linear"].recording(random_state=7))
    >>> found.bed, found.near
    ('linear', True)
    """
    return compared(BedFeatures.of(recording, influence, epoch, random_state), known_beds())


def compared(features: BedFeatures, known: pd.DataFrame) -> NearestBed:
    """Return the accuracy of every measure on that of the known beds with the nearest features."""
    beds = known.groupby("bed", sort=False).first()
    own = {name: getattr(features, name) for name in ("counts", "model", *_SCALES)}
    parts = pd.DataFrame(
        {name: [_part(name, one, other) for other in beds[name]] for name, one in own.items()},
        index=beds.index,
    )
    distances = (parts**2).sum(axis=1).pow(0.5).sort_values(kind="stable").rename("distance")
    bed, distance = str(distances.index[0]), float(distances.iloc[0])
    rows = known[known["bed"] == bed].set_index("measure")
    table = rows[["auprc", "low", "high", "prevalence", "false_edges", "power", "networks"]]
    near = distance <= _NEAR
    compared_by = pd.DataFrame(
        {"recording": own, "bed": beds.loc[bed, list(own)], "difference": parts.loc[bed]}
    )
    return NearestBed(
        bed, distance, near, table if near else table.iloc[:0], compared_by, distances
    )


def _part(name: str, one: Any, other: Any) -> float:
    """Return the part of a feature in the distance."""
    if name == "counts":
        return 0.0 if bool(one) == bool(other) else np.inf
    if name == "model":
        return 0.0 if one == other else _MODEL
    if name == "saturation":
        return float((one - other) / _SCALES[name])
    ratio = max(one, _LEAST) / max(other, _LEAST)
    return float(np.log(ratio) / np.log(_SCALES[name]))


@cache
def known_beds() -> pd.DataFrame:
    """Return one row per bed and measure: features of the bed and scores; written by benchmarks."""
    with files("infoscope.description").joinpath("nearest_beds.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)
