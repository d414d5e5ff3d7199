"""The page of a run: its numbers, its figures, and the flaws with their repairs."""

from dataclasses import dataclass
from typing import Any

from infoscope._escaping import markdown, table_row
from infoscope.analysis.flaws import FLAWS, REPAIRS

# The picture of both modes together.
OVERVIEW = "published-and-corrected"
# On the page, what is smaller is the rounding of a zero; the JSON has every digit.
_ROUNDING = 1e-9
# Of the indicators that are not in bits.
_UNITS = {
    "error": "normalised units",
    "activation_change": "per epoch",
    "gradient_mean": "loss per weight",
    "gradient_spread": "loss per weight",
}


@dataclass(frozen=True)
class Shown:
    """A corrected figure as the page shows it.

    Parameters
    ----------
    published_name, name : str
        File names in figures/, without their ending.
    caption : str
        What the corrected figure shows.
    change : str
        One sentence on what is different from the published figure; empty where there is none.
    """

    published_name: str
    name: str
    caption: str
    change: str


def whole_page(summary: dict[str, Any], captions: list[tuple[str, str]], shown: list[Shown]) -> str:
    """Return the page of a run, with the captions of its published and corrected figures."""
    if not shown:
        return to_markdown(summary, captions)
    published = ""
    if captions:
        published = "\n".join(["# Published numbers", "", *published_numbers(summary)])
    return to_page(summary, shown, dict(captions), published)


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


def to_page(
    summary: dict[str, Any], shown: list[Shown], captions: dict[str, str], published: str
) -> str:
    """Return the page: what changed in numbers, every figure twice, the repairs, all else.

    Parameters
    ----------
    summary : dict
        With ``corrected`` and ``nulls``, and the published numbers where there are some.
    shown : list of Shown
        The corrected figures.
    captions : dict
        Name of a published figure → its caption; empty in a run of corrected mode alone.
    published : str
        The page of the published numbers without figures, or nothing.
    """
    title = "published and corrected" if captions else "corrected mode"
    lines = [
        f"# Replication, {title}",
        "",
        "Published mode follows the paper to the letter, its flaws included; corrected mode",
        "repairs them, each by a switch.",
        "",
        *([f"![{OVERVIEW}](figures/{OVERVIEW}.png)", ""] if captions else []),
        *_gates(summary["corrected"]),
        "## In numbers",
        "",
        *_numbers(summary, bool(captions)),
        "",
        "## Nulls: what chance makes of the flow",
        "",
        *_nulls(summary["nulls"]),
        "",
        "## Figures",
        "",
    ]
    for figure in shown:
        lines += _figure(figure, captions.get(figure.published_name))
    lines += ["## The flaws, and their repairs", "", *_repairs(summary["corrected"]["repairs"])]
    lines += ["", "## Corrected data", "", *_data(summary["corrected"]["data"]), ""]
    return "\n".join([*lines, published]).rstrip() + "\n"


def _gates(corrected: dict[str, Any]) -> list[str]:
    """Say before anything else whether the analysed network does its job."""
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
        f"Analysed is epoch {corrected['analysed_epoch']}, chosen by its error on validation days. "
        f"Its error on {gates['rows']} test days is {gates['test_error']:.3g}{unit}.",
        "",
        f"| | error of the other{unit} | difference, 95 % interval | gate |",
        "|---|---|---|---|",
    ]
    for name, (error, difference, gate) in rows.items():
        value, apart = gates.get(f"{error}_error", gates.get(error)), gates[difference]
        interval = f"{apart['mean']:+.3g} ({apart['low']:+.3g} to {apart['high']:+.3g})"
        passed = "needed" if gate == "needs_recurrence" else "passed"
        lines.append(
            table_row([name, _number(value), interval, passed if gates[gate] else f"not {passed}"])
        )
    if not gates["does_its_job"]:
        lines += ["", "**The network fails a gate: no finding below is one of a trained network.**"]
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


def _figure(figure: Shown, caption: str | None) -> list[str]:
    if caption is None:
        return [f"![{figure.name}](figures/{figure.name}.png)", "", markdown(figure.caption), ""]
    return [
        "| published | corrected |",
        "|---|---|",
        f"| ![{figure.published_name}](figures/{figure.published_name}.png) "
        f"| ![{figure.name}](figures/{figure.name}.png) |",
        "",
        f"**What changed.** {markdown(figure.change)}",
        "",
        f"*Published.* {markdown(caption)}",
        "",
        f"*Corrected.* {markdown(figure.caption)}",
        "",
    ]


