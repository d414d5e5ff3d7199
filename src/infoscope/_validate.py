"""Validation and conversion of user input, done once here so that the core need not."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Number, Real
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from infoscope._arrays import (
    LARGEST,
    Floats,
    as_array,
    as_numbers,
    described,
    is_missing,
    is_text,
    reads_as_numbers,
)
from infoscope._errors import InputError

# Largest count: longer loops would never end, and 64-bit arithmetic does not overflow below it.
_MOST = 10**9
# Messages cut longer lists of words.
_NAMED = 20

# How to make objects of these classes.
_MADE_BY = {
    "Recording": "make one with infoscope.read or Recording.from_arrays",
    "Ranking": "pass what rank_nodes returns",
    "DiGraph": "make one with FlowMatrix.graph or networkx.DiGraph(edges)",
    "Dataset": "pass what held_out_plane or stack_seeds returns",
    "DataFrame": "make one with pandas.DataFrame",
}


def instance(value: Any, kind: type, name: str, advice: str = "") -> Any:
    """Return value if it is an instance of a class; otherwise say how to make one."""
    if not isinstance(value, kind):
        how = advice or _MADE_BY.get(kind.__name__, f"make one with {kind.__name__}(...)")
        raise InputError(f"{name} must be a {kind.__name__}, got {described(value)}; {how}")
    return value


# Names of types in messages.
_WORDS = {"Integral": "whole number", "Real": "number", "str": "text"}


def fields_are(result: Any, **kinds: type) -> None:
    """Check the types of the fields of a result."""
    for name, kind in kinds.items():
        value = getattr(result, name)
        if not isinstance(value, kind):
            word = _WORDS.get(kind.__name__, kind.__name__)
            raise InputError(
                f"{name} of a {type(result).__name__} must be a {word}, got {described(value)}; "
                f"take a {type(result).__name__} from the function that returns it, and change it "
                "with dataclasses.replace"
            )


def between_nodes(matrix: Any, name: str, nodes: Iterable[Any]) -> xr.DataArray:
    """Return a DataArray (source, target) in the order of the nodes."""
    instance(matrix, xr.DataArray, name, "give one with the dimensions source and target")
    wanted, ends = list(nodes), ("source", "target")
    if sorted(map(str, matrix.dims)) != sorted(ends):
        raise InputError(
            f"{name} must have the dimensions source and target, got "
            f"{tuple(map(str, matrix.dims))}; rename them with {name}.rename"
        )
    for end in ends:
        known = matrix.indexes.get(end, ())
        if lacking := [node for node in wanted if node not in known]:
            raise InputError(
                f"{name} must have a {end} for each of {len(wanted)} nodes, got none for "
                f"{described(lacking[0])}; set the coordinate {end!r} to the names of nodes"
            )
    return matrix.sel(source=wanted, target=wanted).transpose(*ends)


def epochs_among(
    epochs: Any, recorded: Sequence[int], name: str = "epochs", fewest: int = 1
) -> list[int]:
    """Return the given epochs, all by default; raise if one was not recorded."""
    if epochs is None:
        return list(recorded)
    chosen = several(epochs, name, f"[{recorded[-1]}]")
    if len(chosen) < fewest:
        raise InputError(f"{name} is empty; list at least one epoch, or omit it to use all")
    for epoch in chosen:
        whole = isinstance(epoch, Integral) and not isinstance(epoch, bool)
        if not whole or epoch not in recorded:
            raise InputError(
                f"{name} must be among those recorded, got {described(epoch)}; choose from "
                f"{', '.join(map(str, recorded[:_NAMED]))}"
                + (" ..." if len(recorded) > _NAMED else "")
            )
    return [int(epoch) for epoch in chosen]


def several(values: Any, name: str, example: str) -> list[Any]:
    """Return a sequence as a list; a single number or word becomes a list of one."""
    if isinstance(values, (str, Number)):
        return [values]
    ordered = isinstance(values, (Sequence, np.ndarray, pd.Index, pd.Series))
    if not ordered or isinstance(values, bytes) or np.ndim(np.asarray(values, object)) == 0:
        raise InputError(
            f"{name} must be a list, got {described(values)}; write for example {example}"
        )
    return list(values)


def finite_array(
    values: ArrayLike, name: str, remedy: str = "fill or drop them first", nan: bool = False
) -> Floats:
    """Return values as a float64 array; raise at the first entry that is not finite.

    With ``nan``, missing entries (None, NaN, NA or masked) are allowed and become NaN.
    """
    if nan and isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    read = as_array(values, name)
    if nan and read.dtype.kind == "O":
        read = np.where(is_missing(read), np.nan, read)
    array = as_numbers(read, name)
    bad = np.isinf(array) if nan else ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{name} must be finite, got {array[first]} at index {first} "
            f"({int(bad.sum())} such entries); {remedy}"
        )
    largest = np.abs(array).max(initial=0.0, where=~np.isnan(array))
    if largest > LARGEST:
        raise InputError(
            f"{name} must not exceed {LARGEST:g} in size, got {largest:g}, whose "
            "square overflows; choose a larger unit"
        )
    return array


def array_of_numbers(values: ArrayLike, name: str) -> Floats:
    """Return values as a float64 array; NaN and infinity are allowed."""
    return as_numbers(as_array(values, name), name)


def booleans(values: Any, name: str) -> NDArray[np.bool_]:
    """Return values as an array of booleans."""
    array = as_array(values, name)
    if array.dtype != bool:
        raise InputError(
            f"{name} must be an array of bool, got {array.dtype} {array.shape}; give True or False "
            "for each entry, for example from a comparison"
        )
    return array


def label_codes(values: Any, name: str) -> Floats | None:
    """Return codes 0, 1, ... (n, d) of text labels, NaN for a missing label; None if not text.

    Each column is coded by itself. Numeric text counts as labels if at least half of the rows
    repeat another: class names are often digits, measurements rarely repeat.
    """
    if isinstance(values, np.ma.MaskedArray):
        return None
    array = as_array(values, name)
    columns = array[:, np.newaxis] if array.ndim == 1 else array
    if columns.ndim != 2 or columns.dtype.kind not in "OUST":
        return None
    known = np.asarray(~is_missing(columns.astype(object)))
    texts = columns[known]
    if texts.size == 0 or not is_text(texts):
        return None
    coded, repeated = np.full(columns.shape, np.nan), True
    for column, there, codes in zip(columns.T, known.T, coded.T, strict=True):
        names, codes[there] = np.unique(column[there].astype(str), return_inverse=True)
        repeated &= 2 * len(names) <= there.sum()
    return None if not repeated and reads_as_numbers(texts) else coded


def arrays_by_name(
    values: Any, name: str, needed: Sequence[str] | None = None
) -> dict[str, Floats]:
    """Return arrays of a mapping, or of an object's ``arrays()``: those needed, or all."""
    given = values.arrays() if callable(getattr(values, "arrays", None)) else values
    if not isinstance(given, Mapping) or (needed is None and not given):
        got = "an empty one" if isinstance(given, Mapping) else f"a {type(values).__name__}"
        raise InputError(
            f"{name} must be a mapping of arrays, or an object with arrays(), got {got}; pass for "
            "example a state_dict()"
        )
    if needed is None:
        return {str(key): finite_array(array, f"{name}[{key!r}]") for key, array in given.items()}
    if missing := [key for key in needed if key not in given]:
        raise InputError(
            f"{name} must have {', '.join(needed)}, got none for {', '.join(missing)}; give the "
            "network or a mapping of arrays"
        )
    return {key: finite_array(given[key], f"{name}[{key!r}]") for key in needed}


