"""Early warning: which known misconfigurations of a training show in its numbers."""

import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from infoscope._results import Result
from infoscope._validate import fields_are
from infoscope.monitor.watching.numbers.families import FAMILIES, features
from infoscope.monitor.watching.signatures import SIGNATURES, Signature
from infoscope.recordings.recording import Recording

__all__ = ["EARNED", "FAMILIES", "SIGNATURES", "Diagnoses", "diagnose", "features"]

# Diagnoses that may warn at the end of a training: those that passed the rule of the study of
# misconfigured trainings on seeds that set no limit (docs/misconfiguration.md).
EARNED: frozenset[str] = frozenset(
    {"M2", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12", "M13", "M14", "M15"}
)

_COLUMNS = ("id", "name", "present", "confidence", "numbers", "earned", "sentence")


@dataclass(frozen=True, eq=False, repr=False)
class Diagnoses(Result):
    """The diagnoses of a training.

    Parameters
    ----------
    table : DataFrame
        One row per diagnosis: ``id``, ``name``; ``present``, whether its signature shows, None if
        it cannot be judged; ``confidence`` "clear" if at least one secondary number agrees,
        "weak" if none does, "not judged" if a number is missing; ``numbers``, those it rests on,
        with their limits; ``earned``, whether a study supports it; ``sentence``.
    numbers : dict
        All features (`features`).
    """

    table: pd.DataFrame
    numbers: dict[str, float]

    def __post_init__(self) -> None:
        """Check the fields."""
        fields_are(self, table=pd.DataFrame, numbers=dict)

    @property
    def present(self) -> list[str]:
        """Ids of the diagnoses whose signature shows."""
        return [str(row.id) for row in self.table.itertuples() if row.present is True]

    def warn(self, among: Iterable[str] = EARNED) -> None:
        """Warn of those that are present, by default only of those that earned it."""
        wanted = set(among)
        for row in self.table.itertuples():
            if row.present is True and row.id in wanted:
                warnings.warn(f"{row.id}: {row.sentence}", stacklevel=2)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per diagnosis."""
        return self.table

    def _line(self) -> str:
        judged = int((self.table["confidence"] != "not judged").sum())
        return (
            f"{judged} of {len(self.table)} judged; signatures present: "
            f"{', '.join(self.present) or 'none'}"
        )

    def _facts(self) -> dict[str, Any]:
        return {"features": self.numbers}


def diagnose(
    recording: Recording, log: pd.DataFrame, *, share: float = 1.0,
    held_out: Recording | None = None,
) -> Diagnoses:  # fmt: skip
    """Judge which known misconfigurations of a training show in its numbers.

    Parameters
    ----------
    recording, log, share, held_out
        As in `features`.

    Returns
    -------
    Diagnoses
        One row for each of M1 to M15. A signature that shows is a reason to look, not a proof: its
        error rate is known for those marked ``earned`` only.

    Raises
    ------
    InputError
        As `features`.

    Examples
    --------
    >>> import numpy as np
    >>> states = np.sign(np.random.default_rng(0).normal(size=(1, 20, 8, 3)))
    >>> log = pd.DataFrame({"step": [1, 2], "loss": [1.0, 1.0]})
    >>> diagnose(Recording.from_arrays(hidden=states, epochs=[0]), log).present
    ['M3']
    """
    return diagnoses_of(features(recording, log, share, held_out=held_out))


def diagnoses_of(numbers: Mapping[str, float]) -> Diagnoses:
    """Return the diagnoses that rest on features."""
    rows = [_judged(signature, numbers) for signature in SIGNATURES]
    return Diagnoses(pd.DataFrame(rows, columns=list(_COLUMNS)), dict(numbers))


def _judged(signature: Signature, numbers: Mapping[str, float]) -> tuple[Any, ...]:
    present = signature.present(numbers)
    agreeing = [one for one in signature.secondary if one.holds(numbers) is True]
    if present is None:
        missing = sorted({c.feature for c in signature.conditions if c.holds(numbers) is None})
        sentence = f"{signature.name} cannot be judged: no {', '.join(missing)}."
        confidence = "not judged"
    else:
        confidence = "clear" if agreeing or not signature.secondary or not present else "weak"
        evidence = signature.evidence(numbers)
        sentence = signature.sentence.format(numbers=evidence) if present else "No sign."
    shown = [*signature.conditions, *signature.secondary]
    words = "; ".join(one.in_words(numbers) for one in shown if not math.isnan(one.value(numbers)))
    return (
        signature.id, signature.name, present, confidence, words, signature.id in EARNED, sentence,
    )  # fmt: skip
