"""The page of a run: numbers, figures, flaws and repairs."""

from collections.abc import Mapping
from typing import Any

from infoscope._escaping import markdown, table_row
from infoscope.analysis.flaws import FLAWS, REPAIRS

# The figure with both modes.
OVERVIEW = "published-and-corrected"
# The page shows smaller numbers as zero; the JSON has all digits.
_ROUNDING = 1e-9
# Units of the indicators that are not in bits.
_UNITS = {
    "error": "normalised units",
    "activation_change": "per epoch",
    "gradient_mean": "loss per weight",
    "gradient_spread": "loss per weight",
}
_FORECAST = "network's error on test or held-out data"
_ENDS = {
    "hidden_input_information": "I(h; x), first and last (bits)",
    "hidden_target_information": "I(h; y), first and last (bits)",
    "output_target_information": "I(o; y), first and last (bits)",
    "error": "error, first and last",
    "tse_complexity": "TSE complexity, first and last (bits)",
}

# Name of a figure → its caption, or a sentence on the change.
Sentences = Mapping[str, str]


def whole_page(
    summary: dict[str, Any], published: Sentences, corrected: Sentences, changes: Sentences
) -> str:
    """Return the page of a run.

    Parameters
    ----------
    summary : dict
        From `whole_summary`.
    published, corrected : mapping of str to str
        Caption of each figure; empty if the run lacks this mode.
    changes : mapping of str to str
        Change in each figure; empty unless the run has both modes.
    """
    if not corrected:
        return _published_page(summary, published)
    lines = _corrected_page(summary, published, corrected, changes)
    if published:
        lines += ["# Published numbers", "", *published_numbers(summary)]
    return "\n".join(lines).rstrip() + "\n"


def _published_page(summary: dict[str, Any], captions: Sentences) -> str:
    """Return the page of published mode: numbers first, then every figure with its caption."""
    lines = [
        "# Replication, published mode",
        "",
        "Every number here follows the published pipeline exactly, known flaws included:",
        "compare it with the paper; it is not the truth about the network.",
        "",
        *published_numbers(summary),
        "## Figures",
        "",
    ]
    for name, caption in captions.items():
        lines += [*_picture(name), markdown(caption), ""]
    lines += ["## Known flaws of the published pipeline", ""]
    lines += [f"{number}. {flaw}" for number, flaw in enumerate(FLAWS, 1)]
    return "\n".join(lines).rstrip() + "\n"


def _picture(name: str) -> list[str]:
    return [f"![{name}](figures/{name}.png)", ""]


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
        "The paper's curves omit epoch 0, before training.",
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


def _corrected_page(
    summary: dict[str, Any], published: Sentences, corrected: Sentences, changes: Sentences
) -> list[str]:
    """Return the page of corrected mode: gates, numbers, every figure, repairs and data."""
    title = "published and corrected" if published else "corrected mode"
    lines = [
        f"# Replication, {title}",
        "",
        "Published mode follows the paper exactly, flaws included; corrected mode",
        "repairs them, each by a switch.",
        "",
        *(_picture(OVERVIEW) if published else []),
        *_gates(summary["corrected"]),
        "## In numbers",
        "",
        *_numbers(summary, bool(published)),
        "",
        "## Nulls: the flow by chance",
        "",
        *_nulls(summary["nulls"]),
        "",
        "## Figures",
        "",
    ]
    for name, caption in corrected.items():
        if name in changes:
            lines += _pair(name, published[name], caption, changes[name])
        else:
            lines += [*_picture(f"{name}-corrected"), markdown(caption), ""]
    lines += ["## The flaws, and their repairs", "", *_repairs(summary["corrected"]["repairs"])]
    return [*lines, "", "## Corrected data", "", *_data(summary["corrected"]["data"]), ""]


def _pair(name: str, published: str, corrected: str, change: str) -> list[str]:
    """Return a figure in both modes, side by side."""
    before, after = _picture(name)[0], _picture(f"{name}-corrected")[0]
    return [
        *_head(["published", "corrected"]),
        f"| {before} | {after} |",
        "",
        f"**What changed.** {markdown(change)}",
        "",
        f"*Published.* {markdown(published)}",
        "",
        f"*Corrected.* {markdown(corrected)}",
        "",
    ]


