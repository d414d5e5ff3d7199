"""Random kicks: their design, and the kicked steps of a recording made with them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import infoscope as isc
from infoscope import InputError, Recording
from infoscope.models import kicked_steps, random_kicks

WEIGHTS = np.random.default_rng(5).normal(size=(6, 6)) * (
    np.random.default_rng(6).random((6, 6)) < 0.3
)


def run(x: np.ndarray, kicks: np.ndarray | None = None, shown: bool = True) -> Recording:
    """A tanh network, whose state is recorded with or without the kicks added to it."""
    state, found, outputs = np.zeros((len(x), 6)), [], []
    for t in range(x.shape[1]):
        state = np.tanh(0.5 * x[:, t] + state @ WEIGHTS)
        before = state
        if kicks is not None:
            state = state + kicks[:, t]
        found.append(state if shown else before)
        outputs.append(state[:, :2])
    hidden = np.stack(found, axis=1)
    return Recording.from_arrays(
        inputs=x, hidden=hidden, outputs=np.stack(outputs, 1), aligned="layers"
    )


def inputs() -> np.ndarray:
    """Slow, shared inputs, which make all units correlated."""
    rng = np.random.default_rng(1)
    slow = np.cumsum(rng.normal(size=(60, 20, 1)), axis=1)
    return 0.3 * slow + 0.1 * rng.normal(size=(60, 20, 6))


def added(kicks: pd.DataFrame) -> np.ndarray:
    found = np.zeros((60, 20, 6))
    unit = kicks["unit"].str.removeprefix("h").astype(int)
    found[kicks["sequence"], kicks["step"], unit] = kicks["kick"]
    return found


def test_kicks_are_as_large_and_as_far_apart_as_asked() -> None:
    recording = run(inputs())
    kicks = random_kicks(recording, size=2.0, every=4)
    assert list(kicks.columns) == ["sequence", "step", "unit", "kick"]
    size = kicks.groupby("unit")["kick"].std() / recording.rows("hidden").std(axis=0)
    np.testing.assert_allclose(size, 2.0, rtol=0.15)
    assert kicks["step"].max() <= 18
    steps = kicks.groupby("sequence")["step"].unique()
    assert all((np.diff(np.sort(of)) == 4).all() for of in steps)
    table = kicks.pivot_table(index=["sequence", "step"], columns="unit", values="kick")
    assert np.abs(np.corrcoef(table.T) - np.eye(6)).max() < 0.3
    assert kicks.equals(random_kicks(recording, size=2.0, every=4))
    assert not kicks.equals(random_kicks(recording, size=2.0, every=4, random_state=1))


@pytest.mark.parametrize("shown", [True, False])
def test_kicked_steps_are_the_kicked_state_and_the_next(shown: bool) -> None:
    kicks = random_kicks(run(inputs()), every=5)
    recording = run(inputs(), added(kicks), shown)
    steps = kicked_steps(recording, kicks=kicks, shown=shown)
    at = kicks.groupby(["sequence", "step"], sort=True).size().index.to_numpy()
    sequence, step = (np.array(part) for part in zip(*at, strict=True))
    state = run(inputs(), added(kicks))
    assert steps["hidden"].shape == (len(at), 2, 6)
    np.testing.assert_allclose(steps["hidden"][:, 0], state["hidden"].to_numpy()[sequence, step])
    after = recording["hidden"].to_numpy()[sequence, step + 1]
    np.testing.assert_allclose(steps["hidden"][:, 1], after)
    np.testing.assert_allclose(steps["inputs"][:, 1], inputs()[sequence, step + 1])
    assert list(steps.nodes.index) == list(recording.nodes.index)


def test_kicks_find_the_connections_of_a_network_whose_units_are_correlated() -> None:
    plain = run(inputs())
    kicks = random_kicks(plain)
    steps = kicked_steps(run(inputs(), added(kicks)), kicks=kicks)
    names = [f"h{i}" for i in range(6)]
    off = ~np.eye(6, dtype=bool)
    test = isc.one_step_influence(steps, model="linear").significance()
    found = (test.q.sel(source=names, target=names) <= 0.1).to_numpy()
    assert found[(WEIGHTS != 0.0) & off].mean() > 0.9
    assert found[(WEIGHTS == 0.0) & off].mean() < 0.2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda k: k.drop(columns="step"), "step"), (lambda k: k.assign(unit="z"), "kicks"),
        (lambda k: k.assign(step=20), "step"), (lambda k: k.assign(sequence=0.5), "sequence"),
        (lambda k: k.assign(kick=np.nan), "kick"), (lambda k: k.assign(step=19), "kicks"),
        (lambda k: k.to_numpy(), "kicks"),
    ],
)  # fmt: skip
def test_bad_kicks_are_named(change: Any, named: str) -> None:
    recording = run(inputs())
    with pytest.raises(InputError, match=named):
        kicked_steps(recording, kicks=change(random_kicks(recording)))


def test_bad_designs_are_named() -> None:
    recording = run(inputs())
    for wrong in ({"size": 0.0}, {"every": 1}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            random_kicks(recording, **wrong)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="hidden"):
        random_kicks(Recording.from_arrays(inputs=inputs()))
