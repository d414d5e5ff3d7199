"""Results of an analysis: its stages, and views of them."""

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._validate import path_of
from infoscope.analysis.calibration import Calibration, calibration_of, influences_between
from infoscope.analysis.edge_results import EdgeResults
from infoscope.analysis.estimators import decoded
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.stages.gradients import MATRICES
from infoscope.analysis.stages.one_step import ORDER
from infoscope.analysis.stages.planes import with_validity
from infoscope.description.bed_features import FEWEST, hidden_values
from infoscope.description.nearest_bed import NearestBed, nearest_bed
from infoscope.learning.gradients import gradient_statistics
from infoscope.learning.indicators import LearningIndicators
from infoscope.learning.plane import InformationPlane
from infoscope.measures.statistics import pearson_test
from infoscope.recordings.recording import Recording
from infoscope.weather import Windows

# Matrices of influence within one step in the table of edges.
_ONE_STEP = ("score", "effect", "standard_error", "t", "bits", ORDER)


@dataclass(frozen=True)
class Choice:
    """A setting that the data chose.

    Parameters
    ----------
    what, chosen, reason : str
        The setting, its value, and why.
    """

    what: str
    chosen: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Results(EdgeResults):
    """All results of a study.

    Parameters
    ----------
    study : Study
        Settings, data and recording.
    stages : mapping of str to Dataset
        Every finished stage by name; stages that do not apply are absent.
    groups : Results, optional
        The flow between groups of nodes.
    choices : tuple of Choice
        Settings that the data chose, with reasons.
    influence : Dataset, optional
        Influence of nodes on others in the network itself (source, target).
    """

    groups: "Results | None" = None
    choices: tuple[Choice, ...] = ()
    influence: xr.Dataset | None = None

    def _line(self) -> str:
        about = ["a recording"]
        if self.study.data is not None:
            repairs = len(self.settings.repairs)
            mode = f"{repairs} of {len(REPAIRS)} repairs" if repairs else "published"
            about = [self.study.replication.data, mode]
        about += [f"epoch {self.study.epoch}", f"stages: {', '.join(self.stages)}"]
        return ", ".join(about)

    def _facts(self) -> dict[str, Any]:
        return {"epoch": self.study.epoch, "repairs": self.settings.repairs}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per stage: its variables, the sizes of its dimensions, and seconds."""
        rows = {
            name: {
                "variables": ", ".join(map(str, stage.data_vars)),
                "sizes": ", ".join(f"{dim} {size}" for dim, size in stage.sizes.items()),
                "seconds": stage.attrs.get("seconds", np.nan),
            }
            for name, stage in self.stages.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stage")

    def report(self, path: str | Path) -> Path:
        """Write the results as one HTML file that opens offline, and return its path.

        Parameters
        ----------
        path : path
            The file; an existing one is replaced.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        # Pages know results, not the reverse: found by name when asked.
        pages: Any = import_module("infoscope.report.files")
        return pages.write_results(self, path_of(path, "path"))

    @cached_property
    def calibration(self) -> Calibration | None:
        """How well the measures from activity recover causal flow; None if that is not known.

        Raises
        ------
        InputError
            If the influence is between other nodes.
        """
        return calibration_of(self, self.influences)

    @cached_property
    def influences(self) -> dict[str, xr.DataArray]:
        """Influence in the network itself, by measure, (source, target), at the shortest lag.

        ``influence``, or of the paper's corrected network its causal flow; none where neither is
        known, or between groups.

        Raises
        ------
        InputError
            If the influence is between other nodes.
        """
        if self.settings.groups:
            return {}
        known = self.stages.get("causal") if self.influence is None else self.influence
        return influences_between(known, self.flow.nodes)

    @cached_property
    def nearest_bed(self) -> NearestBed | None:
        """How well each measure does on the test bed that the recording resembles most.

        None where one-step influence, by which beds are compared, is not known, or fewer than two
        hidden units change.
        """
        if self.one_step is None or self.settings.groups:
            return None
        epoch = self.study.epoch
        if (np.ptp(hidden_values(self.analysed, epoch), axis=0) > 0.0).sum() < FEWEST:
            return None
        return nearest_bed(self.analysed, influence=self.one_step, epoch=epoch)

    @property
    def recording(self) -> Recording:
        """All rows in every snapshot."""
        return self.study.recording

    @property
    def windows(self) -> Windows:
        """Windows of the data; the network was trained on all except test windows.

        Raises
        ------
        InputError
            If the data are unknown.
        """
        return self.study.known_data.windows

    @cached_property
    def forecast(self) -> pd.DataFrame:
        """Mean absolute error per model, split and target, in the target's unit.

        Empty without a network.
        """
        study = self.study
        if study.data is None:
            return pd.DataFrame()
        last = study.network(self.recording.epochs[-1]) if self.settings.fitted_network else None
        return study.data.forecast(study.network(), last)

    @cached_property
    def timing(self) -> dict[str, float]:
        """Seconds of the training and of each stage; of all nulls together."""
        snapshots = (self.recording.read(epoch) for epoch in self.recording.epochs)
        seconds = {"training": sum(float(s.attrs.get("seconds", 0.0)) for s in snapshots)}
        for name, stage in self.stages.items():
            kind = name.partition("-")[0]
            seconds[kind] = seconds.get(kind, 0.0) + stage.attrs.get("seconds", 0.0)
        return seconds

    @property
    def peak_memory_mb(self) -> float:
        """Largest resident memory of the stages."""
        name = "peak_memory_mb"
        known = [stage.attrs[name] for stage in self.stages.values() if name in stage.attrs]
        return max(known, default=float("nan"))

    @cached_property
    def gates(self) -> dict[str, Any] | None:
        """Whether the network does its task and needs recurrence; None with flaw 11."""
        if self.study.data is None or not self.settings.fitted_network:
            return None
        return self.study.data.gates(self.study.weights())

    @cached_property
    def nodes(self) -> InformationPlane:
        """Information plane of single nodes in the analysed snapshot."""
        return InformationPlane(self.stages["nodes"])

    @cached_property
    def outputs(self) -> InformationPlane:
        """Information plane of the output nodes in every snapshot."""
        return InformationPlane(self.stages["outputs"])

    @cached_property
    def indicators(self) -> LearningIndicators:
        """The published indicators in every snapshot used."""
        return LearningIndicators(self.stages["indicators"])

    @property
    def curves(self) -> xr.Dataset:
        """Dimensions (part, epoch): error, skill and state of the activations in every snapshot."""
        return self.stages["curves"]

    @cached_property
    def planes(self) -> xr.Dataset:
        """Information of the layers, (epoch,), and whether a point passes its checks."""
        if decoded(self.settings):
            return self.stages["planes"]
        return with_validity(self.stages["indicators"])

    @property
    def complexity(self) -> xr.Dataset:
        """TSE complexity and its standard error, bits, (epoch,)."""
        return self.planes[["tse_complexity", "tse_standard_error"]]

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """Mean and spread of the gradient per snapshot and parameter."""
        if "gradients" in self.stages:
            table = self.stages["gradients"].to_dataframe().reset_index()
            return table.dropna(subset=["mean"])
        return gradient_statistics(self.recording)

    @property
    def gradient_of_all(self) -> str:
        """Name of the pooled parameter: all over a pass, or the published pair."""
        return MATRICES if "gradients" in self.stages else "published"

    @property
    def sensitivity(self) -> pd.DataFrame:
        """Complexity per number of subsets and snapshot: epoch, subsets, bits, standard_error."""
        return self.stages["sensitivity"].to_dataframe().reset_index()

    @property
    def best_epoch(self) -> int:
        """The snapshot with the smallest held-out error."""
        error = self.curves["error"].sel(part="held-out")
        return int(error["epoch"].to_numpy()[int(np.argmin(error.to_numpy()))])

    def rank_correlations(self) -> pd.DataFrame:
        """Pearson correlation of ranks and information over hidden nodes."""
        ranks = self.rankings[self.main].ranks
        last = self.nodes.data.isel(epoch=-1)
        hidden = last.isel(unit=np.flatnonzero(last["role"].to_numpy() == "hidden"))
        about_input = hidden["input_information"].to_series()
        about_target = hidden["target_information"].to_series()
        statistics = {
            "I(h;x)": about_input,
            "I(h;y)": about_target,
            "I(h;x) / I(h;y)": about_input / about_target,
            "H(h)": hidden["entropy"].to_series(),
        }
        rows = []
        for name, values in statistics.items():
            both = pd.concat([ranks, values], axis=1, keys=["rank", "value"], join="inner").dropna()
            rows.append((name, *pearson_test(both["rank"], both["value"]), len(both)))
        return pd.DataFrame(rows, columns=["statistic", "correlation", "p_value", "nodes"])

    def edge_table(self) -> pd.DataFrame:
        """One row per pair, with the tests of its flow.

        Of a recording: every measure, those of influence within one step as ``one_step_...``, and
        p, p_fwer and q of the deciding one; ``significant`` is true for the edges of the main
        graph, ``needed`` for those of ``connectivity``. Of the paper's network: flow by both
        estimators, and for each null its mean, p and q.
        """
        return self._pairs() if self.study.data is None else self._pairs_by_null()

    def _pairs(self) -> pd.DataFrame:
        measures = {"flow": self.flow.flow, "delayed": self.flow.delayed}
        measures |= {"instantaneous": self.flow.instantaneous}
        measures |= {name: test.value for name, test in self.measures.items()}
        measures.setdefault(self.settings.measure, self.values)
        columns = measures | self.edge_tests
        if self.one_step is not None:
            columns |= {f"one_step_{name}": self.one_step[name] for name in _ONE_STEP}
        table = pd.DataFrame({name: values.to_series() for name, values in columns.items()})
        for name, graph in (("significant", self.graphs[self.main]), ("needed", self.connectivity)):
            if graph is not None:
                edges = pd.MultiIndex.from_tuples(graph.edges, names=table.index.names)
                table[name] = table.index.isin(edges)
        return table.dropna(subset=[self.settings.measure]).reset_index()

    def _pairs_by_null(self) -> pd.DataFrame:
        table = self.flow.to_frame()
        keys = ["source", "target"]
        table = table.merge(self.reference.to_frame()[[*keys, "flow"]].rename(
            columns={"flow": "reference_flow"}), on=keys, how="left")  # fmt: skip
        for name, null in {**self.nulls, **self.network_nulls}.items():
            found = null.to_frame()[[*keys, "null_mean", "null_sd", "p", "p_fwer", "q"]]
            short = name.replace("-", "_")
            renamed = found.rename(columns={c: f"{short}_{c}" for c in found if c not in keys})
            table = table.merge(renamed, on=keys, how="left")
        return table
