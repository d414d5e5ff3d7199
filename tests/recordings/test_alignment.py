"""Which layers act within a step and which a step later: asked for, stated, or shown by data."""

from typing import Any

import numpy as np
import pytest

from infoscope import (
    Gaussian,
    InputError,
    Recording,
    flow_measures,
    information_flow,
    rank_nodes,
    synthetic_systems,
)
from infoscope.flow.paired_rows import PairedRows
from infoscope.surrogates import RecordingSurrogate

G = Gaussian()
SHAPE = (50, 100)
# I of two Gaussians of equal variance, one of which is half of the other's variance: 0.5 bits.
HALF = 0.5


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def driven(source: np.ndarray, seed: int) -> np.ndarray:
    """What follows a source a step later, with as much noise: 0.5 bits from node to node."""
    target = noise(seed, *source.shape)
    target[:, 1:] += source[:, :-1]
    return target


def areas(seed: int) -> tuple[np.ndarray, np.ndarray]:
    source = noise(seed, *SHAPE, 3)
    return source, driven(source, seed + 1000)


def flow_of(rec: Recording, **options: Any) -> np.ndarray:
    return information_flow(rec, estimator=G, **options).flow.to_numpy()


def assert_half(flows: np.ndarray) -> None:
    # The error of an information of 4,950 rows is 0.01 to 0.02 bits, nine of them at most here.
    np.testing.assert_allclose(flows, HALF, atol=0.08)


@pytest.mark.parametrize("seed", range(3))
def test_areas_are_not_shifted(seed: int) -> None:
    a, b = areas(seed)
    rec = Recording.from_arrays(inputs=a, hidden=b)
    found = information_flow(rec, estimator=G)
    assert_half(np.diag(found.flow[:3, 3:]))
    assert rec.alignment().shifts == (0, 0)
    assert "inputs to hidden is from step to step" in found.alignment
    assert found.flags == ()
    np.testing.assert_array_equal(found.flow, flow_of(rec, aligned="none"))
    measures = flow_measures(rec, measures=["flow", "transfer_entropy"])
    assert_half(np.diag(measures["flow"][:3, 3:]))
    assert_half(np.diag(measures["transfer_entropy"][:3, 3:]))
    assert measures.attrs["alignment"] == found.alignment


def test_areas_that_act_against_the_order_of_roles_are_not_shifted() -> None:
    a, b = areas(1)
    assert_half(np.diag(flow_of(Recording.from_arrays(inputs=b, hidden=a))[3:, :3]))


def test_areas_that_act_past_another_are_not_shifted() -> None:
    a, b = areas(2)
    rec = Recording.from_arrays(inputs=a, hidden=noise(3, *SHAPE, 4), outputs=b)
    assert rec.alignment().shifts == (0, 0, 0)
    assert_half(np.diag(flow_of(rec)[:3, 7:]))


def test_a_chain_of_three_slow_areas_is_not_shifted() -> None:
    first = noise(4, *SHAPE, 2)
    for t in range(1, SHAPE[1]):
        first[:, t] += 0.8 * first[:, t - 1]
    second = driven(first, 5)
    rec = Recording.from_arrays(inputs=first, hidden=second, outputs=driven(second, 6))
    assert rec.alignment().shifts == (0, 0, 0)
    assert (np.diag(flow_of(rec)[:2, 2:4]) > 0.1).all()
    assert (np.diag(flow_of(rec)[2:4, 4:]) > 0.1).all()


def network(seed: int) -> dict[str, np.ndarray]:
    """The README's network: each layer is computed from the one before within a step."""
    x = noise(seed, 200, 10, 3)
    h = np.tanh(x + 0.1 * noise(seed + 1, *x.shape))
    return {"inputs": x, "hidden": h, "outputs": h[..., :1] + 0.1 * noise(seed + 2, 200, 10, 1)}


