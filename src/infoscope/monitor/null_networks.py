"""Copies of anyone's model that learned nothing: untrained, or with shuffled weights."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._arrays import described
from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.monitor.interventions.measures import Settings
from infoscope.monitor.interventions.opening import Probe
from infoscope.monitor.record import record
from infoscope.monitor.replaying.eager_copy import copy_of, unwrap
from infoscope.networks.influence import NullInfluence
from infoscope.recordings.recording import Recording
from infoscope.surrogates.networks import (
    SHUFFLED,
    UNTRAINED,
    Words,
    mean_spread,
    scaled_to_spread,
)
from infoscope.surrogates.surrogate import child, root_seed

# Interval of the logarithm of the factor of the weights, and steps of its bisection: a precision
# of 1/200.
_LOGARITHMS = (-5.0, 6.0)
_STEPS = 11
# Relative tolerance of the spread, and networks that are drawn until one has it.
_NEAR, _TRIES = 0.05, 10
_RECURRENT = (nn.RNNBase, nn.RNNCellBase)


@dataclass(frozen=True, eq=False)
class NullNetworks:
    """Networks like a model that learned nothing.

    Parameters
    ----------
    words : Words
        Their null.
    make : callable
        Returns one; random numbers are torch's, which the caller seeds.
    probe : Probe
        What they run on.
    recording : Recording
        Of the model.
    """

    words: Words
    make: Callable[[np.random.Generator], Any]
    probe: Probe
    recording: Recording

    @property
    def wanted(self) -> float:
        """Mean standard deviation of the hidden nodes."""
        return mean_spread(self.recording)

    def draw(self, random: np.random.Generator) -> tuple[Any, float | None]:
        """Return a network, and its spread if that is matched.

        The spread of strongly coupled networks may jump with the scale of their weights; where it
        jumps over that of the model, another network is drawn.
        """
        spread = np.nan
        for _ in range(_TRIES):
            torch.default_generator.manual_seed(int(random.integers(2**63)))
            made = self.make(random)
            weights = _matrices(made) if isinstance(made, nn.Module) else {}
            if not weights:
                return made, None
            scaled = scaled_to_spread(
                {name: weight.clone().numpy(force=True) for name, weight in weights.items()},
                partial(self._spread, made, weights), self.wanted, _LOGARITHMS, _STEPS,
            )  # fmt: skip
            spread = self._spread(made, weights, scaled)
            if abs(spread - self.wanted) <= _NEAR * self.wanted:
                return made, spread
        raise EstimationError(
            "null must have networks of the model's spread, got hidden nodes with a standard "
            f"deviation of {spread:.3g} on average instead of {self.wanted:.3g} at any scale of "
            "the weights; pass a function that returns networks of that spread"
        )

    def _spread(
        self, made: nn.Module, weights: Mapping[str, Tensor], arrays: Mapping[str, Floats]
    ) -> float:
        """Return the spread of a network with these weights, which it keeps."""
        for name, array in arrays.items():
            weights[name].copy_(torch.from_numpy(array))
        probe = self.probe
        ran = record(
            made, probe.inputs, units=probe.units, state=probe.state, lengths=probe.lengths,
            scans=probe.scans, dtype="float64",
        )  # fmt: skip
        return mean_spread(ran)


def null_networks(model: Any, null: Any, probe: Probe, recording: Recording) -> NullNetworks:
    """Return the null networks of a model.

    Raises
    ------
    InputError
        If there is no such null, or the weights of the model cannot be drawn again.
    """
    kinds = {UNTRAINED.name: (UNTRAINED, _untrained), SHUFFLED.name: (SHUFFLED, _shuffled)}
    if isinstance(null, str) and null in kinds:
        if not isinstance(model, nn.Module):
            raise InputError(
                f"null must be a function that returns another step function, got {null!r}: the "
                "weights of a step function are not known; build one with initial weights"
            )
        words, change = kinds[null]

        def make(random: np.random.Generator) -> nn.Module:
            made = copy_of(unwrap(model)).requires_grad_(False)
            change(made, random)
            return made

        # Errors come before all work.
        make(np.random.default_rng(0))
        return NullNetworks(words, make, probe, recording)
    if not callable(null) or isinstance(null, nn.Module):
        raise InputError(
            f"null must be {' or '.join(map(repr, kinds))}, or a function that returns a network "
            f"with initial weights, got {described(null)}; pick one of these"
        )
    _must_take_nothing(null)

    def built(random: np.random.Generator) -> Any:
        made = null()
        if isinstance(made, nn.Module) != isinstance(model, nn.Module) or not callable(made):
            raise InputError(
                f"null must return a network as the model is, a {type(model).__name__}, got "
                f"{described(made)}; build the same architecture"
            )
        return made

    name = getattr(null, "__name__", "given networks")
    return NullNetworks(UNTRAINED._replace(name=name), built, probe, recording)


def _must_take_nothing(null: Callable[..., Any]) -> None:
    try:
        inspect.signature(null).bind()
    except TypeError as error:
        raise InputError(
            f"null must be a function without arguments, got one with {error}; wrap it in one"
        ) from error
    except ValueError:
        return  # a function of C does not say


def drawn(
    networks: NullNetworks, lags: Sequence[int], groups: Mapping[str, Sequence[int]] | None,
    count: int, random: np.random.Generator, progress: bool,
) -> NullInfluence:  # fmt: skip
    """Return the causal information flow of null networks."""
    seed, values, spreads = root_seed(random), [], []
    settings = Settings(("causal",))
    with Progress(count, f"{networks.words.name} networks", progress) as bar:
        for number in range(count):
            own = child(seed, number)
            made, spread = networks.draw(own)
            ready = networks.probe.opened(made, own)
            if list(ready.recording.nodes.index) != list(networks.recording.nodes.index):
                raise InputError(
                    f"null must return networks with the nodes of the model, got "
                    f"{len(ready.recording.nodes)} instead of {len(networks.recording.nodes)}, or "
                    "others; build the same architecture"
                )
            found = networks.probe.matrices(ready, lags, settings, groups, own, False)
            # A constant node does not influence.
            values.append(np.nan_to_num(found["causal"]))
            spreads.append(spread)
            bar.advance()
    return NullInfluence(networks.words.name, networks.words.tests, np.stack(values),
                         _note(spreads, networks.wanted))  # fmt: skip


def _note(spreads: Sequence[float | None], wanted: float) -> str:
    there = [spread for spread in spreads if spread is not None]
    if not there:
        return (
            "the spread of the networks is not matched: they have no RNN, LSTM or GRU whose "
            "weights could be scaled"
        )
    return (
        f"weights of recurrent layers scaled so that hidden nodes have the mean standard deviation "
        f"of the model, {wanted:.3g} ({min(there):.3g} to {max(there):.3g})"
    )


def _untrained(model: nn.Module, random: np.random.Generator) -> None:
    """Draw all parameters again by the modules' own code, those of the innermost first."""
    for name, module in reversed(list(model.named_modules())):
        reset = getattr(module, "reset_parameters", getattr(module, "_reset_parameters", None))
        own = [key for key, _ in module.named_parameters(recurse=False)]
        if own and reset is None:
            raise InputError(
                f"model must have modules with reset_parameters for untrained networks, got "
                f"{name or 'the model'}, a {type(module).__name__} with {', '.join(own)}; define "
                "it, or pass null= a function that returns a model with initial weights"
            )
        if reset is not None:
            reset()


def _shuffled(model: nn.Module, random: np.random.Generator) -> None:
    """Permute the entries of each weight, those of each gate among themselves."""
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if parameter.dim() > 1:
                gates = 1
                if isinstance(module, _RECURRENT) and len(parameter) % module.hidden_size == 0:
                    gates = len(parameter) // module.hidden_size
                for part in parameter.data.chunk(gates):
                    order = torch.from_numpy(random.permutation(part.numel())).to(part.device)
                    part.copy_(part.flatten()[order].view_as(part))


def _matrices(model: nn.Module) -> dict[str, Tensor]:
    """Return the weights of torch's recurrent layers, without their vectors."""
    return {
        f"{name}.{key}": parameter.data
        for name, module in model.named_modules() if isinstance(module, _RECURRENT)
        for key, parameter in module.named_parameters(recurse=False) if parameter.dim() > 1
    }  # fmt: skip
