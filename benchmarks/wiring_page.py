"""From the rows of beds and public graphs to docs/wiring.md and the table of the package."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from beds import ANCHOR, FEATURES
from beds import ROWS as BEDS
from edge_orders import LEVEL
from public_graphs import ROWS as GRAPHS
from report import Table, as_markdown

from infoscope.description.bed_features import BedFeatures
from infoscope.description.nearest_bed import compared

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "wiring.md"
NEAREST = HERE.parent / "src" / "infoscope" / "description" / "nearest_beds.csv"

ORDERS = ["MI", "TDMI", "F", "TE", "TE given inputs", "given all", "score", "effect", "t", "bits",
          "greedy", "knockoffs", "best"]  # fmt: skip
TESTS = ("t", "greedy", "knockoffs")
WITH_STATE = (*TESTS, *(f"{test}, state before" for test in TESTS))
GROUPS = {
    "Trained networks": ["weather, no noise", "weather", "weather, 10 % noise", "context", "gru",
                         "gru, 10 % noise", "lstm"],
    "Networks with random connections": ["echo-state, no noise", "echo-state",
                                         "echo-state, 10 % noise", "near-critical", "growth",
                                         "growth, 600 rows", "linear"],
    "Lorenz-96 and spikes": ["lorenz", "lorenz, 250 rows", "spikes", "izhikevich, 15 s"],
    "Half of the units not recorded": ["weather, half", "context, half", "near-critical, half",
                                       "gru, half", "spikes, half"],
}  # fmt: skip
NUMBERS = ["rows_per_source", "dimension", "saturation", "unexplained"]
# Bed or set, order ("*": the best single one), column and the value to reach, block or statistic.
BARS = [
    ("weather, no noise", "score", "auprc", 0.98, "h→h"),
    ("weather", "score", "auprc", 0.95, "h→h"),
    ("weather, 10 % noise", "score", "auprc", 0.82, "h→h"),
    ("weather, no noise", "score", "auprc", 0.95, "x→h"),
    ("context", "t", "auprc", 0.82, "h→h"),
    ("echo-state", "t", "auprc", 0.88, "h→h"),
    ("near-critical", "t", "auprc", 0.73, "h→h"),
    ("gru", "score", "auprc", 0.90, "h→h"),
    ("lstm", "score", "auprc", 0.62, "h→h"),
    ("spikes", "score", "auprc", 0.88, "h→h"),
]
# Beds on which false edges are bounded: connections are known, all units are recorded, and for t
# the errors are noise of the process, not of the recording.
PROCESS = ["context", "near-critical", "growth", "linear", "spikes"]
BOUNDED = {"greedy": (["echo-state", *PROCESS], 0.15), "t": (PROCESS, 0.12)}
GRAPH_BARS = [
    ("DREAM3, 100", 0.63),
    ("Lorenz-96, T = 250", 0.88),
    ("Lorenz-96, T = 1000", 0.97),
    ("NetSim sim3", 0.92),
]

INTRODUCTION = f"""# Which measures find the true influences

Written by `make bench ARGS="--only wiring"` from `benchmarks/results/wiring.csv` and
`public-graphs.csv`, which have a row for every network and measure. Test beds are networks of
known connections (`isc.models.connectivity_beds`), recorded as a lab would record them; seeds
draw connections, weights, training and run.

* **Truth.** Where connections are drawn, an edge is a connection. In networks with all
  connections (weather, GRU, LSTM), an edge is a pair in the upper quarter of the mean absolute
  derivative of the target by the source, in standard deviations, over the visited states: truth
  as strength.
* **Score.** AUPRC, the average precision over ordered pairs of hidden units, mean ± standard
  deviation over networks. The prevalence, the share of pairs that are edges, is the score of a
  useless measure. AUROC and x→h are in the tables on disk.
