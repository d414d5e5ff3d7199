"""The quantity of a column, from its name, and its possible values."""

import re

import numpy as np
import pandas as pd

from infoscope._validate import Floats

# Not measured values but what is computed from them, and quantities named like others.
_DERIVED = re.compile(
    r"chang|diff|delta|dev\b|anom|depart|dep_|range|std|trend|tend|flag|attrib|hdd|cdd|degree.?day"
    r"|vap|vpd|vpm|deficit|base|ceil|height|days|minutes|specific|absolute|mixing|time"
)
# The first that fits is taken.
_QUANTITIES = tuple(
    (quantity, re.compile(pattern))
    for quantity, pattern in (
        ("direction", r"wdir|wind.?dir|dir\b.*wind|wind.*direction|drct|^wdf\d"),
        (
            "percentage",
            r"hum|umid|feuchte|\brh\b|_rh|rh_|relh|^upm$|cloud.?cover|cloudcover|sky.?cover",
        ),
        ("pressure", r"press|luftdruck|\bpres\b|^pres|\bm?slp\b|\bstp\b|baro|^pm$"),
        (
            "temperature",
            r"temp|^t_?(max|min|avg|mean|med|obs)|^m(ax|in)tp$|dew|\bhigh\b|\blow\b|^max$|^min$|^t[xngm]k?$"
            r"|wind.?chill|heat.?index|apparent",
        ),
        ("speed", r"wind|wspd|wpgt|gust|^awnd$|^wsf|wdsp|mxspd|smph|^f[xm]$"),
        (
            "amount",
            r"prcp|pr[e]?cip|niederschlag|percip|pcpn|rain|snow|snwd|hail|sleet|^rsk$|^shk_tag$|tsun|^sdk$",
        ),
    )
)
# Ranges of temperature in °C or °F, kelvin, and tenths of °C.
_KELVIN = (150.0, 350.0)
_TEMPERATURES = ((-130.0, 140.0), _KELVIN, (-900.0, 600.0))
# Nearly all temperatures of a column in kelvin are in its range, and none is below this.
_ALL, _COLDEST = 0.95, 180.0
_CELSIUS = re.compile(r"°c|degc|degree c|celsius|\(c\)|\[c\]")
_IN_KELVIN = re.compile(r"kelvin|\(k\)|\[k\]|_k$")
# Pressure at one place, in whatever unit, stays within these multiples of its median.
_PRESSURE = (0.8, 1.12)


def quantity_of(name: str) -> str:
    """Return direction, percentage, pressure, temperature, speed, amount, or nothing if unknown."""
    lower = name.lower()
    if _DERIVED.search(lower):
        return ""
    return next((quantity for quantity, pattern in _QUANTITIES if pattern.search(lower)), "")


def means_of(values: pd.DataFrame) -> pd.Series:
    """Return the mean of each column without NaN; the circular mean for directions in degrees.

    The arithmetic mean of 350° and 10° would be south.

    >>> means_of(pd.DataFrame({"rain": [1.0, 3.0], "wind_dir": [350.0, 30.0]})).round(6).tolist()
    [2.0, 10.0]
    """
    # The mean of equal values may have a rounding error, which normalisation would amplify.
    means = values.mean().clip(values.min(), values.max())
    for name in map(str, values.columns):
        if is_circular(name):
            angle = np.deg2rad(values[name].dropna().to_numpy(float))
            direction = np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())
            means[name] = np.rad2deg(direction) % 360.0
    return means


def is_circular(name: str) -> bool:
    """Whether a column holds directions, where 360 is next to 0."""
    return quantity_of(name) == "direction"


def possible_range(name: str, values: Floats) -> tuple[float, float] | None:
    """Return the range of possible values of a column, or None if its name is unknown.

    Parameters
    ----------
    name : str
        The column.
    values : array
        Its values without NaN; most are assumed possible, which determines the unit.
    """
    if not len(values):
        return None
    quantity = quantity_of(name)
    if quantity == "pressure":
        middle = float(np.median(values))
        return (_PRESSURE[0] * middle, _PRESSURE[1] * middle) if middle > 0.0 else None
    if quantity == "temperature":
        celsius = ((-95.0, 65.0),) if _CELSIUS.search(name.lower()) else ()
        ranges = (*celsius, *_TEMPERATURES)
    else:
        ranges = {
            "percentage": ((0.0, 101.0),),
            "direction": ((0.0, 360.0),),
            "speed": ((0.0, np.inf),),
            "amount": ((0.0, np.inf),),
        }.get(quantity, ())
    for low, high in ranges:
        inside = (values >= low) & (values <= high)
        if (low, high) == _KELVIN and not _IN_KELVIN.search(name.lower()):
            # A warm place in tenths of degrees lies there as well, but not on all days.
            fits = inside.mean() >= _ALL and values[inside].min() > _COLDEST
        else:
            fits = inside.mean() > 0.5
        if fits:
            return low, high
    return None


def impossible(name: str, values: Floats) -> np.ndarray:
    """Return which values are impossible; NaN is possible."""
    known = values[np.isfinite(values)]
    bounds = possible_range(name, known)
    if bounds is None:
        return np.zeros(len(values), bool)
    inside = known[(known >= bounds[0]) & (known <= bounds[1])]
    low, high = float(inside.min()), float(inside.max())
    # Whole degrees and tenths of degrees cannot be told from the name: 200 just above 140 is the
    # next value in tenths, 400 above 40 is an error.
    margin = 0.5 * (high - low) if quantity_of(name) == "temperature" else 0.0
    outside = (values < bounds[0]) | (values > bounds[1])
    return outside & ((values < low - margin) | (values > high + margin))


def high_and_low(columns: list[str]) -> list[tuple[str, str]]:
    """Return pairs of columns of which the first can never be below the second."""
    pairs = []
    by_lower = {column.lower(): column for column in columns}
    for lower, column in by_lower.items():
        if not quantity_of(column):
            continue
        for high, low in (("max", "min"), ("high", "low"), ("txk", "tnk"), ("maximum", "minimum")):
            other = by_lower.get(lower.replace(high, low))
            if high in lower and other is not None and (column, other) not in pairs:
                pairs.append((column, other))
    return pairs