def row_labels(values: object, name: str, n: int) -> np.ndarray:
    """Return labels (n,), one per row, none missing."""
    labels = as_array(values, name)
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
    missing = is_missing(labels)
    if missing.any():
        raise InputError(
            f"{name} must have no missing label, got nan in row {int(missing.argmax())}; "
            "label that row or drop it"
        )
    return labels


def threads(n_jobs: object) -> None:
    """Check the number of threads."""
    whole = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and (not whole or n_jobs == 0):
        raise InputError(
            f"n_jobs must be a whole number other than 0, or None, got {described(n_jobs)}; "
            "-1 uses all cores"
        )


def sample_array(
    values: ArrayLike,
    name: str,
    remedy: str = "fill or drop them first",
    nan: bool = False,
    *,
    labels: bool = False,
) -> Floats:
    """Return samples as a C-contiguous (n, d) float64 array; (n,) becomes (n, 1).

    With ``labels``, text is read as class names and coded 0, 1, ... (`label_codes`).
    """
    codes = label_codes(values, name) if labels else None
    array = finite_array(values, name, remedy, nan) if codes is None else codes
    absent = np.argwhere(np.isnan(array))
    if len(absent) and not nan:
        raise InputError(
            f"{name} must have no missing label, got one in row {int(absent[0, 0])} "
            f"({len(absent)} such labels); {remedy}"
        )
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(
            f"{name} must have shape (n,) or (n, d) with d >= 1, got {array.shape}; "
            "rows are samples, columns are coordinates"
        )
    if len(array) == 0:
        raise InputError(f"{name} must have at least one row, got 0 rows; give some samples")
    return np.ascontiguousarray(array)


