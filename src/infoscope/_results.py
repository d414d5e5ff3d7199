"""Display and export of results: one line, a notebook table, a DataFrame, a dictionary."""

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Any, NoReturn, TypeVar

import numpy as np
import pandas as pd

from infoscope._errors import InputError

# Width of a terminal line, and number of rows shown in a notebook.
_WIDTH, _ROWS = 119, 20

_T = TypeVar("_T")


class Named(dict[str, _T]):
    """Results by name; a name that is none of them raises `InputError` with the names."""

    def __missing__(self, name: object) -> NoReturn:
        names = ", ".join(map(repr, self))
        raise InputError(f"name must be one of {names}, got {name!r}; choose one of these")


class Result(ABC):
    """Base of results: a subclass defines its line and its table, the rest follows from these.

    A result equals only itself; compare its fields.
    """

    __slots__ = ()

    @abstractmethod
    def _line(self) -> str:
        """Return a short description of the result, for ``repr``."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table."""

    def _facts(self) -> dict[str, Any]:
        """Return the values that hold for all rows of the table, by name."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return the facts and the columns of `to_frame`, as numbers, lists and strings.

        ``json`` can write it; missing and infinite values stay NaN and inf.
        """
        table = self.to_frame()
        if any(name is not None for name in table.index.names):
            table = table.reset_index()
        return plain({**self._facts(), **{str(name): table[name].tolist() for name in table}})

    def __repr__(self) -> str:
        """Return the result in one line."""
        return shortened(f"{type(self).__name__}({self._line()})")

    def _repr_html_(self) -> str:
        """Return the line, a picture where there is one, and the first rows of the table."""
        line = repr(self).replace("&", "&amp;").replace("<", "&lt;")
        return f"<p>{line}</p>\n{self._picture()}{self.to_frame().to_html(max_rows=_ROWS)}"

    def _picture(self) -> str:
        """Return a picture of the result as HTML, for notebooks; none by default."""
        return ""


def shortened(line: str) -> str:
    """Cut a line to the width of a terminal."""
    line = " ".join(line.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def brief(estimator: Any) -> str:
    """Return the name of an estimator, its ``k`` and its non-default parameters.

    >>> from infoscope.estimators import KSG, Gaussian
    >>> brief(KSG(k=10, scale="rank")), brief(Gaussian(copula=True))
    ('KSG k = 10, scale = rank', 'Gaussian copula')
    """
    if not hasattr(estimator, "__dataclass_fields__"):
        return str(estimator)
    parts = []
    for field in fields(estimator):
        value = getattr(estimator, field.name)
        if field.name == "k" or value != field.default:
            parts.append(field.name if value is True else f"{field.name} = {value}")
    return " ".join([type(estimator).__name__, ", ".join(parts)]).strip()


def listed_flags(flags: tuple[str, ...]) -> str:
    """Return flags as the end of a line; empty without flags."""
    return f"; flags: {', '.join(flags)}" if flags else ""


def plain(value: Any) -> Any:
    """Return a value as numbers, lists, strings and dictionaries of these.

    >>> plain({"n": np.int64(3), "draws": np.ones(2), "estimator": None})
    {'n': 3, 'draws': [1.0, 1.0], 'estimator': None}
    """
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
