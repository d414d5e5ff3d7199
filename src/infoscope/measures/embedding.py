"""Time-delay embedding of source, target and conditioning series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError
from infoscope._stretches import stretches
from infoscope._validate import Floats, same_length, sample_array, whole_number
from infoscope.estimators import Samples
from infoscope.measures.estimation import places_of, text_among
from infoscope.measures.missing import check_of

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Lags:
    """Lags in rows from the target value back to each value of source, target and given.

    Parameters
    ----------
    source, target, given : sequence of int
        Increasing lags; negative for later rows.
    """

    source: Sequence[int]
    target: Sequence[int] = ()
    given: Sequence[int] = ()

    @classmethod
    def of_histories(
        cls,
        lag: int,
        history: int,
        source_history: int,
        history_delay: int = 1,
        source_history_delay: int = 1,
        given_lag: int | None = None,
    ) -> "Lags":
        """Return the lags of a transfer entropy with these arguments.

        Raises
        ------
        InputError
            If an argument is not a whole number in its range.

        Examples
        --------
        >>> found = Lags.of_histories(lag=1, history=2, source_history=2, history_delay=3)
        >>> list(found.source), list(found.target)
        ([1, 2], [1, 4])
        """
        lag = whole_number(lag, "lag", 0)
        history = whole_number(history, "history", 0)
        source_history = whole_number(source_history, "source_history", 1)
        delay = whole_number(history_delay, "history_delay", 1)
        source_delay = whole_number(source_history_delay, "source_history_delay", 1)
        return cls(
            source=range(lag, lag + source_history * source_delay, source_delay),
            target=range(1, 1 + history * delay, delay),
            given=() if given_lag is None else (whole_number(given_lag, "given_lag", 0),),
        )

    @property
    def reach(self) -> tuple[int, int]:
        """Largest number of rows before and after the target value, (back, ahead)."""
        parts = [part for part in (self.source, self.target, self.given) if len(part)]
        back, ahead = max(part[-1] for part in parts), max(-part[0] for part in parts)
        return max(back, 0), max(ahead, 0)


@dataclass(frozen=True)
class Series:
    """Series with common rows, each an array (n, d) with NaN where a value is missing.

    Parameters
    ----------
    source, target, given : array, shape (n, d)
        Values; given may be None.
    trials, times : array, shape (n,)
        As in `Samples`.
    gaps_known : bool
        Whether times were given, so that gaps can be detected.
    labels : tuple of str
        Names of the series that are text labels.
    """

    source: Floats
    target: Floats
    given: Floats | None
    trials: NDArray[np.int64]
    times: Floats
    gaps_known: bool = False
    labels: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        source: ArrayLike,
        target: ArrayLike,
        given: ArrayLike | None = None,
        trials: ArrayLike | None = None,
        times: ArrayLike | None = None,
        missing: str = "refuse",
    ) -> "Series":
        """Validate series.

        Raises
        ------
        InputError
            If a series is not numeric, not finite, or of another length.
        """
        named = {"source": source, "target": target, **({} if given is None else {"given": given})}
        check = check_of(missing)
        parts = {
            name: sample_array(values, name, labels=True, **check) for name, values in named.items()
        }
        labels, when = places_of(same_length(**parts), trials, times)
        return cls(
            parts["source"], parts["target"], parts.get("given"), labels, when,
            gaps_known=times is not None, labels=text_among(**named),
        )  # fmt: skip

    def rows(self, back: int, ahead: int = 0) -> Rows:
        """Return the rows with enough rows before and after them in their stretch.

        Raises
        ------
        InputError
            If no row remains, or rows that would be joined are not in time order.
        """
        n = len(self.target)
        rows = np.arange(min(back, n), max(n - ahead, min(back, n)))
        if back + ahead and len(rows):
            stretch = stretches(self.trials, self.times if self.gaps_known else None)
            rows = rows[stretch[rows - back] == stretch[rows + ahead]]
        if len(rows) == 0:
            raise InputError(
                f"source and target must have more rows than the {back + ahead} that lag and "
                f"histories take, got {n} in all; shorten them or give longer trials without gaps"
            )
        return rows

    def samples(self, lags: Lags, rows: Rows) -> Samples:
        """Return, for each of the rows, the source values, the target value and the condition."""
        given = [self.target[rows - back] for back in lags.target]
        if self.given is not None:
            given += [self.given[rows - back] for back in lags.given]
        return Samples(
            x=np.hstack([self.source[rows - back] for back in lags.source]),
            y=self.target[rows],
            given=np.hstack(given) if given else None,
            trials=self.trials[rows],
            times=self.times[rows],
            labels=self.labels,
        )
