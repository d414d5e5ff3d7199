"""Published estimates of one seed."""

from collections.abc import Mapping
from functools import cached_property, partial

import numpy as np
import xarray as xr

from infoscope._validate import Floats
from infoscope.analysis.study_data.training import new_network
from infoscope.estimators import KSG, KozachenkoLeonenko
from infoscope.flow.information_flow import FlowMatrix, information_flow
from infoscope.flow.mutual_information import mutual_information
from infoscope.learning.held_out.jackknife import BLOCKS, rows_without_each_block
from infoscope.learning.indicators import learning_indicators
from infoscope.learning.plane import information_plane
from infoscope.measures.complexity import tse_complexity
from infoscope.paper.claims.parts.feedforward_part import feedforward_part
from infoscope.paper.claims.parts.flow_part import (
    flow_part,
    node_entropies,
    null_of_flow,
    null_part,
    structural_strength,
    untrained_part,
)
from infoscope.paper.claims.parts.larger_part import larger_part
from infoscope.paper.claims.parts.synthetic_part import system_part
from infoscope.paper.claims.parts.training import (
    SHUFFLED,
    TRAINED,
    larger_name,
    untrained_weights,
)
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.recordings.blocks import activation_dataset
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights, split
from infoscope.weather import Windows

# Number of random pairs compared with surrogates, enough for a share of all pairs.
_TESTED_SHARE = 1.0 / 6.0
_NULL = "circular-shift"
_PARTS = ("flow", "untrained", "null", "nodes", "curves", "shuffled", "gradients", "subsets",
          "systems", "feedforward", "larger")  # fmt: skip


