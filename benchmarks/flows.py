"""Which measures of influence find the true edges, and whether significance means what it says."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from report import Table
from scipy.stats import kendalltau, linregress, t, wilcoxon
from uncoupled import uncoupled

import infoscope as isc
from infoscope.networks import EnsembleMember, FullyRecurrent, TrainingSettings, train_ensemble
from infoscope.paper.claims import ClaimSettings
from infoscope.paper.claims.stages.feedforward import feedforward_ranks
from infoscope.weather import load_chicago, make_windows

ROWS = 1_000
SEEDS = range(20)
FEEDFORWARD_SEEDS = range(10)

# Headings of the measures by estimator, and those of `flow_measures` they are.
GAUSSIAN = {
    "MI": "instantaneous",
    "TDMI": "delayed",
    "F": "flow",
    "TDMI asymmetry": "delayed_asymmetry",
    "TE": "transfer_entropy",
    "TE given inputs": "conditional_transfer_entropy",
    "given all": "full_conditional",
}
NEIGHBOURS = {
    "F, KSG": "flow",
    "TE, KSG": "transfer_entropy",
    "TE given inputs, KSG": "conditional_transfer_entropy",
}
MEASURES = [*GAUSSIAN, *NEIGHBOURS]
KSG = isc.KSG(k=4)

_SYSTEMS = isc.synthetic_systems()
SYSTEMS: dict[str, Any] = {
    "S1 chain, φ = 0": replace(_SYSTEMS["S1"], phi=0.0),
    "S1 chain, φ = 0.6": _SYSTEMS["S1"],
    "S1 chain, φ = 0.9": replace(_SYSTEMS["S1"], phi=0.9),
    "S2 driver, unequal delays": _SYSTEMS["S2"],
    "S2b driver, equal delays": _SYSTEMS["S2b"],
    "S3 sparse VAR": _SYSTEMS["S3"],
    "S4 five nodes, quadratic": _SYSTEMS["S4"],
    "S5 logistic maps": _SYSTEMS["S5"],
    "S6 product": _SYSTEMS["S6"],
    "S7 layers, white inputs": _SYSTEMS["S7"],
    "S7 layers, inputs AR(0.8)": replace(_SYSTEMS["S7"], phi=0.8),
    "S8 recurrent, noise 0.05": _SYSTEMS["S8"],
    "S8 recurrent, noise 0.2": replace(_SYSTEMS["S8"], sigma=0.2),
    "S9 short cut": _SYSTEMS["S9"],
}
LAYERED = [name for name in SYSTEMS if name.startswith(("S1", "S5", "S7", "S9"))]


def variant(system: Any, seed: int) -> Any:
    """The system, with a wiring of its own where wiring is drawn."""
    return replace(system, seed=seed) if hasattr(system, "seed") else system


def affordable(name: str) -> dict[str, str]:
    """Measures by neighbours: of large systems few, and of one variant only."""
    if not name.startswith(("S7", "S8")):
        return NEIGHBOURS
    if name in ("S7 layers, white inputs", "S8 recurrent, noise 0.05"):
        return {h: m for h, m in NEIGHBOURS.items() if m != "conditional_transfer_entropy"}
    return {}


def measured(data: Any, neighbours: dict[str, str]) -> xr.Dataset:
    """Measures of a sample, by their headings."""
    parts = {}
    for headings, estimator in ((GAUSSIAN, isc.Gaussian()), (neighbours, KSG)):
        found = isc.flow_measures(data, measures=list(headings.values()), estimator=estimator)
        parts |= {heading: found[name] for heading, name in headings.items()}
    return xr.Dataset(parts)


def synthetic() -> list[Table]:
    """Scores of every measure on every synthetic system."""
    scores: dict[str, pd.DataFrame] = {}
    prevalence = {}
    for name, system in SYSTEMS.items():
        rows = []
        for seed in SEEDS:
            drawn = variant(system, seed)
            found = measured(drawn.sample(ROWS, random_state=seed), affordable(name))
            table = isc.score_edges(found, drawn.edges).set_index("measure")
            prevalence[name] = float(table["prevalence"].iloc[0])
            rows += [
                {
                    "seed": seed,
                    "measure": heading,
                    "auprc": table.loc[heading, "auprc"],
                    "chance": chance(drawn.edges),
                    "direction": direction(found[heading], drawn.edges),
                    "tau": agreement(found[heading], drawn),
                }
                for heading in found
            ]
        scores[name] = pd.DataFrame(rows)
        print(name, end="; ", flush=True)
    return [
        _by_system(
            "AUPRC on synthetic systems",
            f"{ROWS:,} rows, lag 1, {len(SEEDS)} seeds (of sample and, where it is drawn, wiring). "
            "Mean average precision ± half of its 95 % interval; a measure of no worth has the "
            "prevalence, the share of pairs that are edges (a little more where edges are few). "
            "Gaussian but for the last three (KSG, k = 4; not of all, for the time it takes). "
            "“given all” is the full-conditional; the partial correlation puts pairs in the same "
            "order. An edge of S2, S4 with a delay beyond the lag counts as an edge. In bold, the "
            "best of a row and those that do not differ from it (Wilcoxon over seeds, Holm, 5 %).",
            scores,
            "auprc",
            prevalence,
        ),
        _by_system(
            "Direction on the true skeleton",
            "Share of the true edges, among those without one back, along which the measure is "
            "larger than against them; MI is symmetric and gets a half. Mean ± half of the 95 % "
            "interval.",
            scores,
            "direction",
        ),
        _by_system(
            "Rank and layer",
            "Kendall's tau-b of true ranks and of those of the graph with as many of the strongest "
            "pairs as there are edges (`rank_nodes`, its largest component). Mean ± half of the "
            "95 % interval.",
            {name: scores[name] for name in LAYERED},
            "tau",
        ),
        _failures(scores),
    ]


def chance(edges: xr.DataArray) -> float:
    """Mean average precision over all orders of the pairs.

    At place i a hit counts 1/i for itself, and (P - 1)/(n - 1) of the i - 1 pairs before it.
    """
    there = edges.to_numpy()[~np.eye(len(edges), dtype=bool)]
    n, share = len(there), (there.sum() - 1) / (len(there) - 1)
    return float(np.mean([(1 + (i - 1) * share) / i for i in range(1, n + 1)]))


def direction(measure: xr.DataArray, edges: xr.DataArray) -> float:
    """Share of one-way edges along which the measure is larger, ties half."""
    true, values = edges.to_numpy(), measure.to_numpy()
    along, back = values[true & ~true.T], values.T[true & ~true.T]
    return float(np.mean((along > back) + 0.5 * (along == back)))


def agreement(measure: xr.DataArray, system: Any) -> float:
    """Kendall's tau-b of true and found ranks; NaN where there is no true order."""
    if system.ranks is None:
        return float("nan")
    values = np.nan_to_num(measure.to_numpy(), nan=-np.inf)
    strongest = np.argsort(-values, axis=None)[: int(system.edges.sum())]
    names = list(system.nodes.index)
    graph: nx.DiGraph = nx.DiGraph()
    for place in strongest:
        a, b = divmod(int(place), len(names))
        graph.add_edge(names[a], names[b])
    table = isc.rank_nodes(graph).table
    largest = table[table["component"] == table["component"].mode()[0]]
    true = system.ranks[largest.index]
    return float(np.nan_to_num(kendalltau(largest["rank"].round(9), true).statistic))