* **Measures.** MI to *given all* are Gaussian measures of `isc.flow_measures` at one step.
  *score*, *effect*, *t* and *bits* are those of `isc.one_step_influence`: a regression on the
  scale of the units' link, or a gated cell, chosen by held-out error. Effect says how strong an
  influence is, t whether there is one, score is the effect less its standard error. *greedy* puts
  the edges of `.edges({LEVEL:g})` first, by their information, and all other pairs behind them,
  by |t|; *knockoffs* those of `.knockoffs({LEVEL:g})`. *best* is chosen by the data.

"""


def write() -> list[Table]:
    """Write the page and the table of the package; return the bars."""
    beds = BEDS.table()
    parts = [INTRODUCTION]
    hidden = beds[beds["block"] == "h→h"]
    known, bars = nearest(hidden), bar_table(beds)
    parts += ["## In short\n", findings(hidden)]
    parts += ["## What was to be reached\n", as_markdown(bars)]
    parts += ["## Hidden to hidden\n", *map(as_markdown, scores(hidden))]
    parts += ["## Inputs to hidden\n", as_markdown(inputs(beds))]
    parts += ["## Error rates\n", as_markdown(errors(hidden))]
    parts += ["## The default against the best measure of each bed\n", as_markdown(regret(hidden))]
    parts += ["## Spiking neurons with delays\n", as_markdown(anchor(hidden))]
    parts += ["## Which bed resembles a recording\n", as_markdown(resembling(known))]
    parts += ["## Processor seconds\n", as_markdown(seconds(hidden))]
    parts += ["## Public graphs\n", *map(as_markdown, public())]
    PAGE.write_text("\n\n".join(part.strip("\n") for part in parts) + "\n", encoding="utf-8")
    known.to_csv(NEAREST, index=False, float_format="%.4g", lineterminator="\n")
    return [bars]


def findings(hidden: pd.DataFrame) -> str:
    """What the tables say, in sentences with their numbers."""
    means = hidden.groupby(["bed", "order"])["auprc"].mean().unstack()
    trained = means.loc[means.index.intersection(GROUPS["Trained networks"])]
    chance = hidden[hidden["bed"].isin(trained.index)].groupby("bed")["prevalence"].mean().mean()
    lines = [
        f"* In trained networks flow F has a mean AUPRC of {trained['F'].mean():.2f}, transfer "
        f"entropy {trained['TE'].mean():.2f}, *given all* {trained['given all'].mean():.2f}, at a "
        f"prevalence of {chance:.2f}; *best* has {trained['best'].mean():.2f}."
    ]
    lost = means[[name for name in ORDERS if name != "best"]].max(axis=1) - means["best"]
    lines.append(
        f"* *best* loses at most {lost.max():.3f} against the measure that turns out best on a bed "
        f"({lost.idxmax()}), on average {lost.mean():.3f}."
    )
    noisy = "echo-state, 10 % noise"
    if noisy in means.index:
        lines.append(
            f"* Recording noise of 10 % in a network of few dimensions leaves no measure above "
            f"{means.loc[noisy].max():.2f} (echo state network)."
        )
    half = hidden[hidden["bed"].str.endswith("half")]
    rates = half.groupby(["order", "bed"])["false_edges"].mean().dropna()
    if "t" in rates.index:
        said = ", ".join(
            f"{order} {rates[order].min():.2f} to {rates[order].max():.2f}"
            for order in WITH_STATE
            if order in rates.index
        )
        lines.append(
            f"* With half of the units missing, the share of false edges at nominal {LEVEL:g} "
            f"depends on the network: {said}. Such a graph is one of dependence given what was "
            "recorded."
        )
    return "\n".join(lines)


def spread(values: pd.Series, digits: int = 2) -> str | None:
    """Mean ± standard deviation; None without values."""
    values = values.dropna()
    if values.empty:
        return None
    if len(values) == 1:
        return f"{values.iloc[0]:.{digits}f} (one)"
    return f"{values.mean():.{digits}f} ± {values.std():.{digits}f}"


def scores(hidden: pd.DataFrame) -> Iterator[Table]:
    """AUPRC of every measure, a table for each kind of bed."""
    for title, members in GROUPS.items():
        there = [name for name in members if (hidden["bed"] == name).any()]
        if not there:
            continue
        part = hidden[hidden["bed"].isin(there)]
        every = [name for name in part["order"].unique() if name not in ORDERS]
        rows: list[list[Any]] = [["prevalence", *(
            f"{part.loc[part['bed'] == name, 'prevalence'].mean():.2f}" for name in there
        )]]  # fmt: skip
        for order in [*ORDERS, *every]:
            of = part[part["order"] == order].groupby("bed")["auprc"]
            cells = [spread(of.get_group(name)) if name in of.groups else None for name in there]
            if any(cells):
                rows.append([order, *cells])
        about = ", ".join(
            f"{name}: {part.loc[part['bed'] == name, 'seed'].nunique()}" for name in there
        )
        yield Table(title, f"Networks: {about}.", [("AUPRC", "text"), *((name, "text")
                    for name in there)], _bold(rows))  # fmt: skip


def _bold(rows: list[list[Any]]) -> list[list[Any]]:
    """Mark the largest mean of each column."""
    for column in range(1, len(rows[0])):
        found = [float(row[column].split()[0]) if row[column] else -1.0 for row in rows[1:]]
        best = 1 + int(np.argmax(found))
        mean, _, rest = rows[best][column].partition(" ")
        rows[best][column] = f"**{mean}** {rest}"
    return rows


def inputs(beds: pd.DataFrame) -> Table:
    """AUPRC of the inputs on hidden units."""
    part = beds[beds["block"] == "x→h"]
    there = [name for members in GROUPS.values() for name in members
             if (part["bed"] == name).any()]  # fmt: skip
    rows = []
    for order in ORDERS:
        of = part[part["order"] == order].groupby("bed")["auprc"]
        cells = [spread(of.get_group(name)) if name in of.groups else None for name in there]
        if any(cells):
            rows.append([order, *cells])
    about = (
        "Identifiable inputs: a measure that is given the other inputs has no value for four of "
        "the weather variables, which are linear functions of one another in the same row."
    )
    return Table("", about, [("AUPRC, x→h", "text"), *((name, "text") for name in there)], rows)


def errors(hidden: pd.DataFrame) -> Table:
    """False edges and power at the nominal rate."""
    tested = hidden[hidden["power"].notna()]
    rows = []
    for name in tested["bed"].unique():
        row: list[Any] = [name]
        for order in WITH_STATE:
            of = tested[(tested["bed"] == name) & (tested["order"] == order)]
            row += [spread(of["false_edges"]), spread(of["power"])]
        rows.append(row)
    about = (
        f"Share of false edges among those called, and share of the true ones found, at a nominal "
        f"rate of {LEVEL:g}: t without penalty with Benjamini and Hochberg's procedure over the "
        "pairs of hidden units, the greedy choice with a family-wise rate for each target, and "
        "sources against knockoffs. *State before*: with the state one "
        "step earlier as covariates, for recordings in half. Only beds whose connections are known."
    )
    columns = [("", "text")]
    for order in WITH_STATE:
        columns += [(f"{order}: false", "text"), ("found", "text")]
    return Table("", about, columns, rows)


def regret(hidden: pd.DataFrame) -> Table:
    """How much the default and `best` lose against the best single measure of a bed."""
    single = [name for name in ORDERS if name != "best"]
    rows = []
    for name in [name for members in GROUPS.values() for name in members]:
        means = hidden[hidden["bed"] == name].groupby("order")["auprc"].mean()
        if means.empty:
            continue
        known = means[[order for order in single if order in means]]
        top = str(known.idxmax())
        lost = [known[top] - means[o] if o in means else None for o in ("score", "best")]
        rows.append([name, top, float(known[top]), *lost])
    worst = [max((row[k] for row in rows if row[k] is not None), default=None) for k in (3, 4)]
    columns = [("", "text"), ("best single measure", "text"), ("AUPRC", "bits"),
               ("lost by score", "bits"), ("lost by best", "bits")]  # fmt: skip
    return Table("", "Mean AUPRC, h→h.", columns, [*rows, ["worst", "", None, *worst]])


def anchor(hidden: pd.DataFrame) -> Table:
    """True positives at 1 % false positives of the spiking beds."""
    part = hidden[hidden["bed"].isin(["izhikevich, 15 s", ANCHOR, "spikes"])]
    rows = []
    for (name, order), of in part.groupby(["bed", "order"], sort=False):
        rows.append([name, order, spread(of["found_at_1"]), spread(of["auprc"])])
    about = (
        "True positives at 1 % false positives. For a network of 1,000 neurons with learned "
        "weights, of which 100 were analysed, Ito et al. (PLoS ONE 6, e27431, 2011) report 36 % "
        "for transfer entropy at a lag of one step and 73 % for its extension to several lags and "
        "longer words. In our bed weights are drawn, not learned, so that many are too weak to be "
        "seen, and no connection acts within one step."
    )
    columns = [("bed", "text"), ("measure", "text"), ("found at 1 %", "text"), ("AUPRC", "text")]
    return Table("", about, columns, rows)


def resembling(known: pd.DataFrame) -> Table:
    """Features of each bed, and how well the nearest other bed predicts its scores."""
    rows = []
    for bed, own in known.groupby("bed", sort=False):
        first, others = own.iloc[0], known[known["bed"] != bed]
        names = [field.name for field in fields(BedFeatures)]
        found = compared(BedFeatures(**{name: first[name] for name in names}), others)
        other = others[others["bed"] == found.bed].set_index("measure")["auprc"]
        gap = (own.set_index("measure")["auprc"] - other).abs().mean()
        rows.append([bed, first["model"], *(f"{first[name]:.2g}" for name in NUMBERS),
                     found.bed, f"{found.distance:.2f}", f"{gap:.2f}"])  # fmt: skip
    about = (
        "`isc.models.nearest_bed(recording)` returns the scores of this page on the bed with the "
        "most similar features, and none if no bed is within a distance of 1. Model: that the data "
        "chose. Dimension: participation ratio per unit. Saturation: share of values within 5 % of "
        "an end of the range of their unit. Unexplained: held-out error of the model, as a share "
        "of the variance; median over units. Median over networks. The last columns ask how far "
        "to trust it: the nearest *other* bed, its distance, and the mean absolute difference of "
        "the AUPRC of all measures."
    )
    columns = ["", "model", *(name.replace("_", " ") for name in NUMBERS), "nearest other bed",
               "distance", "difference in AUPRC"]  # fmt: skip
    return Table("", about, [(name, "text") for name in columns], rows)


def seconds(hidden: pd.DataFrame) -> Table:
    """Median processor seconds of each measure."""
    table = hidden.pivot_table(index="order", columns="bed", values="seconds", aggfunc="median")
    there = [name for name in ("weather", "context", "gru", "echo-state", "growth", "spikes")
             if name in table]  # fmt: skip
    rows = []
    for order in ORDERS:
        if order in table.index:
            cells = [f"{table.loc[order, name]:.3g}" if pd.notna(table.loc[order, name]) else None
                     for name in there]  # fmt: skip
            rows.append([order, *cells])
    about = "Median over networks, of one process on a shared machine; simulation not included."
    return Table("", about, [("", "text"), *((name, "text") for name in there)], rows)


def public() -> Iterator[Table]:
    """AUROC and AUPRC on public recordings."""
    table = GRAPHS.table()
    sets = list(table["set"].unique())
    about = (
        "NetSim sim3 (Smith et al. 2011): 20 subjects of simulated fMRI, 15 nodes, 200 samples, "
        "sampling slower than coupling. Lorenz-96, F = 10: 5 runs, 10 nodes. DREAM3: time courses "
        "of gene expression after perturbations, 21 steps each, as sequences of one recording; "
        "all as prepared by S. Khanna (SRU_for_GCI, MIT). Mean ± standard deviation over subjects, "
        "runs or networks. *advice*: measure, estimator and lags that `isc.describe` recommends. "
        "*variance order*: log variance of the target less that of the source. Ridge and lasso "
        "are scikit-learn's with cross-validation, one step; PCMCI and PCMCI+ are tigramite's with "
        "partial correlation, pairs ordered by p."
    )
    for column, title in (("auroc", "AUROC"), ("auprc", "AUPRC")):
        rows: list[list[Any]] = [["prevalence", *(
            f"{table.loc[table['set'] == name, 'prevalence'].mean():.2f}" for name in sets
        )]]  # fmt: skip
        for order in table["order"].unique():
            of = table[table["order"] == order].groupby("set")[column]
            cells = [spread(of.get_group(name)) if name in of.groups else None for name in sets]
            if any(cells):
                rows.append([order, *cells])
        yield Table(title, about if column == "auroc" else "",
                    [("", "text"), *((name, "text") for name in sets)], _bold(rows))  # fmt: skip
    advice = table[table["order"] == "advice"]
    rows = [
        [name, ", ".join(f"{what} ({count})" for what, count in of["about"].value_counts().items())]
        for name, of in advice.groupby("set", sort=False)
    ]
    yield Table("What `describe` advises", "", [("", "text"), ("measure (recordings)", "text")],
                rows)  # fmt: skip


def bar_table(beds: pd.DataFrame) -> Table:
    """Every bar, what was reached, and whether it holds."""
    rows = []
    for name, order, column, bar, block in BARS:
        of = beds[(beds["bed"] == name) & (beds["block"] == block) & (beds["order"] == order)]
        rows.append(_bar(f"{name}, {block}: AUPRC of {order}", of[column], bar))
    for order, (members, bar) in BOUNDED.items():
        part = beds[beds["bed"].isin(members) & (beds["block"] == "h→h")]
        of = part[part["order"] == order].groupby("bed", sort=False)["false_edges"].mean()
        for name, false in of.dropna().items():
            words = f"{name}: false edges of {order} at nominal {LEVEL:g}"
            rows.append([words, f"≤ {bar:.2f}", f"{false:.3f}", _holds(false <= bar)])
    graphs = GRAPHS.table()
    for name, bar in GRAPH_BARS:
        for order, words in (("advice", "what describe advises"), ("best", "best")):
            of = graphs[(graphs["set"] == name) & (graphs["order"] == order)]["auroc"]
            rows.append(_bar(f"{name}: AUROC of {words}", of, bar))
    lost = [row[4] for row in regret(beds[beds["block"] == "h→h"]).rows[:-1]]
    if any(value is not None for value in lost):
        most = max(value for value in lost if value is not None)
        rows.append(["regret of best, worst bed", "≤ 0.05", f"{most:.3f}", _holds(most <= 0.05)])
    columns = [("", "text"), ("bar", "text"), ("reached", "text"), ("", "text")]
    return Table("", "", columns, [row for row in rows if row[2] is not None])


def _bar(what: str, values: pd.Series, bar: float) -> list[Any]:
    held = _holds(values.mean() >= bar) if len(values) else ""
    return [what, f"≥ {bar:.2f}", spread(values, 3), held]


def _holds(held: bool) -> str:
    return "holds" if held else "**missed**"


def nearest(hidden: pd.DataFrame) -> pd.DataFrame:
    """A row for each bed and measure: features of the bed, accuracy of the measure."""
    features = FEATURES.table().dropna(subset=["model"])
    rows = []
    for bed, of_bed in features.groupby("bed", sort=False):
        shared = {"bed": bed, "model": of_bed["model"].mode().iloc[0],
                  "counts": bool(of_bed["counts"].mode().iloc[0]),
                  **of_bed[NUMBERS].median()}  # fmt: skip
        for order, of in hidden[hidden["bed"] == bed].groupby("order", sort=False):
            of = of.dropna(subset=["auprc"])
            if of.empty:
                continue
            rows.append({
                **shared, "measure": order, "auprc": of["auprc"].mean(), "low": of["auprc"].min(),
                "high": of["auprc"].max(), "prevalence": of["prevalence"].mean(),
                "false_edges": of["false_edges"].mean(), "power": of["power"].mean(),
                "networks": len(of),
            })  # fmt: skip
    return pd.DataFrame(rows)
