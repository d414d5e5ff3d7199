"""How much worse the default is than whichever estimator turns out best, system by system."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from report import Table

import infoscope as isc

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from hard_truth import HARD
from truth import SYSTEMS, System

SEEDS = range(1_000, 1_020)
ROWS = 1_000

# One estimator of each idea; a system is measured by all that accept it.
SINGLE: dict[str, Any] = {
    "KSG": isc.KSG(k=4),
    "KSG, k = 10": isc.KSG(k=10),
    "KSG, ranks": isc.KSG(k=4, scale="rank", ties="random"),
    "MixedKSG": isc.MixedKSG(),
    "MixedKSG, ties": isc.MixedKSG(form="mesner-shalizi", scale="rank"),
    "Ross": isc.Ross(),
    "label decoder": isc.LabelDecoder(),
    "Discrete": isc.Discrete(),
    "Miller-Madow": isc.Discrete(correction="miller-madow"),
    "Gaussian": isc.Gaussian(),
    "copula": isc.Gaussian(copula=True),
    "linear decoder": isc.LinearDecoder(),
    "8 bins": isc.Binned(bins=8, by="mass", correction="miller-madow"),
}
GROUPS: dict[str, tuple[System, ...]] = {**SYSTEMS, **HARD}


@cache
def errors(group: str, number: int) -> tuple[float, str, float]:
    """Mean absolute error, bits, of the default and of the best single estimator, with its name."""
    system = GROUPS[group][number]
    measure = isc.transfer_entropy if system.transfer else isc.mutual_information
    found: dict[str, list[float]] = {name: [] for name in ("auto", *SINGLE)}
    for seed in SEEDS:
        sample = system.draw(ROWS, np.random.default_rng(seed))
        for name in list(found):
            try:
                bits = measure(*sample, estimator=SINGLE.get(name, "auto")).bits
            except (isc.InputError, isc.EstimationError):
                if name == "auto":
                    raise
                del found[name]  # it does not take such data
                continue
            found[name].append(abs(bits - system.bits))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    auto = means.pop("auto")
    best = min(means, key=means.__getitem__)
    return auto, best, means[best]


def group(name: str) -> list[Table]:
    """The regret of the default on the systems of one group."""
    rows = []
    for number, system in enumerate(GROUPS[name]):
        auto, best, least = errors(name, number)
        rows.append([system.name, system.bits, auto, best, least, auto - least])
    columns = [
        (f"{ROWS:,} rows", "text"),
        ("truth, bits", "bits"),
        ("error of auto", "bits"),
        ("best single estimator", "text"),
        ("its error", "bits"),
        ("regret", "bits"),
    ]
    return [Table(f"Regret: {name}", "", columns, rows)]


def measured() -> list[Table]:
    """All groups, and the regret over all of them first."""
    tables = [table for name in GROUPS for table in group(name)]
    regrets = np.array([row[-1] for table in tables for row in table.rows])
    truths = np.array([row[1] for table in tables for row in table.rows])
    over = regrets > np.maximum(0.15, 0.1 * truths)
    summary = Table(
        "Regret of the default",
        "Mean absolute error of `estimator=\"auto\"` less that of the single estimator that turns "
        f"out best on a system, over {len(SEEDS)} samples. The best one is chosen with the truth "
        "at hand, so that a regret of a few hundredths of a bit is the price of not knowing it.",
        [("systems", "count"), ("median", "bits"), ("worst", "bits"),
         ("above 0.15 bit and 10 % of the truth", "count")],
        [[len(regrets), float(np.median(regrets)), float(regrets.max()), int(over.sum())]],
    )  # fmt: skip
    return [summary, *tables]
