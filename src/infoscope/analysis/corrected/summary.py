"""The numbers of a corrected run in one place, for summary.json and the page."""

from typing import Any

import numpy as np
import pandas as pd

from infoscope.analysis.corrected.curves import INFORMATIONS
from infoscope.analysis.corrected.gradients import MATRICES
from infoscope.analysis.corrected.results import CorrectedResults
from infoscope.analysis.corrected.settings import REPAIRS
from infoscope.analysis.summary import forecast_numbers, without_nan
from infoscope.graphs.graph import degree_correlation
from infoscope.graphs.ranking import class_order
from infoscope.significance import FlowSignificance
from infoscope.surrogates import null_of
from infoscope.surrogates.networks import NETWORK_NULLS
from infoscope.surrogates.surrogate import Described

_CURVES = ("error", "skill", "spread", "saturation", "activation_change")
_PLANES = (*INFORMATIONS, "hidden_input_absolute", "tse_complexity")


def corrected_summary(results: CorrectedResults) -> dict[str, Any]:
    """Return ``corrected`` and ``nulls``: plain numbers; what is not defined is None."""
    flow = results.flow.to_frame()
    largest = flow.iloc[int(np.argmax(flow["flow"].to_numpy()))]
    corrected = {
        "repairs": {name: bool(getattr(results.settings, name)) for name in REPAIRS},
        "forecast": forecast_numbers(results.forecast, results.windows, results.settings),
        "best_epoch": results.best_epoch,
        "flow": {
            "n": results.flow.n,
            "pairs": len(flow),
            "estimator": str(results.flow.estimator),
            "min": float(flow["flow"].min()),
            "max": float(flow["flow"].max()),
            "largest": {"source": largest["source"], "target": largest["target"]},
            "agreement_with_gaussian": results.agreement(),
        },
        "graph": {name: _graph(results, name) for name in results.graphs},
        "class_order": results.class_orders().to_dict("index"),
        "rankings": results.comparison.set_index("ranking").to_dict("index"),
        "plane": {
            "correlation_hidden": results.nodes.correlation("hidden"),
            "rows": results.nodes.data.attrs["rows"],
            "estimator": results.nodes.data.attrs["estimator"],
        },
        "training": _training(results),
        "data": _data(results),
    }
    nulls = {name: _null(null, null_of(name), results) for name, null in results.nulls.items()} | {
        name: _null(null, NETWORK_NULLS[name], results) | {"edges": _exceeding(null, results)}
        for name, null in results.network_nulls.items()
    }
    return {"corrected": without_nan(corrected), "nulls": without_nan(nulls)}


def _graph(results: CorrectedResults, name: str) -> dict[str, Any]:
    graph, ranking = results.graphs[name], results.rankings[name]
    tests = results.rank_tests[results.rank_tests["graph"] == name].set_index("statistic")
    return {
        "edges": graph.number_of_edges(),
        "isolated": sum(1 for _, degree in graph.degree() if degree == 0),
        "degree_correlation": degree_correlation(graph),
        "mean_rank": {str(role): float(rank) for role, rank in ranking.mean_rank().items()},
        "class_auc": class_order(ranking),
        "directedness": ranking.directedness,
        "tests": tests[["null", "value", "null_mean", "null_sd", "p"]].to_dict("index"),
    }


def _training(results: CorrectedResults) -> dict[str, Any]:
    held = results.curves.sel(part="held-out", drop=True)
    curves = {name: held[name].to_series() for name in _CURVES}
    curves |= {name: results.planes[name].to_series() for name in _PLANES if name in results.planes}
    whole = results.gradients[results.gradients["parameter"] == MATRICES].set_index("epoch")
    curves |= {f"gradient_{column}": whole[column] for column in ("mean", "spread")}
    return {name: _course(curve.dropna()) for name, curve in curves.items()}


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


def _data(results: CorrectedResults) -> dict[str, Any]:
    series = results.series
    held, days = series.held_out, [str(day) for day in series.days]
    first = int(np.argmax(held))
    return {
        "days_train": int((~held).sum()),
        "days_held_out": int(held.sum()),
        "windows_train": int((~results.windows.is_test).sum()),
        "rows_analysed": int(results.held_out.fixed.sizes["time"])
        * int(results.held_out.fixed.sizes["sequence"]),
        "first_day": days[0],
        "last_training_day": days[first - 1],
        "first_held_out_day": days[first],
        "last_day": days[-1],
        "constant_columns": list(series.constant),
        "dropped_columns": list(series.dropped),
        "tied_columns": dict(series.tied),
        "filled_values": dict(series.filled),
        "notes": list(series.notes),
    }


def _null(
    null: FlowSignificance, described: Described, results: CorrectedResults
) -> dict[str, Any]:
    settings = results.settings
    found = {
        "surrogates": null.surrogates,
        "settings": results.null_settings[null.null],
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


def _exceeding(null: FlowSignificance, results: CorrectedResults) -> dict[str, dict[str, int]]:
    """Return how many edges each graph has, and how many of them pass this null as well."""
    found = {}
    for name, (level, correction) in results.settings.levels.items():
        edges, passing = (
            results.graphs[name].edges,
            null.significant(level, correction=correction).to_pandas(),
        )
        exceeding = sum(bool(passing.at[source, target]) for source, target in edges)
        found[name] = {"edges": len(edges), "exceeding": exceeding}
    return found
