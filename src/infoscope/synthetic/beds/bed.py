"""Base class of test beds: networks of known connections, recorded with noise or in part."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import generator, real_number, whole_number
from infoscope.recordings.recording import Recording
from infoscope.synthetic.system import pairwise_array

# Steps before the first recorded one.
BURN_IN = 500
_LETTERS = {"inputs": "x", "hidden": "h", "outputs": "o"}


@dataclass(frozen=True, kw_only=True)
class Bed(ABC):
    """A network whose connections are known, and how it is recorded.

    `connectivity_beds` lists ready ones; make variants with `dataclasses.replace`. Beds with equal
    parameters have equal connections; only `recording` is random.

    Parameters
    ----------
    size : int
        Units of the network, recorded or not.
    rows : int
        Steps of a recording, over all sequences.
    noise : float
        Standard deviation of the recording noise of each unit, in its own standard deviations.
        Values are clipped to the range of the unit. Inputs and outputs are recorded exactly.
    hidden_share : float
        Share of the units that are not recorded, drawn by the seed.
    seed : int
        Of connections, weights and of which units are not recorded.

    Raises
    ------
    InputError
        If a parameter is out of range.

    Examples
    --------
    >>> from infoscope.synthetic import connectivity_beds
    >>> bed = replace(connectivity_beds()["echo-state"], rows=200, hidden_share=0.5)
    >>> rec = bed.recording()
    >>> rec["inputs"].shape, rec["hidden"].shape
    ((1, 200, 1), (1, 200, 50))
    >>> bed.truth.sizes
    Frozen({'source': 51, 'target': 51})
    """

    size: int
    rows: int
    noise: float = 0.0
    hidden_share: float = 0.0
    seed: int = 0

    # Range of the values of a unit, and seconds of a step if it has any.
    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    sampling_interval: ClassVar[float | None] = None

    def __post_init__(self) -> None:
        """Check the parameters common to all beds."""
        whole_number(self.size, "size", 2)
        whole_number(self.rows, "rows", 2)
        real_number(self.noise, "noise", 0.0)
        whole_number(self.seed, "seed", 0)
        if not real_number(self.hidden_share, "hidden_share", 0.0) < 1.0 or len(self.recorded) < 2:
            raise InputError(
                f"hidden_share must leave at least two of {self.size} units recorded, got "
                f"{self.hidden_share!r}; lower it, or raise size"
            )

    @abstractmethod
    def _simulate(self, random: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Return inputs, hidden and outputs, as far as there are any, (sequence, time, node)."""

    @abstractmethod
    def _influence(self) -> NDArray[Any]:
        """Return the truth (source, target) over inputs, all units and outputs."""

    @property
    def n_inputs(self) -> int:
        """Number of recorded inputs."""
        return 0

    @property
    def n_outputs(self) -> int:
        """Number of recorded outputs."""
        return 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on the network, which its recordings carry."""
        return ()

    @property
    def recorded(self) -> NDArray[np.int64]:
        """Indices of the recorded units."""
        kept = self.size - round(self.hidden_share * self.size)
        # Another stream than the wiring's: the same network, whatever share is recorded.
        random = np.random.default_rng(np.random.SeedSequence(self.seed).spawn(2)[1])
        return np.sort(random.permutation(self.size)[:kept])

    @property
    def names(self) -> dict[str, list[str]]:
        """Names of the recorded nodes of each block: inputs x0 ..., units h0 ..., outputs o0 ..."""
        places = {
            "inputs": range(self.n_inputs),
            "hidden": self.recorded,
            "outputs": range(self.n_outputs),
        }
        return {
            block: [f"{_LETTERS[block]}{i}" for i in of_block]
            for block, of_block in places.items()
            if len(of_block)
        }

    @property
    def truth(self) -> xr.DataArray:
        """Direct influence between the recorded nodes within one step, (source, target).

        Where connections are known, whether there is one (bool, False on the diagonal). Where
        influence depends on the visited states, the mean absolute derivative of the target by the
        source over them, both in their standard deviations (float, NaN on the diagonal).
        """
        values = self._influence()
        kept = np.concatenate([
            np.arange(self.n_inputs),
            self.n_inputs + self.recorded,
            self.n_inputs + self.size + np.arange(self.n_outputs),
        ])  # fmt: skip
        values = values[np.ix_(kept, kept)]
        graded = values.dtype != bool
        np.fill_diagonal(values, np.nan if graded else False)
        names = [name for of_block in self.names.values() for name in of_block]
        truth = pairwise_array(values, names, "truth")
        truth.attrs["kind"] = "mean absolute Jacobian" if graded else "connections"
        return truth

    def recording(self, random_state: Any = 0) -> Recording:
        """Run the network and record it.

        The row of an input is the step in which units read it, so that h_t depends on x_t and
        h_{t-1}; the recording states it (``aligned`` of `Recording.from_arrays`). Values are those
        of the network, not standardised.

        Parameters
        ----------
        random_state : int, Generator or None
            Source of inputs, process noise and recording noise.

        Raises
        ------
        EstimationError
            If a recorded unit is constant.
        """
        # Two streams, so that the same run is recorded with any noise.
        dynamics, of_recording = generator(random_state).spawn(2)
        blocks = self._simulate(dynamics)
        hidden = blocks["hidden"][..., self.recorded].astype(np.float64)
        spread = hidden.std(axis=(0, 1))
        if not spread.all():
            still = self.names["hidden"][int(np.argmin(spread))]
            raise EstimationError(
                f"unit {still} never changes in {self.rows} rows; raise rows or the drive"
            )
        if self.noise:
            noisy = hidden + self.noise * spread * of_recording.normal(size=hidden.shape)
            hidden = np.clip(noisy, *self.bounds)
        recording = Recording.from_arrays(
            inputs=blocks.get("inputs"), hidden=hidden, outputs=blocks.get("outputs"),
            names=self.names, aligned="layers", sampling_interval=self.sampling_interval,
        )  # fmt: skip
        noted = recording.fixed.assign_attrs(notes=self.notes)
        return replace(recording, fixed=noted) if self.notes else recording