@pytest.mark.parametrize("seed", range(3))
def test_layers_of_one_step_are_shifted_as_published(seed: int) -> None:
    rec = Recording.from_arrays(**network(seed))
    found = information_flow(rec, estimator=G)
    assert rec.alignment().shifts == (2, 1, 0)
    assert "inputs to hidden is within a step" in found.alignment
    np.testing.assert_array_equal(found.flow, flow_of(rec, aligned="layers"))
    np.testing.assert_array_equal(found.flow, flow_of(rec, aligned=True))
    assert (np.diag(found.flow[:3, 3:6]) > 1.0).all()
    ranks = rank_nodes(found.graph(threshold=0.3)).mean_rank()
    assert ranks["input"] < ranks["hidden"] < ranks["output"]


def test_a_recurrent_network_is_shifted_as_published() -> None:
    rng = np.random.default_rng(0)
    x, w_in, w = rng.normal(size=(60, 20, 4)), rng.normal(size=(4, 8)), rng.normal(size=(8, 8))
    hidden, state = np.zeros((60, 20, 8)), np.zeros((60, 8))
    for t in range(20):
        hidden[:, t] = state = np.tanh(0.5 * x[:, t] @ w_in + 0.3 * state @ w)
    rec = Recording.from_arrays(inputs=x, hidden=hidden, outputs=hidden @ rng.normal(size=(8, 2)))
    assert rec.alignment().shifts == (2, 1, 0)


def test_dependence_that_is_not_monotone_is_seen() -> None:
    x = noise(0, *SHAPE, 1)
    assert Recording.from_arrays(inputs=x, hidden=x**2).alignment().flags == ()
    later = np.roll(x, 1, axis=1) ** 2
    assert Recording.from_arrays(inputs=x, hidden=later).alignment().shifts == (0, 0)


