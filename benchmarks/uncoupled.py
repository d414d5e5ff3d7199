"""Recordings of nodes without any coupling, which share a calendar, an input or nothing."""

from collections.abc import Callable

import numpy as np

import infoscope as isc

ROWS, NODES = 500, 20
Noise = np.random.Generator


def autoregression(random: Noise, phi: float, nodes: int = NODES, rows: int = ROWS) -> np.ndarray:
    """Independent autoregressions (row, node) of variance 1; for phi = 1 random walks."""
    noise = random.normal(size=(rows + 300, nodes)) * (np.sqrt(1 - phi**2) if phi < 1 else 1.0)
    for row in range(1, len(noise)):
        noise[row] += phi * noise[row - 1]
    return noise[300:]


def white(random: Noise, nodes: int = NODES, rows: int = ROWS) -> np.ndarray:
    """Independent noise (row, node)."""
    return random.normal(size=(rows, nodes))


def time(rows: int = ROWS) -> np.ndarray:
    """From 0 to 1, as a column."""
    return (np.arange(rows) / rows)[:, np.newaxis]


def season(period: float, phase: np.ndarray | float = 0.0) -> np.ndarray:
    """A sine of a period in rows."""
    return np.sin(2 * np.pi * np.arange(ROWS)[:, np.newaxis] / period + phase)


def one_slow(random: Noise) -> np.ndarray:
    """Fast nodes and a random walk."""
    nodes = autoregression(random, 0.3)
    nodes[:, :1] = autoregression(random, 1.0, 1)
    return nodes


SERIES: dict[str, Callable[[Noise], np.ndarray]] = {
    "linear trend, slope 1": lambda g: time() + white(g),
    "linear trend, slope 3": lambda g: 3 * time() + white(g),
    "linear trend, slope 6": lambda g: 6 * time() + white(g),
    "linear trend, slope 6, 4 nodes, 600 rows": lambda g: 6 * time(600) + white(g, 4, 600),
    "linear trends, each its own": lambda g: 3 * time() * g.normal(size=NODES) + white(g),
    "quadratic trend on AR(0.8)": lambda g: 6 * time() ** 2 + autoregression(g, 0.8),
    "logistic trend": lambda g: 4 / (1 + np.exp(12 * (0.5 - time()))) + white(g),
    "season": lambda g: season(50, g.uniform(0, 6)) + white(g),
    "season, each its own phase": lambda g: 1.5 * season(40, g.uniform(0, 6, NODES)) + white(g),
    "two seasons and a trend": lambda g: season(73) + season(20) + 3 * time() + white(g),
    "shift of level": lambda g: 3 * (time() > 0.5) + white(g),
    "bump": lambda g: 3 * (abs(time() - 0.45) < 0.05) + white(g),
    "random walks": lambda g: autoregression(g, 1.0),
    "one random walk among fast nodes": one_slow,
    "white input": lambda g: white(g, 1) + white(g),
    "input AR(0.9)": lambda g: autoregression(g, 0.9, 1) + white(g),
}


def trials(random: Noise, shortest: int, longest: int) -> isc.Recording:
    """Twenty trials of nodes that follow one stimulus, each with its own phase."""
    phase, parts, days = random.uniform(0, 6, NODES), [], []
    for trial, steps in enumerate(random.integers(shortest, longest + 1, 20)):
        since = np.arange(steps)
        locked = np.sin(2 * np.pi * since[:, np.newaxis] / 25 + phase)
        parts.append(locked + autoregression(random, 0.5, NODES, steps))
        days.append(since + 1000 * trial)
    if shortest == longest:
        return isc.Recording.from_arrays(hidden=np.stack(parts))
    return isc.Recording.from_arrays(
        hidden=np.concatenate(parts)[np.newaxis], days=np.concatenate(days)[np.newaxis]
    )


def uncoupled() -> dict[str, Callable[[int], isc.Recording]]:
    """Return what makes a recording without any edge from a seed, by name."""
    known = isc.synthetic_systems()
    systems: dict[str, Callable[[int], isc.Recording]] = {
        name: lambda seed, name=name: known[name].recording(ROWS, random_state=seed)
        for name in ("S0", "S0b")
    }
    for name, series in SERIES.items():
        systems[name] = lambda seed, series=series: isc.Recording.from_arrays(
            hidden=series(np.random.default_rng(seed))[np.newaxis]
        )
    systems["trials, aligned"] = lambda seed: trials(np.random.default_rng(seed), 30, 30)
    systems["trials, ragged"] = lambda seed: trials(np.random.default_rng(seed), 20, 40)
    return systems