def _gates(corrected: dict[str, Any]) -> list[str]:
    """Return the section on whether the analysed network does its task."""
    gates = corrected.get("gates")
    if gates is None:
        return []
    unit = f" ({gates['unit']})" if gates["unit"] else ""
    rows = {
        f"below {gates['reference']}": ("reference", "difference_to_reference", "beats_reference"),
        f"no worse than {gates['best_ridge']}": (
            "ridge", "difference_to_ridge", "no_worse_than_ridge",
        ),
        "recurrent weights set to 0": (
            "error_without_recurrence", "rise_without_recurrence", "needs_recurrence",
        ),
        "state reset at every step": ("error_with_reset", "rise_with_reset", "needs_recurrence"),
    }  # fmt: skip
    lines = [
        "## Does the network do its job?",
        "",
        f"The analysed epoch is {corrected['analysed_epoch']}, chosen by its error on validation "
        f"{corrected['data']['rows_are']}. Its error on {gates['rows']} test windows is "
        f"{gates['test_error']:.3g}{unit}.",
        "",
        *_head(["", f"error of the other{unit}", "difference, 95 % interval", "gate"]),
    ]
    for name, (error, difference, gate) in rows.items():
        value, apart = gates.get(f"{error}_error", gates.get(error)), gates[difference]
        interval = f"{apart['mean']:+.3g} ({apart['low']:+.3g} to {apart['high']:+.3g})"
        passed = "needed" if gate == "needs_recurrence" else "passed"
        lines.append(
            table_row([name, _number(value), interval, passed if gates[gate] else f"not {passed}"])
        )
    if not gates["does_its_job"]:
        lines += [
            "",
            "**The network fails a gate: no result below is evidence about a trained network.**",
        ]
    if not gates["needs_recurrence"]:
        lines += [
            "",
            "**Without recurrence the error does not rise, by its interval, by "
            f"{gates['needed_share']:.0%}: nothing below is evidence of recurrent computation.**",
        ]
    errors = corrected["errors"]
    lines += [
        "",
        "Overfitting: from the analysed to the last epoch the normalised error goes "
        + ", ".join(
            f"from {errors['analysed'][part]:.3g} to {errors['last'][part]:.3g} ({part})"
            for part in errors["last"]
        )
        + ".",
        "",
    ]
    return lines


def _numbers(summary: dict[str, Any], both: bool) -> list[str]:
    """Return the numbers of the corrected analysis, next to the published ones if known."""
    graphs = summary["corrected"]["graph"]
    main = list(graphs)[-1]
    after = _main_numbers(summary["corrected"], graphs[main], str(graphs[main]["edges"]))
    after["edges"] += f" ({main})"
    epochs = [
        "",
        "Values with an arrow are the first and the last of a curve over training; all others are "
        f"those of the analysed epoch, {summary['corrected']['analysed_epoch']} in corrected mode.",
    ]
    if not both:
        return [*_head(["", "corrected"]), *map(table_row, map(list, after.items())), *epochs]
    lowest = min(summary["graph"], key=float)
    graph = summary["graph"][lowest]
    before = _main_numbers(summary, graph, f"{graph['edges']} (above {lowest} bits)")
    rows = [[name, before[name], after[name]] for name in after]
    return [*_head(["", "published", "corrected"]), *map(table_row, rows), *epochs]


def _main_numbers(numbers: dict[str, Any], graph: dict[str, Any], edges: str) -> dict[str, str]:
    """Return the numbers by which published and corrected analyses are compared."""
    correlation = numbers["plane"]["correlation_hidden"]
    return {
        _FORECAST: _forecast(numbers),
        "edges": edges,
        "correlation of in- and out-degree": _number(graph["degree_correlation"]),
        "mean ranks: inputs, hidden, outputs": _ranks(graph),
        "Kendall tau of rank and role": _number(graph["class_auc"]["kendall_tau"]),
        "correlation of I(h;x) and I(h;y) over hidden nodes": _number(correlation),
        **{label: _ends(numbers["training"][name]) for name, label in _ENDS.items()},
    }


def _head(names: list[str]) -> list[str]:
    """Return the head of a table."""
    return [table_row(names).replace("|  |", "| |"), "|---" * len(names) + "|"]