def interval(values: Any) -> tuple[float, float]:
    """Mean, and half of its 95 % interval."""
    n = len(values)
    return float(np.mean(values)), float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))


def paired(first: Any, second: Any) -> float:
    """p of Wilcoxon's signed ranks; 1 where nothing differs."""
    return 1.0 if np.allclose(first, second) else float(wilcoxon(first, second).pvalue)


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values."""
    order = np.argsort(p)
    steps = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def _by_system(
    title: str,
    about: str,
    scores: dict[str, pd.DataFrame],
    score: str,
    prevalence: dict[str, float] | None = None,
) -> Table:
    rows = []
    for name, frame in scores.items():
        wide = frame.pivot(index="seed", columns="measure", values=score)
        best = wide.mean().idxmax()
        others = [heading for heading in wide if heading != best]
        p = holm(np.array([paired(wide[best], wide[heading]) for heading in others]))
        equals = {best, *(heading for heading, q in zip(others, p, strict=True) if q > 0.05)}
        cells = [
            [*interval(wide[heading]), heading in equals] if heading in wide else None
            for heading in MEASURES
        ]
        rows.append([name, *([prevalence[name]] if prevalence else []), *cells])
    columns = [("", "text"), *([("prevalence", "share")] if prevalence else [])]
    return Table(title, about, [*columns, *((heading, "score") for heading in MEASURES)], rows)


def _failures(scores: dict[str, pd.DataFrame]) -> Table:
    """Where each measure is worth nothing, and where it is better or worse than F."""
    worthless: dict[str, list[str]] = {heading: [] for heading in MEASURES}
    p, signs, pairs = [], [], []
    for name, frame in scores.items():
        short = name.split(" ")[0]
        if sum(other.startswith(f"{short} ") for other in scores) > 1:
            short = f"{short} ({name.split(', ')[1]})"
        wide = frame.pivot(index="seed", columns="measure", values="auprc")
        by_chance = frame.groupby("seed")["chance"].first()
        for heading in wide:
            gain, half = interval(wide[heading] - by_chance)
            if gain <= half:
                worthless[heading].append(short)
            p.append(paired(wide[heading], wide["F"]))
            signs.append(np.sign((wide[heading] - wide["F"]).mean()))
            pairs.append((heading, short))
    adjusted = holm(np.array(p))
    rows = []
    for heading in MEASURES:
        cells = [", ".join(worthless[heading]) or "nowhere"]
        for sign in (1.0, -1.0):
            found = [
                short
                for (of, short), own, q in zip(pairs, signs, adjusted, strict=True)
                if of == heading and own == sign and q <= 0.05
            ]
            cells.append(", ".join(found) or "nowhere")
        rows.append([heading, *cells])
    return Table(
        "Which fails where",
        "Systems on which the AUPRC is not above that of a random order (95 % interval of the mean "
        "difference), and on which it is above or below that of F (Wilcoxon over seeds, Holm over "
        "the whole table, 5 %).",
        [("", "text"), ("no better than chance", "text"), ("better than F", "text"),
         ("worse than F", "text")],
        rows,
    )  # fmt: skip


# ---- Our own networks, whose weights are known.

NETWORKS = 10
TRUTHS = ["jacobian", "ablation", "noise_injection", "weight"]
PUBLISHED = {"F, KSG, k = 10": "flow"}


def random_networks() -> Iterator[tuple[isc.Recording, Any]]:
    """Untrained networks of weights that matter, upon inputs that remember."""
    for seed in range(NETWORKS):
        random = np.random.default_rng(seed)
        x = random.normal(size=(130, 10, 18))
        for step in range(1, 10):
            x[:, step] = 0.8 * x[:, step - 1] + 0.6 * x[:, step]
        sparse = random.random((25, 25)) < 0.3
        weights = {
            "W_in": random.normal(size=(18, 25)) / 6,
            "W": sparse * random.normal(size=(25, 25)) / 3,
            "W_out": random.normal(size=(25, 2)) / 5,
            "b_h": np.zeros(25), "b_o": np.zeros(2), "h_0": np.zeros(25),
        }  # fmt: skip
        h, state = np.empty((130, 10, 25)), np.zeros((130, 25))
        for step in range(10):
            state = np.tanh(x[:, step] @ weights["W_in"] + state @ weights["W"])
            h[:, step] = state
        yield isc.Recording.from_arrays(inputs=x, hidden=h, outputs=h @ weights["W_out"]), weights


def weather_networks() -> Iterator[tuple[isc.Recording, Any]]:
    """The published network, trained on the published data from other first weights and splits."""
    table = load_chicago()
    splits = [
        make_windows(table, start="2015-05-01", end="2015-10-04", random_state=seed).split("train")
        for seed in range(NETWORKS)
    ]
    networks = [FullyRecurrent(18, 25, 2, random_state=seed) for seed in range(NETWORKS)]
    members = [
        EnsembleMember(network, inputs, targets, TrainingSettings(epochs=1200))
        for network, (inputs, targets, _) in zip(networks, splits, strict=True)
    ]
    states = train_ensemble(members, schedule=lambda epoch: False)
    for network, state, (inputs, targets, days) in zip(networks, states, splits, strict=True):
        network.load_arrays(state.parameters)
        blocks = recorded(network.arrays(), inputs)
        yield isc.Recording.from_arrays(**blocks, targets=targets, days=days), network.arrays()


def recorded(weights: dict[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
    """Inputs, hidden and outputs of a network."""
    h = np.empty((*x.shape[:2], len(weights["W"])))
    state = np.broadcast_to(weights["h_0"], h[:, 0].shape)
    for step in range(x.shape[1]):
        state = np.tanh(x[:, step] @ weights["W_in"] + state @ weights["W"] + weights["b_h"])
        h[:, step] = state
    return {"inputs": x, "hidden": h, "outputs": h @ weights["W_out"] + weights["b_o"]}


def white_box(
    title: str, about: str, networks: Callable[[], Iterator[tuple[isc.Recording, Any]]]
) -> list[Table]:
    """Score every measure against what the weights of some networks say."""
    frames = []
    for recording, weights in networks():
        truth = isc.network_influence(recording, weights=weights)[TRUTHS]
        parts = {}
        for headings, estimator in (
            (GAUSSIAN, isc.Gaussian()),
            (PUBLISHED, isc.KSG(k=10, jitter=1e-10)),
        ):
            found = isc.flow_measures(
                recording, measures=list(headings.values()), estimator=estimator
            )
            parts |= {heading: found[name] for heading, name in headings.items()}
        frames.append(isc.score_edges(xr.Dataset(parts), truth, nodes=recording.nodes))
        print(end=".", flush=True)
    table = pd.concat(frames).set_index(["block", "measure", "truth"]).sort_index()

    def score(block: str, heading: str, truth: str, name: str) -> list[Any]:
        return [*interval(table.loc[(block, heading, truth), name]), False]

    rows = [
        [
            block,
            heading,
            *(score(block, heading, "jacobian", n) for n in ("spearman", "auroc", "auprc")),
            score(block, heading, "jacobian", "prevalence")[0],
            *(score(block, heading, truth, "spearman") for truth in TRUTHS[1:]),
        ]
        for block in ("x→h", "h→h", "h→o")
        for heading in {**GAUSSIAN, **PUBLISHED}
    ]
    columns = [
        ("block", "text"), ("measure", "text"), ("Spearman", "score"), ("AUROC", "score"),
        ("AUPRC", "score"), ("prevalence", "share"),
        *((f"Spearman, {truth.replace('_', ' ')}", "score") for truth in TRUTHS[1:]),
    ]  # fmt: skip
    return [Table(title, f"{about} {_WHITE_BOX}", columns, rows)]


def of_random_networks() -> list[Table]:
    """Scores on untrained networks."""
    about = (
        "Untrained networks of 18 inputs, AR(0.8), 25 hidden nodes, of whose connections with one "
        "another 30 % are there, and 2 outputs; 130 sequences of 10 steps, without noise."
    )
    return white_box("Random networks", about, random_networks)


def of_weather_networks() -> list[Table]:
    """Scores on trained networks."""
    about = (
        "The published network after 1,200 epochs on the published windows of weather, from other "
        "first weights and splits."
    )
    return white_box("Networks trained on weather", about, weather_networks)


_WHITE_BOX = (
    "Spearman's correlation with, and areas for finding the upper quarter of, the mean absolute "
    "Jacobian (`network_influence`); then the correlation with three other truths. Mean ± half of "
    "the 95 % interval over 10 networks. Rows and alignment are those of `information_flow`; "
    "Gaussian but for the last, the published one."
)


# ---- Whether 5 % are 5 %.

CALIBRATION_SEEDS = range(100)
CALIBRATION_ROWS = 500
NULLS = ["iid-shuffle", "block-permutation", "circular-shift", "lag-swap"]


def feedforward() -> list[Table]:
    """Whether ranks find the layers of feed-forward networks, trained and not."""
    settings = ClaimSettings()
    rows = []
    for depth, width in ((d, w) for d in (2, 3, 5, 8) for w in (5, 10, 25)):
        layers = (width, *([width] * depth), 2)
        found = {which: [] for which in ("trained", "untrained", "slope", "linear")}
        for seed in FEEDFORWARD_SEEDS:
            part = feedforward_ranks(settings.corrected_of(seed), settings.system_rows, layers)
            layer = part["layer"].to_numpy()
            for which, ranks in zip(("trained", "untrained"), part["rank"].to_numpy(), strict=True):
                known = np.isfinite(ranks)
                found[which].append(kendalltau(ranks[known], layer[known]).statistic)
                if which == "trained":
                    fit = linregress(layer[known], ranks[known])
                    found["slope"].append(fit.slope)
                    found["linear"].append(fit.rvalue**2)
        rows.append([f"{depth} of {width}", *[[*interval(found[which]), False] for which in found]])
        print(layers, end="; ", flush=True)
    return [
        Table(
            "Ranks of feed-forward networks",
            f"Hidden layers of tanh nodes, inputs AR(0.8) as many as a layer has nodes, 2 outputs, "
            f"streamed one layer a row, 500 rows, {len(FEEDFORWARD_SEEDS)} seeds; Gaussian flow of "
            "all pairs, edges significant by circular shift and lag swap (19 surrogates, pooled, "
            "FDR 10 %). Kendall's tau-b of rank and layer (ties keep it below 1), with and without "
            "training; slope and R² of ranks over layers: proportional is 1 and 1. Mean ± half of "
            "the 95 % interval.",
            [("hidden layers", "text"), ("trained", "score"), ("untrained", "score"),
             ("slope", "score"), ("R²", "score")],
            rows,
        )
    ]  # fmt: skip


def calibration() -> list[Table]:
    """Nominal and actual rates of false positives, on systems without any edge."""
    columns = [
        ("system", "text"), ("null", "text"), ("p ≤ 0.05", "percent"),
        ("FWER 5 %", "percent"), ("FDR 10 %", "percent"),
    ]  # fmt: skip
    systems = uncoupled()
    by_null = [
        row
        for name in ("S0", "S0b")
        for row in false_positives(name, systems[name], NULLS, 199, pool=True)
    ]
    by_default = [
        row
        for name, recording in systems.items()
        for row in false_positives(name, recording, ["auto", "circular-shift"], 99)
    ]
    shares = (
        "Share of edges with p ≤ 0.05, of samples with any edge at FWER 5 % (`p_fwer`), and with "
        "any at FDR 10 % (`q`): without edges every discovery is false, and none of the three "
        "should exceed the nominal rate. ± is half of the 95 % interval over samples."
    )
    return [
        Table(
            "Nominal and actual false positives",
            f"Flow of 20 nodes without edges, {CALIBRATION_ROWS} rows, Gaussian estimator, 199 "
            f"surrogates pooled over edges, {len(CALIBRATION_SEEDS)} seeds. S0: independent "
            "autoregressions, φ = 0.95; S0b: white noise upon one sine that all share. " + shares,
            columns,
            by_null,
        ),
        Table(
            "False positives of the default null",
            "Nodes without edges that share a calendar, an input, a stimulus or nothing; 20 nodes "
            "and 500 rows where not said otherwise, trials of 20 to 40 rows; Gaussian estimator, "
            f"99 surrogates, {len(CALIBRATION_SEEDS)} seeds. The circular shift alone stands "
            "beside it; it has no surrogates where the slowest node remembers too long. " + shares,
            columns,
            by_default,
        ),
    ]


def false_positives(
    name: str,
    recording: Callable[[int], isc.Recording],
    nulls: list[str],
    surrogates: int,
    pool: bool = False,
) -> list[list[Any]]:
    """Rows of a table: what each null calls significant in samples of a system without edges."""
    flows = [
        isc.information_flow(recording(seed), estimator=isc.Gaussian())
        for seed in CALIBRATION_SEEDS
    ]
    rows = []
    for null in nulls:
        calls = []
        for seed, flow in zip(CALIBRATION_SEEDS, flows, strict=True):
            try:
                found = flow.significance(null, surrogates=surrogates, random_state=seed, pool=pool)
            except isc.InputError:
                continue
            calls.append([
                float((found.p <= 0.05).sum() / found.tested.sum()),
                bool((found.p_fwer <= 0.05).any()),
                bool((found.q <= 0.1).any()),
            ])  # fmt: skip
        # A null that refuses most samples has no rate.
        enough = len(calls) > len(flows) // 2
        rates = (
            [list(rate(column)) for column in np.array(calls, float).T] if enough else [None] * 3
        )
        rows.append([name, null, *rates])
        print(name, null, rates, end="; ", flush=True)
    return rows


def rate(values: np.ndarray) -> tuple[float, float]:
    """A share, and half of its 95 % interval."""
    return float(values.mean()), float(1.96 * values.std(ddof=1) / np.sqrt(len(values)))
