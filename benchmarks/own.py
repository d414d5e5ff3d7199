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


def replication() -> list[Table]:
    """The whole main job, one seed, compiled kernels."""
    command = Path(sys.executable).parent / "infoscope"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        began = time.perf_counter()
        subprocess.run([str(command), "replicate", "--out", str(out)], check=True)
        seconds = time.perf_counter() - began
        summary = json.loads((out / "summary.json").read_text())
    rows = [
        ["training, 1200 epochs, 133 windows", summary["timing"]["training"], "120 s", "60 s"],
        ["`infoscope replicate`, everything, one seed", seconds, "240 s", "120 s"],
    ]
    memory = [["`infoscope replicate`", summary["peak_memory_mb"], "1500 MB"]]
    return [
        Table("The replication", BARS, COLUMNS, rows),
        Table("", "", [("", "text"), ("peak memory, MB", "MB"), ("bar", "text")], memory),
    ]
