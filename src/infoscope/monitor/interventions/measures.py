"""From responses to matrices: measures of influence between all nodes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.monitor.interventions.network import Block, Change, Hop, Network, Spread

MEASURES = {
    "jacobian": "1", "jacobian_rms": "1", "causal": "bit", "ablation": "1",
    "ablation_resampled": "1", "noise_injection": "bit",
}  # fmt: skip
ERROR = "causal_error"
# A smaller share of the variance is rounding: no path leads to the target.
NO_PATH = 1e-12
# Steps of central differences, in standard deviations of the source.
STEP = 1e-5


@dataclass(frozen=True)
class Settings:
    """Which measures, and how noise is injected: sd in those of the source, draws per row."""

    measures: tuple[str, ...]
    noise: float = 0.1
    draws: int = 2

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all matrices."""
        return (*self.measures, ERROR) if "causal" in self.measures else self.measures


def matrices(
    network: Network, settings: Settings, random: np.random.Generator, progress: Progress
) -> dict[str, Floats]:
    """Return matrices (source, target, lag): 0 without a route, NaN on the diagonal.

    Rows and columns of constant nodes are NaN; derivatives by, means of and noise on whole numbers
    too.
    """
    spread, size, visited = Spread.of(network), len(network.names), dict[int, Floats]()
    if "noise_injection" in settings.measures:
        visited = {block.nodes.start: _centred(network, block) for block in network.targets}
    # One copy of the targets for each lag.
    copies = max(block.nodes.stop for block in network.targets) // size
    spread = Spread(np.tile(spread.sd, copies), np.tile(spread.left_out, (1, copies)))
    found = {name: np.zeros((size, copies * size)) for name in settings.names}
    for block in network.blocks:
        for unit, own in zip(range(len(block)), random.spawn(len(block)), strict=True):
            number = block.nodes.start + unit
            if block.role != "output" and spread.sd[number] > 0.0:
                sd = float(spread.sd[number])
                source = _Source(network, block, unit, sd, own, visited)
                for name, values in source.rows_of(settings, spread).items():
                    found[name][number] = values
            progress.advance()
    constant = spread.sd[:size] == 0.0
    shaped = {name: values.reshape(size, copies, size) for name, values in found.items()}
    for values in shaped.values():
        values[np.arange(size), :, np.arange(size)] = np.nan
        values[constant] = values[..., constant] = np.nan
    return {name: values.transpose(0, 2, 1) for name, values in shaped.items()}


def resampled(random: np.random.Generator, rows: int) -> Change:
    """Return a change of each value to one visited at another row, drawn at random."""
    order = torch.from_numpy(random.integers(0, rows, rows))
    return lambda values: values[order]


def to_mean(values: Tensor) -> Tensor:
    """Return the mean in all rows."""
    return values.mean().expand_as(values)


