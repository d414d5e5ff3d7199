"""Corrected estimates of one seed, from held-out days, each once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.analysis.estimators import (
    REFERENCE,
    flow_estimator,
)
from infoscope.analysis.fitted import analysed_epoch
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.training import new_network
from infoscope.estimators import KSG, Gaussian, LinearDecoder, NoiseProbe
from infoscope.flow.information_flow import FlowMatrix, information_flow
from infoscope.learning.held_out.decoding import cross_decoding, target_decoding
from infoscope.learning.held_out.jackknife import BLOCKS, rows_without_each_block, with_errors
from infoscope.learning.held_out.layer_state import state_measures
from infoscope.learning.held_out.resolution import lower_bits, mistaken_states
from infoscope.learning.held_out.rows import DailyRows, with_independent_inputs
from infoscope.learning.held_out.skill import skills
from infoscope.learning.held_out.smoothed_gaussian import SmoothedGaussian
from infoscope.learning.indicators import change_per_epoch
from infoscope.learning.plane import information_plane
from infoscope.measures.complexity import tse_complexity
from infoscope.networks import FullyRecurrent, gradient_signal_to_noise
from infoscope.paper.claims.parts.feedforward_part import feedforward_part
from infoscope.paper.claims.parts.flow_part import (
    flow_part,
    null_of_flow,
    null_part,
    structural_strength,
    untrained_part,
)
from infoscope.paper.claims.parts.larger_part import larger_part
from infoscope.paper.claims.parts.published_part import subset_part
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
from infoscope.recordings.weights import RecurrentWeights
from infoscope.significance import FlowSignificance

NULLS = ("circular-shift", "lag-swap")
_DECODER = LinearDecoder(ridge=0.1)
_SHARED = SmoothedGaussian()
_SUBSETS, _MANY_SUBSETS = 50, 200
_FEW_SUBSETS = 5
# Changes span the same number of epochs everywhere: over longer spans oscillations cancel.
_CHANGE_OVER = 50
# Facts of `network_gates` kept for every seed.
GATES = ("test_error", "reference_error", "ridge_error", "error_without_recurrence",
         "error_with_reset", "does_its_job", "needs_recurrence")  # fmt: skip
_POLICIES = ("absolute", "relative")
_PARTS = ("gates", "flow", "untrained", "null", "nodes", "curves", "shuffled", "gradients",
          "subsets", "systems", "feedforward", "larger")  # fmt: skip


class CorrectedSeed:
    """One seed in corrected mode: each of ``parts`` is a method.

    Parameters
    ----------
    settings : ClaimSettings
        Of the study.
    seed : int
        Which one.
    blocks : DailyBlocks
        The days, or trials.
    weights : mapping of str to Dataset
        Kind of training → its row of what `train_seeds` returned.
    estimator : KSG or Gaussian, optional
        Estimator of flows; by default as in corrected mode.
    """

    parts = _PARTS

    def __init__(
        self,
        settings: ClaimSettings,
        seed: int,
        blocks: DailyBlocks,
        weights: Mapping[str, xr.Dataset],
        estimator: KSG | Gaussian | None = None,
    ) -> None:
        self._study, self._settings = settings, settings.corrected_of(seed)
        self._seed, self._blocks = seed, blocks
        self._weights = weights
        self._estimator = flow_estimator(self._settings) if estimator is None else estimator
        self._windows = blocks.windows
        self._first = new_network(self._settings, self._windows).weights

    def gates(self) -> xr.Dataset:
        """Whether the analysed network does its task and needs recurrence."""
        network = FullyRecurrent.from_weights(self._of(self._trained[-1]))
        facts = self._blocks.gates(network)
        return xr.Dataset(
            {name: float(facts[name]) for name in GATES},
            attrs={"analysed_epoch": self._analysed, "unit": facts["unit"],
                   "reference": facts["reference"]},
        )  # fmt: skip

    def flow(self) -> xr.Dataset:
        """Flow over the network's connections; edges are significant by both nulls."""
        flow, levels = self._flow, self._settings.levels
        edges = {
            name: (flow.flow > 0.0)
            & np.logical_and.reduce(
                [
                    null.significant(level, correction=correction).to_numpy()
                    for null in self._nulls.values()
                ]
            )
            for name, (level, correction) in levels.items()
        }
        weights = self._of(self._trained[-1])
        strength = structural_strength(weights, self._recording())
        return flow_part(flow, flow.flow.notnull(), edges, list(levels)[-1], strength)

    def untrained(self) -> xr.Dataset:
        """Flow of the initial weights, scaled to the spread of the trained hidden nodes."""
        inputs = self._windows.split("train")[0]
        spread = float(self._recording().rows("hidden").std(axis=0).mean())
        first = untrained_weights(self._first, inputs, spread).flat()
        flow = self._flow_of(self._recorded(np.stack([first]), [0]))
        return untrained_part(self.flow(), flow)

    def null(self) -> xr.Dataset:
        """Which connections are significant by both nulls."""
        return null_part(self._nulls, self._flow.flow.notnull(), self._settings.false_share)

    def nodes(self) -> xr.Dataset:
        """Information of every hidden and output node about the whole input and true target."""
        held_out = with_independent_inputs(self._recording())
        nodes = held_out.nodes
        return information_plane(
            held_out,
            units=list(nodes.index[nodes["role"] != "input"]),
            reference="targets",
            estimator=LinearDecoder(),
            epochs=held_out.epochs[-1:],
            random_state=self._settings.generator("nodes"),
        ).data.isel(epoch=-1)

    def curves(self) -> xr.Dataset:
        """Indicators of every epoch, with jackknife replicates.

        They continue after the analysed epoch (attribute ``analysed_epoch``).
        """
        weights = self._weights[TRAINED]["weights"].to_numpy()
        epochs = self._weights[TRAINED]["epoch"].to_numpy().tolist()
        return self._curves(weights, epochs).assign_attrs(analysed_epoch=self._analysed)

    def shuffled(self) -> xr.Dataset:
        """Indicators of the first and the analysed epoch with shuffled targets."""
        weights = self._weights[SHUFFLED]["weights"].to_numpy()
        ends = [0, len(self._epochs) - 1]
        return self._curves(weights[ends], [self._epochs[end] for end in ends])

    def gradients(self) -> xr.Dataset:
        """Mean and spread of each matrix's gradient over a pass at fixed weights."""
        if len(self._epochs) == 1:
            raise EstimationError("the untrained network has the smallest validation error")
        inputs, targets, _ = self._windows.split("train")
        names, found = ["W_in", "W", "W_out"], []
        for vector in self._trained[1:]:
            network = FullyRecurrent.from_weights(self._of(vector))
            table = gradient_signal_to_noise(network, inputs, targets)
            found.append(table.set_index("parameter").loc[names, ["mean", "spread"]].to_numpy())
        values = np.array(found)
        return xr.Dataset(
            {
                name: (("parameter", "epoch"), values[:, :, i].T)
                for i, name in enumerate(("mean", "spread"))
            },
            coords={"parameter": names, "epoch": self._epochs[1:]},
        )

    def subsets(self) -> xr.Dataset:
        """Complexity of the analysed epoch by few and by many independent subsets."""
        rows = self._recording().rows("hidden")
        random = self._settings.generator("sensitivity")
        few, many = (
            tse_complexity(rows, subsets=subsets, estimator=_SHARED, random_state=random)
            for subsets in (_FEW_SUBSETS, _MANY_SUBSETS)
        )
        return subset_part(few, many, self._epochs[-1])

    def systems(self) -> xr.Dataset:
        """Average precision of flow on synthetic systems."""
        return system_part(self._study, self._seed, flow_estimator(self._settings))

    def feedforward(self) -> xr.Dataset:
        """Ranks of a feed-forward network with known layers."""
        return feedforward_part(self._study, self._seed, published=False)

    def larger(self) -> xr.Dataset:
        """Ranks of the hidden nodes of larger networks, trained and untrained, by the copula."""

        def of_size(nodes: int) -> tuple[xr.Dataset, xr.Dataset]:
            weights = {TRAINED: self._weights[larger_name(nodes)]}
            study = self._study.of_size(nodes)
            settings = study.corrected_of(self._seed)
            blocks = replace(self._blocks, settings=settings)
            other = CorrectedSeed(study, self._seed, blocks, weights, REFERENCE)
            return other.flow(), other.untrained()

        return larger_part(of_size, self._study.larger)

    @cached_property
    def _analysed(self) -> int:
        """The analysed epoch: by early stopping, or the last."""
        known = self._weights[TRAINED]
        epochs = known["epoch"].to_numpy().tolist()
        if not self._settings.fitted_network:
            return epochs[-1]
        validation = self._recorded(known["weights"].to_numpy(), epochs, "validation")
        return analysed_epoch(validation, self._settings.patience)

    @property
    def _epochs(self) -> list[int]:
        """Epochs up to the analysed one."""
        epochs = self._weights[TRAINED]["epoch"].to_numpy().tolist()
        return epochs[: epochs.index(self._analysed) + 1]

    @property
    def _trained(self) -> Floats:
        """Weights at these epochs, (epoch, weight)."""
        return self._weights[TRAINED]["weights"].to_numpy()[: len(self._epochs)]

    @cached_property
    def _flow(self) -> FlowMatrix:
        return self._flow_of(self._recording())

    @cached_property
    def _nulls(self) -> dict[str, FlowSignificance]:
        tested = self._flow.flow.notnull()
        return {name: null_of_flow(self._flow, tested, name, self._settings) for name in NULLS}

    def _flow_of(self, recording: Recording) -> FlowMatrix:
        return information_flow(
            recording, estimator=self._estimator, edges="structural", aligned="layers"
        )

    def _recording(self) -> Recording:
        return self._recorded(self._trained, self._epochs)

    def _of(self, vector: Floats) -> RecurrentWeights:
        return RecurrentWeights.from_flat(vector, *self._first.nodes)

    def _recorded(self, weights: Floats, epochs: list[int], part: str = "test") -> Recording:
        """Return a recording of the network's run through a part's days, in one sequence.

        The first days of every stretch are omitted, as in corrected mode.
        """
        series = self._blocks.series
        days = np.concatenate(
            [
                np.arange(s.start + self._settings.burn_in, s.stop)
                for s in series.stretches
                if series.part[s.start] == part
            ]
        )[np.newaxis]
        names = {
            "inputs": list(series.input_names),
            "targets": list(series.target_names),
            "hidden": [f"h{i}" for i in range(self._settings.hidden_nodes)],
            "outputs": [f"{name} forecast" for name in series.target_names],
        }
        fixed = Recording.from_arrays(
            inputs=series.inputs[days], targets=series.targets[days], days=series.days[days],
            names=names,
        ).fixed  # fmt: skip

        weights_of = {e: self._of(w) for e, w in zip(epochs, weights, strict=True)}
        read = partial(_states, self._blocks, weights_of, days, names)
        return Recording(fixed, tuple(epochs), read)

    def _curves(self, weights: Floats, epochs: list[int]) -> xr.Dataset:
        rows = {
            name: DailyRows.of(self._recorded(weights, epochs, part), 1, name)
            for name, part in (("train", "train"), ("held-out", "test"))
        }
        inputs = with_independent_inputs(rows["held-out"].recording).rows("inputs")
        states_at: dict[int, Floats] = {}
        found = []
        for epoch in epochs:
            states = {name: of.states(epoch) for name, of in rows.items()}
            here = self._at(rows, states, inputs)
            states_at[epoch] = np.hstack(list(states["held-out"].values()))
            before = states_at.get(epoch - _CHANGE_OVER)
            here["activation_change"] = xr.DataArray(
                np.nan
                if before is None
                else change_per_epoch(states_at[epoch], before, _CHANGE_OVER)
            )
            found.append(xr.Dataset(here))
        return xr.concat(found, "epoch").assign_coords(epoch=epochs)

    def _at(
        self, rows: dict[str, DailyRows], states: dict[str, dict[str, Floats]], inputs: Floats
    ) -> dict[str, xr.DataArray]:
        """Every curve at one epoch, on held-out days."""
        held, here = rows["held-out"], states["held-out"]
        kept = rows_without_each_block(len(inputs), BLOCKS)
        climatology = rows["train"].targets.mean(axis=0)
        error = np.abs(here["output"] - held.targets).mean()
        measures = state_measures(here["hidden"], _SHARED, _SUBSETS, self._seed, -1)
        found = {
            "error": xr.DataArray(error),
            "skill": xr.DataArray(skills(here["output"], held, climatology)[0]),
            "tse_complexity": measures["tse_complexity"],
            "tse_standard_error": measures["tse_complexity_error"],
            "spread": measures["spread"],
        }
        for unit in ("hidden", "output"):
            new = here[unit], held.targets
            target = target_decoding(states["train"][unit], rows["train"].targets, _DECODER, new)
            about = cross_decoding(here[unit], inputs, _DECODER)
            for of, decoding in (("target", target), ("input", about)):
                found |= with_errors(
                    f"{unit}_{of}_information",
                    np.array(decoding.bits()), decoding.replicates(kept), (),
                )  # fmt: skip
        for policy, sigma in zip(_POLICIES, self._settings.noise, strict=True):
            # One state matrix serves the bound and all its replicates.
            alike = mistaken_states(here["hidden"], NoiseProbe(sigma, policy))
            replicates = np.array([lower_bits(alike[np.ix_(rows, rows)]) for rows in kept])
            found |= with_errors(f"probe_{policy}", np.array(lower_bits(alike)), replicates, ())
        return found


def _states(
    blocks: DailyBlocks,
    weights_of: Mapping[int, RecurrentWeights],
    days: NDArray[np.int64],
    names: Mapping[str, list[str]],
    epoch: int,
) -> xr.Dataset:
    """Return the activations of an epoch; at module level, so that it can be pickled."""
    hidden, outputs = blocks.run_through(weights_of[epoch])
    return activation_dataset(hidden[days], outputs[days], names)
