"""Stages: named parts of an analysis, each a cached Dataset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import xarray as xr

from infoscope.analysis.study import Study

Done = Mapping[str, xr.Dataset]
# Returns the Dataset of one piece, given the earlier stages by name.
Compute = Callable[[Study, Done, Sequence[int], bool], xr.Dataset]
# Snapshots per saved piece of a stage: the most that an interruption can cost.
_AT_ONCE = 15


def _always(_: Study) -> bool:
    return True


def repaired(study: Study) -> bool:
    """Return whether any flaw is repaired: what is new is left out of the published analysis."""
    return bool(study.settings.repairs)


def _none(_: Study) -> Sequence[int]:
    return ()


@dataclass(frozen=True)
class Stage:
    """One stage.

    Parameters
    ----------
    name : str
        Name of its Dataset.
    compute : callable
        Study, earlier stages, epochs, progress → Dataset.
    applies : callable
        Whether a study supports and requests the stage.
    epochs : callable
        Snapshots of the stage, in pieces; none for a stage of one snapshot.
    at_once : int
        Snapshots per piece.
    needs : tuple of str
        Names of the earlier stages that it reads.
    """

    name: str
    compute: Compute
    applies: Callable[[Study], bool] = _always
    epochs: Callable[[Study], Sequence[int]] = field(default=_none)
    at_once: int = _AT_ONCE
    needs: tuple[str, ...] = ()

    def whole(self, study: Study, done: Done) -> xr.Dataset:
        """Return the Dataset of all its snapshots, computed in one piece."""
        return self.compute(study, done, list(self.epochs(study)), False)

    def pieces(
        self, study: Study, done: Done, progress: bool
    ) -> dict[str, Callable[[], xr.Dataset]]:
        """Return the name of every piece, and its function."""
        epochs = self.epochs(study)
        if not len(epochs):
            return {self.name: partial(self.compute, study, done, (), progress)}
        parts = np.array_split(epochs, -(-len(epochs) // self.at_once))
        return {
            f"{self.name}-{number:03d}": partial(self.compute, study, done, part.tolist(), progress)
            for number, part in enumerate(parts)
        }


def whole_stages(study: Study, stages: Sequence[Stage]) -> dict[str, xr.Dataset]:
    """Return the Datasets of the stages that apply to a study, in their order."""
    done: dict[str, xr.Dataset] = {}
    for stage in stages:
        if stage.applies(study):
            done[stage.name] = stage.whole(study, done)
    return done


def joined(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join the pieces of a stage along their epochs: seconds add up, of memory the most counts."""
    if len(parts) == 1:
        return parts[0]
    whole = xr.concat(
        parts, "epoch", data_vars="minimal", coords="minimal", compat="override",
        join="outer", combine_attrs="override",
    )  # fmt: skip
    for name, of_all in (("seconds", sum), ("peak_memory_mb", max)):
        if known := [part.attrs[name] for part in parts if name in part.attrs]:
            whole.attrs[name] = of_all(known)
    return whole
