"""Lag scan: information between two series at every lag, with a surrogate band."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._results import Result
from infoscope._validate import Floats, fields_are, generator, one_of, truth, whole_number
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.measures.embedding import Lags, Series
from infoscope.measures.estimation import Estimator, estimation, told
from infoscope.measures.missing import complete_rows
from infoscope.significance import monte_carlo_p
from infoscope.significance.one_number import (
    Significance,
    SurrogateTest,
    surrogate_nats,
    with_same_noise,
)
from infoscope.significance.p_values import checked_level
from infoscope.significance.thresholds import critical

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUANTITIES = ("mutual_information", "transfer_entropy")


@dataclass(frozen=True, eq=False, repr=False)
class LagScan(Result):
    """A quantity over lags, with the band of surrogates in which source and target are independent.

    Parameters
    ----------
    data : Dataset
        Over ``lag``: ``bits``; with a test ``p``, ``p_fwer`` (corrected for all lags),
        ``null_mean_bits`` and ``band_bits``, the threshold of a single lag; on request
        ``standard_error_bits``. The attributes give quantity, estimator, null, level and
        ``threshold_bits``, the threshold corrected for all lags.
    """

    data: xr.Dataset

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, data=xr.Dataset)

    @property
    def lags(self) -> list[int]:
        """The lags, in their order."""
        return self.data["lag"].to_numpy().tolist()

    @property
    def bits(self) -> xr.DataArray:
        """The quantity in bits, (lag,)."""
        return self.data["bits"]

    @property
    def peak(self) -> int:
        """The lag with the most bits."""
        return int(self.bits.idxmax())

    @property
    def p(self) -> float:
        """The p-value of any information over all lags; NaN without a test."""
        return float(self.data["p_fwer"].min()) if "p_fwer" in self.data else np.nan

    @property
    def threshold_bits(self) -> float:
        """The threshold in bits, corrected for all lags; NaN without a test."""
        return self.data.attrs["threshold_bits"]

    def plot(self, *, ax: Any = None) -> "Figure":
        """Draw the quantity over lags, with the band of the surrogates and the threshold.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default in a new figure, not registered with pyplot.

        Raises
        ------
        InputError
            If ax is not an Axes.
        """
        from infoscope.plots.canvas import canvas, figure_of
        from infoscope.plots.curves import lag_panel

        with canvas(ax, 6.4, 3.8) as axes:
            lag_panel(axes, self.to_frame(), self.threshold_bits, self.data.attrs.get("level"))
            quantity = self.data.attrs["quantity"].replace("_", " ")
            axes.set_title(f"{quantity[:1].upper()}{quantity[1:]}, peak at lag {self.peak}")
            return figure_of(axes)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per lag."""
        return self.data.to_dataframe()

    def _facts(self) -> dict[str, Any]:
        return dict(self.data.attrs)

    def _line(self) -> str:
        attrs, tested = self.data.attrs, f", p = {self.p:.3g}" if self.data.attrs["null"] else ""
        lags = f"lags {min(self.lags)} to {max(self.lags)}"
        peak = f"{float(self.bits.max()):.4g} bits at lag {self.peak}"
        return f"{attrs['quantity']}, {lags}, n = {attrs['n']}; peak {peak}{tested}"


