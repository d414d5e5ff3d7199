"""The numbers of a run in one place: summary.json for programs, summary.md for people."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd

from infoscope._escaping import markdown, table_row
from infoscope.analysis.flaws import FLAWS
from infoscope.analysis.results import PublishedResults
from infoscope.analysis.settings import Settings
from infoscope.graphs.graph import degree_correlation
from infoscope.graphs.ranking import class_order
from infoscope.weather import Windows

# On the page, what is smaller is the rounding of a zero; the JSON has every digit.
_ROUNDING = 1e-9
# Of the indicators that are not in bits.
_UNITS = {
    "error": "normalised units",
    "activation_change": "per epoch",
    "gradient_mean": "loss per weight",
    "gradient_spread": "loss per weight",
}
# The published names of the two errors, in °F, for the shipped table; other targets are named as
# their column, in whatever unit it has.
_ERROR_NAMES = {"temp_max": "mae_max_f", "temp_min": "mae_min_f"}


def summary_of(
    results: PublishedResults, seconds: dict[str, float], peak_memory_mb: float
) -> dict[str, Any]:
    """Return the summary of a run as plain numbers; what is not defined is None.

    Parameters
    ----------
    results : PublishedResults
        The run.
    seconds : dict
        Seconds of the stages after the estimates, such as figures.
    peak_memory_mb : float
        Largest resident memory of the run.
    """
    plain = {
        "forecast": forecast_numbers(results.forecast, results.windows, results.settings),
        "flow": _flow(results),
        "graph": {f"{t:g}": _graph(results, t) for t in results.graphs},
        "class_order": results.class_orders().to_dict("index"),
        "plane": {
            "correlation_hidden": results.nodes.correlation("hidden"),
            "correlation_hidden_entropy_normalised": results.nodes.correlation(
                "hidden", normalised=True
            ),
            "rows": results.nodes.data.attrs["rows"],
            "ceiling_bits": results.nodes.ceiling_bits,
        },
        "training": _training(results),
        "timing": timing(results.seconds | seconds),
        "peak_memory_mb": round(peak_memory_mb, 1),
        "data": {
            "windows_train": int((~results.windows.is_test).sum()),
            "windows_test": int(results.windows.is_test.sum()),
            "constant_columns": list(results.windows.constant),
            "filled_values": dict(results.windows.filled),
            "notes": list(results.windows.notes),
        },
    }
    return without_nan(plain)


def to_json(summary: dict[str, Any]) -> str:
    """Return the summary as strict JSON."""
    return json.dumps(summary, indent=2, allow_nan=False) + "\n"


def to_markdown(summary: dict[str, Any], figures: list[tuple[str, str]]) -> str:
    """Return the summary as a page: numbers first, then every figure with its caption.

    ``figures`` holds (file name in figures/, caption) pairs.
    """
    lines = [
        "# Replication, published mode",
        "",
        "Every number here follows the published pipeline to the letter, its known flaws included:",
        "read it beside the paper, not as the truth about the network.",
        "",
        *published_numbers(summary),
        "## Figures",
        "",
    ]
    for name, caption in figures:
        lines += [f"![{name}](figures/{name}.png)", "", markdown(caption), ""]
    lines += ["## Known flaws of the published pipeline", ""]
    lines += [f"{number}. {flaw}" for number, flaw in enumerate(FLAWS, 1)]
    return "\n".join(lines).rstrip() + "\n"


def published_numbers(summary: dict[str, Any]) -> list[str]:
    """Return the published numbers as lines of a page."""
    plane = summary["plane"]
    return [
        "## Forecast: mean absolute error a day ahead",
        "",
        *_forecast_table(summary["forecast"]),
        "",
        "## Information flow and ranks",
        "",
        f"{summary['flow']['n']} samples; flow from {_number(summary['flow']['min'])} to "
        f"{_number(summary['flow']['max'])} bits.",
        "",
        *_graph_table(summary["graph"]),
        "",
        "## Information plane after training",
        "",
        "Over the hidden nodes, I(h;x) and I(h;y) correlate at "
        f"{_number(plane['correlation_hidden'])}; both divided by the node's entropy, at "
        f"{_number(plane['correlation_hidden_entropy_normalised'])} "
        f"({plane['rows']} rows, ceiling {_number(plane['ceiling_bits'])} bits).",
        "",
        "## Training",
        "",
        "The paper's curves leave out what stands at epoch 0, before training.",
        "",
        *_training_table(summary["training"]),
        "",
        "## Data",
        "",
        f"{summary['data']['windows_train']} training windows, "
        f"{summary['data']['windows_test']} test windows.",
        "",
        *[f"- {markdown(note)}" for note in summary["data"]["notes"]],
        "",
    ]


def timing(seconds: dict[str, float]) -> dict[str, float]:
    """Return seconds by stage, rounded, with their total."""
    rounded = {stage: round(value, 3) for stage, value in seconds.items()}
    return rounded | {"total": round(sum(seconds.values()), 3)}


def forecast_numbers(
    forecast: pd.DataFrame, windows: Windows, settings: Settings
) -> dict[str, Any]:
    """Return the errors of a forecast by model, split and target."""
    published = _ERROR_NAMES if settings.data == "chicago" else {}
    names = {name: published.get(name, f"mae_{name}") for name in windows.target_names}
    table: dict[str, Any] = {}
    for row in forecast.to_dict("records"):
        errors = {label: float(row[str(name)]) for name, label in names.items()}
        model = str(row["model"]).replace(",", "").replace(" ", "_")
        table.setdefault(model, {})[str(row["split"])] = errors
    return table


def _flow(results: PublishedResults) -> dict[str, Any]:
    values = results.flow.flow.to_numpy()
    known = values[np.isfinite(values)]
    table = results.flow.to_frame()
    largest = table.iloc[int(np.argmax(table["flow"].to_numpy()))]
    return {
        "n": results.flow.n,
        "min": float(known.min()),
        "max": float(known.max()),
        "largest": {"source": largest["source"], "target": largest["target"]},
    }


def _graph(results: PublishedResults, threshold: float) -> dict[str, Any]:
    graph = results.graphs[threshold]
    ranking = results.rankings[f"jacobi {threshold:g}"]
    return {
        "edges": graph.number_of_edges(),
        "isolated": sum(1 for _, degree in graph.degree() if degree == 0),
        "degree_correlation": degree_correlation(graph),
        "mean_rank": {str(role): float(rank) for role, rank in ranking.mean_rank().items()},
        "class_auc": class_order(ranking),
        "directedness": results.rankings[f"exact {threshold:g}"].directedness,
    }


def _training(results: PublishedResults) -> dict[str, Any]:
    table = results.indicators.summary()
    published = results.gradients[results.gradients["parameter"] == "published"]
    for column in ("mean", "spread"):
        values = published[column].to_numpy()
        at = int(np.argmax(values))
        epochs = published["epoch"].to_numpy()
        row = [values[0], values[-1], values[at], int(epochs[at]), int(epochs[0])]
        table = pd.concat([table, pd.DataFrame([row], [f"gradient_{column}"], table.columns)])
    return {
        str(name): {
            "first": float(row["first"]),
            "last": float(row["last"]),
            "max": float(row["max"]),
            "epoch_of_max": int(row["epoch_of_max"]),
            "first_epoch": int(row["first_epoch"]),
        }
        for name, row in table.iterrows()
    }


def _forecast_table(forecast: dict[str, Any]) -> list[str]:
    errors = list(next(iter(next(iter(forecast.values())).values())))
    lines = [table_row(["model", "split", *errors]), f"|---|---|{'---|' * len(errors)}"]
    for model, splits in forecast.items():
        for split, values in splits.items():
            cells = [_number(values[error]) for error in errors]
            lines.append(table_row([model.replace("_", " "), split, *cells]))
    return lines


def _graph_table(graphs: dict[str, Any]) -> list[str]:
    lines = [
        "| flow above (bits) | edges | isolated | corr. of in- and out-degree | mean rank: inputs "
        "| hidden | outputs | P(hidden > input) | P(output > hidden) | Kendall tau |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for threshold, graph in graphs.items():
        rank, order = graph["mean_rank"], graph["class_auc"]
        cells = [
            threshold,
            str(graph["edges"]),
            str(graph["isolated"]),
            _number(graph["degree_correlation"]),
            *[_number(rank.get(role)) for role in ("input", "hidden", "output")],
            _number(order["hidden_over_input"]),
            _number(order["output_over_hidden"]),
            _number(order["kendall_tau"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _training_table(training: dict[str, Any]) -> list[str]:
    lines = [
        "| indicator | unit | first | at epoch | last | largest | at epoch |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in training.items():
        first, last, largest = (_number(row[column]) for column in ("first", "last", "max"))
        lines.append(
            f"| {name.replace('_', ' ')} | {_UNITS.get(name, 'bits')} | {first} | "
            f"{row['first_epoch']} | {last} | {largest} | {row['epoch_of_max']} |"
        )
    return lines


def _number(value: float | None) -> str:
    if value is None:
        return "not defined"
    return "0" if abs(value) < _ROUNDING else f"{value:.3g}"


def without_nan(value: Any) -> Any:
    """Return plain numbers, with None for what is not finite."""
    if isinstance(value, dict):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
