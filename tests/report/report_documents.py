"""Documents with known content for the tests and benchmarks of the report."""

import numpy as np
import pandas as pd

from infoscope.report.document import (
    Document,
    Finding,
    Learning,
    Level,
    Mark,
    MatrixView,
    NetworkView,
    Picture,
    Warning,
)

HOSTILE = (
    "<script>window.broken = 1</script>",
    '"><img src=x onerror="window.broken = 2">',
    "</script><script>window.broken = 3</script>",
    "two\nlines\u2028and more",
    "a & b 'quoted' \\ $x_{1$",
    "{{ 7 * 7 }}{% raw %}",
    "مرحبا \u202e reversed",
    "long " * 60,
    "<!-- comment",
    "javascript:alert(1)",
)


def nodes_of(inputs: int, hidden: int, outputs: int, seed: int = 0) -> pd.DataFrame:
    """Nodes with roles, ranks that rise with the role, and what is known of each."""
    random = np.random.default_rng(seed)
    n = inputs + hidden + outputs
    roles = ["input"] * inputs + ["hidden"] * hidden + ["output"] * outputs
    base = np.repeat([-0.6, 0.1, 0.8], [inputs, hidden, outputs])
    rank = base + random.normal(scale=0.22, size=n)
    names = [f"x{i}" for i in range(inputs)] + [f"h{i}" for i in range(hidden)]
    return pd.DataFrame(
        {
            "role": roles,
            "layer": np.repeat([0, 1, 2], [inputs, hidden, outputs]),
            "rank": rank,
            "rank_low": rank - 0.1,
            "rank_high": rank + 0.1,
            "entropy": random.normal(2.0, 0.6, n),
            "input_information": random.gamma(2.0, 0.4, n),
            "target_information": random.gamma(2.0, 0.3, n),
            "mean": random.normal(size=n),
            "sd": random.gamma(2.0, 0.2, n),
            "constant": np.arange(n) == 3,
        },
        index=[*names, *(f"y{i}" for i in range(outputs))],
    )


def flow_of(nodes: pd.DataFrame, seed: int = 0, measure: str = "flow", lag: int = 1) -> MatrixView:
    """Flows that are larger up the ranks, with p, levels and marks; node 3 has no estimates."""
    random = np.random.default_rng(seed)
    n = len(nodes)
    rank = nodes["rank"].to_numpy()
    noise = random.normal(scale=0.05, size=(n, n))
    rise = np.clip(rank[None, :] - rank[:, None], 0, None)
    true = (random.random((n, n)) < 0.35) & (rise > 0.15)
    values = noise + np.where(true, 0.35 * rise + random.gamma(2.0, 0.05, (n, n)), 0.0)
    possible = ~np.eye(n, dtype=bool) & (nodes["role"] != "input").to_numpy()[None, :]
    values[3], values[:, 3] = np.nan, np.nan
    values[~possible] = np.nan
    z = values / 0.05
    p = np.exp(-0.717 * z - 0.416 * z * z)
    p = np.where(z < 0, 0.5 + 0.5 * (1 - np.exp(-np.abs(z))), np.clip(p, 1e-9, 1))
    pairs = int(np.isfinite(values).sum())
    p_fwer = np.minimum(1.0, p * pairs)
    q = q_of(p)
    thresholds = np.linspace(0, 0.6, 121)
    false = np.column_stack([thresholds, pairs * np.exp(-((thresholds / 0.05) ** 2) / 2) / 2])
    title = {"flow": "Information flow", "influence": "Influence"}[measure]
    return MatrixView(
        measure=measure,
        title=title,
        unit="bits" if measure == "flow" else "sd",
        values=values,
        error=0.004,
        lag=lag,
        question="How much more does the source say about the target a step later than now?",
        possible=possible,
        p=p,
        q=q,
        p_fwer=p_fwer,
        reasons=("the node is constant",),
        levels=(
            Level("FWER 5 %", "fwer", 0.05, float(np.nanmin(values[p_fwer <= 0.05]))),
            Level("FDR 10 %", "fdr", 0.1, float(np.nanmin(values[q <= 0.1]))),
        ),
        marks=(Mark("paper 0.06", 0.06), Mark("paper 0.3", 0.3), Mark("paper 0.4", 0.4)),
        false_edges=false,
    )


