"""Every parameter of every public function, given wrong values: what comes of each.

``python tests/test_door.py [NAME]`` prints the table and every case that is not answered well.
"""

import inspect
import re
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import infoscope as isc
from door_calls import BY_NAME, Call, calls
from door_values import KINDS, Unusual
from infoscope import EstimationError, InputError, MissingDependency

pytest.importorskip("torch")

# Seconds after which a call counts as one that never ends.
_LONGEST = 5.0
GOOD = ("clear", "right")


class Case(NamedTuple):
    """One call with one unusual argument."""

    call: Call
    argument: str
    value: Unusual

    def __str__(self) -> str:
        """Return function, argument and value in words."""
        return f"{self.call.name}({self.argument}: {self.value.label})"


class TookTooLong(BaseException):
    """A call that did not end in time."""


def cases() -> Iterator[Case]:
    """Every unusual value of every argument of every call."""
    for call in calls():
        call.function(**call.good)  # compiles what is compiled
        defaults = {
            name: parameter.default
            for name, parameter in inspect.signature(call.function).parameters.items()
            if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        }
        for argument, default in defaults.items():
            kinds = call.kinds.get(argument, BY_NAME.get(argument, "strange"))
            if argument not in call.good and argument not in call.kinds:
                kinds = "strange"
            for kind in kinds.split(" | "):
                for value in KINDS[kind]:
                    if not (value.label == "none" and default is None):
                        yield Case(call, argument, value)


def outcome(case: Case) -> tuple[str, str]:
    """Class what a case comes to, with the words for it."""
    call, good = case.call, case.call.good.get(case.argument)
    given = {**call.good, case.argument: case.value.make(good)}
    try:
        with _time_limit():
            found = call.function(**given)
    except (InputError, EstimationError, MissingDependency) as error:
        if case.value.means is not None:
            return "unclear", f"refused: {error}"
        return ("clear" if _is_clear(case, str(error)) else "unclear"), str(error)
    except TookTooLong:
        return "hang", f"no end in {_LONGEST:g} s"
    except Exception as error:  # noqa: BLE001 - whatever comes from inside is what is looked for
        return "inside", f"{type(error).__name__}: {error}"
    if case.value.means is None:
        return "wrong", f"accepted: {_short(found)}"
    expected = call.function(**{**call.good, case.argument: case.value.means(good)})
    if _same(found, expected):
        return "right", ""
    return "wrong", f"{_short(found)} instead of {_short(expected)}"


def _is_clear(case: Case, message: str) -> bool:
    """Whether a message names the argument and says what to do."""
    names = {case.argument, case.call.known_as.get(case.argument, case.argument)}
    if message.startswith("arrays must have"):  # and lists each with its length
        names.add("arrays")
    named = any(re.search(rf"\b{re.escape(name)}\b", message) for name in names)
    return named and bool(re.search(r"; \S", message))


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _short(found: Any) -> str:
    return re.sub(r"\s+", " ", repr(found))[:90]


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, isc.Estimate):
        return bool(np.isclose(found.nats, expected.nats, rtol=1e-9, atol=1e-9))
    if isinstance(found, isc.Recording):
        return found.snapshot().equals(expected.snapshot()) and found.fixed.equals(expected.fixed)
    if isinstance(found, (xr.Dataset, xr.DataArray, pd.DataFrame, pd.Series)):
        return found.equals(expected)
    if is_dataclass(found):
        parts = (f.name for f in fields(found))
        return all(_same(getattr(found, p), getattr(expected, p)) for p in parts)
    if isinstance(found, dict):
        return all(_same(found[key], expected[key]) for key in expected)
    if isinstance(found, list):
        return all(_same(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(found, (Real, np.ndarray)):
        return bool(np.allclose(found, expected, equal_nan=True))
    return type(found) is type(expected)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[str]]:
    """Every case that comes to each kind of outcome, with the words for it."""
    found: dict[str, list[str]] = {}
    for case in cases():
        kind, words = outcome(case)
        found.setdefault(kind, []).append(f"{case}: {words}")
    return found


def test_bad_input_is_answered_clearly(outcomes) -> None:
    total = sum(len(of_kind) for of_kind in outcomes.values())
    answered = sum(len(outcomes[kind]) for kind in GOOD)
    assert total >= 1500
    assert answered >= 0.98 * total, outcomes.get("unclear", []) + outcomes.get("inside", [])


@pytest.mark.parametrize("kind", ["wrong", "hang"])
def test_bad_input_never_gives_a_wrong_answer_or_none(outcomes, kind: str) -> None:
    assert outcomes.get(kind, []) == []


def test_every_public_function_and_class_with_arguments_is_called() -> None:
    made_by_us = {  # what functions return, and what is raised
        "Check", "Estimate", "EstimationError", "FlowMatrix", "FlowSignificance",
        "InformationPlane", "InputError", "LearningIndicators", "MissingDependency",
        "FlowMeasures", "LagScan", "MeasureSignificance", "OneStepInfluence",
        "RankSignificance", "Ranking", "SeedTest", "SubsamplingDrift",
    }  # fmt: skip
    without_arguments = {"IIDShuffle", "SequencePermutation", "synthetic_systems"}
    called = {call.name.split(".")[0].split(" ")[0] for call in calls()}
    spaces = {"graphs", "learning", "models", "nulls", "results", "weather"}
    public = set(isc.__all__) - spaces
    public |= {*isc.graphs.__all__, *isc.learning.__all__, *isc.nulls.__all__}
    assert public - made_by_us - without_arguments - called == set()


def _report(chosen: str = "") -> None:
    counts: Counter[str] = Counter()
    for case in cases():
        if not case.call.name.startswith(chosen):
            continue
        kind, words = outcome(case)
        counts[kind] += 1
        if kind not in GOOD:
            print(f"{kind:8}{case}: {words}")
    total = sum(counts.values())
    print(dict(counts), f"{sum(counts[kind] for kind in GOOD) / total:.1%} of {total}")


if __name__ == "__main__":
    warnings.simplefilter("error")
    _report(*sys.argv[1:])