class PublishedSeed:
    """One seed in published mode: each of ``parts`` is a method.

    Parameters
    ----------
    settings : ClaimSettings
        Of the study.
    seed : int
        Which one.
    windows : Windows
        Its data.
    weights : mapping of str to Dataset
        Kind of training → its row of what `train_seeds` returned.
    """

    parts = _PARTS

    def __init__(
        self,
        settings: ClaimSettings,
        seed: int,
        windows: Windows,
        weights: Mapping[str, xr.Dataset],
    ) -> None:
        self._study, self._settings = settings, settings.published_of(seed)
        self._seed, self._windows = seed, windows
        self._weights = weights
        self._first = new_network(self._settings, windows).weights
        self._ksg = KSG(k=settings.k, jitter=settings.jitter)
        self._entropy = KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)

    def flow(self) -> xr.Dataset:
        """Flow between all pairs, and the graph of each threshold."""
        flow = self._flow
        edges = {f"{t:g} bits": flow.flow > t for t in sorted(self._settings.thresholds)}
        allowed = flow.flow.notnull()
        weights = self._of(self._weights[TRAINED]["weights"].to_numpy()[-1])
        part = flow_part(
            flow, allowed, edges, f"{self._settings.main_threshold:g} bits",
            structural_strength(weights, self._recording),
        )  # fmt: skip
        part["entropy"] = ("source", node_entropies(self._recording, self._entropy))
        return part

    def untrained(self) -> xr.Dataset:
        """Flow of the initial weights, scaled to the spread of the trained hidden nodes."""
        inputs = self._windows.split("train")[0]
        spread = float(self._recording.rows("hidden").std(axis=0).mean())
        first = untrained_weights(self._first, inputs, spread).flat()
        flow = self._flow_of(self._recorded(np.stack([first]), [0]))
        return untrained_part(self.flow(), flow)

    def null(self) -> xr.Dataset:
        """Significance of a random sixth of the pairs."""
        random = np.random.default_rng([self._seed, 2])
        pairs = self._flow.flow.notnull()
        tested = pairs & (random.random(pairs.shape) < _TESTED_SHARE)
        settings = self._study.corrected_of(self._seed)
        found = null_of_flow(self._flow, tested, _NULL, settings)
        return null_part({_NULL: found}, tested, settings.false_share)

    def nodes(self) -> xr.Dataset:
        """Information of every node about the whole input and the final output."""
        return information_plane(
            self._recording,
            units="nodes",
            reference="final-output",
            estimator=self._ksg,
            rows=self._settings.plane_rows,
            epochs=self._recording.epochs[-1:],
            random_state=self._settings.generator("nodes"),
        ).data.isel(epoch=-1)

    def curves(self) -> xr.Dataset:
        """Indicators of every snapshot, with replicates of the four information curves."""
        data = self._indicators(self._recording, self._recording.epochs)
        replicates = [self._replicates(epoch) for epoch in self._recording.epochs]
        data["spread"] = ("epoch", [self._spread(epoch) for epoch in self._recording.epochs])
        for name in replicates[0]:
            data[f"{name}_replicates"] = (
                ("epoch", "block"),
                np.array([of_epoch[name] for of_epoch in replicates]),
            )
        return data.assign(skill=-data["error"])

    def shuffled(self) -> xr.Dataset:
        """Indicators of the first and last epoch with shuffled targets."""
        weights = self._weights[SHUFFLED]["weights"].to_numpy()
        epochs = self._weights[SHUFFLED]["epoch"].to_numpy()
        recording = self._recorded(weights[[0, -1]], epochs[[0, -1]].tolist())
        return self._indicators(recording, recording.epochs)

    def gradients(self) -> xr.Dataset:
        """Mean and spread of the absolute entries of the last window's gradient, without W."""
        known = self._weights[TRAINED]["gradient"]
        found = []
        for vector in known.to_numpy():
            arrays = split(vector, *self._first.nodes)
            entries = np.concatenate([np.abs(g).ravel() for n, g in arrays.items() if n != "W"])
            found.append((entries.mean(), entries.std()))
        table = np.array(found).T[:, np.newaxis]
        return xr.Dataset(
            {name: (("parameter", "epoch"), table[i]) for i, name in enumerate(("mean", "spread"))},
            coords={"parameter": ["all but W"], "epoch": known["epoch"].to_numpy()},
        )

    def subsets(self) -> xr.Dataset:
        """Complexity of the last epoch by few and by many independent subsets."""
        rows = self._recording.rows("all")
        random = self._settings.generator("sensitivity")
        few, many = (
            tse_complexity(rows, subsets=subsets, estimator=self._entropy, random_state=random)
            for subsets in (self._settings.subsets, self._study.many_subsets)
        )
        return subset_part(few, many, self._recording.epochs[-1])

    def systems(self) -> xr.Dataset:
        """Average precision of flow on synthetic systems."""
        return system_part(self._study, self._seed, self._ksg)

    def feedforward(self) -> xr.Dataset:
        """Ranks of a feed-forward network with known layers."""
        return feedforward_part(self._study, self._seed, published=True)

    def larger(self) -> xr.Dataset:
        """Ranks of the hidden nodes of larger networks, trained and untrained."""

        def of_size(nodes: int) -> tuple[xr.Dataset, xr.Dataset]:
            weights = {TRAINED: self._weights[larger_name(nodes)]}
            other = PublishedSeed(self._study.of_size(nodes), self._seed, self._windows, weights)
            return other.flow(), other.untrained()

        return larger_part(of_size, self._study.larger)

    @cached_property
    def _recording(self) -> Recording:
        weights = self._weights[TRAINED]["weights"].to_numpy()
        return self._recorded(weights, self._weights[TRAINED]["epoch"].to_numpy().tolist())

    @cached_property
    def _flow(self) -> FlowMatrix:
        return self._flow_of(self._recording)

    def _flow_of(self, recording: Recording) -> FlowMatrix:
        random = self._settings.generator("flow")
        return information_flow(
            recording, estimator=self._ksg, aligned="layers", random_state=random
        )

    def _of(self, vector: Floats) -> RecurrentWeights:
        return RecurrentWeights.from_flat(vector, *self._first.nodes)

    def _recorded(self, weights: Floats, epochs: list[int]) -> Recording:
        """Return a recording of these weights (epoch, weight) over the training windows."""
        inputs, targets, days = self._windows.split("train")
        names = {
            "inputs": list(self._windows.input_names),
            "targets": list(self._windows.target_names),
            "hidden": [f"h{i}" for i in range(self._settings.hidden_nodes)],
            "outputs": [f"{name} forecast" for name in self._windows.target_names],
        }
        fixed = Recording.from_arrays(inputs=inputs, targets=targets, days=days, names=names).fixed

        weights_of = {e: self._of(w) for e, w in zip(epochs, weights, strict=True)}
        return Recording(fixed, tuple(epochs), partial(_states, weights_of, inputs, names))

    def _indicators(self, recording: Recording, epochs: tuple[int, ...]) -> xr.Dataset:
        return learning_indicators(
            recording,
            reference="final-output",
            estimator=self._ksg,
            rows=self._settings.plane_rows,
            entropy_estimator=self._entropy,
            subsets=self._settings.subsets,
            epochs=epochs,
            complexity_epochs=[e for e in epochs if e in self._study.complexity_epochs],
            random_state=self._settings.generator("indicators"),
        ).data

    def _replicates(self, epoch: int) -> dict[str, list[float]]:
        """Jackknife replicates of the four information curves."""
        limit, recording = self._settings.plane_rows, self._recording
        layers = {"hidden": recording.rows("hidden", epoch, limit),
                  "output": recording.rows("outputs", epoch, limit)}  # fmt: skip
        about = {"input": recording.rows("inputs", limit=limit),
                 "target": recording.rows("outputs", limit=limit)}  # fmt: skip
        kept = rows_without_each_block(len(about["input"]), BLOCKS)
        return {
            f"{unit}_{of}_information": [
                mutual_information(
                    layer[rows], known[rows], estimator=self._ksg, random_state=self._seed
                ).bits
                for rows in kept
            ]
            for unit, layer in layers.items()
            for of, known in about.items()
        }

    def _spread(self, epoch: int) -> float:
        return float(self._recording.rows("hidden", epoch).std(axis=0).mean())


def _states(
    weights_of: Mapping[int, RecurrentWeights],
    inputs: Floats,
    names: Mapping[str, list[str]],
    epoch: int,
) -> xr.Dataset:
    """Return the activations of an epoch; at module level, so that it can be pickled."""
    return activation_dataset(*weights_of[epoch].run(inputs), names)


def subset_part(few: object, many: object, epoch: int) -> xr.Dataset:
    """Return the part ``subsets`` of a `SeedStudy` from two estimates of the complexity."""
    names = ("few", "many")
    values = {
        column: ("epoch", [getattr(estimate, attribute)])
        for name, estimate in zip(names, (few, many), strict=True)
        for column, attribute in (
            (name, "bits"), (f"{name}_error", "standard_error_bits"))
    }  # fmt: skip
    return xr.Dataset(values, coords={"epoch": [epoch]})