def q_of(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's q of the entries that are not NaN."""
    q, known = np.full(p.shape, np.nan), ~np.isnan(p)
    order = np.argsort(p[known])
    steps = p[known][order] * known.sum() / np.arange(1, known.sum() + 1)
    found = np.empty(known.sum())
    found[order] = np.minimum(1.0, np.minimum.accumulate(steps[::-1])[::-1])
    q[known] = found
    return q


def network_of(name: str, nodes: pd.DataFrame, seed: int, lags: tuple[int, ...] = (1, 2)):
    """A network with flow at some lags, influence, and activity."""
    steps = np.arange(200)
    phases = np.random.default_rng(seed).uniform(0, 6, len(nodes))
    activity = np.sin(steps / 9 + phases[:, None]) + 0.2 * np.cos(steps * phases[:, None])
    views = [flow_of(nodes, seed + lag, lag=lag) for lag in lags]
    return NetworkView(
        name,
        nodes,
        (*views, flow_of(nodes, seed + 9, "influence")),
        f"The network as {name}, analysed at its last epoch.",
        activity,
    )


def learning_of(seeds: int = 4) -> Learning:
    """Planes of two layers over some seeds, and three indicators, one of them with onsets."""
    random = np.random.default_rng(1)
    epochs = [0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1200]
    planes = [
        {
            "layer": layer,
            "seed": seed,
            "epoch": epoch,
            "x": 1.2 + 0.8 * t * np.exp(-t) + scale + random.normal(scale=0.05),
            "y": 0.2 + 0.9 * (1 - np.exp(-2 * t)) * scale + random.normal(scale=0.02),
            "x_error": 0.05,
            "y_error": 0.02,
            "valid": epoch >= 2,
        }
        for layer, scale in (("hidden", 1.0), ("output", 0.7))
        for seed in range(seeds)
        for epoch, t in ((e, np.log1p(e) / 3) for e in epochs)
    ]
    curves = [
        {
            "curve": curve,
            "part": part,
            "epoch": epoch,
            "value": value,
            "low": value - 0.05,
            "high": value + 0.05,
            "valid": epoch >= 2,
            "unit": unit,
        }
        for curve, unit, fall in (("error", "sd", 0.9), ("tse_complexity", "bits", -0.4))
        for part in ("training", "validation")
        for epoch in epochs
        for value in [1 - fall * (1 - np.exp(-epoch / 120)) + 0.1 * (part == "validation")]
    ]
    onsets = [{"curve": "error", "epoch": 5, "what": "onset of learning"}]
    return Learning(pd.DataFrame(curves), pd.DataFrame(planes), pd.DataFrame(onsets))


def claims_table() -> pd.DataFrame:
    """Two claims in two modes."""
    words = {"published": ("supported", "refuted"), "corrected": ("inconclusive", "refuted")}
    titles = ("Ranks rise from inputs to outputs", "Degrees in and out are negatively correlated")
    return pd.DataFrame(
        [
            {
                "claim": f"C{i + 1}",
                "title": titles[i],
                "mode": mode,
                "verdict": verdicts[i],
                "statistic": "Kendall's tau of rank and role",
                "rule": "above 0",
                "part_verdict": verdicts[i],
                "value": 0.31 - i,
                "low": 0.12 - i,
                "high": 0.52 - i,
                "seeds": 20,
                "asked": 20,
                "flags": "",
                "reason": "",
            }
            for i in range(2)
            for mode, verdicts in words.items()
        ]
    )


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><script>window.broken=9</script>'
    b'<path d="M0 20 40 0" stroke="black"/></svg>'
)


def weather_document() -> Document:
    """The size of the paper's run: 45 nodes, published and corrected, with every part."""
    nodes = nodes_of(18, 25, 2)
    ladder = pd.DataFrame(
        {"step": ["published", "+ 1", "+ 1–2"], "edges": [812, 640, 212], "tau": [0.4, 0.62, 0.71]}
    )
    return Document(
        title="A fully recurrent network that predicts tomorrow's temperature",
        question=(
            "Does training give a fully recurrent network a direction, from inputs through hidden "
            "neurons to outputs, and can it be seen in the flow of information?"
        ),
        findings=(
            Finding(
                "Information flows from inputs to outputs: 212 of 1,130 possible edges are "
                "significant, and 94 % of them climb in rank.",
                "FDR 10 %, block shifts and lag swap, 999 surrogates; directedness 0.71 "
                "[0.66, 0.75].",
            ),
            Finding(
                "Hidden neurons stand between inputs and outputs in rank.",
                "Kendall's tau 0.62 [0.51, 0.71] over 20 seeds; 0.02 in untrained networks.",
            ),
            Finding(
                "Hidden information about the targets rises during training and never falls.",
                "0.21 to 0.88 bits; largest later decrease 0.03 [-0.01, 0.06] bits.",
            ),
            Finding(
                "Four of the paper's five thresholds keep mostly edges that untrained networks "
                "have as well.",
                "At 0.06 bits 812 edges, 640 expected without any true edge.",
            ),
        ),
        undecided=(
            "Whether TSE complexity leads the error: its standard error, 14 bits, exceeds the "
            "change from epoch 0 to 20.",
            "Whether the network needs its recurrence: without it the test error rises by 0.02 °C "
            "[-0.03, 0.07].",
        ),
        warnings=(
            Warning(
                "One neuron is constant on all rows, so 72 pairs have no estimate.",
                "Train with another seed or a smaller learning rate if the neuron matters.",
            ),
            Warning(
                "The effective sample size of 1,344 autocorrelated rows is about 150.",
                "Read flows below 0.06 bits as noise; more years of data lower this limit.",
            ),
        ),
        networks=(network_of("published", nodes, 0), network_of("corrected", nodes, 100)),
        learning=learning_of(),
        claims=claims_table(),
        ladder=ladder,
        pictures=(Picture("Figure 1", "Information flow graphs.", SVG),),
        methods=(
            "Information flow is delayed minus instantaneous mutual information (KSG, k = 4).\n\n"
            "Significance is from 999 surrogates."
        ),
        bibtex="@article{kraskov2004, title={Estimating mutual information}, year={2004}}",
        provenance={"infoscope": "0.1.0", "data": "weather.csv", "seed": 0, "rows": 1344},
        rerun="infoscope replicate --seed 0 --out runs/seed-0",
    )


