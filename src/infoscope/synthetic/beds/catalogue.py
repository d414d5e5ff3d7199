"""The test beds by name."""

from infoscope.synthetic.beds.bed import Bed
from infoscope.synthetic.beds.context_decision import ContextDecisionNetwork
from infoscope.synthetic.beds.flip_flop import GatedFlipFlop
from infoscope.synthetic.beds.izhikevich import IzhikevichNetwork
from infoscope.synthetic.beds.linear_network import LinearNetwork
from infoscope.synthetic.beds.lorenz import Lorenz96
from infoscope.synthetic.beds.spiking import SpikingGLM
from infoscope.synthetic.beds.tanh_networks import EchoState, GrowthNetwork, NearCritical
from infoscope.synthetic.beds.weather_network import WeatherNetwork


def connectivity_beds() -> dict[str, Bed]:
    """Return test beds of measures of connectivity by name, with their usual parameters.

    Returns
    -------
    dict
        ============= ======================================================== ===================
        weather       the paper's tanh network, trained on weather, 1 % noise  25, graded; torch
        context       leaky tanh network of two modules, trained to decide     60; torch
        gru, lstm     gated units, trained on the 3-bit flip-flop, 1 % noise   32, graded; torch
        echo-state    sparse echo state network, 1 % noise                     100
        near-critical leaky ring with random connections, process noise        100
        growth        sparse noisy tanh network of any size                    60
        spikes        Poisson cells with an unrecorded common rhythm           60
        izhikevich    spiking neurons with delays of 1 to 20 ms                100
        lorenz        Lorenz-96 model                                          20
        linear        sparse vector autoregression                             20
        ============= ======================================================== ===================

        The last column has the number of units, whether the truth is graded, and what is needed.
        `dataclasses.replace` makes variants: other noise, share of unrecorded units, size, rows or
        seed. Trained beds are trained when first used, in some seconds.

    Examples
    --------
    >>> from dataclasses import replace
    >>> bed = replace(connectivity_beds()["growth"], rows=1000, seed=3, hidden_share=0.25)
    >>> rec = bed.recording(random_state=1)
    >>> rec["hidden"].sizes["unit"], list(rec.nodes.index) == bed.truth["source"].values.tolist()
    (45, True)
    """
    beds: dict[str, Bed] = {
        "echo-state": EchoState(),
        "near-critical": NearCritical(),
        "growth": GrowthNetwork(),
        "spikes": SpikingGLM(),
        "izhikevich": IzhikevichNetwork(),
        "lorenz": Lorenz96(),
        "linear": LinearNetwork(),
    }
    return {
        "weather": WeatherNetwork(),
        "context": ContextDecisionNetwork(),
        "gru": GatedFlipFlop(),
        "lstm": GatedFlipFlop(cell="lstm"),
    } | beds
