"""Transfer entropy of counts between all nodes over delays, with local permutations as null."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._parallel import run_spans, spans
from infoscope._progress import Progress
from infoscope._validate import Floats, whole_number
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.flow.paired_rows import PairedRows

# Rows among which sources are permuted: slow changes of rate, common to many neurons, stay.
_BLOCK = 50
# More values of a node than this leave too few rows in each cell of three.
_MOST_VALUES = 16
NULL = "local-permutation"
TESTS = "no transfer beyond the target's past and slow changes of rate"
NOTE = (
    f"Sources are permuted within {_BLOCK} rows among rows with the same past of the target: "
    "shifts in time are no null for spikes (Shorten, Spinney, Lizier 2021). Rows must be "
    "independent given that past"
)


@dataclass(frozen=True)
class CountTransfer:
    """Transfer entropy of counts.

    Parameters
    ----------
    bits : array, shape (source, target)
        The largest over delays.
    delay : array of int, shape (source, target)
        The delay of the largest.
    surrogates : array, shape (surrogate, source, target)
        The largest over delays in each surrogate.
    """

    bits: Floats
    delay: NDArray[np.int64]
    surrogates: Floats


def count_transfer(
    rows: PairedRows,
    *,
    surrogates: int,
    random_state: np.random.SeedSequence,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> CountTransfer:
    """Estimate max over d of I(a_t; b_t+d | b_t+d-1) for d = 1 ... lag, and in surrogates.

    By counting, with the first-order bias of Miller (1955) removed.

    Parameters
    ----------
    rows : PairedRows
        Rows paired at the largest delay; values are whole numbers from 0.
    surrogates : int
        Number of surrogates: for each target, sources are permuted among rows with the same past
        of the target within a block of rows.
    random_state : SeedSequence
        Source of the permutations.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.

    Raises
    ------
    InputError
        If a value is no count, or has too many values to be counted.

    References
    ----------
    T. Schreiber, Phys. Rev. Lett. 85, 461 (2000). Delays: M. Wibral et al., PLoS ONE 8, e55809
    (2013). J. Runge, AISTATS 2018, PMLR 84, 938 (local permutation). D. P. Shorten, R. E.
    Spinney, J. T. Lizier, PLoS Comput. Biol. 17, e1008054 (2021) (shifts of spikes).
    """
    number = whole_number(surrogates, "surrogates", 0)
    codes = _codes(rows)
    width = codes.shape[1]
    found = np.full((1 + number, width, width), np.nan)
    delay = np.zeros((width, width), np.int64)
    seeds = random_state.spawn(width)
    with Progress(width * (1 + number), "transfer entropy of counts", progress) as bar:

        def of_targets(start: int, stop: int) -> None:
            for target in range(start, stop):
                random = np.random.default_rng(seeds[target])
                for s in range(1 + number):
                    each = _over_delays(rows, codes, target, random if s else None)
                    if s == 0:
                        delay[:, target] = 1 + each.argmax(axis=0)
                    found[s, :, target] = each.max(axis=0)
                bar.advance(1 + number)

        run_spans(of_targets, spans(width, 1), n_jobs)
    found[:, np.arange(width), np.arange(width)] = np.nan
    return CountTransfer(found[0], delay, found[1:])


def _codes(rows: PairedRows) -> NDArray[np.int64]:
    """Return the values as whole numbers from 0, (row, node)."""
    table = rows.table
    if (table < 0).any() or (table != np.round(table)).any():
        raise InputError(
            "data must be counts (whole numbers from 0) for the transfer entropy of counts, got "
            "others; choose another measure"
        )
    codes = table.astype(np.int64)
    if codes.max(initial=0) >= _MOST_VALUES:
        raise InputError(
            f"data must have counts up to {_MOST_VALUES - 1}, got "
            f"{int(codes.max())}; use shorter bins, or another measure"
        )
    return codes


def _over_delays(
    rows: PairedRows,
    codes: NDArray[np.int64],
    target: int,
    random: np.random.Generator | None,
) -> Floats:
    """Return the transfer to one target, bits, (delay, source); of permuted sources if random."""
    current, values = rows.current, int(codes[:, target].max()) + 1
    found = []
    for lag in range(1, rows.lag + 1):
        past, later = codes[current + lag - 1, target], codes[current + lag, target]
        sources = codes[current]
        if random is not None:
            sources = sources[_permuted(past, random)]
        found.append(_transfer(sources, past, later, values))
    return np.array(found)


def _permuted(past: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Permute rows among those with the same past within each block of rows."""
    block = np.arange(len(past)) // _BLOCK
    order = np.lexsort((past, block))
    shuffled = np.lexsort((random.random(len(past)), past, block))
    permuted = np.empty(len(past), np.int64)
    permuted[order] = shuffled
    return permuted


def _transfer(
    sources: NDArray[np.int64], past: NDArray[np.int64], later: NDArray[np.int64], values: int
) -> Floats:
    """Return I(source; later | past) in bits for every source, with the bias removed."""
    n, width = sources.shape
    highest = int(sources.max(initial=0)) + 1
    cells = np.arange(width) * highest
    of_past = _counts((sources + cells) * values + past[:, np.newaxis], width, highest * values)
    joint = past * values + later
    of_both = _counts(
        (sources + cells) * values**2 + joint[:, np.newaxis], width, highest * values**2
    )
    alone = _entropy(_counts(past[:, np.newaxis], 1, values), n)
    pairs = _entropy(_counts(joint[:, np.newaxis], 1, values**2), n)
    nats = _entropy(of_past, n) + pairs - alone - _entropy(of_both, n)
    return nats / NATS_PER_BIT


def _counts(codes: NDArray[np.int64], width: int, size: int) -> NDArray[np.int64]:
    return np.bincount(codes.ravel(), minlength=width * size).reshape(width, size)


def _entropy(counts: NDArray[np.int64], n: int) -> Floats:
    """Return the entropy of each row of counts in nats, with the bias of Miller removed."""
    logs = np.log(np.maximum(counts, 1))
    return np.log(n) - (counts * logs).sum(axis=1) / n + ((counts > 0).sum(axis=1) - 1) / (2 * n)
