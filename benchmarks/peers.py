"""Single calls beside scikit-learn and infomeasure, on the same data, without noise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from measure import activations, best_seconds, correlated, scikit_learn_bits
from report import Table

import infoscope as isc

EXACT: dict[str, Any] = {"noise_level": 0, "base": 2}


@dataclass(frozen=True)
class Case:
    """One call of ours and of a peer, both in bits; no peer's where none has the measure."""

    what: str
    ours: Callable[[], float]
    peer: str = "infomeasure"
    theirs: Callable[[], float] | None = None

    def row(self) -> list[Any]:
        """Measure both."""
        value = self.ours()  # compiles
        seconds = best_seconds(self.ours)
        if self.theirs is None:
            return [self.what, self.peer, seconds, None, None, None]
        gap = abs(value - self.theirs())
        other = best_seconds(self.theirs, 3, 10.0)
        return [self.what, self.peer, seconds, other, other / seconds, gap]


def single_calls() -> list[Table]:
    """One estimate a call: scalars, vectors, conditional, transfer entropy, entropy, TSE."""
    sizes = (1_000, 10_000)
    cases = [
        *(pair(n) for n in sizes),
        *layers(),
        *(conditional(n) for n in sizes),
        *(transfer(n) for n in sizes),
        *(scalar_entropy(n) for n in (10_000, 100_000)),
        complexity(),
    ]
    columns = [
        ("", "text"),
        ("peer", "text"),
        ("infoscope", "seconds"),
        ("peer's time", "seconds"),
        ("ratio", "ratio"),
        ("values differ by", "gap"),
    ]
    about = (
        "One call each, both tools with their default threads; how many times as long the peer "
        "takes (below 1: it is the faster); difference of the values in bits. infomeasure has no "
        "TSE complexity."
    )
    return [Table("Single calls", about, columns, [case.row() for case in cases])]


def pair(n: int) -> Case:
    """Two scalars."""
    x, y = correlated(n, 2, 0.6).T
    ksg = isc.KSG(k=10, scale="zscore")  # as scikit-learn does
    return Case(
        f"I(x; y), {n:,} rows, k = 10",
        lambda: isc.mutual_information(x, y, estimator=ksg).bits,
        "scikit-learn",
        lambda: scikit_learn_bits(x, y),
    )


def layers() -> Iterator[Case]:
    """The vectors of one snapshot of the paper's network."""
    import infomeasure as im

    x, h, o = snapshot()
    ksg = isc.KSG(k=10)
    yield Case(
        "I(h; x), 25 + 18 dimensions, 1,300 rows, k = 10",
        lambda: isc.mutual_information(h, x, estimator=ksg).bits,
        theirs=lambda: im.mutual_information(h, x, approach="ksg", k=10, **EXACT),
    )
    yield Case(
        "I(h; x given o), 25 + 18, 2 dimensions, 1,300 rows, k = 10",
        lambda: isc.mutual_information(h, x, given=o, estimator=ksg).bits,
        theirs=lambda: im.conditional_mutual_information(
            h, x, cond=o, approach="ksg", k=10, **EXACT
        ),
    )


def conditional(n: int) -> Case:
    """Three scalars."""
    import infomeasure as im

    x, y, z = correlated(n, 3, 0.6).T
    return Case(
        f"I(x; y given z), scalars, {n:,} rows, k = 4",
        lambda: isc.mutual_information(x, y, given=z).bits,
        theirs=lambda: im.conditional_mutual_information(
            x, y, cond=z, approach="ksg", k=4, **EXACT
        ),
    )


def transfer(n: int) -> Case:
    """Two series of which one drives the other."""
    import infomeasure as im

    source, noise = np.random.default_rng(1).normal(size=(2, n))
    target = np.zeros(n)
    for t in range(1, n):
        target[t] = 0.5 * target[t - 1] + 0.5 * source[t - 1] + noise[t]
    return Case(
        f"transfer entropy, histories of 1, {n:,} rows, k = 4",
        lambda: isc.transfer_entropy(source, target).bits,
        theirs=lambda: im.transfer_entropy(source, target, approach="ksg", k=4, **EXACT),
    )


def scalar_entropy(n: int) -> Case:
    """One scalar."""
    import infomeasure as im

    x = np.random.default_rng(1).normal(size=n)
    return Case(
        f"H(x), a scalar, {n:,} rows, k = 4",
        lambda: isc.entropy(x).bits,
        theirs=lambda: im.entropy(x, approach="kl", k=4, **EXACT),
    )


def complexity() -> Case:
    """All nodes of one snapshot; nobody else has the measure."""
    nodes = np.hstack(snapshot())
    return Case("TSE of 45 nodes, 1,300 rows", lambda: isc.tse_complexity(nodes).bits, "none")


def snapshot() -> list[np.ndarray]:
    """Inputs, hidden and outputs (1300, node) of a network like the paper's."""
    return [part.reshape(1300, -1) for part in activations(np.random.default_rng(1))]
