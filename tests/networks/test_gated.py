"""Networks of gated units against equations written out in numpy."""

import numpy as np
import pytest
import torch
import xarray as xr
from gated_twin import forward, step

from infoscope._errors import InputError
from infoscope.networks.gated import CELLS, Gated
from infoscope.networks.of_snapshot import weights_in
from infoscope.networks.recurrence import ablated_outputs
from infoscope.recordings.weights import RecurrentWeights

INPUTS = np.random.default_rng(0).normal(size=(4, 6, 3))


def network(cell: str) -> Gated:
    return Gated(cell, 3, 5, 2, initial_scale=0.9, random_state=1)


@pytest.mark.parametrize("cell", CELLS)
def test_states_and_outputs_are_those_of_the_equations(cell: str) -> None:
    of = network(cell)
    hidden, outputs = of.run(INPUTS)
    for sequence, (h, o) in enumerate(zip(hidden, outputs, strict=True)):
        states, out = forward(cell, of.arrays(), INPUTS[sequence])
        assert h == pytest.approx(states, abs=1e-12)
        assert o == pytest.approx(out, abs=1e-12)
        alone = of.run(INPUTS[sequence])
        assert alone[0] == pytest.approx(h, abs=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_each_ablation_is_the_network_stepped_by_hand(cell: str) -> None:
    of = network(cell)
    found = ablated_outputs(of, INPUTS)
    arrays = of.arrays()
    deaf = arrays | {"layer.weight_hh_l0": np.zeros_like(arrays["layer.weight_hh_l0"])}
    for sequence, x in enumerate(INPUTS):
        assert found["network"][sequence] == pytest.approx(forward(cell, arrays, x)[1], abs=1e-12)
        assert found["W = 0"][sequence] == pytest.approx(forward(cell, deaf, x)[1], abs=1e-12)
        reset = np.array([forward(cell, arrays, [step])[1][0] for step in x])
        assert found["h reset"][sequence] == pytest.approx(reset, abs=1e-12)
    # Units without recurrent weights keep the memory of their own cell.
    assert not np.allclose(found["W = 0"], found["h reset"])
    with pytest.raises(InputError, match=r"inputs must have shape \(sequence, time, 3\)"):
        ablated_outputs(of, INPUTS[0])


@pytest.mark.parametrize("cell", CELLS)
def test_jacobians_are_the_derivatives_of_a_step(cell: str) -> None:
    of = network(cell)
    found = of.jacobians(INPUTS)
    assert found.shape == (4 * 6, 3 + 5, 5)
    w = of.arrays()

    small = 1e-6 * np.eye(3 + 5)
    for sequence, inputs in enumerate(INPUTS[:2]):
        h, c = np.zeros(5), np.zeros(5)
        for t, x in enumerate(inputs):
            both = np.concatenate([x, h])
            expected = [
                (step(cell, w, *np.split(both + move, [3]), c)[0]
                 - step(cell, w, *np.split(both - move, [3]), c)[0]) / 2e-6
                for move in small
            ]  # fmt: skip
            assert found[6 * sequence + t] == pytest.approx(np.array(expected), abs=1e-8)
            h, c = step(cell, w, x, h, c)


@pytest.mark.parametrize("cell", CELLS)
def test_a_network_is_recovered_from_its_arrays_vector_and_snapshot(cell: str) -> None:
    of = network(cell)
    expected = of.run(INPUTS)[1]
    snapshot = xr.Dataset({
        f"parameter_{name}": (tuple(f"{name}{axis}" for axis in range(array.ndim)), array)
        for name, array in of.arrays().items()
    })  # fmt: skip
    for again in (
        Gated.of(of.arrays()), Gated.from_flat(of.flat(), cell, of.nodes), weights_in(snapshot)
    ):  # fmt: skip
        assert isinstance(again, Gated)
        assert type(again.layer) is CELLS[cell]
        assert again.nodes == (3, 5, 2)
        assert np.array_equal(again.run(INPUTS)[1], expected)
    with pytest.raises(InputError, match="vector must have shape"):
        Gated.from_flat(of.flat()[1:], cell, of.nodes)


def test_other_snapshots_hold_the_papers_network() -> None:
    weights = RecurrentWeights.from_flat(np.linspace(-1.0, 1.0, 15), 2, 2, 1)
    snapshot = xr.Dataset({
        f"parameter_{name}": (tuple(f"{name}{axis}" for axis in range(array.ndim)), array)
        for name, array in weights.arrays().items()
    })  # fmt: skip
    found = weights_in(snapshot)
    assert isinstance(found, RecurrentWeights)
    assert np.array_equal(found.flat(), weights.flat())


def test_weights_start_uniform_by_their_own_random_state() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (Gated("lstm", 3, 25, 2, random_state=seed).flat() for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    # torch's own law: uniform in ±1/sqrt(units).
    assert 0.19 < np.abs(first).max() <= 0.2
    assert first.std() == pytest.approx(0.2 / np.sqrt(3.0), rel=0.05)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="cell must be one of 'gru', 'lstm', got 'rnn'"):
        Gated("rnn", 3, 5, 2)
    with pytest.raises(InputError, match="n_hidden must be a whole number >= 1"):
        Gated("gru", 3, 0, 2)
    for shape in ((4, 6, 2), (6, 2), (4, 0, 3), (3,)):
        with pytest.raises(InputError, match=r"inputs must be \(sequence, time, 3\)"):
            network("gru").run(np.zeros(shape))
