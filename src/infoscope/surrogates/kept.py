"""Slow movement and season, which nodes share without coupling and surrogates keep in place."""

from dataclasses import dataclass

import numpy as np
from scipy.fft import dct
from scipy.ndimage import median_filter

from infoscope._validate import Floats
from infoscope.surrogates.layout import Layout, memories, pair_memory

# Slow movement: power per frequency in the slowest few above this multiple of the median of the
# next, in two nodes or more.
_SLOWEST, _NEXT, _EXCESS = 3, 40, 12.0
# The fewest slow cosines, of these numbers, that leave a memory below this part of the length.
_MEMORY_SHARE = 12
_COSINES = (4, 8, 16, 32, 64)
_MOST_BY_POWER = 8
# A season: power at a frequency relative to its neighbours, in the mean over nodes. Noise exceeds
# it at any of 250 frequencies in 0.2 % of samples, even if all nodes are identical.
_LINE, _NEIGHBOURS, _MOST_LINES = 12.0, 10, 8
# Oversampling of the frequency grid relative to the resolution of the series.
_FINER = 8
# Shorter series are not tested.
_SHORTEST = 40


@dataclass(frozen=True)
class Kept:
    """The part of a table that surrogates keep in place.

    Parameters
    ----------
    values : array, shape (row, node)
        The kept part; 0 where nothing is kept.
    notes : tuple of str
        What was kept and why, a sentence each.
    """

    values: Floats
    notes: tuple[str, ...] = ()