def same_length(**arrays: Floats) -> int:
    """Return the common number of rows; raise if arrays differ."""
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
    """Return value as an int within bounds; the default maximum is 10^9."""
    wanted = f"a whole number >= {minimum}" + (f" and <= {maximum}" if maximum is not None else "")
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    most = _MOST if maximum is None else maximum
    if not is_whole or int(value) < minimum or int(value) > most:  # pyright: ignore[reportArgumentType]
        raise InputError(
            f"{name} must be {wanted}, got {described(value)}; choose one in that range"
            + (f", up to {most}" if is_whole and int(value) > most else "")  # pyright: ignore[reportArgumentType]
        )
    return int(value)  # pyright: ignore[reportArgumentType]


def real_number(
    value: object, name: str, minimum: float = -np.inf, *, above: float | None = None
) -> float:
    """Return value as a finite float that is at least minimum, or above a bound."""
    number = np.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # an integer too large for a float
            number = float(value)
    if not np.isfinite(number) or number < minimum or (above is not None and number <= above):
        bounds = f" >= {minimum:g}" if np.isfinite(minimum) else ""
        bounds += "" if above is None else f" > {above:g}"
        way = "choose one in that range" if bounds else "pass a number"
        raise InputError(f"{name} must be a finite number{bounds}, got {described(value)}; {way}")
    return number


def truth(value: object, name: str) -> bool:
    """Return value if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(
            f"{name} must be True or False, got {described(value)}; choose one of these"
        )
    return bool(value)


def one_of(value: object, name: str, allowed: Iterable[str]) -> str:
    """Return value if it is one of the allowed words."""
    words = tuple(allowed)
    if not isinstance(value, str) or value not in words:
        listed = ", ".join(repr(word) for word in words[:_NAMED]) + (
            f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
        )
        raise InputError(
            f"{name} must be one of {listed}, got {described(value)}; pick one of these"
        )
    return str(value)


def capable(estimator: object, protocol: type, example: str, name: str = "estimator") -> None:
    """Check that an estimator has the methods of a protocol; suggest one that does."""
    if isinstance(estimator, type) or not isinstance(estimator, protocol):
        methods = " and ".join(key for key in vars(protocol) if not key.startswith("_"))
        raise InputError(
            f"{name} must offer {methods}, got {described(estimator)}, which does not; "
            f"use for example {example}"
        )


def path_of(value: object, name: str) -> Path:
    """Return value as a Path."""
    if not isinstance(value, (str, PathLike)) or not str(value) or "\0" in str(value):
        raise InputError(
            f"{name} must be a path, got {described(value)}; give one as text or pathlib.Path"
        )
    return Path(value)


def function(value: object, name: str, what: str) -> None:
    """Check that value is callable."""
    if not callable(value) or isinstance(value, type):
        raise InputError(f"{name} must be a function, got {described(value)}; give {what}")


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
        "random_state must be an int >= 0, a numpy Generator or None, got "
        f"{described(random_state)}; pass an int for reproducible numbers"
    )
