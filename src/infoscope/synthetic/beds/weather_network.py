"""Test bed: the published network, trained on the published weather."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from infoscope._errors import InputError, require
from infoscope._validate import Floats
from infoscope.recordings.recording import Recording
from infoscope.recordings.weights import RecurrentWeights
from infoscope.synthetic.beds.trained import TrainedBed, sequences_in
from infoscope.weather import Windows, load_chicago, make_windows

_EPOCHS = 1200


@dataclass(frozen=True, kw_only=True)
class WeatherNetwork(TrainedBed):
    """The paper's tanh network, trained to forecast temperature from 18 weather variables.

    h_t = tanh(x_t W_in + h_{t-1} W + b_h), o_t = h_t W_out + b_o, by the published training of
    1,200 epochs on windows of 10 days, the published split drawn by the seed. Recorded are inputs,
    h and outputs on the windows it was trained on. It fits these to at most 3 °F, and overfits:
    it does not forecast held-out days. Truth is graded, the mean absolute derivative over all its
    windows.

    Parameters
    ----------
    size, noise, hidden_share, seed
        As in `Bed`.
    rows : int
        Steps of all windows, a multiple of 10; the earliest windows are recorded.

    Raises
    ------
    InputError
        When it is recorded, if rows are more than those of its training windows.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018).

    Examples
    --------
    >>> WeatherNetwork().names["outputs"]
    ['o0', 'o1']
    """

    size: int = 25
    rows: int = 1300
    noise: float = 0.01

    criterion: ClassVar[float] = 3.0
    unit: ClassVar[str] = "°F root-mean-square error on its training windows"

    def __post_init__(self) -> None:
        """Check rows, too."""
        super().__post_init__()
        sequences_in(self.rows, 10)

    @property
    def n_inputs(self) -> int:
        """18 weather variables."""
        return 18

    @property
    def n_outputs(self) -> int:
        """Minimum and maximum temperature of the next day."""
        return 2

    @property
    def network(self) -> RecurrentWeights:
        """The weights of the trained network."""
        return _trained(self.size, self.seed)

    def _error(self) -> float:
        """Root-mean-square error on its training windows, °F."""
        windows = _windows(self.seed)
        x, y, _ = windows.split("train")
        wrong = (self.network.run(x)[1] - y) * windows.spread
        return float(np.sqrt(np.square(wrong).mean()))

    def _simulate(self, random: np.random.Generator) -> dict[str, Floats]:
        blocks, wanted = self._blocks(), sequences_in(self.rows, 10)
        if wanted > len(blocks["inputs"]):
            raise InputError(
                f"rows must be at most {10 * len(blocks['inputs'])}, those of the training windows "
                f"of seed {self.seed}, got {self.rows}; lower it"
            )
        return {name: values[:wanted] for name, values in blocks.items()}

    def _blocks(self) -> dict[str, Floats]:
        """Return all blocks on all training windows."""
        x, _, _ = _windows(self.seed).split("train")
        hidden, outputs = self.network.run(x)
        return {"inputs": x, "hidden": hidden, "outputs": outputs}

    def _influence(self) -> Floats:
        from infoscope.networks.influence import network_influence

        blocks = self._blocks()
        visited = Recording.from_arrays(blocks["inputs"], blocks["hidden"], blocks["outputs"])
        return network_influence(visited, weights=self.network, draws=1).jacobian.to_numpy()


@cache
def _windows(seed: int) -> Windows:
    return make_windows(load_chicago(), start="2015-05-01", end="2015-10-04", random_state=seed)


@cache
def _trained(size: int, seed: int) -> RecurrentWeights:
    require("torch", "training a test bed")
    from infoscope.networks import EnsembleMember, FullyRecurrent, TrainingSettings, train_ensemble

    inputs, targets, _ = _windows(seed).split("train")
    network = FullyRecurrent(inputs.shape[2], size, targets.shape[2], random_state=seed)
    member = EnsembleMember(network, inputs, targets, TrainingSettings(epochs=_EPOCHS))
    (state,) = train_ensemble([member], schedule=lambda epoch: False)
    return RecurrentWeights.of(state.parameters)
