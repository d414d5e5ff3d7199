"""Forms in which people bring values, none of which changes an information.

Each form is drawn once, as a function of the values, so that all samples of a system share it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Form = Callable[[NDArray], Any]

WHOLE = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
# All but the first begin with arsinh, so that heavy tails stay within the range of the type.
INCREASING: dict[str, Callable[[NDArray], NDArray]] = {
    "as it is": lambda x: x,
    "arsinh": np.arcsinh,
    "cube": lambda x: np.arcsinh(x) ** 3,
    "exponential": lambda x: np.exp(np.arcsinh(x)),
    "arctan": lambda x: np.arctan(np.arcsinh(x)),
    "heavy tail": lambda x: np.exp(4 * np.arcsinh(x)),
}


def in_some_layout(random: np.random.Generator) -> Form:
    """Return a form that keeps the numbers: orders in memory, containers."""
    return LAYOUTS[random.integers(len(LAYOUTS))]


def _strided(x: NDArray) -> NDArray:
    wide = np.full((2 * len(x), *x.shape[1:]), x.flat[0])
    wide[::2] = x
    return wide[::2]


def _reversed(x: NDArray) -> NDArray:
    return np.ascontiguousarray(x[::-1])[::-1]


def _read_only(x: NDArray) -> NDArray:
    x = x.copy()
    x.setflags(write=False)
    return x


def _swapped_bytes(x: NDArray) -> NDArray:
    return x.astype(x.dtype.newbyteorder())


def _tensor(x: NDArray) -> Any:
    import torch

    unknown = x.dtype.kind not in "bif" and x.dtype != np.uint8
    return torch.tensor(x.astype(float) if unknown else x)


LAYOUTS: list[Form] = [
    lambda x: x,
    np.asfortranarray,
    _strided,
    _reversed,
    _read_only,
    _swapped_bytes,
    lambda x: x.tolist(),
    lambda x: x.astype(object),
    lambda x: pd.Series(x) if x.ndim == 1 else pd.DataFrame(x),
    _tensor,
]


def numbers(random: np.random.Generator, d: int, linear: bool = False) -> tuple[str, Form]:
    """Return a form of d coordinates: each through a monotone function, in some unit and type.

    ``linear`` leaves out functions that are not.
    """
    columns = [_number(random, linear) for _ in range(d)]
    layout, flat = in_some_layout(random), d == 1 and random.random() < 0.5
    copied, still = random.random() < 0.15, random.random() < 0.15
    bare = random.random() < 0.3

    def form(x: NDArray) -> Any:
        x = x.reshape(len(x), -1)
        if bare:
            return x[:, 0] if d == 1 else x
        parts = [f(column) for (_, f), column in zip(columns, x.T, strict=True)]
        parts += [parts[0]] * copied + [np.full_like(parts[0], 7.3)] * still
        made = np.column_stack(parts)
        return layout(made[:, 0] if flat and len(parts) == 1 else made)

    extra = " + a copy" * copied + " + a constant" * still
    name = "plain" if bare else "; ".join(word for word, _ in columns[:2]) + extra
    return name, form


def _number(random: np.random.Generator, linear: bool) -> tuple[str, Form]:
    """Return a monotone function of one coordinate, of 64, 32 or 16 bits."""
    word = "as it is" if linear else str(random.choice(list(INCREASING)))
    sign = float(random.choice([-1.0, 1.0]))
    digits = str(random.choice(["float64", "float64", "float32", "float16", "bfloat16"]))
    if digits in ("float16", "bfloat16"):
        word = word if linear else "arsinh"
        convert = (lambda x: x.astype(np.float16)) if digits == "float16" else _of_eight_bits
        return f"{word}, {digits}", lambda x: convert(sign * INCREASING[word](x))
    scale, offset = 10.0 ** random.uniform(-30, 30), 0.0
    if digits == "float32":
        scale, word = scale ** (2 / 3), "cube" if word == "heavy tail" else word
    if random.random() < 0.2:
        scale, offset = 1.0, 1e6 if digits == "float64" else 1e3
    words = f"{word} × {sign * scale:.0e} + {offset:g}, {digits}"
    return words, lambda x: (sign * scale * INCREASING[word](x) + offset).astype(digits)


def _of_eight_bits(x: NDArray) -> NDArray:
    """Round to bfloat16, which numpy has no type for."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent).astype(np.float32)


def codes(random: np.random.Generator, many: int, text: bool = True) -> tuple[str, Form]:
    """Return a form of whole numbers 0 ... many - 1: other values that are as many."""
    kinds = ["whole", "real", "half", "one-hot", "digits", "objects"]
    kinds += ["text", "numerals", "category"] * text + ["bool"] * (many == 2)
    kind = str(random.choice(kinds))
    return kind, partial(_CODED[kind](random, many), layout=in_some_layout(random))


def _taken_from(values: NDArray) -> Callable[..., Any]:
    return lambda x, layout: layout(values[x])


def _whole(random: np.random.Generator, many: int) -> Callable[..., Any]:
    dtype = np.dtype(random.choice(WHOLE))
    low = 0 if dtype.kind == "u" else -100
    return _taken_from((random.permutation(100 - low)[:many] + low).astype(dtype))


def _real(random: np.random.Generator, many: int) -> Callable[..., Any]:
    dtype = np.dtype(random.choice(["float64", "float32"]))
    unit = 10.0 ** random.uniform(-30, 30)
    return _taken_from((unit * (random.permutation(100)[:many] + random.random())).astype(dtype))


def _half(random: np.random.Generator, many: int) -> Callable[..., Any]:
    return _taken_from((random.permutation(500)[:many] / 8 - 20).astype(np.float16))


def _digits(random: np.random.Generator, many: int) -> Callable[..., Any]:
    base = int(np.ceil(np.sqrt(many)))
    return _taken_from(np.stack(divmod(random.permutation(many), base), axis=1))


def _text(random: np.random.Generator, many: int) -> Callable[..., Any]:
    names = np.array([f"{letter}{i}" for i, letter in enumerate("QaZ é_x-B.y" * many)][:many])
    values = random.permutation(names)
    plain = random.random() < 0.5
    return lambda x, layout: values[x] if plain else values[x].astype(object)


_CODED: dict[str, Callable[[np.random.Generator, int], Callable[..., Any]]] = {
    "whole": _whole,
    "real": _real,
    "half": _half,
    "one-hot": lambda random, many: _taken_from(np.eye(many)[:, random.permutation(many)]),
    "digits": _digits,
    "objects": lambda random, many: _taken_from(random.permutation(many).astype(object)),
    "bool": lambda random, many: _taken_from(random.permutation([False, True])),
    "text": _text,
    "numerals": lambda random, many: _taken_from_text(random.permutation(many)),
    "category": lambda random, many: (
        lambda x, layout: pd.Series(np.array([f"c{i}" for i in range(many)])[x], dtype="category")
    ),
}


def _taken_from_text(values: NDArray) -> Callable[..., Any]:
    return lambda x, layout: values.astype(str)[x]