def stacked(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    u = noise(seed, 100, 40, 5)
    first = np.tanh(u + 0.3 * noise(seed + 1, *u.shape))
    return u, first, np.tanh(first + 0.3 * noise(seed + 2, *u.shape))


def test_stacked_layers_given_as_layers_have_the_sign_of_their_connections() -> None:
    u, first, second = stacked(0)
    rec = Recording.from_arrays(inputs=u, hidden={"l1": first, "l2": second})
    assert rec.nodes["layer"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert rec.nodes["role"].tolist() == ["input"] * 5 + ["hidden"] * 10
    assert rec.nodes.index[5:].tolist() == [f"l{i}.{j}" for i in (1, 2) for j in range(5)]
    found = information_flow(rec, estimator=G)
    assert (np.diag(found.flow[:5, 5:10]) > 1.0).all()
    assert (np.diag(found.flow[5:10, 10:]) > 1.0).all()
    assert found.flags == ()
    values = rec.activations(aligned="layers")
    np.testing.assert_array_equal(values[:, 0], np.hstack([u[:, 2], first[:, 1], second[:, 0]]))


def test_stacked_layers_given_as_one_are_said() -> None:
    u, first, second = stacked(3)
    rec = Recording.from_arrays(inputs=u, hidden=np.concatenate([first, second], axis=-1))
    found = information_flow(rec, estimator=G)
    assert "within-step" in found.flags
    assert "Nodes of hidden share more within a step" in found.alignment
    assert "hidden={'first'" in found.alignment
    assert found.to_dict()["alignment"] == found.alignment


def test_units_that_forecast_are_said() -> None:
    """Units that compute the next value of an oscillation: the strongest flow is negative."""
    rng = np.random.default_rng(0)
    x, c = np.zeros((200, 60, 2)), 2 * 0.98 * np.cos(0.4)
    for t in range(2, 60):
        x[:, t] = c * x[:, t - 1] - 0.96 * x[:, t - 2] + 0.3 * rng.normal(size=(200, 2))
    ahead = np.tanh((c * x[:, 19:, 0] - 0.96 * x[:, 18:-1, 0]) / x.std())
    rec = Recording.from_arrays(inputs=x[:, 20:], hidden=ahead[:, 1:, np.newaxis])
    found = information_flow(rec, estimator=G)
    assert found.flow[0, 2] < -0.1
    assert "anticipation" in found.flags
    assert "take transfer_entropy of flow_measures" in found.alignment
    entropies = flow_measures(rec, measures=["transfer_entropy"])["transfer_entropy"]
    # Its standard error is below 0.01 bits.
    assert entropies[0, 2] > entropies[1, 2] + 0.04


def test_the_noise_of_independent_layers_decides_nothing() -> None:
    """Otherwise the one with the larger flow by chance would be chosen, and called significant."""
    shifts = [
        Recording.from_arrays(inputs=noise(s, 1, 200, 1), hidden=noise(s + 999, 1, 200, 1))
        .alignment()
        .shifts
        for s in range(100)
    ]
    # One in fifty would be 2 of 100, and at most 7 with probability 0.999.
    assert sum(shift != (1, 0) for shift in shifts) <= 7


def test_independent_layers_are_said_to_be_unclear() -> None:
    rec = Recording.from_arrays(inputs=noise(0, 5, 50, 2), hidden=noise(1, 5, 50, 2))
    found = information_flow(rec, estimator=G)
    assert found.flags == ("alignment-unclear",)
    assert "not clear" in found.alignment
    assert "aligned='none'" in found.alignment


def test_a_recording_says_its_alignment_and_a_question_overrules_it(tmp_path) -> None:
    a, b = areas(5)
    rec = Recording.from_arrays(inputs=a, hidden=b, aligned="layers")
    rec.save(tmp_path / "rec.zarr")
    for made in (rec, Recording.load(tmp_path / "rec.zarr")):
        assert made.alignment().shifts == (1, 0)
        assert "as the recording says" in information_flow(made, estimator=G).alignment
        assert made.alignment(aligned="none").shifts == (0, 0)
        assert "as asked" in information_flow(made, estimator=G, aligned=False).alignment


def test_systems_say_that_their_roles_act_within_a_step() -> None:
    rec = synthetic_systems()["S8"].recording(50)
    assert rec.alignment().shifts == (2, 1, 0)
    assert "as the recording says" in rec.alignment().reason


def test_surrogates_of_recordings_are_aligned_as_the_observed_one() -> None:
    """Networks drawn by a null are of the same architecture, whatever their own data would show."""
    a, b = areas(6)
    rec = Recording.from_arrays(inputs=a, hidden=b)
    drawn = Recording.from_arrays(inputs=a, hidden=a)
    null = RecordingSurrogate("copy", "a", "b", "c", lambda *_: drawn)
    again = PairedRows.of(rec, 1).again(drawn, null.name)
    assert drawn.alignment().shifts == (1, 0)
    assert again.alignment.shifts == (0, 0)
    assert len(again.table) == len(PairedRows.of(rec, 1).table)


def test_an_alignment_of_one_block_or_of_a_table_is_none() -> None:
    hidden = noise(0, 5, 20, 2)
    rec = Recording.from_arrays(hidden=hidden)
    assert rec.alignment().shifts == rec.alignment(aligned="layers").shifts == (0,)
    assert information_flow(rec, estimator=G).alignment.startswith("No shift")
    assert flow_measures(hidden[0], measures=["flow"]).attrs["alignment"].startswith("No shift")


@pytest.mark.parametrize("aligned", ["yes", None, 2, "roles"])
def test_unknown_alignments_are_refused(aligned: Any) -> None:
    rec = Recording.from_arrays(inputs=noise(0, 2, 9, 1), hidden=noise(1, 2, 9, 1))
    for use in (information_flow, flow_measures):
        with pytest.raises(InputError, match=rf"aligned must be one of 'auto'.* got {aligned!r}"):
            use(rec, aligned=aligned)
    with pytest.raises(InputError, match="aligned must be one of"):
        Recording.from_arrays(hidden=noise(0, 2, 9, 1), aligned=aligned)


def test_an_alignment_is_that_of_the_lag() -> None:
    """What acts two steps later shows nothing a step later."""
    a = noise(7, *SHAPE, 2)
    b = noise(8, *SHAPE, 2)
    b[:, 2:] += a[:, :-2]
    rec = Recording.from_arrays(inputs=a, hidden=b)
    assert rec.alignment(lag=2).shifts == (0, 0)
    assert_half(np.diag(flow_of(rec, lag=2)[:2, 2:]))


def test_too_few_rows_are_read_as_a_network() -> None:
    rec = Recording.from_arrays(inputs=noise(0, 1, 12, 1), hidden=noise(1, 1, 12, 1))
    assert rec.alignment().shifts == (1, 0)
