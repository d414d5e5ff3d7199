import numpy as np
import pytest
import recurrent_twin as twin

from infoscope._errors import InputError
from infoscope.networks import FullyRecurrent
from infoscope.networks.recurrence import ablated_outputs


def network():
    made = FullyRecurrent(3, 5, 2, initial_scale=0.7, random_state=1)
    random = np.random.default_rng(2)
    return {name: random.normal(size=array.shape) for name, array in made.arrays().items()}


def test_each_ablation_is_the_network_stepped_by_hand():
    p = network()
    inputs = np.random.default_rng(0).normal(size=(4, 6, 3))
    found = ablated_outputs(p, inputs)
    without = p | {"W": np.zeros((5, 5))}
    for window, x in enumerate(inputs):
        assert found["network"][window] == pytest.approx(twin.forward(p, x)[1], abs=1e-12)
        assert found["W = 0"][window] == pytest.approx(twin.forward(without, x)[1], abs=1e-12)
        reset = [twin.forward(p, [step])[1][0] for step in x]
        assert found["h reset"][window] == pytest.approx(np.array(reset), abs=1e-12)


def test_a_network_without_recurrence_loses_nothing():
    p = network() | {"W": np.zeros((5, 5))}
    found = ablated_outputs(p, np.random.default_rng(0).normal(size=(4, 6, 3)))
    assert np.array_equal(found["network"], found["W = 0"])
    assert np.array_equal(found["network"], found["h reset"])


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 2)])
def test_inputs_must_fit(shape):
    with pytest.raises(InputError, match=r"inputs must have shape \(sequence, time, 3\)"):
        ablated_outputs(network(), np.zeros(shape))
    with pytest.raises(InputError, match="parameters must have W_in"):
        ablated_outputs({"W": np.zeros((5, 5))}, np.zeros((4, 6, 3)))
