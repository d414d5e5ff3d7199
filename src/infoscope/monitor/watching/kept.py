"""What a store keeps for its report: how a session went, curves and diagnoses."""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import xarray as xr

from infoscope._errors import DamagedError
from infoscope._files import write_text, write_whole, writing
from infoscope.monitor.diagnosis import Diagnoses, diagnoses_of
from infoscope.monitor.watching.curves import Curves
from infoscope.recordings.groups import read_zarr, write_zarr

# The file by which a folder is recognised as a store.
METADATA = "watch.json"
# Suffix of the validity of each curve; attributes with the block and the notes.
VALID, LAYER, NOTES = "_valid", "layer", "notes"
_CURVES, _DIAGNOSES, _SESSION = "curves.zarr", "diagnoses.json", "session.json"


def dataset_of(curves: Curves) -> xr.Dataset:
    """Return curves and, as ``<name>_valid``, whether each point passes its checks, (epoch,)."""
    valid = curves.valid.rename({str(name): f"{name}{VALID}" for name in curves.valid})
    return curves.data.assign(valid.data_vars).assign_attrs(
        {LAYER: curves.layer, NOTES: list(curves.notes)}
    )


@dataclass(frozen=True)
class Session:
    """How watching went, until its end or a report.

    Parameters
    ----------
    model : str
        Class of the model.
    parameters : int
        Numbers in its weights.
    updates : int
        Updates of the training.
    overhead, budget : float
        Time spent on watching as a share of the time of training, and the largest share allowed.
    thinned : list of int
        Scheduled snapshots that were left out to stay within the budget.
    notes : list of str
        What was left out otherwise, in sentences.
    """

    model: str
    parameters: int
    updates: int
    overhead: float
    budget: float
    thinned: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Kept:
    """Files of a store from which a report is made without the model.

    Parameters
    ----------
    root : Path
        Folder of the store.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(
        self,
        session: Session | None = None,
        curves: Curves | None = None,
        diagnoses: Diagnoses | None = None,
    ) -> None:
        """Write what is given, each whole or not at all."""
        if session is not None:
            write_text(self.root / _SESSION, json.dumps(asdict(session), indent=1))
        if diagnoses is not None:
            write_text(self.root / _DIAGNOSES, json.dumps(diagnoses.numbers, indent=1))
        if curves is not None:
            found = dataset_of(curves)
            write_whole(self.root / _CURVES, lambda passing: write_zarr(found, passing))

    def forget(self) -> None:
        """Remove curves and diagnoses, which do not describe a training that goes on."""
        with writing(self.root):
            (self.root / _DIAGNOSES).unlink(missing_ok=True)
            path = self.root / _CURVES
            if path.exists():
                # Renamed first, so that a kill leaves it whole or away.
                shutil.rmtree(path.rename(self.root / f".partial-{_CURVES}"))

    @property
    def session(self) -> Session | None:
        """How watching went; None if it has not ended."""
        found = self._json(_SESSION)
        try:
            return None if found is None else Session(**found)
        except TypeError as error:
            raise self._damaged(_SESSION) from error

    @property
    def curves(self) -> xr.Dataset | None:
        """Curves as `dataset_of` returns them; None if none were computed."""
        path = self.root / _CURVES
        return read_zarr(path, "call watch.report() again") if path.exists() else None

    @property
    def diagnoses(self) -> Diagnoses | None:
        """Diagnoses by the limits of this version; None if none were made."""
        numbers = self._json(_DIAGNOSES)
        if numbers is None:
            return None
        try:
            return diagnoses_of({str(name): float(value) for name, value in numbers.items()})
        except (TypeError, ValueError) as error:
            raise self._damaged(_DIAGNOSES) from error

    def _json(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads((self.root / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._damaged(name) from error
        if not isinstance(found, dict):
            raise self._damaged(name)
        return found

    def _damaged(self, name: str) -> DamagedError:
        return DamagedError(
            f"{self.root / name} is damaged; delete it, or call watch.report() again"
        )
