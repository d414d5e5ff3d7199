"""Convert array-like input to numpy: lists, tensors, tables, sparse matrices, text."""

import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation, localcontext
from numbers import Number, Real
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError

Floats = NDArray[np.float64]

# Squares and differences of numbers up to this size do not overflow.
LARGEST = 1e150
# Largest sparse matrix that is made dense without asking, in entries: 1 GiB.
_DENSE = 2**27
# Messages name longer values by their type.
_QUOTED = 80

# Advice for values that are not arrays, by type.
_INSTEAD = {
    "Recording": "pass one of its blocks, for example recording.rows('all')",
    "Dataset": "pass one of its variables",
    "dict": "pass one of its values",
    "generator": "pass list(...) of it",
    "set": "pass a list, which has an order",
}


def described(value: object) -> str:
    """Describe a value for an error message: short values as they are, others by their type."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    words = repr(value)
    if isinstance(value, (str, bytes, Number)):
        return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}..."
    if len(words) <= _QUOTED and "\n" not in words and " object at 0x" not in words:
        return words
    shape, kind = getattr(value, "shape", None), type(value).__name__
    article = "an" if kind[0] in "aeiouAEIO" else "a"
    return f"{article} {kind}" + (f" of shape {shape}" if isinstance(shape, tuple) else "")


def as_array(values: Any, name: str) -> np.ndarray:
    """Return values as an array of their own dtype; raise if they are not an array."""
    if np.ma.is_masked(values):
        raise InputError(
            f"{name} must have no masked entries, got {int(np.ma.count_masked(values))}; fill "
            "them, or drop those rows from every array"
        )
    values = _written_out(values, name)
    readable = isinstance(values, (Sequence, Number)) or hasattr(values, "__array__")
    if not readable or isinstance(values, (str, bytes, type)):
        _refuse(values, name)
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of unequal lengths
        raise InputError(
            f"{name} must be an array, got rows of unequal lengths; give every row the same "
            "number of entries"
        ) from error
    except (RuntimeError, TypeError):  # an object that only claims to be an array
        _refuse(values, name)
    return array


def _refuse(values: object, name: str) -> NoReturn:
    advice = _INSTEAD.get(type(values).__name__, "pass a list, a numpy array or a tensor")
    raise InputError(
        f"{name} must be an array of numbers, got {described(values)}; {advice}"
    ) from None


def _written_out(values: Any, name: str) -> Any:
    """Return values numpy can read: detached CPU tensors, dense matrices."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        plain = values.detach().cpu().to_dense()
        # numpy has no type for bfloat16 and smaller ones.
        known = (torch.float16, torch.float32, torch.float64)
        unknown = plain.is_floating_point() and plain.dtype not in known
        return plain.double().numpy() if unknown else plain.numpy()
    if torch is not None and isinstance(values, (list, tuple)):
        return [_written_out(v, name) if isinstance(v, torch.Tensor) else v for v in values]
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        if np.prod(values.shape, dtype=float) > _DENSE:
            raise InputError(
                f"{name} must fit into memory as a dense array, got a sparse one of shape "
                f"{values.shape}; select columns first, then call toarray()"
            )
        return values.toarray()
    return values


def as_numbers(array: np.ndarray, name: str) -> Floats:
    """Return an array as float64; raise if an entry is not a real number."""
    small_float = array.dtype.kind == "V" and "float" in array.dtype.name  # of ml_dtypes
    if array.dtype.kind == "O":
        _only_numbers(array, name)
    elif array.dtype.kind not in "biuf" and not small_float:
        raise InputError(
            f"{name} must be an array of real numbers, got dtype {array.dtype}; "
            f"{_conversion(array, name)}"
        )
    try:
        with np.errstate(over="ignore"):  # overflow of a longer type becomes inf, refused below
            return array.astype(np.float64)
    except OverflowError as error:
        raise InputError(
            f"{name} must not exceed {LARGEST:g} in size, got a larger integer; choose a "
            "larger unit"
        ) from error


def is_missing(values: Any) -> Any:
    """Return where values are None, NaN, NA or NaT, a signalling NaN included."""
    with localcontext() as context:
        context.traps[InvalidOperation] = False
        return pd.isna(values)


def _only_numbers(array: np.ndarray, name: str) -> None:
    """Check that an object array, such as a table of nullable numbers, holds only numbers."""
    for index, entry in np.ndenumerate(array):
        signals = isinstance(entry, Decimal) and entry.is_snan()
        if isinstance(entry, (Real, Decimal)) and not signals:
            continue
        missing = signals or entry is None or entry is pd.NA or entry is pd.NaT
        known = array[~is_missing(array)] if array.ndim else array[np.newaxis]
        if len(known) and is_text(known):
            advice = _conversion(known.astype(str), name)
            if missing:
                advice = f"fill or drop missing labels, then {advice}"
        else:
            advice = "fill or drop such entries" if missing else "convert or drop such entries"
        where = f" at index {index}" if array.ndim else ""
        raise InputError(
            f"{name} must be an array of real numbers, got {described(entry)}{where}; {advice}"
        )


def _conversion(array: np.ndarray, name: str) -> str:
    """Return advice on how to convert an array of another dtype to numbers."""
    kind = array.dtype.kind
    if kind in "UST":
        if reads_as_numbers(array):
            return f"convert its text with numpy.asarray({name}).astype(float)"
        return f"code its labels with numpy.unique({name}, return_inverse=True)[1]"
    return {
        "c": f"pass {name}.real and {name}.imag as two columns",
        "M": f"pass ({name} - {name}.min()) / numpy.timedelta64(1, 'D'), in days",
        "m": f"pass {name} / numpy.timedelta64(1, 'D'), in days",
        "V": f"pass numpy.lib.recfunctions.structured_to_unstructured({name}), its fields",
    }.get(kind, "convert it to numbers")


def is_text(array: np.ndarray) -> bool:
    """Whether all entries are text."""
    of_text = array.dtype.kind in "UST"
    return of_text or (array.dtype.kind == "O" and all(isinstance(e, str) for e in array.flat))


def reads_as_numbers(array: np.ndarray) -> bool:
    """Whether all entries, as text, are numbers."""
    try:
        array.astype(str).astype(np.float64)
    except ValueError:
        return False
    return True
