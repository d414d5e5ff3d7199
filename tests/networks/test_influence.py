import math
from collections.abc import Callable

import numpy as np
import pytest

from infoscope import EstimationError, InputError, Recording, network_influence

INPUTS, HIDDEN, OUTPUTS = 2, 4, 1
SIZES = (INPUTS, HIDDEN, OUTPUTS)


def weights_of(seed: int = 0, sparse: bool = False) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {"W_in": (2, 4), "W": (4, 4), "W_out": (4, 1), "b_h": (4,), "b_o": (1,), "h_0": (4,)}
    weights = {name: rng.normal(size=shape) / 2 for name, shape in shapes.items()}
    if sparse:
        weights["W"] *= rng.random((4, 4)) < 0.5
    return weights


def forward(
    x: np.ndarray, weights: dict[str, np.ndarray], hold: Callable[[str, int, float], float]
) -> tuple[np.ndarray, np.ndarray]:
    """Run it node by node; ``hold`` says what a node of a role is worth to those it feeds."""
    hidden, outputs = np.empty((*x.shape[:2], 4)), np.empty((*x.shape[:2], 1))
    for s in range(len(x)):
        state = list(weights["h_0"])
        for t in range(x.shape[1]):
            heard = [hold("input", i, x[s, t, i]) for i in range(2)]
            kept = [hold("hidden", i, state[i]) for i in range(4)]
            state = [
                math.tanh(
                    sum(heard[i] * weights["W_in"][i, j] for i in range(2))
                    + sum(kept[i] * weights["W"][i, j] for i in range(4))
                    + weights["b_h"][j]
                )
                for j in range(4)
            ]
            hidden[s, t] = state
            read = [hold("hidden", i, state[i]) for i in range(4)]
            outputs[s, t] = sum(read[i] * weights["W_out"][i, 0] for i in range(4)) + weights["b_o"]
    return hidden, outputs


def network(seed: int = 0, sparse: bool = False, targets: bool = True):
    weights = weights_of(seed, sparse)
    rng = np.random.default_rng(seed + 100)
    x = rng.normal(size=(6, 5, 2))
    hidden, outputs = forward(x, weights, lambda role, i, value: value)
    wanted = rng.normal(size=outputs.shape) if targets else None
    recording = Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs, targets=wanted)
    return recording, weights, x, hidden, outputs, wanted


def one_hop(weights: dict[str, np.ndarray], x, before, change: tuple[int, float]):
    """Hidden nodes of one row when source ``change[0]`` of (x, h) is moved by ``change[1]``."""
    values = np.concatenate([x, before])
    values[change[0]] += change[1]
    return np.tanh(values[:2] @ weights["W_in"] + values[2:] @ weights["W"] + weights["b_h"])


def test_weight_and_jacobian_are_derivatives_along_the_run() -> None:
    recording, weights, x, hidden, outputs, _ = network()
    found = network_influence(recording, weights=weights)
    spread = np.concatenate([part.reshape(30, -1).std(axis=0) for part in (x, hidden, outputs)])
    step = 1e-6
    slopes = np.zeros((6, 4))
    for s in range(6):
        for t in range(5):
            before = hidden[s, t - 1] if t else weights["h_0"]
            for a in range(6):
                up, down = (one_hop(weights, x[s, t], before, (a, sign * step)) for sign in (1, -1))
                slopes[a] += np.abs(up - down) / (2 * step) / 30
    for a in range(6):
        for b in range(4):
            if a != 2 + b:
                cell = found.isel(source=a, target=2 + b)
                expected = slopes[a, b] * spread[a] / spread[2 + b]
                np.testing.assert_allclose(float(cell.jacobian), expected, rtol=1e-7)
                matrix = np.vstack([weights["W_in"], weights["W"]])
                np.testing.assert_allclose(float(cell.weight), abs(matrix[a, b]) * spread[a])
    to_output = found.jacobian.isel(source=slice(2, 6), target=6)
    expected = np.abs(weights["W_out"][:, 0]) * spread[2:6] / spread[6]
    np.testing.assert_allclose(to_output, expected)


