"""From responses to matrices: measures of influence between all nodes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.monitor.interventions.messages import Messages, Redraw
from infoscope.monitor.interventions.network import (
    Block,
    Change,
    Hop,
    Members,
    Network,
    Part,
    Spread,
)

MEASURES = {
    "jacobian": "1", "jacobian_rms": "1", "causal": "bit", "ablation": "1",
    "ablation_resampled": "1", "noise_injection": "bit",
}  # fmt: skip
ERROR = "causal_error"
# Information flow about messages, with its error; four resets in each of so many draws.
MESSAGES, _REDRAWS = ("message_flow", "message_flow_error"), 4
# Measures of groups: derivatives are by single units.
OF_GROUPS = ("causal", "ablation", "ablation_resampled", "noise_injection")
# A smaller share of the variance is rounding: no path leads to the target.
NO_PATH = 1e-12
# Steps of central differences, in standard deviations of the source.
STEP = 1e-5


@dataclass(frozen=True)
class Settings:
    """Which measures, how noise is injected (sd in those of the source, draws), and messages."""

    measures: tuple[str, ...]
    noise: float = 0.1
    draws: int = 2
    messages: Messages | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all matrices; those of messages for each of them."""
        names = (*self.measures, ERROR) if "causal" in self.measures else self.measures
        labels = [] if self.messages is None else self.messages.names
        return (*names, *(f"{name} {label}" for label in labels for name in MESSAGES))


def matrices(
    network: Network, settings: Settings, random: np.random.Generator, progress: Progress,
    groups: Mapping[str, Sequence[int]] | None = None,
) -> dict[str, Floats]:  # fmt: skip
    """Return matrices (source, target, lag): 0 without a route, NaN on the diagonal.

    Between nodes, or between groups of nodes, whose parts are changed together. Rows and columns of
    constant nodes are NaN; derivatives by, means of and noise on whole numbers too.
    """
    spread, size = Spread.of(network), len(network.names)
    members = Members.of(network.names, groups, spread.sd)
    # One copy of the targets for each lag.
    copies = max(block.nodes.stop for block in network.targets) // size
    total = spread.of_targets(members, copies)
    count = len(members)
    found = {name: np.zeros((count, copies * count)) for name in settings.names}
    for number, own in enumerate(random.spawn(count)):
        parts = members.parts(network, number)
        if parts and total.sd[number] > 0.0:
            sds = {part.block.name: torch.from_numpy(spread.sd[part.block.nodes])[part.units]
                   for part in parts}  # fmt: skip
            source = _Source(network, members, parts, sds, own)
            for name, values in source.rows_of(settings, total).items():
                found[name][number] = values
        progress.advance()
    constant = total.sd[:count] == 0.0
    shaped = {name: values.reshape(count, copies, count) for name, values in found.items()}
    for values in shaped.values():
        values[np.arange(count), :, np.arange(count)] = np.nan
        values[constant] = values[..., constant] = np.nan
    return {name: values.transpose(0, 2, 1) for name, values in shaped.items()}


def resampled(random: np.random.Generator, rows: int) -> Change:
    """Return a change of all values to those visited at another row, drawn at random."""
    order = torch.from_numpy(random.integers(0, rows, rows))
    return lambda part, values, behind: values[order]


def to_mean(part: Part, values: Tensor, behind: int) -> Tensor:
    """Return the mean in all rows."""
    return values.mean(0).expand_as(values)


