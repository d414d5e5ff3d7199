"""Bias and spread of every estimator on systems whose information is known exactly."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from report import Table

import infoscope as isc

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from truth import SYSTEMS, System, gamma_exponential, pair, two_pairs

SEEDS = range(50)
ROWS = 1_000

KSGS: dict[str, Any] = {
    "KSG-1, k = 4": isc.KSG(k=4),
    "KSG-1, k = 10": isc.KSG(k=10),
    "KSG-2, k = 4": isc.KSG(k=4, variant=2),
    "KSG-2, k = 10": isc.KSG(k=10, variant=2),
    "KSG-1, k = 4, ranks": isc.KSG(k=4, scale="rank"),
}
MODELS: dict[str, Any] = {
    "Gaussian": isc.Gaussian(),
    "copula": isc.Gaussian(copula=True),
    "linear decoder": isc.LinearDecoder(),
}
MIXED: dict[str, Any] = {"MixedKSG, k = 4": isc.MixedKSG(), "MixedKSG, k = 10": isc.MixedKSG(k=10)}
BINNED: dict[str, Any] = {
    "30 bins": isc.Binned(),
    "8 bins": isc.Binned(bins=8, by="mass", correction="miller-madow"),
}
ROSS: dict[str, Any] = {"Ross, k = 4": isc.Ross(), "Ross, k = 10": isc.Ross(k=10)}
COUNTS: dict[str, Any] = {
    "Discrete": isc.Discrete(),
    "Discrete, Miller-Madow": isc.Discrete(correction="miller-madow"),
}

# Of whom the assumptions hold for a kind of system; the others have no truth to find.
APPLIES = {
    "gaussian": {*KSGS, *MODELS, *MIXED, *BINNED},
    "copula": {*KSGS, "copula", *MIXED, *BINNED},
    "continuous": {*KSGS, *MIXED, *BINNED},
    "mixed": {*MIXED, *ROSS},
    "discrete": {*COUNTS},
}

NEIGHBOURS = "k nearest neighbours"
OTHERS = "Models, mixed and bins"
# The tables of each group of systems.
COLUMNS: dict[str, dict[str, dict[str, Any]]] = {
    "scalars": {NEIGHBOURS: KSGS, OTHERS: {**MODELS, "MixedKSG, k = 4": isc.MixedKSG(), **BINNED}},
    "vectors": {NEIGHBOURS: KSGS, OTHERS: {**MODELS, "MixedKSG, k = 4": isc.MixedKSG()}},
    "atoms": {"": {**MIXED, **ROSS}},
    "gates": {"": COUNTS},
    "given and transfer": {
        "": {**KSGS, "Gaussian": isc.Gaussian(), "copula": isc.Gaussian(copula=True)}
    },
}
ABOUT = {
    "scalars": "Two numbers a row.",
    "vectors": "Dimensions of X + of Y. No estimator knows that most coordinates of the sparse "
    "ones are idle.",
    "atoms": "X or Y is discrete. The zero-inflated Poisson's truth is exact; its authors state "
    "an upper bound of it (`tests/truth.py`).",
    "gates": "Two fair coins and a gate.",
    "given and transfer": "Conditional information of Gaussians, and transfer entropy, with "
    "histories of 1, of two linear series; 0 in the first and last row.",
}
# The columns of a table.
MEANING = {
    NEIGHBOURS: "KSG of the raw values, and, “ranks”, of normal scores of each coordinate.",
    OTHERS: "“copula”: the Gaussian one. The linear decoder is a lower bound, on held-out rows. "
    "“30 bins”: of equal width, the default; “8 bins”: of equal mass, Miller-Madow correction.",
    "": "",
}


def errors(system: System, estimators: dict[str, Any], n: int = ROWS) -> list[list[float] | None]:
    """Bias and spread in bits of each estimator on one system; None where it does not apply."""
    measure = isc.transfer_entropy if system.transfer else isc.mutual_information
    applying = {name: e for name, e in estimators.items() if name in APPLIES[system.kind]}
    found: dict[str, list[float]] = {name: [] for name in applying}
    for seed in SEEDS:
        sample = system.draw(n, np.random.default_rng(seed))
        for name, estimator in applying.items():
            found[name].append(measure(*sample, estimator=estimator).bits)
    return [
        [float(np.mean(found[name]) - system.bits), float(np.std(found[name], ddof=1))]
        if name in found
        else None
        for name in estimators
    ]


def group(name: str) -> Callable[[], list[Table]]:
    """What measures one group of systems."""

    def measured() -> list[Table]:
        tables = []
        for words, estimators in COLUMNS[name].items():
            rows = [
                [system.name, system.bits, *errors(system, estimators)] for system in SYSTEMS[name]
            ]
            columns = [
                (f"{ROWS:,} rows", "text"),
                ("truth, bits", "bits"),
                *((heading, "error") for heading in estimators),
            ]
            title = ": ".join(part for part in (name.capitalize(), words.lower()) if part)
            about = f"{ABOUT[name]} {MEANING[words]}".strip()
            tables.append(Table(title, about, columns, rows))
        return tables

    return measured


def by_rows() -> list[Table]:
    """Bias and spread as the sample grows."""
    estimators = {**dict(list(KSGS.items())[:3]), "Gaussian": isc.Gaussian()}
    rows = [
        [system.name, n, system.bits, *errors(system, estimators, n)]
        for system in (pair(0.9), two_pairs(5), gamma_exponential(3.0))
        for n in (200, 1_000, 5_000)
    ]
    columns = [
        ("", "text"),
        ("rows", "count"),
        ("truth, bits", "bits"),
        *((heading, "error") for heading in estimators),
    ]
    return [Table("As the sample grows", "", columns, rows)]


def invariance() -> list[Table]:
    """How far an estimate moves under what changes no information."""
    scalars, vectors = pair(0.6), two_pairs(3)
    stretch = np.array([1e3, 1.0, 1e-3])
    changes: dict[str, tuple[System, Callable, Callable]] = {
        "x × 3": (scalars, lambda x: 3 * x, lambda y: y),
        "x × 1000": (scalars, lambda x: 1e3 * x, lambda y: y),
        "exp(x), y³": (scalars, np.exp, lambda y: y**3),
        "x × (1000, 1, 0.001)": (vectors, lambda x: x * stretch, lambda y: y),
    }
    estimators = {
        "KSG, raw": isc.KSG(),
        "KSG, z-scores": isc.KSG(scale="zscore"),
        "KSG, ranks": isc.KSG(scale="rank"),
        "MixedKSG, raw": isc.MixedKSG(),
        "Gaussian": isc.Gaussian(),
        "copula": isc.Gaussian(copula=True),
    }
    rows = []
    for name, estimator in estimators.items():
        moved = [
            _moves(system, f, g, estimator) if not (name == "Gaussian" and f is np.exp) else None
            for system, f, g in changes.values()
        ]
        rows.append([name, *moved, _reordered(scalars, estimator), _spread(scalars, estimator)])
    columns = [
        (f"{ROWS:,} rows", "text"),
        *((change, "change") for change in changes),
        ("rows in another order", "change"),
        ("spread", "bits"),
    ]
    about = (
        "Mean absolute change of an estimate, in bits, when X or Y is transformed in a way that "
        "leaves the information as it is; beside it the standard deviation of one estimate. The "
        "scalars correlate by 0.6; the vector is that of the sparse Gaussian, 3 + 3. A Gaussian is "
        "none after exp."
    )
    return [Table("Invariance", about, columns, rows)]


def _moves(system: System, f: Callable, g: Callable, estimator: Any) -> float:
    """Mean absolute change in bits when f is applied to X and g to Y."""
    samples = [system.draw(ROWS, np.random.default_rng(seed)) for seed in SEEDS]
    before = _bits(samples, estimator)
    after = _bits([(f(x), g(y)) for x, y in samples], estimator)
    return float(np.mean(np.abs(after - before)))


def _reordered(system: System, estimator: Any) -> float:
    """Mean absolute change in bits when the rows stand in another order."""
    samples = [system.draw(ROWS, np.random.default_rng(seed)) for seed in SEEDS]
    orders = [np.random.default_rng(seed).permutation(ROWS) for seed in SEEDS]
    after = [(x[order], y[order]) for (x, y), order in zip(samples, orders, strict=True)]
    return float(np.mean(np.abs(_bits(after, estimator) - _bits(samples, estimator))))


def _spread(system: System, estimator: Any) -> float:
    """Standard deviation of one estimate in bits."""
    samples = [system.draw(ROWS, np.random.default_rng(seed)) for seed in SEEDS]
    return float(np.std(_bits(samples, estimator), ddof=1))


def _bits(samples: Sequence[tuple[np.ndarray, ...]], estimator: Any) -> np.ndarray:
    return np.array([isc.mutual_information(*s, estimator=estimator).bits for s in samples])