def _numbers(summary: dict[str, Any], both: bool) -> list[str]:
    lines = ["| | published | corrected |", "|---|---|---|"] if both else ["| | corrected |",
                                                                         "|---|---|"]  # fmt: skip
    for name, (before, after) in _rows(summary, both).items():
        lines.append(table_row([name, before, after] if both else [name, after]))
    return lines


def _rows(summary: dict[str, Any], both: bool) -> dict[str, tuple[str, str]]:
    corrected = summary["corrected"]
    training, graph = corrected["training"], corrected["graph"]
    main = list(graph)[-1]
    rows = {
        "network's error on test or held-out days": _forecast(corrected),
        f"edges ({main})": _number(graph[main]["edges"]),
        "correlation of in- and out-degree": _number(graph[main]["degree_correlation"]),
        "mean ranks: inputs, hidden, outputs": _ranks(graph[main]),
        "Kendall tau of rank and role": _number(graph[main]["class_auc"]["kendall_tau"]),
        "correlation of I(h;x) and I(h;y) over hidden nodes": _number(
            corrected["plane"]["correlation_hidden"]
        ),
        "I(h; x), first and last (bits)": _ends(training["hidden_input_information"]),
        "I(h; y), first and last (bits)": _ends(training["hidden_target_information"]),
        "I(o; y), first and last (bits)": _ends(training["output_target_information"]),
        "error, first and last": _ends(training["error"]),
        "TSE complexity, first and last (bits)": _ends(training["tse_complexity"]),
    }
    if not both:
        return {name: ("", after) for name, after in rows.items()}
    lowest = min(summary["graph"], key=float)
    before, plane = summary["graph"][lowest], summary["plane"]
    curves = summary["training"]
    published = [
        _forecast(summary),
        f"{before['edges']} (above {lowest} bits)",
        _number(before["degree_correlation"]),
        _ranks(before),
        _number(before["class_auc"]["kendall_tau"]),
        _number(plane["correlation_hidden"]),
        _ends(curves["hidden_input_information"]),
        _ends(curves["hidden_target_information"]),
        _ends(curves["output_target_information"]),
        _ends(curves["error"]),
        _ends(curves["tse_complexity"]),
    ]
    return {
        name: (said, after) for (name, after), said in zip(rows.items(), published, strict=True)
    }


def _forecast(summary: dict[str, Any]) -> str:
    errors = summary["forecast"]["network"]["test"]
    return ", ".join(f"{_number(value)} ({name})" for name, value in errors.items())


def _ranks(graph: dict[str, Any]) -> str:
    means = graph["mean_rank"]
    return ", ".join(_number(means.get(role)) for role in ("input", "hidden", "output"))


def _ends(row: dict[str, Any]) -> str:
    return f"{_number(row['first'])} → {_number(row['last'])}"


def _nulls(nulls: dict[str, Any]) -> list[str]:
    if not nulls:
        return ["Significance was left out: edges are by the published thresholds."]
    lines = [
        "| null | threshold | bits | edges above | expected by the null | share |",
        "|---|---|---|---|---|---|",
    ]
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
        "Edges that are learned, as their flow also exceeds what untrained networks of the same "
        f"activation spread have: {own}; that exceed networks with shuffled weights: {others}."
    )


def _repairs(repairs: dict[str, Any]) -> list[str]:
    lines = []
    for number, flaw in enumerate(FLAWS, 1):
        lines.append(f"{number}. {flaw}")
        for name, (of_flaw, repair) in REPAIRS.items():
            if of_flaw == number:
                state = "Repaired" if repairs[name] else "Left as it is; repaired, it would read"
                lines.append(f"   - {state} (`{name}`): {repair}.")
    return lines


def _data(data: dict[str, Any]) -> list[str]:
    return [
        f"{data['days_train']} days to train on, {data['first_day']} to {data['last_training_day']}"
        f", cut into {data['windows_train']} windows; {_choosing(data)}"
        f"{data['days_held_out']} held out, "
        f"{data['first_held_out_day']} to {data['last_day']}. {data['rows_analysed']} rows are "
        "analysed.",
        "",
        *[f"- {markdown(note)}" for note in data["notes"]],
    ]


def _choosing(data: dict[str, Any]) -> str:
    days = data.get("days_validation")
    return f"{days} to choose the snapshot by; " if days else ""


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