@dataclass(frozen=True)
class _Source:
    """One unit as a source."""

    network: Network
    block: Block
    unit: int
    sd: float
    random: np.random.Generator
    visited: dict[int, Floats]

    def rows_of(self, settings: Settings, spread: Spread) -> dict[str, Floats]:
        """Return the row of each matrix."""
        wanted, whole = set(settings.measures), self.block.whole_numbers
        found: dict[str, Floats] = {}
        # All random numbers are drawn, whatever is asked, so that measures do not depend on others.
        rows = len(self.network.rows)
        first, second = resampled(self.random, rows), resampled(self.random, rows)
        signs = torch.from_numpy(self.random.integers(0, 2, rows) * 2.0 - 1.0)
        if wanted & {"jacobian", "jacobian_rms"}:
            hop = None if whole else self._tilted(signs)
            found |= self._jacobian(hop, spread.sd)
        if wanted & {"causal", "ablation_resampled"}:
            found |= self._resets(self._changed(first), self._changed(second), spread)
        if "ablation" in wanted:
            hop = None if whole else self._changed(to_mean)
            found["ablation"] = self._root_mean_square(hop, spread.sd)
        if "noise_injection" in wanted:
            found["noise_injection"] = self._noise(settings, whole)
        return {name: found[name] for name in settings.names}

    def _changed(self, change: Change) -> Hop:
        return self.network.changed(self.block, self.unit, change)

    def _tilted(self, signs: Tensor) -> Hop:
        return self.network.tilted(self.block, self.unit, signs, STEP * self.sd)

    def _over(
        self, hops: Iterable[Hop]
    ) -> Iterator[tuple[slice, dict[int, tuple[Block, list[Floats | float]]]]]:
        """Yield chunks, with the responses to each of several changes, by target block."""
        hops = list(hops)
        for chunk in self.network.rows.chunks(self.network.width):
            found: dict[int, tuple[Block, list[Floats | float]]] = {}
            for number, hop in enumerate(hops):
                for block, values in hop.responses(chunk):
                    parts = found.setdefault(block.nodes.start, (block, [0.0] * len(hops)))[1]
                    parts[number] = values
            yield chunk, found

    def _sums(self, hops: Iterable[Hop], *of: Callable[..., Floats]) -> list[Floats]:
        """Return sums over contexts, (node,), of functions of the responses."""
        size = self._size
        sums = [np.zeros(size) for _ in of]
        for _, found in self._over(hops):
            for block, parts in found.values():
                for total, function in zip(sums, of, strict=True):
                    total[block.nodes] += function(parts[0])
        return sums

    @property
    def _size(self) -> int:
        return max(block.nodes.stop for block in self.network.targets)

    @property
    def _contexts(self) -> int:
        return len(self.network.rows.contexts)

    def _jacobian(self, hop: Hop | None, sd: Floats) -> dict[str, Floats]:
        if hop is None:
            missing = np.full(len(sd), np.nan)
            return {"jacobian": missing, "jacobian_rms": missing}
        sums, squares = self._sums([hop], _sum_of_sizes, _sum_of_squares)
        scale = np.divide(self.sd, sd, out=np.zeros_like(sd), where=sd > 0.0)
        return {
            "jacobian": sums / self._contexts * scale,
            "jacobian_rms": np.sqrt(squares / self._contexts) * scale,
        }

    def _root_mean_square(self, hop: Hop | None, sd: Floats) -> Floats:
        if hop is None:
            return np.full(len(sd), np.nan)
        (squares,) = self._sums([hop], _sum_of_squares)
        return _over_sd(np.sqrt(squares / self._contexts), sd)

    def _resets(self, first: Hop, second: Hop, spread: Spread) -> dict[str, Floats]:
        """Return causal information flow, its error, and the change by the first reset."""
        rows, size = self.network.rows, len(spread.sd)
        per_group, moved = np.zeros((rows.groups, size)), np.zeros(size)
        for chunk, found in self._over([first, second]):
            for block, (one, other) in found.values():
                ids, sums = rows.per_group(np.square(one - other), chunk)
                per_group[ids, block.nodes] += sums
                moved[block.nodes] += _sum_of_squares(np.asarray(one))
        counts = np.bincount(rows.group[rows.contexts], minlength=rows.groups).astype(np.float64)
        flow, error = _causal(per_group, counts, spread)
        return {
            "causal": flow, ERROR: error,
            "ablation_resampled": _over_sd(np.sqrt(moved / self._contexts), spread.sd),
        }  # fmt: skip

    def _noise(self, settings: Settings, whole: bool) -> Floats:
        """Return the information of targets about noise added to the source, bits.

        Each draw is injected with both signs, so that everything else in the target cancels.
        """
        rows, size = self.network.rows, self._size
        if whole:
            return np.full(size, np.nan)
        covariance, squares, values = np.zeros(size), np.zeros(size), np.zeros(size)
        power = 0.0
        for _ in range(settings.draws):
            noise = torch.from_numpy(self.random.normal(size=len(rows)))
            step = settings.noise * self.sd * noise
            hops = [self._changed(lambda v, by=s * step: v + by) for s in (1.0, -1.0)]
            here = noise.numpy()[rows.contexts]
            power += 2.0 * float((here**2).sum())
            for chunk, found in self._over(hops):
                for block, (up, down) in found.values():
                    at = block.nodes
                    base = self.visited[at.start][chunk]
                    covariance[at] += (here[chunk, None] * (up - down)).sum(axis=0)
                    squares[at] += ((base + up) ** 2 + (base + down) ** 2).sum(axis=0)
                    values[at] += (2.0 * base + up + down).sum(axis=0)
        n = 2.0 * settings.draws * self._contexts
        variance = squares / n - (values / n) ** 2
        heard = (covariance != 0.0) & (variance > 0.0)
        share = np.zeros(size)
        share[heard] = (covariance[heard] / n) ** 2 / (power / n * variance[heard])
        with np.errstate(divide="ignore"):
            return 0.5 * np.abs(np.log2(1.0 - share))


def _causal(per_group: Floats, counts: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """Return C = log2(1 + T) / 2 and its standard error by the delete-a-group jackknife.

    T is the share of a target's variance that a reset makes, E (b' - b'')^2 / (2 Var b).
    """
    total, n, groups = per_group.sum(axis=0), counts.sum(), len(counts)
    share = _over_sd(_over_sd(total / (2.0 * n), spread.sd), spread.sd)
    there = share >= NO_PATH
    flow = np.where(there, 0.5 * np.log2(1.0 + share), 0.0)
    rest = np.maximum(n - counts, 1.0)[:, None]
    variance = np.where(spread.left_out > 0.0, spread.left_out, np.inf)
    deleted = (total - per_group) / (2.0 * rest * variance)
    factor = (groups - 1) / groups if groups > 1 else np.nan
    error = np.sqrt(factor * ((deleted - deleted.mean(axis=0)) ** 2).sum(axis=0))
    return flow, np.where(there, error / (2.0 * np.log(2.0) * (1.0 + share)), 0.0)


def _sum_of_sizes(values: Floats) -> Floats:
    return np.abs(values).sum(axis=0)


def _sum_of_squares(values: Floats) -> Floats:
    return np.einsum("ij,ij->j", values, values)


def _centred(network: Network, block: Block) -> Floats:
    """Return the values of a block in all contexts, minus their mean."""
    values = network.visited(block).double()
    return (values - values.mean(0)).numpy()


def _over_sd(values: Floats, sd: Floats) -> Floats:
    return np.divide(values, sd, out=np.zeros_like(values), where=sd > 0.0)
