"""The sources that each node needs, as a test of edges."""

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from infoscope._validate import one_of
from infoscope.graphs.connections import connections
from infoscope.graphs.matrix_result import Drawn, MatrixResult
from infoscope.significance.p_values import checked_level

_CORRECTIONS = {"fwer": "p_fwer", "fdr": "q"}


@dataclass(frozen=True, eq=False, repr=False)
class NeededSources(MatrixResult):
    """Edges of one-step influence: sources chosen greedily for each target, and their p.

    A chosen source is tested given all others chosen for its target. Those that the choice leaves
    out have a corrected p of 1.

    Parameters
    ----------
    value : DataArray (source, target)
        Information of each candidate about the target given the chosen others, bits.
    p : DataArray (source, target)
        Uncorrected.
    p_fwer : DataArray (source, target)
        Bonferroni-corrected for all candidate pairs. Edges up to a level are those of the choice
        that are this clear, so that each is tested given all sources that its target needs, the
        weak ones included; a second, stricter choice would miss weak sources, and take nodes that
        share their signal for sources.
    q : DataArray (source, target)
        Bonferroni-corrected for the candidates of the target: at most the level of the choice. The
        expected number of false sources of each target is then at most the level; so the expected
        share of false edges is as well, unless fewer edges are found than there are targets.
    tested : DataArray of bool (source, target)
        The candidates.
    nodes : DataFrame
        One row per node, indexed by name, with its role.
    null : str
        The null hypothesis.
    """

    value: xr.DataArray
    p: xr.DataArray
    p_fwer: xr.DataArray
    q: xr.DataArray
    tested: xr.DataArray
    nodes: pd.DataFrame
    null: str = "greedy choice: no edge, given the other sources that the target needs"

    @classmethod
    def of(cls, found: xr.Dataset, nodes: pd.DataFrame) -> "NeededSources":
        """Correct the p of `OneStepInfluence.needed` between connected nodes."""
        p = found["needed_p"].where(connections(nodes))
        tested = p.notnull()
        rejected = tested & ~found["needed"].astype(bool)

        def corrected(count: int | xr.DataArray) -> xr.DataArray:
            return (p * count).clip(max=1.0).where(~rejected, 1.0)

        return cls(
            found["needed_bits"].where(tested),
            p,
            corrected(int(tested.sum())),
            corrected(tested.sum("source")),
            tested,
            nodes,
        )

    def significant(self, level: float = 0.05, *, correction: str = "fwer") -> xr.DataArray:
        """Return which candidates are edges, (source, target).

        Parameters
        ----------
        level : float
            Family-wise error rate of all pairs, or of the sources of each target; up to that of
            the choice.
        correction : {"fwer", "fdr"}
            By ``p_fwer`` or ``q``.

        Raises
        ------
        InputError
            If an argument is out of range.
        """
        one_of(correction, "correction", _CORRECTIONS)
        return (getattr(self, _CORRECTIONS[correction]) <= checked_level(level)) & self.tested

    def to_frame(self) -> pd.DataFrame:
        """Return one row per candidate pair, most significant first."""
        columns = {name: getattr(self, name) for name in ("p", "p_fwer", "q")}
        columns = {"bits": self.value} | columns
        table = pd.DataFrame({name: values.to_series() for name, values in columns.items()})
        table = table.dropna(subset=["p"]).reset_index()
        return table.sort_values("p", kind="stable", ignore_index=True)

    def _line(self) -> str:
        edges = int(self.significant(0.1, correction="fdr").sum())
        return f"one-step influence, {int(self.tested.sum())} pairs, {edges} needed at 10%"

    def _drawn(self) -> Drawn:
        chosen = self.significant(0.1, correction="fdr").to_numpy()
        strict = self.significant(0.05).to_numpy()
        return Drawn(
            self.value,
            self.nodes,
            "one-step influence (bits)",
            f"One-step influence: {int(chosen.sum())} of {int(self.tested.sum())} pairs needed",
            edges=chosen,
            signed=False,
            marks={"FWER 5%": strict, "only FDR 10%": chosen & ~strict},
            lag=1,
        )
