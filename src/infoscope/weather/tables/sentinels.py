"""Codes for missing among numbers, such as 9999.9, -999, 99.99 and -32768."""

import numpy as np

from infoscope._validate import Floats
from infoscope.weather.tables.quantities import possible_range, quantity_of

# Of these, a value that is possible is real, however many nines it has: 99.9 % of humidity.
_BOUNDED = ("percentage", "pressure", "direction")
# Codes that are no nines: ends of 16-bit numbers, fill values of netCDF and of well logs, and
# repeated digits of weather services.
_FILLS = (
    -32768.0, -32767.0, 32767.0, 9.969209968386869e36, 1e20, 1e30, -1e20, -1e30, -999.25, -6999.0,
    -7777.0, -8888.0, 7777.0, 8888.0,
)  # fmt: skip
# A possible value that is a code occurs so many times as often as any other.
_SPIKE = 3


def sentinels(name: str, values: Floats, documented: tuple[float, ...] = ()) -> list[float]:
    """Return the codes for missing in a column.

    A code consists of nines (two or more digits) or is a usual fill value, such as -32768 or 1e20,
    and lies far outside the rest of the column or is impossible for the quantity.

    Parameters
    ----------
    name : str
        The column.
    values : array
        Its values, NaN where missing.
    documented : tuple of float
        Codes documented by the file's layout for this column: they always count.
    """
    known = values[np.isfinite(values)]
    different = np.unique(known)
    codes = [value for value in different if _nines(value) or _is_fill(value)]
    rest = known[~np.isin(known, codes)]
    return [
        float(code)
        for code in different
        if code in documented or (code in codes and _is_code(name, float(code), known, rest))
    ]


def _nines(value: float) -> int:
    """Return the number of digits of a number that consists of nines, 0 for others."""
    digits = f"{abs(value):.10g}".replace(".", "")
    return len(digits) if abs(value) >= 99.0 and set(digits) == {"9"} else 0


def _is_fill(value: float) -> bool:
    # Stored in single precision a fill value has seven digits left.
    return bool(np.isclose(value, _FILLS, rtol=1e-5, atol=0.0).any())


def _is_code(name: str, code: float, known: Floats, rest: Floats) -> bool:
    if not len(rest):
        return _is_fill(code) or _nines(code) >= (3 if code < 0.0 else 4)
    bounds, count = possible_range(name, rest), int((known == code).sum())
    if bounds is not None and not bounds[0] <= code <= bounds[1]:
        return True
    quantity = quantity_of(name)
    if bounds is not None and quantity in _BOUNDED:
        # GSOD writes 999.9 for a missing station pressure. On many days it is a code, unless its
        # neighbours are as frequent, as where pressures are whole numbers.
        others = int(np.unique(rest, return_counts=True)[1].max())
        return quantity == "pressure" and count >= max(0.1 * len(known), _SPIKE * others)
    return _far_below(code, rest) if code < 0.0 else _far_above(code, count, rest)


def _far_below(code: float, rest: Floats) -> bool:
    low = float(rest.min())
    if low >= 0.0 and _nines(code) >= 3:
        return True
    # Half of the width, and three standard deviations: -99.9 below -40 to 45 °C, but not -99
    # below -80 to 300 tenths.
    return low - code >= max(0.5 * float(np.ptp(rest)), 3.0 * float(rest.std()), 1.0)


def _far_above(code: float, count: int, rest: Floats) -> bool:
    low, middle, high = (float(q) for q in np.quantile(rest, [0.0, 0.5, 1.0]))
    largest = max(abs(low), abs(high))
    if high - middle >= 3.0 * (middle - low):
        # A long tail, as of rain, or no spread at all: a single 99.9 mm may be its end.
        return code >= 5.0 * largest and (count > 1 or _nines(code) >= 4 or code >= 999.0)
    return code - high >= max(high - low, 0.5 * largest)
