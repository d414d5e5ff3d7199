"""The test beds by name."""

from infoscope.synthetic.beds.bed import Bed
from infoscope.synthetic.beds.context_decision import ContextDecisionNetwork
from infoscope.synthetic.beds.flip_flop import GatedFlipFlop
from infoscope.synthetic.beds.spiking import SpikingGLM
from infoscope.synthetic.beds.tanh_networks import EchoState, GrowthNetwork, NearCritical
from infoscope.synthetic.beds.weather_network import WeatherNetwork


def connectivity_beds() -> dict[str, Bed]:
    """Return test beds by name."""
    return {
        "weather": WeatherNetwork(),
        "context": ContextDecisionNetwork(),
        "gru": GatedFlipFlop(),
        "lstm": GatedFlipFlop(cell="lstm"),
        "echo-state": EchoState(),
        "near-critical": NearCritical(),
        "growth": GrowthNetwork(),
        "spikes": SpikingGLM(),
    }