def _forecast(summary: dict[str, Any]) -> str:
    errors = summary["forecast"]["network"]["test"]
    return ", ".join(f"{_number(value)} ({name})" for name, value in errors.items())


def _ranks(graph: dict[str, Any]) -> str:
    means = graph["mean_rank"]
    return ", ".join(_number(means.get(role)) for role in ("input", "hidden", "output"))


def _ends(row: dict[str, Any]) -> str:
    start = row["first_epoch"]
    since = "" if start is None else f" (epoch {start} on)"
    return f"{_number(row['first'])} → {_number(row['last'])}{since}"


def _nulls(nulls: dict[str, Any]) -> list[str]:
    if not nulls:
        return ["No significance test: the published thresholds define the edges."]
    lines = _head(["null", "threshold", "bits", "edges above", "expected by the null", "share"])
    for name, null in nulls.items():
        for threshold, row in null["thresholds"].items():
            values = [row["threshold"], row["edges"], row["expected_false_edges"],
                      row["implied_fdr"]]  # fmt: skip
            cells = " | ".join(_number(value) for value in values)
            lines.append(f"| {name} | {threshold} | {cells} |")
    lines += [""]
    for name, null in nulls.items():
        settings = ", ".join(f"{key} {value}" for key, value in null["settings"].items())
        drawn = "networks" if "edges" in null else "surrogates"
        lines.append(
            f"- {name}: {null['surrogates']} {drawn}{f' ({settings})' if settings else ''}, p "
            f"pooled over edges between the same roles. Keeps {null['keeps']}. Tests: "
            f"{null['tests']}. Beware: {null['caveat']}."
        )
    return [*lines, "", _learned(nulls["untrained"]["edges"], nulls["weight-shuffled"]["edges"])]


def _learned(untrained: dict[str, dict[str, int]], shuffled: dict[str, dict[str, int]]) -> str:
    own, others = (
        ", ".join(f"{row['exceeding']} of {row['edges']} ({graph})" for graph, row in of.items())
        for of in (untrained, shuffled)
    )
    return (
        "Edges whose flow also exceeds untrained networks of the same activation spread, so that "
        f"it is learned: {own}; edges that exceed networks with shuffled weights: {others}."
    )


def _repairs(repairs: dict[str, Any]) -> list[str]:
    lines = []
    for number, flaw in enumerate(FLAWS, 1):
        lines.append(f"{number}. {flaw}")
        for name, (of_flaw, repair) in REPAIRS.items():
            if of_flaw == number:
                state = "Repaired" if repairs[name] else "Not repaired; the repair would be"
                lines.append(f"   - {state} (`{name}`): {repair}.")
    return lines


def _data(data: dict[str, Any]) -> list[str]:
    return [
        f"{data['days_train']} training {data['rows_are']}"
        f"{_span(data, 'first_day', 'last_training_day')}, cut into {data['windows_train']} "
        f"windows; {_choosing(data)}{data['days_held_out']} held out"
        f"{_span(data, 'first_held_out_day', 'last_day')}. {data['rows_analysed']} rows are "
        "analysed.",
        "",
        *[f"- {markdown(note)}" for note in data["notes"]],
    ]


def _span(data: dict[str, Any], first: str, last: str) -> str:
    return f", {data[first]} to {data[last]}" if first in data else ""


def _choosing(data: dict[str, Any]) -> str:
    days = data.get("days_validation")
    return f"{days} validation {data['rows_are']}; " if days else ""


def _forecast_table(forecast: dict[str, Any]) -> list[str]:
    errors = list(next(iter(next(iter(forecast.values())).values())))
    lines = _head(["model", "split", *errors])
    for model, splits in forecast.items():
        for split, values in splits.items():
            cells = [_number(values[error]) for error in errors]
            lines.append(table_row([model.replace("_", " "), split, *cells]))
    return lines


def _graph_table(graphs: dict[str, Any]) -> list[str]:
    lines = _head([
        "flow above (bits)", "edges", "isolated", "corr. of in- and out-degree",
        "mean rank: inputs", "hidden", "outputs", "P(hidden > input)", "P(output > hidden)",
        "Kendall tau",
    ])  # fmt: skip
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
    lines = _head(["indicator", "unit", "first", "at epoch", "last", "largest", "at epoch"])
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