def large_document(hidden: int = 450) -> Document:
    """500 nodes with all 250,000 cells of one matrix."""
    nodes = nodes_of(40, hidden, 10)
    network = network_of("reservoir", nodes, 3, lags=(1,))
    one = NetworkView("reservoir", nodes, network.measures[:1], "", network.activity)
    return Document(
        f"A reservoir of {len(nodes)} units",
        "Which units pass information on?",
        findings=(Finding("Most units pass information on."),),
        networks=(one,),
    )


def odd_document() -> Document:
    """Networks without nodes, with one, without estimates or matrices, and gaps in curves."""
    two = pd.DataFrame(index=["a\nb", "a b"])
    nothing = MatrixView("f", "Flow", "bits", np.full((2, 2), np.nan))
    infinite = MatrixView("g", "Other", "bits", [[0.0, np.inf], [-0.5, 0.0]], lag=0)
    three = pd.DataFrame({"rank": np.nan, "role": None}, index=[1, 2, 3])
    zero = MatrixView("f", "Flow", "bits", np.zeros((3, 3)), possible=np.zeros((3, 3), bool))
    curves = pd.DataFrame(
        {"curve": list("aabb"), "epoch": [0, 1, 0, np.nan], "value": [np.nan, np.inf, 1.0, 2.0]}
    )
    planes = pd.DataFrame(
        {
            "layer": ["a", "a", "b"],
            "epoch": [0, 1, 1],
            "x": [np.nan, 1, np.inf],
            "y": 1.0,
            "x_error": [np.nan, np.inf, 1],
        }
    )
    return Document(
        "Odd",
        networks=(
            NetworkView("two", two, (nothing, infinite), "", np.full((2, 5), np.nan)),
            NetworkView("one", pd.DataFrame(index=["a"]), (MatrixView("f", "F", "", [[1.0]]),)),
            NetworkView(
                "none", pd.DataFrame(index=[]), (MatrixView("f", "F", "", np.ones((0, 0))),)
            ),
            NetworkView("bare", pd.DataFrame(index=["a", "b"])),
            NetworkView("impossible", three, (zero,)),
        ),
        learning=Learning(curves, planes),
        ladder=pd.DataFrame(),
    )


def hostile_document() -> Document:
    """Markup, line ends and control characters wherever a text can stand."""
    n = len(HOSTILE)
    nodes = pd.DataFrame(
        {"role": [*HOSTILE[:3], *["hidden"] * (n - 3)], HOSTILE[0]: HOSTILE[::-1]},
        index=list(HOSTILE),
    )
    nodes["rank"] = np.linspace(-1, 1, n)
    text = HOSTILE[2] + HOSTILE[1]
    values = np.random.default_rng(0).normal(size=(n, n))
    values[0, 1] = np.nan
    view = MatrixView(
        text,
        text,
        HOSTILE[0],
        values,
        question=text,
        reasons={(HOSTILE[0], HOSTILE[1]): text},
        q=np.abs(values),
        levels=(Level(text, "fdr", 0.3),),
        marks=(Mark(HOSTILE[0], 0.5),),
    )
    curves = pd.DataFrame(
        {"curve": text, "part": HOSTILE[0], "unit": text, "epoch": [0, 1], "value": [1.0, 2.0]}
    )
    planes = pd.DataFrame({"layer": text, "epoch": [0, 1], "x": [0.0, 1.0], "y": [0.0, 1.0]})
    onsets = pd.DataFrame({"curve": [text], "epoch": [1], "what": [HOSTILE[1]]})
    claims = claims_table().assign(title=text, statistic=text, reason=text, mode=HOSTILE[0])
    return Document(
        title=text,
        question=text,
        findings=(Finding(text, text),),
        undecided=(text,),
        warnings=(Warning(text, text),),
        networks=(NetworkView(text, nodes, (view,), text),),
        learning=Learning(curves, planes, onsets),
        claims=claims,
        ladder=pd.DataFrame({text: [text]}),
        pictures=(Picture(text, text, SVG),),
        methods=text,
        bibtex=text,
        provenance={text: text},
        rerun=text,
    )
