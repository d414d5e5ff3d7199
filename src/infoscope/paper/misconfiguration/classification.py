"""Which fault a training has, by a classifier that has not seen its seed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import require
from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.paper.misconfiguration.setups import CLASSES
from infoscope.paper.misconfiguration.training import SHARES

# Families of features, each set with one more than the set before.
FEATURE_SETS: Mapping[str, tuple[str, ...]] = {
    "loss": ("loss",),
    "loss, gradient, weights": ("loss", "gradient", "weights"),
    "without information": ("loss", "gradient", "weights", "activation"),
    "with information": ("loss", "gradient", "weights", "activation", "information"),
}
BEST = "with information"
# Sets that the features with information must surpass.
RIVALS = ("loss, gradient, weights", "without information")
# A random forest (L. Breiman, Mach. Learn. 45, 5 (2001)); fixed before the trainings.
_FOREST = {"n_estimators": 300, "class_weight": "balanced", "random_state": 0}
# Features beyond this are as good as infinite, and forests compute in float32.
_LARGEST = 1e30
_RESAMPLES, _BOOTSTRAP_SEED, _TAIL = 9999, 0, 2.5


@dataclass(frozen=True)
class Score:
    """A number with its 95 % interval over seeds."""

    value: float
    low: float
    high: float


def confusions(table: pd.DataFrame, progress: bool = False) -> dict[tuple[float, str], NDArray]:
    """Classify every training by those of other seeds.

    Parameters
    ----------
    table : DataFrame
        One row per training and share: ``share``, ``seed``, ``label`` (one of `CLASSES`) and the
        features, ``<family>.<name>``.
    progress : bool
        Show progress on standard error.

    Returns
    -------
    dict
        (share, name of a feature set) → trainings (seed, label, predicted).

    Raises
    ------
    MissingDependency
        If scikit-learn is not installed.
    """
    ensemble = require("sklearn.ensemble", "the misconfiguration study", "study")
    found = {}
    seeds = np.unique(table["seed"])
    pieces = len(SHARES) * len(FEATURE_SETS) * len(seeds)
    with Progress(pieces, "classifiers", progress) as bar:
        for share in SHARES:
            rows = table[table["share"] == share]
            labels = pd.Categorical(rows["label"], CLASSES).codes
            for name, families in FEATURE_SETS.items():
                x = _columns(rows, families)
                counts = np.zeros((len(seeds), len(CLASSES), len(CLASSES)), int)
                for place, seed in enumerate(seeds):
                    left_out = rows["seed"].to_numpy() == seed
                    forest = ensemble.RandomForestClassifier(**_FOREST)
                    forest.fit(x[~left_out], labels[~left_out])
                    np.add.at(counts[place], (labels[left_out], forest.predict(x[left_out])), 1)
                    bar.advance()
                found[share, name] = counts
    return found


def macro_f1(confusion: NDArray) -> Floats:
    """Mean over classes of the harmonic mean of precision and sensitivity.

    Parameters
    ----------
    confusion : array, shape (..., label, predicted)
        Counts. A class that neither occurs nor is predicted counts as 0.

    Examples
    --------
    >>> macro_f1(np.array([[2, 0], [1, 1]])).round(3).tolist()
    0.733
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    both = confusion.sum(-1) + confusion.sum(-2)
    return (2.0 * hits / np.maximum(both, 1)).mean(-1)


def scores(found: Mapping[tuple[float, str], NDArray]) -> dict[tuple[float | None, str], Score]:
    """Return macro-F1 of each share and feature set; share None is the mean over shares."""
    sets = dict.fromkeys(name for _, name in found)
    return {
        (share, name): _score(found, [share] if share is not None else list(SHARES), name)
        for share in (*SHARES, None)
        for name in sets
    }


def gains(found: Mapping[tuple[float, str], NDArray]) -> dict[tuple[float | None, str], Score]:
    """Return macro-F1 of the set with information, less each rival's, on the same seeds."""
    return {
        (share, rival): _score(found, [share] if share is not None else list(SHARES), BEST, rival)
        for share in (*SHARES, None)
        for rival in RIVALS
    }


def verdict(found: Mapping[tuple[float | None, str], Score]) -> str:
    """Decide claim C39 from the gains, averaged over shares.

    Supported if the intervals of both gains are above 0, refuted if one is not above 0 anywhere,
    else inconclusive.
    """
    decisive = [found[None, rival] for rival in RIVALS]
    if all(gain.low > 0.0 for gain in decisive):
        return "supported"
    return "refuted" if any(gain.high <= 0.0 for gain in decisive) else "inconclusive"


def _score(
    found: Mapping[tuple[float, str], NDArray], shares: list[float], name: str,
    rival: str | None = None,
) -> Score:  # fmt: skip
    """Bootstrap over seeds: whole seeds are drawn, the same for all feature sets and shares."""
    seeds = len(found[shares[0], name])
    random = np.random.default_rng(_BOOTSTRAP_SEED)
    weights = random.multinomial(seeds, np.full(seeds, 1.0 / seeds), _RESAMPLES)

    def value(drawn: NDArray) -> Floats:
        every = [macro_f1(np.tensordot(drawn, found[share, name], 1)) for share in shares]
        if rival is not None:
            every = [
                f1 - macro_f1(np.tensordot(drawn, found[share, rival], 1))
                for f1, share in zip(every, shares, strict=True)
            ]
        return np.mean(every, axis=0)

    low, high = np.percentile(value(weights), [_TAIL, 100.0 - _TAIL])
    return Score(float(value(np.ones(seeds, int))), float(low), float(high))


def _columns(rows: pd.DataFrame, families: tuple[str, ...]) -> Floats:
    names = [name for name in rows.columns if name.partition(".")[0] in families and "." in name]
    values = rows[names].to_numpy(float)
    return np.clip(values, -_LARGEST, _LARGEST)
