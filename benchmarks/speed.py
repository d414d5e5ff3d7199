"""All-pairs KSG beside scikit-learn, and how its time grows with rows, nodes and threads."""

import json
from functools import partial
from itertools import combinations

import numpy as np
from measure import best_seconds, correlated, fresh_process, scikit_learn_bits
from report import Table

import infoscope as isc

# scikit-learn divides by the standard deviation, so ours does too: the same work, same values.
KSG10 = isc.KSG(k=10, scale="zscore")
# What is done with n rows: nodes of ours, pairs and repeats of the peer.
SIZES = {1_000: (32, 20, 5), 10_000: (16, 4, 3), 100_000: (6, 2, 2)}
WEAK, STRONG = 0.3, 0.99
MORE_ROWS = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
MANY_ZEROS = (5_000, 10_000, 20_000, 40_000)
MORE_NODES = (16, 64, 256, 1024)

MEMORY = """
import json, time
import numpy as np
import infoscope as isc
def peak():
    # Not ru_maxrss: on Linux it begins with what the process that started this one held.
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
estimator = isc.KSG(k=10)
data = np.random.default_rng(0).normal(size=({rows}, {nodes}))
isc.pairwise_information(data[:, :3], estimator=estimator)
before, began = peak(), time.perf_counter()
isc.pairwise_information(data, estimator=estimator)
seconds = time.perf_counter() - began
print(json.dumps([seconds, peak() - before]))
"""


def warm() -> None:
    """Compile, or load, the kernels."""
    isc.pairwise_information(correlated(200, 3, 0.5), estimator=KSG10)


def per_pair(
    data: np.ndarray, n_jobs: int = -1, repeats: int = 5, estimator: isc.KSG = KSG10
) -> float:
    """Seconds of one pair among all pairs of columns."""
    nodes = data.shape[1]
    seconds = best_seconds(
        lambda: isc.pairwise_information(data, estimator=estimator, n_jobs=n_jobs), repeats
    )
    return seconds / (nodes * (nodes - 1) / 2)


def peer_per_pair(data: np.ndarray, pairs: int, repeats: int) -> float:
    """Seconds of one pair by scikit-learn, called pair by pair."""
    some = list(combinations(range(data.shape[1]), 2))[:pairs]
    seconds = best_seconds(
        lambda: [scikit_learn_bits(data[:, a], data[:, b]) for a, b in some], repeats, 15.0
    )
    return seconds / pairs


def largest_gap(data: np.ndarray, pairs: int) -> float:
    """How far two tools are apart in bits, at most, over some pairs; scikit-learn clips at 0."""
    ours = isc.pairwise_information(data, estimator=KSG10).to_numpy()
    some = list(combinations(range(data.shape[1]), 2))[:pairs]
    return max(
        abs(max(ours[a, b], 0.0) - scikit_learn_bits(data[:, a], data[:, b])) for a, b in some
    )


def beside_scikit_learn() -> list[Table]:
    """All pairs, weak and strong dependence, and how both tools take to each."""
    warm()
    rows, found = [], {}
    for n, (nodes, pairs, repeats) in SIZES.items():
        for rho in (WEAK, STRONG):
            data = correlated(n, nodes, rho)
            both = per_pair(data, -1, repeats)
            one = per_pair(data, 1, repeats)
            peer = peer_per_pair(data, pairs, repeats)
            found[n, rho] = (both, one, peer)
            gap = largest_gap(data, min(pairs, 4))
            rows.append([n, rho, both, one, peer, peer / both, peer / one, gap])
    columns = [
        ("rows", "count"),
        ("ρ", "text"),
        ("infoscope, all cores", "milliseconds"),
        ("infoscope, one thread", "milliseconds"),
        ("scikit-learn, one thread", "milliseconds"),
        ("ratio, all cores", "ratio"),
        ("ratio, one thread", "ratio"),
        ("values differ by", "gap"),
    ]
    about = (
        "KSG, algorithm 1, k = 10, of every two of correlated Gaussian columns: milliseconds a "
        "pair by `pairwise_information` and by `mutual_info_regression`, called pair by pair; how "
        "many times as long the latter takes; the largest difference of their values in bits. "
        "scikit-learn adds noise of 1e-10, which among very many points changes a count now and "
        "then."
    )
    return [Table("All pairs", about, columns, rows), _shapes(found)]


def _shapes(found: dict[tuple[int, float], tuple[float, float, float]]) -> Table:
    """Strong against weak dependence, and ten times the rows, for ours and the peer's times."""
    rows = []
    for name, place in (("infoscope, one thread", 1), ("scikit-learn", 2)):
        strong = [found[n, STRONG][place] / found[n, WEAK][place] for n in SIZES]
        tenfold = [found[100_000, rho][place] / found[10_000, rho][place] for rho in (WEAK, STRONG)]
        rows.append([name, *strong, *tenfold])
    columns = [
        ("", "text"),
        *((f"strong / weak, {n:,}", "ratio") for n in SIZES),
        ("100,000 / 10,000, weak", "ratio"),
        ("100,000 / 10,000, strong", "ratio"),
    ]
    about = (
        "Time of a strongly dependent pair over that of a weakly dependent one, by rows, and of "
        "100,000 rows over that of 10,000: 10 is the same work for every point."
    )
    return Table("Strong dependence and many rows", about, columns, rows)


