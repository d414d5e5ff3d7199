"""Measure what RESULTS.md reports: our times, and peers on the same data in the same run.

make bench                      everything, writes benchmarks/RESULTS.md
make bench ARGS="--quick"       without training and the whole replication, prints only
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

import infoscope as isc

HERE = Path(__file__).parent
REPEATS = 5


def best_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Smallest wall time of several repeats: the least disturbed one on a shared machine."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def activations(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, hidden and outputs (130, 10, node) of a random recurrent network on AR(1) inputs."""
    x = np.empty((130, 10, 18))
    x[:, 0] = random.normal(size=(130, 18))
    for t in range(1, 10):
        x[:, t] = 0.8 * x[:, t - 1] + 0.6 * random.normal(size=(130, 18))
    into, among = random.normal(size=(18, 25)) / 4, random.normal(size=(25, 25)) / 6
    h = np.zeros((130, 10, 25))
    for t in range(10):
        h[:, t] = np.tanh(x[:, t] @ into + (h[:, t - 1] @ among if t else 0.0))
    return x, h, h @ random.normal(size=(25, 2)) / 3


def estimates() -> list[tuple[str, float, str, str]]:
    """Rows (what, seconds, bar, aim) of the estimators."""
    x, h, o = activations(np.random.default_rng(0))
    rec = isc.Recording.from_arrays(inputs=x, hidden=h, outputs=o)
    ksg = isc.KSG(k=10, jitter=1e-10)
    layer, inputs = h.reshape(-1, 25), x.reshape(-1, 18)
    nodes = rec.rows("all")
    isc.information_flow(rec, estimator=ksg)  # compiles
    isc.tse_complexity(nodes[:100])
    isc.mutual_information(layer, inputs, estimator=ksg)
    return [
        (
            "all flows of 45 nodes, 910 rows, k = 10 (2,970 mutual informations)",
            best_seconds(lambda: isc.information_flow(rec, estimator=ksg)),
            "1.5 s",
            "0.5 s",
        ),
        (
            "I(h; x), 25 + 18 dimensions, 1,300 rows",
            best_seconds(lambda: isc.mutual_information(layer, inputs, estimator=ksg), 20),
            "20 ms",
            "8 ms",
        ),
        (
            "TSE of 45 nodes, 1,300 rows, 5 subsets a size",
            best_seconds(lambda: isc.tse_complexity(nodes)),
            "0.8 s",
            "0.3 s",
        ),
    ]


def peers() -> list[tuple[str, float, float, float]]:
    """Rows (what, our seconds, the peer's seconds, difference of the values in bits)."""
    import infomeasure
    from sklearn.feature_selection import mutual_info_regression

    random = np.random.default_rng(1)
    rows = []
    for n in (1000, 10000):
        a = random.normal(size=n)
        b = 0.6 * a + 0.8 * random.normal(size=n)
        # scikit-learn divides by the standard deviation and adds noise of 1e-10 of it.
        ours = best_seconds(
            lambda a=a, b=b: isc.mutual_information(a, b, estimator=isc.KSG(k=10), n_jobs=1)
        )
        theirs = best_seconds(
            lambda a=a, b=b: mutual_info_regression(a[:, None], b, n_neighbors=10, random_state=0)
        )
        value = mutual_info_regression(a[:, None], b, n_neighbors=10, random_state=0)[0] / np.log(2)
        scaled = isc.KSG(k=10, scale="zscore")
        gap = abs(isc.mutual_information(a, b, estimator=scaled).bits - value)
        rows.append((f"one pair, n = {n:,}, scikit-learn, one thread each", ours, theirs, gap))
    x, h, _ = activations(random)
    layer, inputs = h.reshape(-1, 25), x.reshape(-1, 18)
    ksg = isc.KSG(k=10)

    def infomeasure_bits() -> float:
        return infomeasure.mutual_information(
            layer, inputs, approach="ksg", k=10, noise_level=0, base=2
        )

    ours = best_seconds(lambda: isc.mutual_information(layer, inputs, estimator=ksg))
    theirs = best_seconds(infomeasure_bits, 2)
    gap = abs(isc.mutual_information(layer, inputs, estimator=ksg).bits - infomeasure_bits())
    rows.append(("I(h; x), 25 + 18 dimensions, 1,300 rows, infomeasure", ours, theirs, gap))
    return rows


def start_times() -> list[tuple[str, float, str, str]]:
    """Rows (what, seconds, bar, aim) of starting up, in fresh processes."""
    command = Path(sys.executable).parent / "infoscope"
    imports = [sys.executable, "-c", "import infoscope"]

    def run(arguments: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(arguments, check=True, capture_output=True)

    return [
        ("`infoscope --help`", best_seconds(run([str(command), "--help"])), "0.4 s", ""),
        ("`import infoscope`", best_seconds(run(imports)), "1 s", ""),
    ]


def replication() -> list[tuple[str, float, str, str]]:
    """Rows (what, seconds or MB, bar, aim) of the whole main job, one seed, compiled kernels."""
    command = Path(sys.executable).parent / "infoscope"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        began = time.perf_counter()
        subprocess.run([str(command), "replicate", "--out", str(out)], check=True)
        seconds = time.perf_counter() - began
        summary = json.loads((out / "summary.json").read_text())
    return [
        ("training, 1200 epochs, 133 windows", summary["timing"]["training"], "120 s", "60 s"),
        ("`infoscope replicate`, everything, one seed", seconds, "240 s", "120 s"),
        ("peak memory, MB", summary["peak_memory_mb"], "1500", ""),
    ]


def as_time(seconds: float) -> str:
    """A time with three digits."""
    return f"{1e3 * seconds:.3g} ms" if seconds < 0.1 else f"{seconds:.3g} s"


def report(ours: list[tuple[str, float, str, str]], rivals: list) -> str:
    """The page of results."""
    packages = ("infoscope", "numpy", "numba", "torch", "scikit-learn", "infomeasure")
    lines = [
        "# Benchmark results",
        "",
        "Written by `make bench`. Wall time, the best of several repeats, kernels compiled; the",
        "machine is shared, and two runs differ by tens of percent.",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
        + ".",
        "",
        "| | measured | bar | aim |",
        "|---|---|---|---|",
    ]
    for what, value, bar, aim in ours:
        shown = f"{value:.0f}" if "MB" in what else as_time(value)
        lines.append(f"| {what} | {shown} | {bar} | {aim} |")
    lines += [
        "",
        "## Beside others, same data, same run",
        "",
        "| | infoscope | peer | ratio | values differ by (bits) |",
        "|---|---|---|---|---|",
    ]
    for what, mine, theirs, gap in rivals:
        lines.append(
            f"| {what} | {as_time(mine)} | {as_time(theirs)} | {theirs / mine:.1f} | {gap:.1e} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmarks and write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="estimators and start-up only")
    quick = parser.parse_args().quick
    page = report(estimates() + start_times() + ([] if quick else replication()), peers())
    print(page)
    if not quick:
        (HERE / "RESULTS.md").write_text(page)


if __name__ == "__main__":
    main()
