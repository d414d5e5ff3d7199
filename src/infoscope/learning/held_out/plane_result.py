"""The result of `held_out_plane`: a Dataset that draws itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._results import Result
from infoscope._validate import one_of, whole_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("plane", "curves")
# Ends of variables that belong to another.
_BESIDE = ("_error", "_replicates")


class HeldOutPlane(Result, xr.Dataset):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Corrected information plane and indicators in every snapshot: a Dataset (epoch,).

    `held_out_plane` lists its variables.
    """

    __slots__ = ()

    def plot(
        self,
        *,
        kind: str = "plane",
        unit: str = "hidden",
        split: str | None = None,
        lag: int = 0,
        curves: str | Sequence[str] | None = None,
        ax: Any = None,
    ) -> "Figure":
        """Draw the path of a layer through the plane, or curves over training.

        Parameters
        ----------
        kind : {"plane", "curves"}
            "plane": decodable information about the target over that about the input, `memory`
            at a lag. "curves": quantities over epochs. Points that fail a check are hollow.
        unit : {"hidden", "output"}
            The layer.
        split : {"train", "held-out"}, optional
            Rows of the decodable target information and of the skill; held-out rows by default if
            there are any.
        lag : int
            Steps back to the input.
        curves : str or sequence of str, optional
            Names of variables; by default those of one number an epoch and layer.
        ax : matplotlib Axes, optional
            Where to draw; a new figure, not registered with pyplot, by default.

        Raises
        ------
        InputError
            If an argument is out of range, or the result is a selection without epochs.
        """
        one_of(kind, "kind", KINDS)
        if "epoch" not in self.dims:
            raise InputError(
                "result must have the dimension epoch to be drawn, got a selection without it; "
                "draw the whole result"
            )
        where = self._where(unit, split, lag)
        if kind == "plane":
            return self._plane(where, ax)
        return self._curves(where, curves, ax)

    def _where(self, unit: str, split: str | None, lag: int) -> dict[str, Any]:
        """Return the chosen place on every dimension."""
        found: dict[str, Any] = {}
        if "unit" in self.dims:
            found["unit"] = one_of(unit, "unit", self["unit"].to_numpy().tolist())
        if "split" in self.dims:
            known = self["split"].to_numpy().tolist()
            found["split"] = known[-1] if split is None else one_of(split, "split", known)
        if "lag" in self.dims:
            known = self["lag"].to_numpy().tolist()
            if whole_number(lag, "lag", 0) not in known:
                raise InputError(f"lag must be at most {known[-1]}, got {lag}; pick an earlier one")
            found["lag"] = lag
        return found

    def _plane(self, where: dict[str, Any], ax: Any) -> "Figure":
        from infoscope.plots.planes import Path, plot_path

        x, y = (self._table(name, where) for name in ("memory", "decoded_target"))
        both = x["value"].notna() & y["value"].notna()
        sides = [t[both].rename(columns={"value": "bits"}).reset_index(drop=True) for t in (x, y)]
        back = "present input" if where["lag"] == 0 else f"input {where['lag']} steps before"
        path = Path(
            f"Corrected plane of the {where['unit']} layer", *sides,
            labels=(f"information about the {back}", "information about the target"),
        )  # fmt: skip
        ceiling = float(self["decoded_target_ceiling"].sel(split=where["split"]))
        return plot_path(path, ceiling, [f"target: {where['split']} rows"], ax)

    def _curves(self, where: dict[str, Any], curves: Any, ax: Any) -> "Figure":
        from infoscope.learning.curves import chosen_curves
        from infoscope.plots.curves import plot_curves

        found = {}
        for name in chosen_curves(
            curves, [name for name in self.data_vars if self._over(name, where)]
        ):
            bits = " (bits)" if self[name].attrs.get("units") == "bit" else ""
            found[name.replace("_", " ") + bits] = self._table(name, where)
        title = f"Learning, {where['unit']} layer, {where['split']} rows"
        return plot_curves(found, title, ax)

    def _over(self, name: Any, where: dict[str, Any]) -> bool:
        """Whether a variable is a quantity with one number an epoch at a place."""
        values = self[name]
        single = "epoch" in values.dims and set(values.dims) <= {"epoch", *where}
        return single and values.dtype.kind in "fi" and not str(name).endswith(_BESIDE)

    def _table(self, name: str, where: dict[str, Any]) -> pd.DataFrame:
        """Return epoch, value, error and validity of a variable at a place."""

        def at(suffix: str, missing: Any) -> Any:
            if f"{name}{suffix}" not in self:
                return missing
            values = self[f"{name}{suffix}"]
            return values.sel({d: p for d, p in where.items() if d in values.dims}).to_numpy()

        value = at("", np.nan)
        return pd.DataFrame({
            "epoch": self["epoch"].to_numpy(),
            "value": value,
            "error": at("_error", np.nan),
            # A missing point is no failed one.
            "valid": np.asarray(at("_valid", True), bool) | np.isnan(value),
        })  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return one row per epoch: every variable over epochs alone."""
        alone = [str(name) for name, values in self.data_vars.items() if values.dims == ("epoch",)]
        return xr.Dataset({name: self[name].variable for name in alone}).to_dataframe().assign(
            epoch=self["epoch"].to_numpy()
        ).reset_index(drop=True)  # fmt: skip

    def _line(self) -> str:
        epochs = self.sizes.get("epoch", 0)
        return (
            f"{len(self.data_vars)} quantities, {epochs} snapshots, {self.attrs.get('rows')} rows"
        )

    def _facts(self) -> dict[str, Any]:
        return {str(name): value for name, value in self.attrs.items()}