def lag_scan(
    source: ArrayLike,
    target: ArrayLike,
    *,
    lags: Iterable[int] = range(11),
    quantity: str = "mutual_information",
    given: ArrayLike | None = None,
    given_lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    estimator: Estimator = "auto",
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    significance: Significance = True,
    surrogates: int = 199,
    level: float = 0.05,
    standard_error: bool = False,
    missing: str = "refuse",
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> LagScan:
    """Estimate the information between source and target at every lag, with a surrogate band.

    All lags are estimated from the same rows of the target, by one estimator, so that they can be
    compared; a surrogate rearranges the source in the same way for all of them.

    Parameters
    ----------
    source, target : array, shape (n,) or (n, d)
        Series; rows in time order.
    lags : iterable of int
        Rows from source to target; for mutual information also negative, where the target leads.
    quantity : {"mutual_information", "transfer_entropy"}
        I(source_{t-lag}; target_t), or the same given the target's past.
    given, given_lag, history, source_history, trials, times, missing
        As in `transfer_entropy`; ``history`` and ``source_history`` are for it alone.
    estimator : MutualInformation or "auto"
        "auto" picks one by the samples of the first lag.
    significance, surrogates
        As in `mutual_information`; None for no band. Shifts are longer than all lags.
    level : float
        Significance level of the band (each lag alone) and of the threshold (all lags).
    standard_error : bool
        Estimate it too (`mutual_information`).
    random_state : int, Generator or None
        Source of surrogates, jitter and folds.
    n_jobs : int
        Threads; -1 for one per core. Nothing depends on it.

    Returns
    -------
    LagScan
        Bits, band and p-values over lags; its ``peak``, ``p`` and ``threshold_bits``.

    Raises
    ------
    InputError
        If lags are not distinct whole numbers, or as `transfer_entropy`.

    References
    ----------
    The largest of all lags: P. H. Westfall, S. S. Young, Resampling-based Multiple Testing,
    Wiley (1993), section 2.3.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> source = rng.normal(size=303)
    >>> echo = source[:-3] + rng.normal(size=300)
    >>> scan = lag_scan(source[3:], echo, lags=range(6), surrogates=39)
    >>> scan.peak, scan.p
    (3, 0.025)
    """
    truth(standard_error, "standard_error")
    one_of(quantity, "quantity", QUANTITIES)
    level, test = checked_level(level), SurrogateTest.asked(significance, surrogates)
    wanted = _checked_lags(lags, 0 if quantity == "transfer_entropy" else None)
    series = Series.of(source, target, given, trials, times, missing)
    whole_number(history, "history", 0)
    whole_number(given_lag, "given_lag", 0)
    whole_number(source_history, "source_history", 1)
    embeddings = _embeddings(wanted, quantity, history, source_history, given, given_lag)
    back, ahead = np.max([each.reach for each in embeddings], axis=0).tolist()
    rows = series.rows(back, ahead)
    several, n_missing = complete_rows([series.samples(each, rows) for each in embeddings])

    random = generator(random_state)
    estimate = estimation(several[0], estimator, random, n_jobs)
    again = with_same_noise(estimate, random)
    found = [
        told(again(samples), samples, estimate if standard_error else None) for samples in several
    ]
    data = xr.Dataset(
        {"bits": ("lag", [each.bits for each in found])},
        coords={"lag": wanted},
        attrs={
            "quantity": quantity,
            "units": "bit",
            "estimator": str(found[0].estimator),
            "flags": sorted({flag for each in found for flag in each.flags}),
            "n": several[0].n,
            "n_missing": n_missing,
            "null": "",
            "threshold_bits": np.nan,
        },
    )
    if standard_error:
        data["standard_error_bits"] = "lag", [each.standard_error_bits for each in found]
    if test is not None:
        reach = max(wanted) - min(0, *wanted)
        null, drawn = surrogate_nats(again, several, test, random, reach)
        data = _with_band(data, drawn / NATS_PER_BIT, level).assign_attrs(null=null.name)
    return LagScan(data)


def _checked_lags(lags: Iterable[int], minimum: int | None) -> list[int]:
    found = list(lags) if isinstance(lags, Iterable) and not isinstance(lags, str) else [lags]
    lowest = -(2**31) if minimum is None else minimum
    wanted = [whole_number(lag, "lags", lowest) for lag in found]
    if not wanted or len(set(wanted)) < len(wanted):
        raise InputError(
            f"lags must be one or more different whole numbers, got {found!r}; try range(0, 11)"
        )
    return wanted


def _embeddings(
    lags: list[int],
    quantity: str,
    history: int,
    source_history: int,
    given: ArrayLike | None,
    given_lag: int,
) -> list[Lags]:
    """Return the samples of each lag."""
    of_given = None if given is None else whole_number(given_lag, "given_lag", 0)
    if quantity == "transfer_entropy":
        return [Lags.of_histories(lag, history, source_history, given_lag=of_given) for lag in lags]
    return [Lags((lag,), (), () if of_given is None else (of_given,)) for lag in lags]


def _with_band(data: xr.Dataset, drawn: Floats, level: float) -> xr.Dataset:
    """Add p-values, the mean of the surrogates (surrogate, lag) in bits, band and threshold."""
    bits, largest = data["bits"].to_numpy(), drawn.max(axis=1)
    of_all = np.broadcast_to(largest[:, np.newaxis], drawn.shape)
    return data.assign(
        p=("lag", monte_carlo_p(bits, drawn)),
        p_fwer=("lag", monte_carlo_p(bits, of_all)),
        null_mean_bits=("lag", drawn.mean(axis=0)),
        band_bits=("lag", [critical(of_lag, level) for of_lag in drawn.T]),
    ).assign_attrs(level=level, surrogates=len(drawn), threshold_bits=critical(largest, level))