def test_ablation_is_the_change_of_one_hop() -> None:
    recording, weights, x, hidden, outputs, _ = network()
    found = network_influence(recording, weights=weights).ablation.to_numpy()
    before = np.concatenate([np.tile(weights["h_0"], (6, 1, 1)), hidden[:, :-1]], axis=1)
    rows = np.concatenate([x, before], axis=2).reshape(30, 6)
    after = hidden.reshape(30, 4)
    for a in range(6):
        held = rows.copy()
        held[:, a] = rows[:, a].mean()
        moved = np.tanh(held[:, :2] @ weights["W_in"] + held[:, 2:] @ weights["W"] + weights["b_h"])
        expected = np.sqrt(((moved - after) ** 2).mean(axis=0)) / after.std(axis=0)
        others = np.arange(4) != a - 2
        np.testing.assert_allclose(found[a, 2:6][others], expected[others])
    # An output is linear: its change is the spread of the source, times the weight.
    expected = np.abs(weights["W_out"][:, 0]) * after.std(axis=0) / outputs.std()
    np.testing.assert_allclose(found[2:6, 6], expected)


def test_total_ablation_is_the_change_of_the_whole_run() -> None:
    recording, weights, x, hidden, outputs, wanted = network()
    found = network_influence(recording, weights=weights)
    before = ((outputs - wanted) ** 2).mean()
    spread = np.concatenate([hidden.reshape(30, 4).std(axis=0), [outputs.std()]])
    for a, (role, place) in enumerate(
        [("input", 0), ("input", 1), *(("hidden", i) for i in range(4))]
    ):
        block = x if role == "input" else hidden
        mean = block[..., place].mean()

        def hold(of: str, i: int, value: float, role=role, place=place, mean=mean) -> float:
            return mean if (of, i) == (role, place) else value

        h, o = forward(x, weights, hold)
        moved = np.concatenate([h - hidden, o - outputs], axis=2).reshape(30, 5)
        expected = np.sqrt((moved**2).mean(axis=0)) / spread
        others = np.arange(5) != a - 2
        row = found.ablation_total.isel(source=a).to_numpy()[2:]
        np.testing.assert_allclose(row[others], expected[others])
        added = ((o - wanted) ** 2).mean() - before
        np.testing.assert_allclose(float(found.ablation_error[a]), added, atol=1e-12)
    assert float(found.ablation_error[-1]) == 0.0


def test_injected_noise_is_heard_as_a_linear_channel_says() -> None:
    """To an output, o + w s z with z of variance 1: r^2 = (w s)^2 / (var(o) + (w s)^2)."""
    recording, weights, _, hidden, outputs, _ = network()
    found = network_influence(recording, weights=weights, noise=2.0, draws=300).noise_injection
    pushed = 2.0 * np.abs(weights["W_out"][:, 0]) * hidden.std(axis=(0, 1))
    squared = pushed**2 / (pushed**2 + outputs.var())
    expected = -0.5 * np.log2(1 - squared)
    np.testing.assert_allclose(found.sel(target="o0")[2:6] / expected, 1.0, atol=0.07)


def test_weak_relations_are_heard_in_proportion_without_chance_in_the_way() -> None:
    """Of a channel c + w z, I = -1/2 log2(1 - r^2) with r^2 near (w / sd)^2 for weak w.

    With its negative, z has no correlation with c, however short the sample is.
    """
    recording, weights, _, hidden, *_ = network()
    weights["W_out"][:, 0] *= [1.0, 1e-2, 1e-3, 1e-4]
    outputs = hidden @ weights["W_out"] + weights["b_o"]
    recording = Recording.from_arrays(
        inputs=recording.fixed["inputs"].to_numpy(), hidden=hidden, outputs=outputs
    )
    found = network_influence(recording, weights=weights, draws=300).noise_injection
    pushed = 0.1 * np.abs(weights["W_out"][:, 0]) * hidden.std(axis=(0, 1)) / outputs.std()
    expected = 0.5 * pushed**2 / np.log(2)
    # The variance of 9,000 draws is known to 1.5 %.
    np.testing.assert_allclose(found.sel(target="o0")[3:6] / expected[1:], 1.0, atol=0.07)


def test_what_no_hop_leads_to_is_zero_in_every_truth_but_the_total() -> None:
    recording, weights, *_ = network(sparse=True)
    found = network_influence(recording, weights=weights)
    possible = np.zeros((7, 7), bool)
    possible[:2, 2:6] = True
    possible[2:6, 2:6] = weights["W"] != 0.0
    possible[2:6, 6] = True
    np.fill_diagonal(possible, False)
    others = ~np.eye(7, dtype=bool)
    assert 0 < (weights["W"] == 0.0).sum() < 12
    for name in ("weight", "jacobian", "ablation", "noise_injection"):
        matrix = found[name].to_numpy()
        assert np.isnan(np.diag(matrix)).all()
        np.testing.assert_array_equal((matrix != 0.0)[others], possible[others], err_msg=name)
    total = found.ablation_total.to_numpy()
    assert (total[:2, 6] > 0.0).all()  # by way of hidden nodes
    assert (total[:6, :2][others[:6, :2]] == 0.0).all()


