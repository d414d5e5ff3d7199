"""Results that are Datasets of matrices between nodes, one for each measure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._results import Result
from infoscope._validate import one_of, whole_number
from infoscope.graphs.matrix_result import Drawn, picture, with_sign

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNITS = {"bit": "bits", "1": ""}


class MatrixDataset(Result, xr.Dataset):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Base of results that are a Dataset of matrices (source, target), some also over lag.

    The attributes ``input_nodes`` and ``output_nodes`` list the nodes of these roles; all others
    are hidden. ``lag`` is the lag of all matrices, if there is one.
    """

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Copy the slots of a subclass too, which Dataset.copy omits."""
        copied = super().__deepcopy__(memo)
        for name in type(self).__slots__:
            if hasattr(self, name):
                setattr(copied, name, getattr(self, name))
        return copied

    @property
    def matrices(self) -> list[str]:
        """Names of the matrices, in their order."""
        held = self.data_vars.items()
        return [str(name) for name, each in held if {"source", "target"} <= set(each.dims)]

    def _facts(self) -> dict[str, Any]:
        return dict(self.attrs)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per ordered pair (and lag), one column per measure."""
        rows = self.to_dataframe().reset_index()
        values = self.matrices or [str(name) for name in self.data_vars]
        return rows.dropna(subset=values, how="all")

    def plot(
        self,
        *,
        measure: str | None = None,
        lag: int | None = None,
        kind: str = "matrix",
        order: str | Sequence[Any] = "role",
        threshold: float | None = None,
        ax: Any = None,
    ) -> "Figure":
        """Draw one matrix, or the graph of its edges.

        Parameters
        ----------
        measure : str, optional
            Name of the matrix; by default the first.
        lag : int, optional
            Lag, of a result with several; by default the first.
        kind, order, threshold, ax
            As in ``FlowMatrix.plot``.

        Returns
        -------
        matplotlib.figure.Figure
            Not registered with pyplot.

        Raises
        ------
        InputError
            If the result has no such measure or lag, or another argument is out of range.
        """
        return self._drawn(measure, lag).plot(kind, order, threshold, ax)

    def _drawn(self, measure: str | None = None, lag: int | None = None) -> Drawn:
        names = self.matrices
        if not names:
            raise InputError(
                "result must have a matrix (source, target) to draw, got a selection without one; "
                "draw the whole result"
            )
        chosen = names[0] if measure is None else one_of(measure, "measure", names)
        values, lag = self._at_lag(self[chosen], lag)
        unit = str(values.attrs.get("units", ""))
        unit = _UNITS.get(unit, unit)
        words = chosen.replace("_", " ")
        title = words[:1].upper() + words[1:]
        return Drawn(
            values.transpose("source", "target"),
            self._nodes,
            f"{words} ({unit})" if unit else words,
            title if lag is None else f"{title}, lag {lag}",
            edges=(values.transpose("source", "target") > 0.0).to_numpy(),
            signed=with_sign(values),
            lag=lag,
        )

    def _at_lag(self, values: xr.DataArray, lag: int | None) -> tuple[xr.DataArray, int | None]:
        """Return the matrix at a lag, and this lag if it is known."""
        only = self.attrs.get("lag")
        if "lag" not in values.dims:
            if lag is not None and lag != only:
                raise InputError(
                    f"lag must be omitted for a result with one lag, got {lag}; estimate again "
                    "with that lag"
                )
            return values, only
        known = values["lag"].to_numpy().tolist()
        chosen = known[0] if lag is None else whole_number(lag, "lag", 0)
        if chosen not in known:
            raise InputError(
                f"lag must be one of {', '.join(map(str, known))}, got {chosen}; pick one of these"
            )
        return values.sel(lag=chosen, drop=True), chosen

    @property
    def _nodes(self) -> pd.DataFrame:
        names = pd.Index(self["source"].to_numpy().tolist(), name="node")
        inputs, outputs = (set(self.attrs.get(f"{r}_nodes", ())) for r in ("input", "output"))
        roles = [
            "input" if name in inputs else "output" if name in outputs else "hidden"
            for name in names
        ]
        return pd.DataFrame({"role": roles}, index=names)

    def _picture(self) -> str:
        square = all(dim in self.indexes for dim in ("source", "target"))
        if not self.matrices or not square or not self.indexes["source"].equals(
            self.indexes["target"]
        ):  # fmt: skip
            return ""  # a selection of rows or columns
        return picture(self._drawn(), repr(self))


def with_roles(attributes: dict[str, Any], nodes: pd.DataFrame) -> dict[str, Any]:
    """Return the attributes of a `MatrixDataset`, with the nodes of each role."""
    roles = nodes["role"]
    return attributes | {
        f"{role}_nodes": list(roles.index[roles == role]) for role in ("input", "output")
    }
