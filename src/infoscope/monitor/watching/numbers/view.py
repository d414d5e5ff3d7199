"""The part of a training that numbers are computed from: arrays of a layer, at chosen snapshots."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats
from infoscope.recordings.recording import Recording

# Rows used for estimates.
_MOST_ROWS = 2000


@dataclass(frozen=True, eq=False)
class View:
    """A training up to some update.

    Parameters
    ----------
    recording : Recording
        Of the probe.
    log : DataFrame
        Updates so far.
    epochs : list of int
        Snapshots so far.
    held_out : Recording, optional
        Of held-out data, with the same epochs.
    """

    recording: Recording
    log: pd.DataFrame
    epochs: list[int]
    held_out: Recording | None = None

    @cached_property
    def layer(self) -> str | None:
        """The block that is looked at: the states h of the last recurrent layer."""
        hidden = [n for n, block in self.recording.blocks.items() if block.role == "hidden"]
        states = [name for name in hidden if name.endswith(".h")]
        return (states or hidden or [None])[-1]

    def hidden(self, epoch: int, *, held_out: bool = False) -> Floats | None:
        """Return the states of the layer, (sequence, time, unit), or None."""
        return None if self.layer is None else self._block(self.layer, epoch, held_out)

    def block(
        self, name: str, epoch: int | None = None, *, held_out: bool = False, every: bool = False
    ) -> Floats | None:
        """Return inputs, outputs or targets, (sequence, time, node), or None; some sequences."""
        return self._block(name, epoch, held_out, every)

    def _block(
        self, name: str, epoch: int | None, held_out: bool, every: bool = False
    ) -> Floats | None:
        recording = self.held_out if held_out else self.recording
        if recording is None:
            return None
        try:
            found = recording.block(name, epoch).to_numpy()
        except InputError:  # the recording has no such block
            return None
        steps = max(found.shape[1], 1)
        most = len(found) if every else max(_MOST_ROWS // steps, 1)
        places = np.unique(np.linspace(0, len(found) - 1, min(most, len(found))).astype(int))
        return found[places]


def rows(*blocks: Floats, lag: int = 0) -> list[Floats]:
    """Return blocks as (row, node) without padding; the last one ``lag`` steps earlier.

    Examples
    --------
    >>> x = np.arange(6.0).reshape(1, 6, 1)
    >>> [of.ravel().tolist() for of in rows(x, x, lag=2)]
    [[2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 2.0, 3.0]]
    """
    steps = blocks[0].shape[1] - lag
    cut = [block[:, lag:] for block in blocks[:-1]] + [blocks[-1][:, :steps] if lag else blocks[-1]]
    flat = [block.reshape(-1, block.shape[-1]) for block in cut]
    known = np.all([np.isfinite(block).all(axis=1) for block in flat], axis=0)
    return [block[known] for block in flat]


def known(compute: Callable[[], float]) -> float:
    """Return a number, NaN where it is not defined: constant values, too few rows."""
    try:
        return float(compute())
    except (EstimationError, InputError, np.linalg.LinAlgError):
        return float("nan")