def hard_data() -> list[Table]:
    """Heavy tails and ties."""
    warm()
    n, nodes = 10_000, 16
    normal = correlated(n, nodes, WEAK)
    uniform_noise = isc.KSG(k=10, scale="zscore", jitter=1e-10)
    cauchy = correlated(n, nodes, WEAK) / np.abs(np.random.default_rng(2).normal(size=(n, 1)))
    cases = [
        ("Gaussian, ρ = 0.3", normal, KSG10, True),
        ("Cauchy", cauchy, KSG10, True),
        ("integers, about 40 values, noise of 1e-10", np.round(6 * normal), uniform_noise, True),
        ("the same without noise", np.round(6 * normal), KSG10, False),
    ]
    rows = []
    for name, data, estimator, has_peer in cases:
        ours = per_pair(data, 1, 3, estimator)
        peer = peer_per_pair(data, 4, 3) if has_peer else None
        exact = has_peer and estimator is KSG10
        gap = largest_gap(data, 4) if exact else None
        rows.append([name, ours, peer, peer / ours if peer else None, gap])
    columns = [
        ("10,000 rows", "text"),
        ("infoscope, one thread", "milliseconds"),
        ("scikit-learn, one thread", "milliseconds"),
        ("ratio", "ratio"),
        ("values differ by", "gap"),
    ]
    about = (
        "Milliseconds a pair where densities differ much, and where values are tied. scikit-learn "
        "always adds noise of its own, which inside a cluster of ties the value describes: there "
        "is nothing to compare."
    )
    return [Table("Heavy tails and ties", about, columns, rows)]


def many_zeros() -> list[Table]:
    """Variables that are 0 in 99 of 100 rows, by rows: copies must not cost by the square."""
    jittered = isc.KSG(k=4, scale="zscore", jitter=1e-10)
    mixed, ross = isc.MixedKSG(k=4, form="mesner-shalizi"), isc.Ross(k=4)
    rows = []
    for n in (500, *MANY_ZEROS):
        random = np.random.default_rng(5)
        x, y, z = np.where(random.random((3, n)) < 0.99, 0.0, random.random((3, n)))
        label = random.integers(0, 2, n)
        calls = [
            partial(isc.mutual_information, x, y, estimator=jittered, n_jobs=1),
            partial(isc.mutual_information, x, y, estimator=isc.KSG(k=4, variant=2), n_jobs=1),
            partial(isc.mutual_information, x, y, estimator=mixed, n_jobs=1),
            partial(isc.mutual_information, x, y, given=z, estimator=mixed, n_jobs=1),
            partial(isc.mutual_information, label, x, estimator=ross, n_jobs=1),
            partial(scikit_learn_bits, x, y, k=4),
        ]
        times = [best_seconds(call, 5) for call in calls]
        rows.append([n, *times, times[-1] / max(times[:-1])])
    columns = [
        ("rows", "count"),
        ("KSG with jitter", "seconds"),
        ("KSG, algorithm 2", "seconds"),
        ("MixedKSG", "seconds"),
        ("MixedKSG, given a third", "seconds"),
        ("Ross, of a label", "seconds"),
        ("scikit-learn", "seconds"),
        ("ratio to the slowest", "ratio"),
    ]
    about = (
        "Two or three variables that are 0 in 99 of 100 rows, or one and a label of two values, "
        "k = 4, one thread, scikit-learn's `mutual_info_regression` in the same run; how many "
        "times as long it takes as the slowest of ours."
    )
    return [Table("Many zeros", about, columns, rows[1:])]  # the first compiles


def more_rows() -> list[Table]:
    """Time by rows."""
    warm()
    rows = []
    for n in MORE_ROWS:
        nodes = 16 if n <= 10_000 else 5
        weak, strong = (per_pair(correlated(n, nodes, rho), 1, 3) for rho in (WEAK, STRONG))
        rows.append([n, weak, strong, 1e6 * weak / n, 1e6 * strong / n])
    columns = [
        ("rows", "count"),
        ("ms a pair, ρ = 0.3", "milliseconds"),
        ("ms a pair, ρ = 0.99", "milliseconds"),
        ("µs a point, ρ = 0.3", "ratio"),
        ("µs a point, ρ = 0.99", "ratio"),
    ]
    about = "All-pairs KSG, k = 10, one thread: time of a pair, and of a pair's point."
    return [Table("With rows", about, columns, rows)]


def more_nodes() -> list[Table]:
    """Time and memory by nodes, each in a process of its own."""
    rows = []
    for nodes in MORE_NODES:
        pairs = nodes * (nodes - 1) // 2
        seconds, megabytes = json.loads(fresh_process(MEMORY.format(rows=2_000, nodes=nodes)))
        rows.append([nodes, pairs, seconds, seconds / pairs, megabytes])
    columns = [
        ("nodes", "count"),
        ("pairs", "count"),
        ("time", "seconds"),
        ("ms a pair", "milliseconds"),
        ("memory, MB", "MB"),
    ]
    about = (
        "All-pairs KSG, k = 10, of 2,000 rows, all cores, measured once: time, time of a pair, and "
        "how far the peak memory of the process rose above what it held with its input "
        "(`VmHWM`)."
    )
    return [Table("With nodes", about, columns, rows)]


def more_threads() -> list[Table]:
    """Time by threads."""
    warm()
    rows = []
    for n, nodes in ((1_000, 45), (10_000, 16)):
        data = correlated(n, nodes, WEAK)
        one, two = per_pair(data, 1), per_pair(data, 2)
        rows.append([n, nodes, one, two, one / two])
    columns = [
        ("rows", "count"),
        ("nodes", "count"),
        ("one thread", "milliseconds"),
        ("two threads", "milliseconds"),
        ("times as fast", "ratio"),
    ]
    return [Table("With threads", "All-pairs KSG, k = 10: milliseconds a pair.", columns, rows)]
