"""Synthetic systems with known edges, ranks and information, for testing measures of flow."""

from infoscope.synthetic.autoregressive import (
    Chain,
    IndependentNodes,
    SkipPath,
    SparseAutoregression,
)
from infoscope.synthetic.beds.bed import Bed
from infoscope.synthetic.beds.catalogue import connectivity_beds
from infoscope.synthetic.beds.context_decision import ContextDecisionNetwork
from infoscope.synthetic.beds.flip_flop import GatedFlipFlop
from infoscope.synthetic.beds.izhikevich import IzhikevichNetwork
from infoscope.synthetic.beds.linear_network import LinearNetwork
from infoscope.synthetic.beds.lorenz import Lorenz96
from infoscope.synthetic.beds.spiking import SpikingGLM
from infoscope.synthetic.beds.tanh_networks import EchoState, GrowthNetwork, NearCritical
from infoscope.synthetic.beds.weather_network import WeatherNetwork
from infoscope.synthetic.drivers import CommonDriver, SharedTrend
from infoscope.synthetic.linear import LinearSystem
from infoscope.synthetic.networks import FeedForward, SparseRecurrent
from infoscope.synthetic.nonlinear import FiveNodes, LogisticMaps, ProductGate
from infoscope.synthetic.system import RecursiveSystem, SyntheticSystem
from infoscope.synthetic.tasks import ContextDecision, FlipFlop, Task, recurrent_tasks

__all__ = [
    "Bed",
    "Chain",
    "CommonDriver",
    "ContextDecision",
    "ContextDecisionNetwork",
    "EchoState",
    "FeedForward",
    "FiveNodes",
    "FlipFlop",
    "GatedFlipFlop",
    "GrowthNetwork",
    "IndependentNodes",
    "IzhikevichNetwork",
    "LinearNetwork",
    "LinearSystem",
    "LogisticMaps",
    "Lorenz96",
    "NearCritical",
    "ProductGate",
    "RecursiveSystem",
    "SharedTrend",
    "SkipPath",
    "SparseAutoregression",
    "SparseRecurrent",
    "SpikingGLM",
    "SyntheticSystem",
    "Task",
    "WeatherNetwork",
    "connectivity_beds",
    "recurrent_tasks",
    "synthetic_systems",
]


def synthetic_systems() -> dict[str, SyntheticSystem]:
    """Return the synthetic systems by their short names, with their usual parameters.

    Returns
    -------
    dict
        ======= ==============================================================================
        S0      20 independent autoregressions: no edge
        S0b     20 nodes with independent noise plus a shared sine: no edge
        S1      a chain of 8 autoregressions
        S2      z drives a after one row, b after two; S2b: both after one; S2c: S2, z unseen
        S3      a sparse random vector autoregression of 20 nodes
        S4      five nodes with quadratic couplings, delays 1 to 3, and a loop
        S5      a chain of 5 noisy logistic maps
        S6      the sign of a product: no pair shares any information
        S7      a feed-forward tanh network of 6 layers of 6, run as a pipeline
        S8      a sparse recurrent tanh network of 5 inputs, 25 hidden units, 2 outputs
        S9      a path of six hops and a short cut of two
        ======= ==============================================================================

        S0, S1, S2 (all three), S3, S6 and S9 have exact information. `dataclasses.replace` makes
        variants.

    Examples
    --------
    >>> from dataclasses import replace
    >>> systems = synthetic_systems()
    >>> data = systems["S8"].sample(500, random_state=3)
    >>> slow = replace(systems["S1"], phi=0.9)
    >>> found = slow.information().sel(source="x0", target="x1")
    >>> bool(found.flow < found.transfer_entropy)
    True
    """
    return {
        "S0": IndependentNodes(),
        "S0b": SharedTrend(),
        "S1": Chain(),
        "S2": CommonDriver(),
        "S2b": CommonDriver(delays_of=(1, 1)),
        "S2c": CommonDriver(observed=False),
        "S3": SparseAutoregression(),
        "S4": FiveNodes(),
        "S5": LogisticMaps(),
        "S6": ProductGate(),
        "S7": FeedForward(),
        "S8": SparseRecurrent(),
        "S9": SkipPath(),
    }
