"""Influence between nodes from a network's own weights, as the truth for measured flows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, generator, instance, real_number, whole_number
from infoscope.graphs.matrix_dataset import MatrixDataset, with_roles
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights
from infoscope.significance import FlowSignificance, significance_of
from infoscope.significance.multiplicity import edge_classes

# What a significant edge of `Influence.significance` means.
_MEANS = "more influence than in networks that have learned nothing"


class NullInfluence(NamedTuple):
    """Causal information flow of networks that have learned nothing.

    Parameters
    ----------
    name, tests : str
        The null, and its hypothesis.
    values : array (network, source, target, lag)
        The flow in each, bits.
    note : str
        How their spread was matched.
    """

    name: str
    tests: str
    values: Floats
    note: str


class Influence(MatrixDataset):
    """Influence between nodes by intervention: a Dataset of matrices (source, target)."""

    __slots__ = ("_nulls",)

    def _line(self) -> str:
        measures = [name for name in self.matrices if not name.endswith("_error")]
        about = [f"{len(measures)} measures"]
        about += [f"{self.sizes[dim]} {dim}s" for dim in ("source", "lag") if dim in self.dims]
        stated = ("contexts", "noise", "draws")
        about += [f"{name} = {self.attrs[name]}" for name in stated if name in self.attrs]
        return ", ".join(about)

    def significance(self, *, lag: int | None = None) -> FlowSignificance:
        """Test whether causal information flow is learned: above that of null networks.

        Units of null networks share only their names with those of the model. So each flow is
        standardised by the null networks' own between the same two nodes, and compared with those
        of all pairs of the same two roles: one pool for inputs to hidden, one between hidden nodes,
        one for hidden to outputs. Pairs between which no path leads, in the model and all null
        networks, are not tested. False discovery rates are in ``q``.

        Parameters
        ----------
        lag : int, optional
            Lag, of a result with several; by default the first.

        Returns
        -------
        FlowSignificance
            Its ``notes`` say how large each pool is, and how the networks' spread was matched.

        Raises
        ------
        InputError
            If `influence` was not given ``null=``, or the result is a selection.

        Examples
        --------
        >>> import torch
        >>> from infoscope import influence
        >>> rnn = torch.nn.RNN(2, 4, batch_first=True)
        >>> found = influence(rnn, torch.randn(8, 10, 2), null="weight-shuffled", surrogates=19)
        >>> found.significance().surrogates
        19
        """
        nulls: NullInfluence | None = getattr(self, "_nulls", None)
        if nulls is None:
            raise InputError(
                "influence must be as influence(..., null='untrained') returned it, got a result "
                "without null networks, or a selection; compute it with null="
            )
        observed, _ = self._at_lag(self["causal"], lag)
        place = 0
        if "lag" in self.dims and lag is not None:
            place = self["lag"].to_numpy().tolist().index(lag)
        values, drawn = observed.to_numpy(), nulls.values[..., place]
        tested = (values > 0.0) | ((drawn > 0.0).any(axis=0) & np.isfinite(values))
        found = significance_of(
            observed.assign_attrs(edge=_MEANS), np.nan_to_num(drawn), tested=tested,
            nodes=self._nodes, null=nulls.name, pool=True, tests=nulls.tests,
        )  # fmt: skip
        pools = pd.Series(edge_classes(self._nodes)[tested]).value_counts(sort=False)
        pooled = ", ".join(f"{len(drawn) * n} of {n} pairs {of}" for of, n in pools.items())
        notes = f"p from the standardised flows of all null networks, pooled: {pooled}"
        return replace(found, notes=(notes, nulls.note))


def network_influence(
    recording: Recording,
    *,
    weights: Any = None,
    epoch: int | None = None,
    noise: float = 0.1,
    draws: int = 10,
    random_state: Any = 0,
) -> Influence:
    """Compute the influence between all nodes of a fully recurrent network.

    The network is h_t = tanh(x_t W_in + h_{t-1} W + b_h), o_t = h_t W_out + b_o, each sequence from
    the state h_0; influence is over one hop: x_t to h_t, h_{t-1} to h_t, h_t to o_t.

    Parameters
    ----------
    recording : Recording
        Inputs, hidden and outputs of the network; with targets, also errors.
    weights : mapping or object with ``arrays()``, optional
        Arrays W_in (input, hidden), W (hidden, hidden), W_out (hidden, output), b_h, b_o and h_0,
        as `infoscope.networks.FullyRecurrent.arrays` returns them; by default from the snapshot.
    epoch : int, optional
        Snapshot; the last by default.
    noise : float
        Standard deviation of the injected noise, in standard deviations of the source.
    draws : int
        Pairs of noise draws per row.
    random_state : int, Generator or None
        Source of the noise.

    Returns
    -------
    Influence
        A Dataset of matrices (source, target), with ``plot``; 0 without a hop from source to
        target, NaN on the diagonal.

        ================ =====================================================================
        weight           abs(weight) times the standard deviation of the source
        jacobian         mean abs(d target / d source) in their standard deviations
        ablation         root-mean-square change of the target in that hop, in its standard
                         deviations, when the source is held at its mean
        ablation_total   the same when the source is held there all the time: by all paths
        noise_injection  information, bits, of the target about noise that is added to the source
                         in that hop, given everything else: log2(1 + V / Var) / 2, V the variance
                         that the noise makes in the target of one row
        ================ =====================================================================

        With targets also ``ablation_error`` (source,): rise of the mean squared error under
        ablation.

    Raises
    ------
    InputError
        If blocks or weights are missing, their shapes disagree, or the weights do not reproduce the
        recorded states.
    EstimationError
        If a hidden node or an output is constant.

    References
    ----------
    Interventions: N. Ay, D. Polani, Adv. Complex Syst. 11, 17 (2008).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> weights = {"W_in": np.eye(2), "W": np.array([[0.0, 0.9], [0.0, 0.0]]), "W_out": np.eye(2),
    ...     "b_h": np.zeros(2), "b_o": np.zeros(2), "h_0": np.zeros(2)}
    >>> x, h = rng.normal(size=(50, 10, 2)), np.zeros((50, 11, 2))
    >>> for t in range(10):
    ...     h[:, t + 1] = np.tanh(x[:, t] @ weights["W_in"] + h[:, t] @ weights["W"])
    >>> rec = Recording.from_arrays(inputs=x, hidden=h[:, 1:], outputs=h[:, 1:])
    >>> found = network_influence(rec, weights=weights).jacobian
    >>> bool(found.sel(source="h0", target="h1") > found.sel(source="h1", target="h0") == 0)
    True
    """
    instance(recording, Recording, "recording")
    width = real_number(noise, "noise", 0.0)
    if width == 0.0:
        raise InputError("noise must be > 0, got 0; give it in the source's standard deviations")
    count = whole_number(draws, "draws", 1)
    random = generator(random_state)
    network = _Network.of(recording, weights, epoch)
    targets = None if recording.targets is None else recording.targets.to_numpy()
    total, errors = network.ablation_total(targets)
    parts: dict[str, Floats] = {
        "weight": np.abs(network.weights) * network.spread[:, np.newaxis],
        "jacobian": network.jacobian(),
        "ablation": network.ablation(),
        "ablation_total": total,
        "noise_injection": network.noise_injection(width, count, random),
    }
    names = list(recording.nodes.index)
    coordinates = {"source": names, "target": names}
    units = {"noise_injection": "bit", "weight": "of the target's input"}
    dataset = Influence(attrs=with_roles({"noise": width, "draws": count}, recording.nodes))
    for name, values in parts.items():
        np.fill_diagonal(values, np.nan)
        dataset[name] = xr.DataArray(
            values, coordinates, ("source", "target"), attrs={"units": units.get(name, "1")}
        )
    if errors is not None:
        dataset["ablation_error"] = ("source", errors)
    return dataset


@dataclass(frozen=True)
class _Network:
    """Weights and recorded activations of a fully recurrent network.

    ``x``, ``h`` and ``o`` are (sequence, time, node).
    """

    own: RecurrentWeights
    x: Floats
    h: Floats
    o: Floats

    @classmethod
    def of(cls, recording: Recording, weights: Any, epoch: int | None) -> "_Network":
        """Take both from a recording, and check that they match."""
        x, h, o = (_block(recording, name, epoch) for name in ("inputs", "hidden", "outputs"))
        if weights is None:
            own = RecurrentWeights.in_snapshot(recording.snapshot(epoch))
        else:
            own = RecurrentWeights.of(weights)
        with np.errstate(over="ignore"):
            own.must_lead_to(x, h, o)
        network = cls(own, x, h, o)
        still = np.flatnonzero(network.spread[x.shape[2] :] == 0.0)
        if len(still):
            name = recording.nodes.index[x.shape[2] + int(still[0])]
            raise EstimationError(
                f"influence on {name} is not defined: it never changes; remove the node from "
                "network and recording"
            )
        return network

    @property
    def spread(self) -> Floats:
        """Standard deviation of each node; exactly 0 if constant."""
        rows = np.concatenate([_rows(part) for part in (self.x, self.h, self.o)], axis=1)
        return np.where(np.ptp(rows, axis=0) == 0.0, 0.0, rows.std(axis=0))

    @property
    def weights(self) -> Floats:
        """All weights, (source, target) over all nodes."""
        return self.own.matrix()

    def held(self, source: int, value: float) -> tuple[Floats, Floats]:
        """Hidden and outputs with one input or hidden node held constant."""
        inputs = self.x.shape[2]
        if source >= inputs:
            return self.own.holding(source - inputs, value).run(self.x)
        x = self.x.copy()
        x[..., source] = value
        return self.own.run(x)

    def jacobian(self) -> Floats:
        """Mean absolute derivative of each target by each source, in standard deviations."""
        slope = np.concatenate(
            [np.ones(self.x.shape[2]), 1.0 - (_rows(self.h) ** 2).mean(axis=0),
             np.ones(self.o.shape[2])]
        )  # fmt: skip
        return np.abs(self.weights) * slope * self.spread[:, np.newaxis] / self._unit

    def ablation(self) -> Floats:
        """Root-mean-square change of each target with a source held at its mean for one hop."""
        found = np.zeros(self.weights.shape)
        for hop in self._hops():
            change = (hop.values.mean() - hop.values)[:, np.newaxis] * hop.weights
            moved = hop.after(change) - hop.after()
            found[hop.source, hop.targets] = np.sqrt((moved**2).mean(axis=0))
        return found / self._unit

    def ablation_total(self, wanted: Floats | None) -> tuple[Floats, Floats | None]:
        """The same with the source held throughout, and the rise of the error."""
        inputs, hidden, _ = self.own.nodes
        found = np.zeros(self.weights.shape)
        errors = np.zeros(len(found))
        # Computed, not recorded, so that rounding does not look like an effect.
        free_h, free_o = self.own.run(self.x)
        for source in range(inputs + hidden):
            block, place = (self.x, source) if source < inputs else (self.h, source - inputs)
            h, o = self.held(source, float(block[..., place].mean()))
            moved = np.concatenate([_rows(h - free_h), _rows(o - free_o)], axis=1)
            found[source, inputs:] = np.sqrt((moved**2).mean(axis=0))
            if wanted is not None:
                errors[source] = ((o - wanted) ** 2).mean() - ((free_o - wanted) ** 2).mean()
        return found / self._unit, None if wanted is None else errors

    def noise_injection(self, width: float, draws: int, random: np.random.Generator) -> Floats:
        """Information of each target about noise added to a source, bits."""
        found = np.zeros(self.weights.shape)
        for hop in self._hops():
            noise = random.normal(size=(2, draws, len(hop.values), 1))
            # Two draws differ within one row, so that nothing else in the target varies.
            one, other = hop.after(width * self.spread[hop.source] * noise * hop.weights)
            variance = np.square(one - other).mean(axis=(0, 1)) / 2.0
            share = variance / self._unit[hop.targets] ** 2
            found[hop.source, hop.targets] = np.log1p(share) / np.log(4.0)
        return found

    @property
    def _unit(self) -> Floats:
        """Standard deviation of each target, inputs excluded."""
        return np.where(np.arange(len(self.spread)) < self.x.shape[2], 1.0, self.spread)

    def _hops(self) -> Iterator["_Hop"]:
        """Yield every source with its targets in one hop."""
        w, inputs, both = self.own, self.x.shape[2], self.x.shape[2] + self.h.shape[2]
        first = np.broadcast_to(w.h_0, self.h[:, :1].shape)
        before = np.concatenate([first, self.h[:, :-1]], axis=1)
        drive = _rows(self.x @ w.W_in + before @ w.W + w.b_h)
        read = _rows(self.h @ w.W_out + w.b_o)
        for start, end, values, matrix, pushed, squashed in (
            (0, inputs, self.x, w.W_in, drive, True),
            (inputs, inputs, before, w.W, drive, True),
            (inputs, both, self.h, w.W_out, read, False),
        ):
            targets = slice(end, end + matrix.shape[1])
            for place, weights in enumerate(matrix):
                of_source = _rows(values)[:, place]
                yield _Hop(start + place, targets, of_source, weights, pushed, squashed)


@dataclass(frozen=True)
class _Hop:
    """A source and its targets in one hop.

    ``values`` (row,) are the source, ``drive`` (row, target) is the total input of the targets,
    source included, and ``squashed`` says whether tanh follows.
    """

    source: int
    targets: slice
    values: Floats
    weights: Floats
    drive: Floats
    squashed: bool

    def after(self, change: Floats | float = 0.0) -> Floats:
        """Return the targets for a changed drive."""
        drive = self.drive + change
        return np.tanh(drive) if self.squashed else drive


def _block(recording: Recording, name: str, epoch: int | None) -> Floats:
    if recording.trials is not None:
        raise InputError(
            "recording must have sequences of equal length, got trials of different lengths; cut "
            "them to the shortest, or record each length separately"
        )
    return recording.block(name, epoch).to_numpy().astype(np.float64)


def _rows(values: Floats) -> Floats:
    return values.reshape(-1, values.shape[-1])
