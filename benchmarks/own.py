"""Our own times: the analyses of the paper, starting up, compiling, the whole replication."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measure import activations, best_seconds, fresh_process
from report import Table
from scipy import sparse

import infoscope as isc

COLUMNS = [("", "text"), ("measured", "seconds"), ("bar", "text"), ("aim", "text")]
BARS = "The bar must hold, the aim is what we try for."

FIRST_CALL = """
import time
began = time.perf_counter()
import numpy as np
import infoscope as isc
data = np.random.default_rng(0).normal(size=(1000, 4))
def took():
    global began
    now = time.perf_counter()
    seconds, began = now - began, now
    return seconds
times = [took()]
isc.mutual_information(data[:, 0], data[:, 1]); times.append(took())
isc.pairwise_information(data); times.append(took())
isc.mutual_information(data[:, :2], data[:, 2:]); times.append(took())
print(*times)
"""


def estimates() -> list[Table]:
    """The analyses of one snapshot of the paper's network."""
    x, h, o = activations(np.random.default_rng(0))
    rec = isc.Recording.from_arrays(inputs=x, hidden=h, outputs=o)
    ksg = isc.KSG(k=10, jitter=1e-10)
    layer, inputs = h.reshape(-1, 25), x.reshape(-1, 18)
    nodes = rec.rows("all")
    isc.information_flow(rec, estimator=ksg)  # compiles
    isc.tse_complexity(nodes[:100])
    isc.mutual_information(layer, inputs, estimator=ksg)
    rows = [
        [
            "all flows of 45 nodes, 910 rows, k = 10 (2,970 mutual informations)",
            best_seconds(lambda: isc.information_flow(rec, estimator=ksg)),
            "1.5 s",
            "0.5 s",
        ],
        [
            "I(h; x), 25 + 18 dimensions, 1,300 rows",
            best_seconds(lambda: isc.mutual_information(layer, inputs, estimator=ksg), 20),
            "20 ms",
            "8 ms",
        ],
        [
            "TSE of 45 nodes, 1,300 rows, 5 subsets a size",
            best_seconds(lambda: isc.tse_complexity(nodes)),
            "0.8 s",
            "0.3 s",
        ],
    ]
    return [Table("One snapshot of the paper's network", BARS, COLUMNS, rows)]


def start() -> list[Table]:
    """Starting up, in fresh processes."""
    command = Path(sys.executable).parent / "infoscope"
    imports = [sys.executable, "-c", "import infoscope"]

    def run(arguments: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(arguments, check=True, capture_output=True)

    rows = [
        ["`infoscope --help`", best_seconds(run([str(command), "--help"])), "0.4 s", ""],
        ["`import infoscope`", best_seconds(run(imports)), "1 s", ""],
    ]
    return [Table("Starting", BARS, COLUMNS, rows)]


def compiling() -> list[Table]:
    """The first calls of all, and those of a later process, which finds the kernels on disk."""
    columns = [
        ("process", "text"),
        ("import", "seconds"),
        ("one pair", "seconds"),
        ("all pairs", "seconds"),
        ("vectors", "seconds"),
    ]
    with tempfile.TemporaryDirectory() as cache:
        runs = [
            [float(word) for word in fresh_process(FIRST_CALL, NUMBA_CACHE_DIR=cache).split()]
            for _ in range(3)
        ]
    later = [min(times) for times in zip(*runs[1:], strict=True)]
    return [
        Table(
            "First calls of a process",
            "The first process after an installation compiles, later ones load what it kept. "
            "Seconds of the import of numpy and infoscope, then of the first `mutual_information` "
            "of two scalars, the first `pairwise_information` and the first "
            "`mutual_information` of vectors, 1,000 rows.",
            columns,
            [["first after an installation", *runs[0]], ["later", *later]],
        )
    ]


def significance() -> list[Table]:
    """What is asked of graphs and of many seeds: surrogates, ranks, training together."""
    x, h, o = activations(np.random.default_rng(0))
    rec = isc.Recording.from_arrays(inputs=x, hidden=h, outputs=o)
    flow = isc.information_flow(rec, estimator=isc.KSG(k=10, jitter=1e-10), edges="structural")
    flow.significance("lag-swap", surrogates=2)  # compiles
    began = time.perf_counter()
    flow.significance("lag-swap", surrogates=200)
    surrogates = time.perf_counter() - began
    edges = int(flow.flow.notnull().sum())
    graph = _million_edges()
    isc.rank_nodes(graph)
    one, twenty = _trainings()
    rows = [
        [
            f"200 surrogates of all structural edges ({edges:,} edges, {flow.n} rows) and of the "
            "pairs that can have none",
            surrogates,
            "120 s",
            "40 s",
        ],
        [
            "exact ranking of 10,000 nodes and 1,000,000 edges",
            best_seconds(lambda: isc.rank_nodes(graph)),
            "10 s",
            "2 s",
        ],
        ["training 20 seeds together, 300 epochs", twenty, f"{6 * one:.3g} s", f"{3 * one:.3g} s"],
    ]
    return [
        Table(
            "Significance, ranks, many seeds",
            f"{BARS} Training one seed as a published run does takes {one:.3g} s: the bar of "
            "twenty is six times that, the aim three times.",
            COLUMNS,
            rows,
        )
    ]


def _million_edges() -> sparse.csr_array:
    random = np.random.default_rng(0)
    ends = random.integers(0, 10_000, (2, 1_050_000))
    ends = np.unique(ends[:, ends[0] != ends[1]], axis=1)
    chosen = random.permutation(ends.shape[1])[:1_000_000]
    return sparse.csr_array((np.ones(1_000_000), tuple(ends[:, chosen])), shape=(10_000, 10_000))


def _trainings() -> tuple[float, float]:
    """Seconds of the published training of one seed, and of the ensemble of twenty."""
    from infoscope.networks import (
        EnsembleMember,
        FullyRecurrent,
        TrainingSettings,
        train,
        train_ensemble,
    )

    x, _, o = activations(np.random.default_rng(0))
    settings = TrainingSettings(epochs=300)
    members = [
        EnsembleMember(FullyRecurrent(18, 25, 2, random_state=seed), x, o, settings)
        for seed in range(20)
    ]
    train_ensemble(members[:1])
    one = best_seconds(
        lambda: train(FullyRecurrent(18, 25, 2, random_state=0), x, o, settings=settings), 2
    )
    return one, best_seconds(lambda: train_ensemble(members), 2)


def replication() -> list[Table]:
    """The whole main job, one seed, both modes, compiled kernels."""
    command = Path(sys.executable).parent / "infoscope"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        began = time.perf_counter()
        subprocess.run([str(command), "replicate", "--out", str(out)], check=True)
        seconds = time.perf_counter() - began
        summary = json.loads((out / "summary.json").read_text())
    rows = [
        ["training, 1200 epochs, 133 windows", summary["timing"]["training"], "120 s", "60 s"],
        ["`infoscope replicate`, both modes, one seed", seconds, "480 s", "240 s"],
    ]
    memory = [["`infoscope replicate`", summary["peak_memory_mb"], "1500 MB"]]
    return [
        Table("The replication", BARS, COLUMNS, rows),
        Table("", "", [("", "text"), ("peak memory, MB", "MB"), ("bar", "text")], memory),
    ]