def kept_part(layout: Layout, table: Floats, axis: int) -> Kept:
    """Return slow movement and season of every node along an axis, if the data show them.

    Along time each sequence is fitted alone; along sequences, their means are.

    Examples
    --------
    >>> trend = np.linspace(0, 3, 500)[:, np.newaxis]
    >>> noise = np.random.default_rng(0).normal(size=(500, 3))
    >>> kept_part(Layout.of_rows(500), noise, axis=1).notes
    ()
    >>> kept_part(Layout.of_rows(500), trend + noise, axis=1).notes[0][:41]
    'slow movement is kept, as of a trend, a s'
    """
    whole = _series(layout, table, axis)
    length = min(len(each) for each in whole)
    if length < _SHORTEST:
        return Kept(np.zeros_like(table))
    series = [each[:length] for each in whole]
    cosines, notes = _slow_cosines(series), []
    if cosines:
        notes.append(
            "slow movement is kept, as of a trend, a shift of level or a random walk "
            f"({cosines} cosines of {length} places): in two nodes or more the slowest "
            f"frequencies have over {_EXCESS:g} times the power of the next ones, or the memory is "
            "too long for shifts"
        )
    rest = [each - _fitted(_basis(length, cosines, []), each) for each in series]
    lines = _lines(rest, slowest=cosines // 2 + 2)
    if lines:
        periods = ", ".join(f"{1 / f:.3g}" for f in lines)
        notes.append(
            f"the season is kept (periods of {periods}): power there is more than {_LINE:g} times "
            "that of the neighbouring frequencies in the mean over nodes"
        )
    if not notes:
        return Kept(np.zeros_like(table))
    fits = [_fitted(_basis(len(each), cosines, lines), each) for each in whole]
    return Kept(_in_place(layout, table, axis, fits), tuple(notes))


def _series(layout: Layout, table: Floats, axis: int) -> list[Floats]:
    """Return series along the axis, (place, node): each sequence, or the sequence means."""
    there = (layout.grid >= 0)[..., np.newaxis]
    values = np.where(there, table[layout.grid], 0.0)
    if axis == 1:
        return [each[: int(inside.sum())] for each, inside in zip(values, there, strict=True)]
    # Subtract the mean at equal time since onset first: sequences may differ in length.
    rest = np.where(there, values - values.sum(0) / np.maximum(there.sum(0), 1), 0.0)
    return [rest.sum(1) / np.maximum(there.sum(1), 1)]


def _in_place(layout: Layout, table: Floats, axis: int, fits: list[Floats]) -> Floats:
    kept = np.zeros_like(table)
    for sequence, row in enumerate(layout.grid):
        inside = row[row >= 0]
        kept[inside] = fits[sequence] if axis == 1 else fits[0][sequence]
    return kept


def _slow_cosines(series: list[Floats]) -> int:
    """Return the number of slow cosines to keep, 0 for none."""
    length = min(len(each) for each in series)
    power = np.mean([dct(each, axis=0, norm="ortho")[1:] ** 2 for each in series], axis=0)
    most = 0
    for cosines in (0, *_COSINES):
        if cosines > length // 8:
            break
        basis = _basis(length, cosines, [])
        steep = cosines < _MOST_BY_POWER and _slow(power[cosines:])
        if not steep and not _remembers([each - _fitted(basis, each) for each in series]):
            return cosines
        most = cosines
    return most


def _slow(power: Floats) -> bool:
    """Return whether in two nodes the slowest frequencies have more power than the next ones."""
    # Squares of a standard normal have mean 1 and median 0.455.
    level = np.median(power[_SLOWEST : _SLOWEST + _NEXT], axis=0) / 0.455
    return int((power[:_SLOWEST].mean(axis=0) > _EXCESS * level).sum()) >= 2


def _remembers(series: list[Floats]) -> bool:
    """Return whether the memory of two nodes or more exceeds a share of the length."""
    length, table = len(series[0]), np.concatenate(series)
    layout = Layout.of_sequences(len(series), length)
    found = memories(layout, table, axis=1)
    return pair_memory(found, found) > max(length // _MEMORY_SHARE, 1)


def _lines(series: list[Floats], slowest: int) -> list[float]:
    """Return frequencies, in cycles per place, where many nodes have more power than around.

    At least ``slowest`` cycles per series.
    """
    length, found = len(series[0]), []
    rest = series
    while len(found) < _MOST_LINES:
        power = np.mean([_periodogram(each) for each in rest], axis=0)[slowest * _FINER :]
        excess = power / _around(power)
        # Cap the power, so that no single node, such as a pure sine, decides for all.
        many = np.minimum(excess, 5.0 * _LINE).mean(axis=1) > _LINE
        if not many.any():
            break
        best = int(np.where(many, np.log(excess + 1e-12).mean(axis=1), -np.inf).argmax())
        frequency = (best / _FINER + slowest) / length
        if any(abs(frequency - other) < 0.5 / length for other in found):
            break
        found.append(frequency)
        rest = [each - _fitted(_basis(length, 0, found), each) for each in series]
    return found


def _periodogram(values: Floats) -> Floats:
    # Tapered (Hann), so that slow movement does not leak into all frequencies.
    tapered = (values - values.mean(axis=0)) * np.hanning(len(values))[:, np.newaxis]
    return np.abs(np.fft.rfft(tapered, _FINER * len(values), axis=0)) ** 2


def _around(power: Floats) -> Floats:
    """Return the mean noise power around each frequency, from the median of its neighbours."""
    coarse = power[::_FINER]
    # Column by column: a median over windows of all columns takes many times as long.
    medians = [median_filter(column, 2 * _NEIGHBOURS + 1, mode="mirror") for column in coarse.T]
    level = np.stack(medians, axis=1) / np.log(2.0)
    floor = 1e-12 * power.sum(axis=0) + np.finfo(float).tiny
    nearest = np.minimum(np.rint(np.arange(len(power)) / _FINER).astype(int), len(level) - 1)
    return np.maximum(level, floor)[nearest]


def _basis(length: int, cosines: int, lines: list[float]) -> Floats:
    """Return columns (place, term): constant, slow cosines, line, and seasons that may grow."""
    place = (np.arange(length) + 0.5) / length
    columns = [np.ones(length)]
    if cosines:
        columns += [place, *(np.cos(np.pi * k * place) for k in range(1, cosines + 1))]
    for frequency in lines:
        phase = 2.0 * np.pi * frequency * length * place
        wave = [np.cos(phase), np.sin(phase)]
        columns += [*wave, *(part * (place - 0.5) for part in wave)]
    return np.stack(columns, axis=1)


def _fitted(basis: Floats, values: Floats) -> Floats:
    coefficients = np.linalg.lstsq(basis, values, rcond=None)[0]
    return basis @ coefficients