def test_stronger_weights_give_more_of_everything() -> None:
    recording, weights, *_ = network()
    found = network_influence(recording, weights=weights, draws=200)
    row = {name: found[name].isel(source=2, target=slice(3, 6)).to_numpy() for name in found
           if name != "ablation_error"}  # fmt: skip
    # One source, few targets of similar spread: all truths agree on which is moved most.
    best = {name: int(np.argmax(values)) for name, values in row.items() if name != "weight"}
    assert len(set(best.values())) == 1, best


def test_weights_of_a_network_and_those_recorded_are_found() -> None:
    torch = pytest.importorskip("torch")
    from infoscope.networks import FullyRecurrent

    made = FullyRecurrent(2, 4, 1, initial_scale=1.0, random_state=0)
    x = np.random.default_rng(0).normal(size=(6, 5, 2))
    hidden, outputs = (part.detach().numpy() for part in made(torch.from_numpy(x)))
    recording = Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs)
    expected = network_influence(recording, weights=made.arrays())
    assert "ablation_error" not in expected
    assert expected.identical(network_influence(recording, weights=made))

    def read(epoch: int):
        extra = {
            f"parameter_{name}": ([f"{name}_{axis}" for axis in range(array.ndim)], array)
            for name, array in made.arrays().items()
        }
        return recording.read(epoch).assign(extra)

    recorded = Recording(recording.fixed, recording.epochs, read)
    assert expected.identical(network_influence(recorded))


def test_noise_comes_from_the_random_state() -> None:
    recording, weights, *_ = network()
    first, same, other = (
        network_influence(recording, weights=weights, random_state=seed).noise_injection
        for seed in (0, np.random.default_rng(0), 1)
    )
    assert first.identical(same)
    assert not first.identical(other)


def test_wrong_weights_are_refused() -> None:
    recording, weights, *_ = network()
    with pytest.raises(InputError, match="weights must lead to the recorded states, got some that"):
        network_influence(recording, weights=weights_of(seed=1))
    with pytest.raises(InputError, match="got none for W_in, W, b_h, W_out, b_o, h_0; give the"):
        network_influence(recording)
    with pytest.raises(InputError, match=r"weights must have the shapes .*'W_in': \(2, 4\)"):
        network_influence(recording, weights=weights | {"W_in": np.zeros((3, 4))})
    with pytest.raises(InputError, match=r"weights\['W'\] must be finite, got nan"):
        network_influence(recording, weights=weights | {"W": np.full((4, 4), np.nan)})
    without = Recording.from_arrays(hidden=recording.rows("hidden")[np.newaxis])
    with pytest.raises(InputError, match="recording must have inputs, got one without; give"):
        network_influence(without, weights=weights)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"noise": 0}, "noise must be > 0, got 0"),
        ({"draws": 0}, "draws must be a whole number >= 1, got 0"),
        ({"epoch": 3}, "epoch must be one that was recorded, got 3"),
        ({"random_state": -1}, "random_state must be an int >= 0"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict, match: str) -> None:
    recording, weights, *_ = network()
    with pytest.raises(InputError, match=match):
        network_influence(recording, weights=weights, **arguments)


def test_a_node_that_stands_still_is_named() -> None:
    weights = weights_of() | {"W_in": np.zeros((2, 4)), "W": np.zeros((4, 4))}
    x = np.random.default_rng(0).normal(size=(6, 5, 2))
    hidden, outputs = forward(x, weights, lambda role, i, value: value)
    recording = Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs)
    with pytest.raises(EstimationError, match="influence on h0 is not defined: it never changes"):
        network_influence(recording, weights=weights)


def test_an_input_that_stands_still_influences_nobody() -> None:
    weights = weights_of()
    x = np.random.default_rng(0).normal(size=(6, 5, 2))
    x[..., 1] = 0.7
    hidden, outputs = forward(x, weights, lambda role, i, value: value)
    found = network_influence(
        Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs), weights=weights
    ).sel(source="x1")
    for name in ("weight", "jacobian", "ablation", "ablation_total", "noise_injection"):
        np.testing.assert_allclose(found[name].drop_sel(target="x1"), 0.0, atol=1e-12)
