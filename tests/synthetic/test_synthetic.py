"""The synthetic systems against their equations, their derivatives and their true ranks."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from infoscope import (
    EstimationError,
    Gaussian,
    InputError,
    information_flow,
    pairwise_information,
    rank_nodes,
    synthetic_systems,
)
from infoscope.synthetic import (
    Chain,
    CommonDriver,
    FeedForward,
    FiveNodes,
    IndependentNodes,
    LogisticMaps,
    ProductGate,
    RecursiveSystem,
    SharedTrend,
    SkipPath,
    SparseAutoregression,
    SparseRecurrent,
)

SYSTEMS = synthetic_systems()
NETWORKS = {
    "S7 wide": FeedForward(layers=3, width=9, seed=4),
    "S7 full": FeedForward(density=1.0, phi=0.8, sigma=0.5),
    "S8 chaotic": SparseRecurrent(radius=1.2, sigma=0.0, seed=7),
    "S8 calm": SparseRecurrent(radius=0.5, phi=0.8, seed=2),
    "S3 other": SparseAutoregression(n=7, in_degree=2, seed=9),
    "S2 late": CommonDriver(delays_of=(3, 1)),
}
EVERY = {**SYSTEMS, **NETWORKS}
every_system = pytest.mark.parametrize("name", EVERY)


def test_the_systems_are_those_of_the_benchmark() -> None:
    assert list(SYSTEMS) == [
        "S0", "S0b", "S1", "S2", "S2b", "S2c", "S3", "S4", "S5", "S6", "S7", "S8", "S9",
    ]  # fmt: skip
    assert {name: int(system.edges.sum()) for name, system in SYSTEMS.items()} | {
        "S7": 0, "S8": 0
    } == {
        "S0": 0, "S0b": 0, "S1": 7, "S2": 2, "S2b": 2, "S2c": 0, "S3": 60, "S4": 5, "S5": 4,
        "S6": 2, "S7": 0, "S8": 0, "S9": 8,
    }  # fmt: skip


@every_system
def test_a_sample_is_standardised_named_and_repeats(name: str) -> None:
    system = EVERY[name]
    sample = system.sample(300, random_state=5)
    assert sample.dims == ("time", "node")
    assert sample.shape == (300, len(system.nodes))
    for key in ("node", "role", "layer"):
        expected = system.nodes.index if key == "node" else system.nodes[key]
        assert sample[key].to_numpy().tolist() == expected.tolist()
    np.testing.assert_allclose(sample.mean("time"), 0.0, atol=1e-12)
    np.testing.assert_allclose(sample.std("time"), 1.0, atol=1e-12)
    np.testing.assert_array_equal(sample, system.sample(300, np.random.default_rng(5)))
    assert not np.isin(sample.to_numpy(), system.sample(300, random_state=6).to_numpy()).any()


@every_system
def test_truths_agree_with_each_other(name: str) -> None:
    system = EVERY[name]
    names = system.nodes.index.tolist()
    for truth in (system.delays, system.edges):
        assert truth.dims == ("source", "target")
        assert truth["source"].to_numpy().tolist() == truth["target"].to_numpy().tolist() == names
        assert not np.diag(truth).any()
    np.testing.assert_array_equal(system.edges, system.delays > 0)
    graph = system.graph()
    assert list(graph.nodes) == names
    expected = nx.to_numpy_array(graph, nodelist=names, weight="delay", nonedge=0.0)
    np.testing.assert_array_equal(system.delays, expected)
    assert graph.nodes[names[-1]] == system.nodes.iloc[-1].to_dict()


def derivatives(system: RecursiveSystem, past: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """d next[target] / d past[-lag, source], central differences, (lag, source, target)."""
    depth, width = past.shape
    found = np.empty((depth, width, width))
    for lag in range(1, depth + 1):
        for source in range(width):
            ends = []
            for sign in (1, -1):
                moved = past.copy()
                moved[-lag, source] += sign * h
                ends.append(system.step(moved, np.zeros(width)))
            found[lag - 1, source] = (ends[0] - ends[1]) / (2 * h)
    return found


@pytest.mark.parametrize("name", [name for name in EVERY if name not in ("S0b", "S2c", "S6")])
def test_edges_are_where_the_derivative_is_not_zero(name: str) -> None:
    system = EVERY[name]
    assert isinstance(system, RecursiveSystem)
    past = np.random.default_rng(0).uniform(0.1, 0.9, size=(system.memory, len(system.nodes)))
    moves = np.abs(derivatives(system, past)) > 1e-7
    delays = system.delays.to_numpy()
    others = ~np.eye(len(delays), dtype=bool)
    for lag in range(1, system.memory + 1):
        np.testing.assert_array_equal(moves[lag - 1][others], (delays == lag)[others])


def test_either_sign_turns_the_product() -> None:
    gate, still = ProductGate(), np.zeros(3)
    for a1, a2 in ((0.3, 2.0), (-0.3, 2.0), (0.3, -2.0), (-0.3, -2.0)):
        for b in (0.0, 9.0):
            assert gate.step(np.array([[a1, a2, b]]), still)[2] == (1 if a1 * a2 > 0 else -1)


def test_five_nodes_follow_their_equations() -> None:
    # Rows t-3, t-2, t-1; then by hand.
    past = np.array([[1.0, 0, 0, 0, 0], [2.0, 0, 0, 0, 0], [3.0, 0, 0, 5.0, 7.0]])
    root = 2**0.5
    by_hand = [
        0.95 * root * 3 - 0.9025 * 2, 0.5 * 4, -0.4 * 1,
        -0.5 * 4 + 0.25 * root * 5 + 0.25 * root * 7, -0.25 * root * 5 + 0.25 * root * 7,
    ]  # fmt: skip
    noise = np.arange(5.0)
    np.testing.assert_allclose(FiveNodes().step(past, noise), by_hand + noise, rtol=1e-14)


def test_logistic_maps_follow_their_equation_and_stay_in_range() -> None:
    system = LogisticMaps(n=2, coupling=0.4, noise=0.1)
    f = [4 * 0.3 * 0.7, 4 * 0.6 * 0.4]
    found = system.step(np.array([[0.3, 0.6]]), np.array([0.5, -0.5]))
    np.testing.assert_allclose(found, [f[0] + 0.05, 0.6 * f[1] + 0.4 * f[0] - 0.05], rtol=1e-14)
    # Reflected as often as it takes: 0.84 + 0.5 -> 0.66, 0.84 - 1 -> 0.16, 0.84 + 2.5 -> 0.66.
    for noise, expected in ((5, 0.66), (-10, 0.16), (25, 0.66)):
        found = system.step(np.array([[0.3, 0.3]]), np.full(2, float(noise)))
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    sample = LogisticMaps().sample(4000).to_numpy()
    assert all(len(np.unique(column)) == 4000 for column in sample.T)


def test_recurrent_network_follows_its_equations() -> None:
    system = SparseRecurrent(sigma=0.05, phi=0.6)
    W, x, h = system.weights, slice(0, 5), slice(5, 30)
    rng = np.random.default_rng(0)
    past, noise = rng.normal(size=(1, 32)), rng.normal(size=32)
    row = system.step(past, noise)
    np.testing.assert_allclose(row[x], 0.6 * past[0, x] + 0.8 * noise[x], rtol=1e-12)
    hidden = np.tanh(past[0, x] @ W[x, h] + past[0, h] @ W[h, h]) + 0.05 * noise[h]
    np.testing.assert_allclose(row[h], hidden, rtol=1e-12)
    np.testing.assert_allclose(row[30:], past[0, h] @ W[h, 30:] + 0.05 * noise[30:], rtol=1e-12)


def test_feed_forward_network_squashes_its_last_layer_too() -> None:
    system = FeedForward(sigma=0.0)
    row = system.step(100 * np.random.default_rng(0).normal(size=(1, 36)), np.zeros(36))
    assert np.abs(row[6:]).max() <= 1.0
    assert np.abs(row[30:]).max() > 0.9


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.2])
@pytest.mark.parametrize("seed", range(4))
def test_recurrent_wiring(radius: float, seed: int) -> None:
    W = SparseRecurrent(radius=radius, seed=seed).weights
    assert np.abs(np.linalg.eigvals(W[5:30, 5:30])).max() == pytest.approx(radius)
    assert (W[:5, 5:30] != 0).any(axis=0).all()
    assert (W[5:30, 30:] != 0).any(axis=0).all()
    assert not W[:, :5].any()
    assert not W[:5, 30:].any()
    assert not W[30:].any()
    assert not np.diag(W).any()
    # Binomial: 600 possible connections, each with probability 0.1.
    assert abs((W[5:30, 5:30] != 0).sum() - 60) < 4 * (600 * 0.1 * 0.9) ** 0.5


@pytest.mark.parametrize("seed", range(6))
def test_sparse_autoregression_wiring(seed: int) -> None:
    matrix = SparseAutoregression(seed=seed).coefficients[0]
    assert np.abs(np.linalg.eigvals(matrix)).max() == pytest.approx(0.9)
    assert ((matrix != 0).sum(axis=0) == 3).all()
    assert (matrix < 0).sum() == (matrix > 0).sum() == 30
    sizes = np.abs(matrix[matrix != 0])
    assert sizes.max() / sizes.min() <= 3.0


def test_wiring_belongs_to_the_system_and_its_seed() -> None:
    for system in (SparseAutoregression(), FeedForward(), SparseRecurrent()):
        again, other = replace(system), replace(system, seed=1)
        assert again == system != other
        np.testing.assert_array_equal(again.delays, system.delays)
        assert not np.array_equal(other.delays, system.delays)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("shape", [(6, 6), (3, 9), (2, 4)])
def test_ranks_of_layers_are_exact_and_jacobi_oscillates(shape: tuple, seed: int) -> None:
    system = FeedForward(layers=shape[0], width=shape[1], seed=seed)
    graph = system.graph()
    ranking = rank_nodes(graph)
    assert set(ranking.table["component"]) == {0}
    assert ranking.directedness == pytest.approx(1.0, abs=1e-12)
    shift = ranking.ranks - system.ranks
    np.testing.assert_allclose(shift, shift.iloc[0], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(system.ranks, np.repeat(np.arange(shape[0]), shape[1]))
    assert nx.is_bipartite(graph.to_undirected())
    # From zero it ends in turn on either side of the truth, by s.b / (4 m) each: s is 1 and -1 on
    # even and odd layers, b in-degree less out-degree, m the number of edges.
    one, two = (
        rank_nodes(graph, method="jacobi", iterations=i).ranks.to_numpy() for i in (2000, 2001)
    )
    centre = (one + two) / 2 - system.ranks.to_numpy()
    np.testing.assert_allclose(centre, centre[0], rtol=0, atol=1e-6)
    side = np.where(system.nodes["layer"] % 2 == 0, 1.0, -1.0)
    balance = np.array([graph.in_degree(v) - graph.out_degree(v) for v in graph])
    swing = (side @ balance) / (2 * graph.number_of_edges())
    np.testing.assert_allclose(np.abs(one - two), abs(swing), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["S1", "S5", "S6", "S9"])
def test_true_ranks_are_those_of_the_true_graph(name: str) -> None:
    system = SYSTEMS[name]
    assert system.ranks is not None
    assert system.ranks.min() == 0.0
    shift = rank_nodes(system.graph()).ranks - system.ranks
    np.testing.assert_allclose(shift, shift.iloc[0], rtol=0, atol=1e-9)


def test_systems_without_an_order_have_no_ranks() -> None:
    for name in ("S0", "S0b", "S2", "S3", "S4", "S8"):
        assert SYSTEMS[name].ranks is None


@every_system
def test_an_aligned_recording_is_the_sample(name: str) -> None:
    system = EVERY[name]
    recording = system.recording(60, random_state=3)
    np.testing.assert_array_equal(recording.nodes["role"], system.nodes["role"])
    assert recording.nodes.index.tolist() == system.nodes.index.tolist()
    hops = system.nodes["role"].nunique() - 1
    aligned = recording.activations(aligned=True)
    assert recording.activations().shape == (1, 60, len(system.nodes))
    np.testing.assert_array_equal(aligned[0], system.sample(60 + hops, 3)[hops:60])


SMALL = SparseRecurrent(inputs=2, hidden=4, outputs=1, density=0.5)


@pytest.mark.parametrize("system", [Chain(n=3), ProductGate(), SkipPath(), SMALL], ids=repr)
def test_flow_of_a_recording_is_that_of_the_sample(system) -> None:
    hops = system.nodes["role"].nunique() - 1
    flow = information_flow(system.recording(200, 1), estimator=Gaussian())
    rows = system.sample(200 + hops, 1)[hops:200]
    delayed = pairwise_information(rows, lag=1, estimator=Gaussian()).to_numpy()
    together = pairwise_information(rows[:-1], estimator=Gaussian()).to_numpy()
    others = ~np.eye(len(system.nodes), dtype=bool)
    np.testing.assert_allclose(flow.delayed.to_numpy()[others], delayed[others], atol=1e-12)
    np.testing.assert_allclose(flow.instantaneous.to_numpy()[others], together[others], atol=1e-12)


def test_a_shared_trend_correlates_its_nodes() -> None:
    # Variance 1/2 shared of 3/2, over whole periods.
    found = [np.corrcoef(SharedTrend(n=2).sample(5000, seed).T)[0, 1] for seed in range(30)]
    assert abs(np.mean(found) - 1 / 3) < 4 * np.std(found, ddof=1) / 30**0.5
    phases = [SharedTrend(n=50).sample(100, seed).mean("node")[0] for seed in range(20)]
    assert np.std(phases) > 0.3


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: IndependentNodes(phi=1.0), "phi must lie strictly between -1 and 1, got 1.0"),
        (lambda: IndependentNodes(n=0), "n must be a whole number >= 1, got 0"),
        (lambda: Chain(n=1), "n must be a whole number >= 2, got 1"),
        (lambda: Chain(coupling=float("nan")), "coupling must be a finite number, got nan"),
        (lambda: Chain(phi=-1.5), "phi must lie strictly between -1 and 1, got -1.5"),
        (lambda: CommonDriver(delays_of=2), "delays_of must be two whole numbers, got 2"),
        (lambda: CommonDriver(delays_of=(0, 1)), "delays_of must be a whole number >= 1, got 0"),
        (lambda: CommonDriver(observed=1), "observed must be True or False, got 1"),
        (lambda: SparseAutoregression(in_degree=20), "in_degree must be a whole .* <= 19, got 20"),
        (lambda: SparseAutoregression(radius=0.0), "radius must be > 0, got 0.0"),
        (lambda: SparseAutoregression(radius=1.0), "radius must lie strictly between -1 and 1"),
        (lambda: SkipPath(noise=0.0), "noise must be > 0, got 0.0"),
        (lambda: SharedTrend(period=-1.0), "period must be > 0, got -1.0"),
        (lambda: LogisticMaps(coupling=0.0), "coupling must be > 0 and <= 1, got 0.0"),
        (lambda: ProductGate(noise=-1.0), "noise must be > 0, got -1.0"),
        (lambda: FeedForward(layers=1), "layers must be a whole number >= 2, got 1"),
        (lambda: FeedForward(density=1.5), "density must be > 0 and <= 1, got 1.5"),
        (lambda: FeedForward(sigma=-0.1), "sigma must be a finite number >= 0, got -0.1"),
        (lambda: FeedForward(width=40, density=0.001).delays, "density must allow a connected"),
        (lambda: SparseRecurrent(hidden=1), "hidden must be a whole number >= 2, got 1"),
        (lambda: SparseRecurrent(outer_density=0.0), "outer_density must be > 0 and <= 1"),
        (lambda: SparseRecurrent(density=1e-9).delays, "density must leave a cycle"),
        (lambda: Chain().sample(1), "n must be a whole number >= 2, got 1"),
        (lambda: Chain().sample(10, -1), "random_state must be an int >= 0"),
        (lambda: Chain().recording(1), "n must be a whole number >= 2, got 1"),
        (lambda: Chain().covariance(-1), "lags must be a whole number >= 0, got -1"),
    ],
)
def test_wrong_parameters_are_refused(make, match: str) -> None:
    with pytest.raises(InputError, match=match):
        make()


class Still(Chain):
    """A chain whose last node stands still."""

    def step(self, past: np.ndarray, noise: np.ndarray) -> np.ndarray:
        return super().step(past, noise) * (np.arange(self.n) < self.n - 1)


def test_a_node_that_stands_still_is_no_sample() -> None:
    with pytest.raises(EstimationError, match="node x3 cannot be standardised: it is constant"):
        Still(n=4).sample(20)
