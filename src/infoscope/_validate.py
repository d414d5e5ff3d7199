"""The only place that checks user input: convert once at the door, so that the core need not."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError

Floats = NDArray[np.float64]

# Squares and differences of numbers up to here are numbers still.
_LARGEST = 1e150


def finite_array(
    values: ArrayLike, name: str, remedy: str = "fill or drop them first", nan: bool = False
) -> Floats:
    """Return values as a float64 array, or say which entry is not a finite number.

    With ``nan`` entries may be missing (None, NaN, NA or masked), and become NaN.
    """
    if nan and isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    array = _as_array(values, name)
    if nan and array.dtype.kind == "O":
        array = np.where(pd.isna(array), np.nan, array)
    if array.dtype.kind == "O" and all(isinstance(entry, Real) for entry in array.flat):
        array = array.astype(np.float64)  # as tables of nullable numbers come
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{name} must be an array of real numbers, got dtype {array.dtype}; "
            "convert or drop what is not a number"
        )
    with np.errstate(over="ignore"):  # a longer type becomes infinite, and is refused as such
        array = array.astype(np.float64)
    bad = np.isinf(array) if nan else ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{name} must be finite, got {array[first]} at index {first} "
            f"({int(bad.sum())} such entries); {remedy}"
        )
    largest = np.abs(array).max(initial=0.0, where=~np.isnan(array))
    if largest > _LARGEST:
        raise InputError(
            f"{name} must not exceed {_LARGEST:g} in size, got {largest:g}, whose "
            "square is no number any more; choose a larger unit"
        )
    return array


def _as_array(values: object, name: str) -> np.ndarray:
    if np.ma.is_masked(values):
        raise InputError(f"{name} must have no masked entries, got some; fill or drop them first")
    try:
        return np.asarray(values)
    except ValueError as error:  # rows of unequal lengths
        raise InputError(
            f"{name} must be an array, got rows of unequal lengths; give every row as many entries"
        ) from error
    except (RuntimeError, TypeError) as error:  # a tensor with a gradient, or on a device
        raise InputError(
            f"{name} must be an array, got a {type(values).__name__} that numpy cannot read; "
            "pass tensor.detach().cpu().numpy()"
        ) from error


def arrays_by_name(
    values: Any, name: str, needed: Sequence[str] | None = None
) -> dict[str, Floats]:
    """Return arrays of a mapping, or of an object's ``arrays()``: those needed, or all."""
    given = values.arrays() if callable(getattr(values, "arrays", None)) else values
    if not isinstance(given, Mapping) or (needed is None and not given):
        got = "an empty one" if isinstance(given, Mapping) else f"a {type(values).__name__}"
        raise InputError(
            f"{name} must be a mapping of arrays, or an object with arrays(), got {got}; give for "
            "example a state_dict()"
        )
    if needed is None:
        return {str(key): finite_array(array, f"{name}[{key!r}]") for key, array in given.items()}
    if missing := [key for key in needed if key not in given]:
        raise InputError(
            f"{name} must have {', '.join(needed)}, got none for {', '.join(missing)}; give the "
            "network, or a mapping of arrays"
        )
    return {key: finite_array(given[key], f"{name}[{key!r}]") for key in needed}


def row_labels(values: object, name: str, n: int) -> np.ndarray:
    """Return labels (n,), one per row and none missing."""
    labels = _as_array(values, name)
    if labels.shape != (n,):
        raise InputError(
            f"{name} must have one label per row of data, shape ({n},), got {labels.shape}; "
            "repeat each label for all its rows"
        )
    if labels.dtype.kind == "O" and len({type(label) for label in labels}) > 1:
        raise InputError(
            f"{name} must be labels of one type, got "
            f"{', '.join(sorted({type(label).__name__ for label in labels}))}; make them all text"
        )
    missing = pd.isna(labels)
    if missing.any():
        raise InputError(
            f"{name} must have no missing label, got nan in row {int(missing.argmax())}; "
            "label that row or drop it"
        )
    return labels


def threads(n_jobs: object) -> None:
    """Check a number of threads."""
    whole = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and (not whole or n_jobs == 0):
        raise InputError(
            f"n_jobs must be a whole number other than 0, or None, got {n_jobs!r}; "
            "-1 uses all cores"
        )


def sample_array(
    values: ArrayLike, name: str, remedy: str = "fill or drop them first", nan: bool = False
) -> Floats:
    """Return samples as a C-contiguous (n, d) float64 array; (n,) becomes (n, 1)."""
    array = finite_array(values, name, remedy, nan)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(
            f"{name} must have shape (n,) or (n, d) with d >= 1, got {array.shape}; "
            "rows are samples, columns are coordinates"
        )
    return np.ascontiguousarray(array)


def same_length(**arrays: Floats) -> int:
    """Return the common number of rows, or say which arrays differ."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"arrays must have equal numbers of rows, got {found}; pair them up first")
    return next(iter(lengths.values()))


def neighbours_fit(k: int, n: int) -> None:
    """Check that k neighbours exist among n samples."""
    if k >= n:
        raise InputError(
            f"k must be below the number of samples, got k = {k} with {n} samples; "
            "lower k or give more samples"
        )


def whole_number(value: object, name: str, minimum: int, maximum: int | None = None) -> int:
    """Return value as an int within bounds."""
    wanted = f"a whole number >= {minimum}" + (f" and <= {maximum}" if maximum is not None else "")
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or int(value) < minimum or (maximum is not None and int(value) > maximum):  # pyright: ignore[reportArgumentType]
        raise InputError(f"{name} must be {wanted}, got {value!r}; choose one in that range")
    return int(value)  # pyright: ignore[reportArgumentType]


def real_number(value: object, name: str, minimum: float = -np.inf) -> float:
    """Return value as a finite float that is at least minimum."""
    number = np.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # a whole number too large to be one
            number = float(value)
    if not np.isfinite(number) or number < minimum:
        wanted = "a finite number" + (f" >= {minimum:g}" if np.isfinite(minimum) else "")
        raise InputError(f"{name} must be {wanted}, got {value!r}; choose one in that range")
    return number


def truth(value: object, name: str) -> bool:
    """Return value if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(f"{name} must be True or False, got {value!r}; choose one of these")
    return bool(value)


def one_of(value: object, name: str, allowed: Iterable[str]) -> str:
    """Return value if it is one of the allowed words."""
    words = tuple(allowed)
    if not isinstance(value, str) or value not in words:
        listed = ", ".join(repr(word) for word in words)
        raise InputError(f"{name} must be one of {listed}, got {value!r}; pick one of these")
    return str(value)


def capable(estimator: object, ability: str, example: str) -> None:
    """Check that an estimator can do what is asked of it, and name one that can."""
    if isinstance(estimator, type) or not hasattr(estimator, ability):
        raise InputError(
            f"estimator must offer {ability}, got {estimator!r}, which does not; "
            f"use for example {example}"
        )


def generator(random_state: object) -> np.random.Generator:
    """Return a numpy Generator from an int, a Generator or None."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if random_state is None or (
        isinstance(random_state, Integral)
        and not isinstance(random_state, bool)
        and int(random_state) >= 0
    ):
        return np.random.default_rng(None if random_state is None else int(random_state))
    raise InputError(
        f"random_state must be an int >= 0, a numpy Generator or None, got {random_state!r}; "
        "pass an int for numbers that repeat"
    )
