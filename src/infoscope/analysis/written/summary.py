"""The numbers of an analysis, for summary.json and the page."""

import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from infoscope._system import peak_memory_mb
from infoscope.analysis.estimators import decoded
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.results import Results
from infoscope.analysis.stages.curves import CURVES
from infoscope.analysis.stages.planes import INFORMATIONS
from infoscope.graphs.graph import degree_correlation
from infoscope.graphs.ranking import class_order, rank_nodes
from infoscope.significance import FlowSignificance
from infoscope.surrogates import null_of
from infoscope.surrogates.networks import NETWORK_NULLS
from infoscope.surrogates.surrogate import Described

_PLANES = (*INFORMATIONS, "hidden_input_absolute", "tse_complexity")


def whole_summary(
    published: Results | None,
    corrected: Results | None,
    drawing: float,
    figures: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the summary of a run, with None for undefined numbers.

    Published numbers are at the top, corrected ones and the nulls in ``corrected`` and ``nulls``.

    Parameters
    ----------
    published, corrected : Results or None
        The analyses of the run.
    drawing : float
        Seconds to draw the figures.
    figures : mapping of str to mapping
        "published" and "corrected" → name of a figure → its facts.
    """
    peak = max([peak_memory_mb(), *[r.peak_memory_mb for r in (published, corrected) if r]])
    seconds: dict[str, float] = {}
    summary: dict[str, Any] = {}
    if published is not None:
        summary = {**numbers_of(published), "figures": dict(figures.get("published", {}))}
        seconds |= published.timing
    seconds |= {"figures": drawing}
    if corrected is not None:
        facts = {"figures": dict(figures.get("corrected", {}))}
        summary["corrected"] = {"repairs": _repairs(corrected), **numbers_of(corrected), **facts}
        summary["nulls"] = nulls_of(corrected)
        seconds |= {f"corrected_{name}": value for name, value in corrected.timing.items()}
    summary |= {"timing": _timing(seconds), "peak_memory_mb": round(peak, 1)}
    return without_nan(summary)


def to_json(summary: dict[str, Any]) -> str:
    """Return the summary as strict JSON."""
    return json.dumps(summary, indent=2, allow_nan=False) + "\n"


def numbers_of(results: Results) -> dict[str, Any]:
    """Return the numbers of an analysis; an undefined number is NaN."""
    assert results.study.data is not None
    numbers = {
        "forecast": _forecast(results),
        "flow": _flow(results),
        "graph": {name.removesuffix(" bits"): _graph(results, name) for name in results.graphs},
        "class_order": results.class_orders().to_dict("index"),
        "plane": _plane(results),
        "training": _training(results),
        "data": dict(results.study.data.facts(results.analysed)),
    }
    if results.settings.repairs:
        numbers |= {"best_epoch": results.best_epoch, **_fitted(results)}
        numbers["rankings"] = results.comparison.set_index("ranking").to_dict("index")
    return numbers


def _fitted(results: Results) -> dict[str, Any]:
    """Return the analysed snapshot, its gates and the last snapshot; empty with flaw 11."""
    if results.gates is None:
        return {}
    error = results.curves["error"]
    parts = [str(part) for part in error["part"].to_numpy()]
    at = {"analysed": results.study.epoch, "last": int(error["epoch"][-1])}
    errors = {
        name: {part: float(error.sel(part=part, epoch=epoch)) for part in parts}
        for name, epoch in at.items()
    }
    return {"analysed_epoch": results.study.epoch, "gates": results.gates, "errors": errors}


def nulls_of(results: Results) -> dict[str, Any]:
    """Return thresholds and expected false edges of each null; empty without tests."""
    return {name: _null(null, null_of(name), results) for name, null in results.nulls.items()} | {
        name: _null(null, NETWORK_NULLS[name], results) | {"edges": _exceeding(null, results)}
        for name, null in results.network_nulls.items()
    }


def _repairs(results: Results) -> dict[str, bool]:
    return {name: bool(getattr(results.settings, name)) for name in REPAIRS}


def _timing(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return seconds by stage, rounded, with their total."""
    rounded = {stage: round(value, 3) for stage, value in seconds.items()}
    return rounded | {"total": round(sum(seconds.values()), 3)}


def _forecast(results: Results) -> dict[str, Any]:
    """Return the forecast errors by model, split and target."""
    assert results.study.data is not None
    data_set, targets = results.study.replication.data_set, results.study.data.windows.target_names
    names = {name: data_set.error_name(name) for name in targets}
    table: dict[str, Any] = {}
    for row in results.forecast.to_dict("records"):
        errors = {label: float(row[str(name)]) for name, label in names.items()}
        model = str(row["model"]).replace(",", "").replace(" ", "_")
        table.setdefault(model, {})[str(row["split"])] = errors
    return table


def _flow(results: Results) -> dict[str, Any]:
    table = results.flow.to_frame()
    largest = table.iloc[int(np.argmax(table["flow"].to_numpy()))]
    found = {
        "n": results.flow.n,
        "min": float(table["flow"].min()),
        "max": float(table["flow"].max()),
        "largest": {"source": largest["source"], "target": largest["target"]},
    }
    if "reference" in results.stages:
        found |= {
            "pairs": len(table),
            "estimator": str(results.flow.estimator),
            "reference": str(results.reference.estimator),
            "agreement_with_reference": results.agreement(),
        }
    return found


def _graph(results: Results, name: str) -> dict[str, Any]:
    graph, ranking = results.graphs[name], results.rankings[name]
    found = {
        "edges": graph.number_of_edges(),
        "isolated": sum(1 for _, degree in graph.degree() if degree == 0),
        "degree_correlation": degree_correlation(graph),
        "mean_rank": {str(role): float(rank) for role, rank in ranking.mean_rank().items()},
        "class_auc": class_order(ranking),
        "directedness": rank_nodes(graph).directedness,
    }
    if results.settings.repairs:
        tests = results.rank_tests[results.rank_tests["graph"] == name].set_index("statistic")
        columns = ["null", "value", "null_mean", "null_sd", "p"]
        found["tests"] = tests[columns].to_dict("index")
    return found


def _plane(results: Results) -> dict[str, Any]:
    nodes = results.nodes
    found = {"correlation_hidden": nodes.correlation("hidden"), "rows": nodes.data.attrs["rows"]}
    if results.settings.repairs:
        return found | {"estimator": nodes.data.attrs["estimator"]}
    return found | {
        "correlation_hidden_entropy_normalised": nodes.correlation("hidden", normalised=True),
        "ceiling_bits": nodes.ceiling_bits,
    }


def _training(results: Results) -> dict[str, Any]:
    """Return first, last and largest value of every curve."""
    if decoded(results.settings):
        held = results.curves.sel(part="held-out", drop=True)
        known = {name: held[name].to_series() for name in CURVES}
        planes = results.planes
        known |= {name: planes[name].to_series() for name in _PLANES if name in planes}
    else:
        data = results.indicators.data
        known = {str(name): curve.to_series() for name, curve in data.data_vars.items()}
    gradients = results.gradients
    whole = gradients[gradients["parameter"] == results.gradient_of_all].set_index("epoch")
    known |= {f"gradient_{column}": whole[column] for column in ("mean", "spread")}
    return {name: _course(curve.dropna()) for name, curve in known.items()}


def _course(curve: pd.Series) -> dict[str, Any]:
    if curve.empty:
        return dict.fromkeys(("first", "last", "max", "epoch_of_max", "first_epoch"))
    values, epochs = curve.to_numpy(float), curve.index.to_numpy()
    at = int(np.argmax(values))
    return {
        "first": float(values[0]),
        "last": float(values[-1]),
        "max": float(values[at]),
        "epoch_of_max": int(epochs[at]),
        "first_epoch": int(epochs[0]),
    }


def _null(null: FlowSignificance, described: Described, results: Results) -> dict[str, Any]:
    settings = results.settings
    found = {
        "surrogates": null.surrogates,
        "settings": results.null_settings(null.null),
        "keeps": described.keeps,
        "tests": described.tests,
        "caveat": described.caveat,
        "threshold_fwer": null.threshold_fwer(settings.false_edges, unit="bits"),
        "threshold_fdr": null.threshold_fdr(settings.false_share, unit="bits"),
        "thresholds": null.thresholds(tuple(sorted(settings.thresholds)), unit="bits").to_dict(
            "index"
        ),
        "significant": {
            "fwer": int(null.significant(settings.false_edges, correction="fwer").sum()),
            "fdr": int(null.significant(settings.false_share, correction="fdr").sum()),
        },
    }
    if bool(null.control.any()):
        found["control"] = null.false_positive_control().to_dict("index")
    return found


def _exceeding(null: FlowSignificance, results: Results) -> dict[str, dict[str, int]]:
    """Return the number of edges of each graph, and of those that also pass this null."""
    found = {}
    for name, (level, correction) in results.settings.levels.items():
        edges = results.graphs[name].edges
        passing = null.significant(level, correction=correction).to_pandas()
        exceeding = sum(bool(passing.at[source, target]) for source, target in edges)
        found[name] = {"edges": len(edges), "exceeding": exceeding}
    return found


def without_nan(value: Any) -> Any:
    """Return plain numbers, with None for non-finite ones."""
    if isinstance(value, dict):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
