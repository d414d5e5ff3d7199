"""A quantity over seeds: stacked, as a band, and tested."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike
from scipy.stats import binomtest, wilcoxon

from infoscope._errors import InputError
from infoscope._results import Result
from infoscope._validate import (
    array_of_numbers,
    described,
    fields_are,
    finite_array,
    generator,
    instance,
    real_number,
    several,
    whole_number,
)
from infoscope.measures.statistics import bootstrap_interval, wilson_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def stack_seeds(datasets: Mapping[int, xr.Dataset]) -> xr.Dataset:
    """Stack the results of several seeds along a dimension seed.

    Parameters
    ----------
    datasets : mapping of int to Dataset
        Seed → Dataset, for example from `held_out_plane`, with equal variables and coordinates.

    Returns
    -------
    Dataset
        With the dimension seed first in every variable.

    Raises
    ------
    InputError
        If datasets is empty, or variables or coordinates differ.

    Examples
    --------
    >>> of_seed = {s: xr.Dataset({"skill": ("epoch", [0.0, 0.1 * s])}) for s in (1, 2, 3)}
    >>> stack_seeds(of_seed)["skill"].sizes["seed"]
    3
    """
    if not isinstance(datasets, Mapping) or not datasets:
        raise InputError(
            f"datasets must be a mapping of seed to Dataset, got {described(datasets)}; give for "
            "example {0: first, 1: second}"
        )
    for seed, data in datasets.items():
        instance(data, xr.Dataset, f"datasets[{seed!r}]")
    first = next(iter(datasets.values()))
    for seed, data in datasets.items():
        if set(data.data_vars) != set(first.data_vars):
            differing = sorted(map(str, set(data.data_vars) ^ set(first.data_vars)))
            raise InputError(
                f"datasets must have the same variables, got {', '.join(differing)} not in all, "
                f"as seed {seed} shows; use the same call for each"
            )
    seeds = xr.DataArray(list(datasets), dims="seed", name="seed")
    try:
        return xr.concat(
            datasets.values(),
            seeds,
            data_vars="all",
            coords="minimal",
            join="exact",
            compat="equals",
            combine_attrs="drop_conflicts",
        )
    except (ValueError, xr.MergeError) as error:
        raise InputError(
            "datasets must have the same epochs and other coordinates, got some that differ "
            f"({error}); use the same call for each"
        ) from error


def seed_band(stacked: xr.Dataset, *, quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)) -> xr.Dataset:
    """Return the median over seeds with a quantile band; for booleans, the share that is true.

    Parameters
    ----------
    stacked : Dataset
        With a dimension seed, as `stack_seeds` returns.
    quantiles : tuple of float
        Between 0 and 1.

    Returns
    -------
    Dataset
        Numbers with the dimension quantile first, NaN where any seed is NaN; booleans as the share
        of seeds for which they hold.

    Raises
    ------
    InputError
        If there is no seed dimension, or a quantile is out of range.

    Examples
    --------
    >>> data = xr.Dataset({"skill": ("seed", [0.1, 0.2, 0.9]), "valid": ("seed", [True] * 3)})
    >>> band = seed_band(data)
    >>> float(band["skill"].sel(quantile=0.5)), float(band["valid"])
    (0.2, 1.0)
    """
    instance(stacked, xr.Dataset, "stacked")
    if "seed" not in stacked.dims:
        raise InputError(
            f"stacked must have the dimension seed, got {list(stacked.dims)}; use stack_seeds"
        )
    chosen = [real_number(q, "quantiles", 0.0) for q in several(quantiles, "quantiles", "[0.5]")]
    levels = np.array(chosen)
    if not chosen or (levels > 1.0).any():
        raise InputError(
            f"quantiles must lie between 0 and 1, got {described(quantiles)}; 0.5 is the middle"
        )
    over = {name: values for name, values in stacked.data_vars.items() if "seed" in values.dims}
    found = {
        name: values.mean("seed")
        if values.dtype == bool
        else values.quantile(levels, "seed", keep_attrs=True, skipna=False)
        for name, values in over.items()
    }
    return stacked.drop_vars("seed", errors="ignore").drop_dims("seed").assign(found)


@dataclass(frozen=True, eq=False, repr=False)
class SeedTest(Result):
    """Test of the median over seeds.

    Parameters
    ----------
    median : float
        In the unit of the values.
    interval : tuple of float
        Bootstrap interval of the median.
    share_positive : float
        Share of seeds above 0.
    share_interval : tuple of float
        Its Wilson interval.
    sign_p, wilcoxon_p : float
        One-sided p-values of the sign test and of Wilcoxon's, against a median of 0 or less.
    n : int
        Seeds.
    missing : int
        Omitted seeds without a value.
    values : tuple of float
        The value of each seed that has one.
    """

    median: float
    interval: tuple[float, float]
    share_positive: float
    share_interval: tuple[float, float]
    sign_p: float
    wilcoxon_p: float
    n: int
    missing: int
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, median=Real, interval=tuple, sign_p=Real, n=Integral)

    @property
    def p(self) -> float:
        """The p-value of the sign test, which assumes only independent seeds."""
        return self.sign_p

    def _line(self) -> str:
        low, high = self.interval
        return f"median {self.median:.3g} ({low:.3g} to {high:.3g}), p = {self.p:.3g}, n = {self.n}"

    def plot(self, *, label: str = "value", ax: Any = None) -> "Figure":
        """Draw the median with its interval over the values of all seeds.

        Parameters
        ----------
        label : str
            What the values are, with their unit.
        ax : matplotlib Axes, optional
            Where to draw; a new figure, not registered with pyplot, by default.

        Raises
        ------
        InputError
            If ax is not an Axes.
        """
        from infoscope.plots.intervals import plot_intervals

        low, high = self.interval
        table = pd.DataFrame({"value": self.median, "lower": low, "upper": high}, index=["median"])
        share, (least, most) = self.share_positive, self.share_interval
        words = [
            f"sign test p = {self.sign_p:.2g}, Wilcoxon p = {self.wilcoxon_p:.2g}",
            f"share of seeds above zero {share:.2g} ({least:.2g} to {most:.2g})",
            f"{self.missing} seeds have no value" if self.missing else "",
        ]
        title = f"Median over {self.n} seeds"
        return plot_intervals(table, title, label, words, ax, np.array(self.values))

    def to_frame(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        own = ("interval", "share_interval", "values")
        row = {name: value for name, value in vars(self).items() if name not in own}
        for name in ("interval", "share_interval"):
            row[f"{name}_low"], row[f"{name}_high"] = getattr(self, name)
        return pd.DataFrame([row | {"p": self.p}])


def seed_test(
    values: ArrayLike, *, confidence: float = 0.95, resamples: int = 9999, random_state: Any = 0
) -> SeedTest:
    """Test over seeds whether the median of a quantity, such as a lead, is above zero.

    Parameters
    ----------
    values : array, shape (seed,)
        One per seed; NaN where a seed has none.
    confidence : float
        Confidence level of both intervals.
    resamples : int
        Bootstrap samples.
    random_state : int, Generator or None
        Source of the bootstrap samples.

    Returns
    -------
    SeedTest
        Both tests ignore zeros; both p-values are 1 if all values are zero.

    Raises
    ------
    InputError
        If no seed has a value, one is infinite, or an argument is out of range.

    References
    ----------
    F. Wilcoxon, Biom. Bull. 1, 80 (1945); E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927);
    B. Efron, Ann. Stat. 7, 1 (1979), percentile interval.

    Examples
    --------
    >>> found = seed_test([3.0, 1.0, 4.0, 2.0, 5.0])
    >>> found.median, found.sign_p
    (3.0, 0.03125)
    """
    array = array_of_numbers(values, "values")
    known = finite_array(array[~np.isnan(array)], "values")
    if array.ndim != 1 or len(known) == 0:
        raise InputError(
            f"values must have shape (seed,) and one that is known, got shape {array.shape} with "
            f"{len(known)}; give one per seed"
        )
    if not 0.0 < real_number(confidence, "confidence") < 1.0:
        raise InputError(f"confidence must be between 0 and 1, got {confidence!r}; 0.95 is usual")
    count, random = whole_number(resamples, "resamples", 1), generator(random_state)
    above, apart = int((known > 0.0).sum()), known[known != 0.0]
    some = len(apart) > 0
    return SeedTest(
        median=float(np.median(known)),
        interval=bootstrap_interval(
            known, lambda draws: np.median(draws, axis=1), count, random, confidence
        ),
        share_positive=above / len(known),
        share_interval=wilson_interval(above, len(known), confidence),
        sign_p=float(binomtest(above, len(apart), alternative="greater").pvalue) if some else 1.0,
        wilcoxon_p=float(wilcoxon(apart, alternative="greater").pvalue) if some else 1.0,
        n=len(known),
        missing=len(array) - len(known),
        values=tuple(known.tolist()),
    )