@dataclass(frozen=True)
class _Source:
    """A unit, or a group of units, as a source; ``sds`` are its standard deviations by block."""

    network: Network
    members: Members
    parts: list[Part]
    sds: dict[str, Tensor]
    random: np.random.Generator

    def rows_of(self, settings: Settings, spread: Spread) -> dict[str, Floats]:
        """Return the row of each matrix."""
        wanted = set(settings.measures)
        whole = any(part.block.whole_numbers for part in self.parts)
        found: dict[str, Floats] = {}
        # All random numbers are drawn, whatever is asked, so that measures do not depend on others.
        rows = len(self.network.rows)
        first, second = resampled(self.random, rows), resampled(self.random, rows)
        signs = torch.from_numpy(self.random.integers(0, 2, rows) * 2.0 - 1.0)
        if wanted & {"jacobian", "jacobian_rms"}:
            found |= self._jacobian(None if whole else signs, spread.sd)
        if wanted & {"causal", "ablation_resampled"}:
            found |= self._resets(self._changed(first), self._changed(second), spread)
        missing = np.full(len(spread.sd), np.nan)
        if "ablation" in wanted:
            found["ablation"] = missing if whole else self._ablation(spread.sd)
        if "noise_injection" in wanted:
            found["noise_injection"] = missing if whole else self._noise(settings, spread.sd)
        if settings.messages is not None:
            for number, label in enumerate(settings.messages.names):
                both = self._of_message(settings.messages, number, spread)
                found |= {
                    f"{name} {label}": part for name, part in zip(MESSAGES, both, strict=True)
                }
        return {name: found[name] for name in settings.names}

    def _changed(self, change: Change) -> Hop:
        return self.network.changed(self.parts, change)

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
        sums = [np.zeros(self._targets) for _ in of]
        for _, found in self._over(hops):
            for block, parts in found.values():
                for total, function in zip(sums, of, strict=True):
                    total[block.nodes] += function(parts[0])
        return sums

    @property
    def _contexts(self) -> int:
        return len(self.network.rows.contexts)

    @property
    def _targets(self) -> int:
        """Number of target nodes, over all lags."""
        return max(block.nodes.stop for block in self.network.targets)

    def _summed(self, values: Floats) -> Floats:
        """Return the sums over the nodes of each target."""
        return self.members.summed(values, len(self.network.names))

    def _jacobian(self, signs: Tensor | None, sd: Floats) -> dict[str, Floats]:
        """Return mean size and root mean square of the derivatives by a single unit."""
        if signs is None:
            return dict.fromkeys(("jacobian", "jacobian_rms"), np.full(len(sd), np.nan))
        (part,) = self.parts
        (own,) = self.sds[part.block.name].tolist()
        hop = self.network.tilted(part, signs, STEP * own)
        sums, squares = self._sums([hop], _sum_of_sizes, _sum_of_squares)
        scale = np.divide(own, sd, out=np.zeros_like(sd), where=sd > 0.0)
        return {
            "jacobian": sums / self._contexts * scale,
            "jacobian_rms": np.sqrt(squares / self._contexts) * scale,
        }

    def _ablation(self, sd: Floats) -> Floats:
        """Return the root-mean-square change when the source is held at its mean."""
        (squares,) = self._sums([self._changed(to_mean)], _sum_of_squares)
        return _over_sd(np.sqrt(self._summed(squares) / self._contexts), sd)

    def _resets(self, first: Hop, second: Hop, spread: Spread) -> dict[str, Floats]:
        """Return causal information flow, its error, and the change by the first reset."""
        rows, size = self.network.rows, self._targets
        per_group, moved = np.zeros((rows.groups, size)), np.zeros(size)
        for chunk, found in self._over([first, second]):
            for block, (one, other) in found.values():
                ids, sums = rows.per_group(np.square(one - other), chunk)
                per_group[ids, block.nodes] += sums
                moved[block.nodes] += _sum_of_squares(np.broadcast_to(one, (one - other).shape))  # pyright: ignore[reportAttributeAccessIssue]
        flow, error = _causal(self._summed(per_group), rows.counts, spread)
        return {
            "causal": flow, ERROR: error,
            "ablation_resampled":
                _over_sd(np.sqrt(self._summed(moved) / self._contexts), spread.sd),
        }  # fmt: skip

    def _of_message(
        self, messages: Messages, message: int, spread: Spread
    ) -> tuple[Floats, Floats]:
        """Return the flow about a message, and its error.

        Of the means for each value of the message, the variance: two values are drawn, and two
        resets with each. Differences between values multiply, so that what differs between resets
        with the same value is not counted.
        """
        rows = self.network.rows
        per_group = np.zeros((rows.groups, self._targets))
        for own in self.random.spawn(_REDRAWS):
            redraw = Redraw(messages, message, own)
            hops = [self._changed(redraw.change(number)) for number in range(4)]
            for chunk, found in self._over(hops):
                for block, (one, other, one_, other_) in found.values():
                    # Resets of both values, twice.
                    product = np.asarray((one - one_) * (other - other_))
                    ids, sums = rows.per_group(product, chunk)
                    per_group[ids, block.nodes] += sums / _REDRAWS
        return _causal(self._summed(per_group), rows.counts, spread)

    def _noise(self, settings: Settings, sd: Floats) -> Floats:
        """Return the information of targets about noise added to the source, bits.

        Two draws differ within one context, so that nothing else in the target varies, and effects
        of either sign add.
        """
        squares = np.zeros(self._targets)
        for _ in range(settings.draws):
            hops = [self._changed(self._added(settings.noise)) for _ in range(2)]
            for _, found in self._over(hops):
                for block, (one, other) in found.values():
                    squares[block.nodes] += _sum_of_squares(np.asarray(one - other))
        variance = self._summed(squares) / (2.0 * settings.draws * self._contexts)
        return _bits(_over_sd(_over_sd(variance, sd), sd))

    def _added(self, width: float) -> Change:
        """Return a change by normal noise, in standard deviations of each unit."""
        rows = len(self.network.rows)
        noise = {
            name: width * sds * torch.from_numpy(self.random.normal(size=(rows, len(sds))))
            for name, sds in self.sds.items()
        }
        return lambda part, values, behind: values + noise[part.block.name]


def _causal(per_group: Floats, counts: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """Return C = log2(1 + T) / 2 and its standard error by the delete-a-group jackknife.

    T is the share of a target's variance that a reset makes, E (b' - b'')^2 / (2 Var b).
    """
    total, n, groups = per_group.sum(axis=0), counts.sum(), len(counts)
    share = _over_sd(_over_sd(total / (2.0 * n), spread.sd), spread.sd)
    there = np.abs(share) >= NO_PATH
    flow = np.where(there, _bits(share), 0.0)
    rest = np.maximum(n - counts, 1.0)[:, None]
    variance = np.where(spread.left_out > 0.0, spread.left_out, np.inf)
    deleted = (total - per_group) / (2.0 * rest * variance)
    factor = (groups - 1) / groups if groups > 1 else np.nan
    error = np.sqrt(factor * ((deleted - deleted.mean(axis=0)) ** 2).sum(axis=0))
    return flow, np.where(there, error / (2.0 * np.log(2.0) * (1.0 + share)), 0.0)


def _bits(share: Floats) -> Floats:
    """Return log2(1 + share) / 2."""
    return np.log1p(share) / np.log(4.0)


def _sum_of_sizes(values: Floats) -> Floats:
    return np.abs(values).sum(axis=0)


def _sum_of_squares(values: Floats) -> Floats:
    return np.einsum("ij,ij->j", values, values)


def _over_sd(values: Floats, sd: Floats) -> Floats:
    return np.divide(values, sd, out=np.zeros_like(values), where=sd > 0.0)
