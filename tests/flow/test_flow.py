import re
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from infoscope import (
    KSG,
    EstimationError,
    Gaussian,
    InputError,
    MixedKSG,
    Recording,
    information_flow,
    pairwise_information,
)
from reference import estimators
from reference import networks as twin


def tanh_network(windows: int = 7, steps: int = 9, seed: int = 0) -> dict[str, np.ndarray]:
    """Activations of a small random network: inputs remember, hidden nodes feed back."""
    rng = np.random.default_rng(seed)
    w_in, w, w_out = rng.normal(size=(2, 3)), 0.5 * rng.normal(size=(3, 3)), rng.normal(size=(3, 1))
    inputs = rng.normal(size=(windows, steps, 2)).cumsum(axis=1)
    hidden, state = np.empty((windows, steps, 3)), np.zeros((windows, 3))
    for t in range(steps):
        state = np.tanh(inputs[:, t] @ w_in + state @ w)
        hidden[:, t] = state
    return {"inputs": inputs, "hidden": hidden, "outputs": hidden @ w_out}


def white_noise(rng: np.random.Generator, nodes: int = 1) -> np.ndarray:
    return rng.normal(size=(100, 22, nodes))


@pytest.mark.parametrize("lag", [1, 2])
@pytest.mark.parametrize("k", [3, 10])
def test_flow_equals_the_published_definition(lag: int, k: int) -> None:
    blocks = tanh_network()
    flow = information_flow(Recording.from_arrays(**blocks), lag=lag, estimator=KSG(k=k))
    expected = twin.information_flow(twin.aligned(**blocks), k, lag)
    assert flow.n == 7 * (7 - lag)
    assert flow.lag == lag
    np.testing.assert_allclose(flow.flow, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(flow.delayed - flow.instantaneous, expected, rtol=0, atol=1e-10)


PUBLISHED = KSG(k=10, jitter=1e-10, jitter_unit="sd")


def test_the_published_estimator_has_a_name_and_the_default_is_auto() -> None:
    rec = Recording.from_arrays(**tanh_network())
    named = information_flow(rec, estimator="published")
    assert named.estimator == PUBLISHED
    np.testing.assert_array_equal(
        named.flow, information_flow(rec, lag=1, estimator=PUBLISHED, edges="all").flow
    )
    ranks = information_flow(rec, estimator=KSG(k=4, scale="rank"))
    np.testing.assert_array_equal(information_flow(rec).flow, ranks.flow)


def test_flow_of_tied_values_equals_the_published_definition() -> None:
    blocks = {name: np.round(values) for name, values in tanh_network().items()}
    flow = information_flow(
        Recording.from_arrays(**blocks), estimator=KSG(k=3, ties="strict"), aligned="layers"
    )
    expected = twin.information_flow(twin.aligned(**blocks), 3)
    np.testing.assert_allclose(flow.flow, expected, rtol=0, atol=1e-10)


def test_unaligned_flow_compares_equal_steps() -> None:
    blocks = tanh_network()
    flow = information_flow(Recording.from_arrays(**blocks), estimator=KSG(k=3), aligned=False)
    windows = np.concatenate([blocks["inputs"], blocks["hidden"], blocks["outputs"]], axis=2)
    assert flow.n == 7 * 8
    np.testing.assert_allclose(flow.flow, twin.information_flow(windows, 3), rtol=0, atol=1e-10)


def test_flow_of_an_epoch_is_that_of_its_snapshot() -> None:
    early, late = tanh_network(seed=1), tanh_network(seed=2)
    late["inputs"] = early["inputs"]
    both = {name: np.stack([early[name], late[name]]) for name in ("hidden", "outputs")}
    rec = Recording.from_arrays(inputs=early["inputs"], **both, epochs=[3, 8])
    for epoch, blocks in ((3, early), (8, late), (None, late)):
        alone = information_flow(Recording.from_arrays(**blocks), estimator=KSG(k=3))
        of_epoch = information_flow(rec, estimator=KSG(k=3), epoch=epoch)
        np.testing.assert_array_equal(of_epoch.flow, alone.flow)


def test_diagonal_and_only_the_diagonal_is_undefined() -> None:
    flow = information_flow(Recording.from_arrays(**tanh_network()), estimator=KSG(k=3))
    for part in (flow.flow, flow.delayed, flow.instantaneous):
        assert part.dims == ("source", "target")
        assert part.attrs["units"] == "bit"
        np.testing.assert_array_equal(np.isnan(part), np.eye(6, dtype=bool))


def test_structural_flow_has_only_the_hops_of_a_network_without_feedback() -> None:
    rec = Recording.from_arrays(**tanh_network())
    everything = information_flow(rec, estimator=KSG(k=3))
    structural = information_flow(rec, estimator=KSG(k=3), edges="structural")
    x, h, o = [0, 1], [2, 3, 4], [5]
    possible = {(a, b) for a in x for b in h} | {(a, b) for a in h for b in h + o if a != b}
    for a in range(6):
        for b in range(6):
            found = structural.flow.to_numpy()[a, b]
            if (a, b) in possible:
                assert found == everything.flow.to_numpy()[a, b]
                assert structural.instantaneous[a, b] == everything.instantaneous[a, b]
            else:
                assert np.isnan(found)
                assert np.isnan(structural.instantaneous.to_numpy()[a, b])
    assert set(structural.to_frame()[["source", "target"]].itertuples(index=False, name=None)) == {
        (rec.nodes.index[a], rec.nodes.index[b]) for a, b in possible
    }


def test_flow_does_not_depend_on_the_order_of_nodes() -> None:
    blocks, order = tanh_network(), [2, 0, 1]
    flow = information_flow(Recording.from_arrays(**blocks), estimator=KSG(k=3)).flow
    names = {"hidden": [f"h{i}" for i in order]}
    shuffled = Recording.from_arrays(
        **{**blocks, "hidden": blocks["hidden"][..., order]}, names=names
    )
    again = information_flow(shuffled, estimator=KSG(k=3)).flow
    again = again.sel(source=flow["source"], target=flow["target"])
    np.testing.assert_allclose(again, flow, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_jobs", [1, 2, 3, None])
def test_flow_does_not_depend_on_the_number_of_threads(n_jobs: int | None) -> None:
    rng = np.random.default_rng(0)
    rec = Recording.from_arrays(hidden=rng.normal(size=(9, 6, 14)).cumsum(axis=1))
    estimator = KSG(k=3, jitter=1e-3)
    expected = information_flow(rec, estimator=estimator, random_state=4)
    found = information_flow(rec, estimator=estimator, random_state=4, n_jobs=n_jobs)
    np.testing.assert_array_equal(found.flow, expected.flow)


def test_random_state_decides_the_jitter() -> None:
    rec = Recording.from_arrays(**{k: np.round(v) for k, v in tanh_network().items()})
    first, same, other = (
        information_flow(rec, estimator=KSG(k=3, jitter=1e-10), random_state=seed).flow
        for seed in (0, np.random.default_rng(0), 1)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other, equal_nan=True)


@pytest.mark.parametrize("estimator", [KSG(k=3), KSG(k=3, theiler=1), MixedKSG(), Gaussian()])
def test_constant_node_is_kept_and_named_and_has_no_edge(estimator) -> None:
    blocks = tanh_network()
    blocks["inputs"][..., 1] = 0.1
    flow = information_flow(Recording.from_arrays(**blocks), estimator=estimator)
    assert flow.nodes["constant"].tolist() == [False, True, False, False, False, False]
    assert flow.not_estimated == ("x1 is constant",)
    others = flow.flow.drop_sel(source="x1", target="x1")
    assert np.isnan(flow.flow.sel(source="x1")).all()
    assert np.isnan(flow.flow.sel(target="x1")).all()
    without = {**blocks, "inputs": blocks["inputs"][..., :1]}
    alone = information_flow(Recording.from_arrays(**without), estimator=estimator).flow
    np.testing.assert_allclose(others, alone, rtol=0, atol=1e-12)
    judged = flow.significance("lag-swap", surrogates=19, n_jobs=1)
    assert int(judged.tested.sum()) == 20 - int(judged.control.sum())
    assert (others > 0).any()
    graph = flow.graph()
    assert "x1" in graph
    assert graph.degree("x1") == 0


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
def test_copies_have_no_flow_between_them_and_all_other_pairs_have(estimator) -> None:
    h = np.random.default_rng(7).normal(size=(1, 400, 5))
    h[..., 2], h[..., 3], h[..., 4] = 2 * h[..., 0] + 1, -h[..., 0], np.roll(h[..., 1], 1)
    flow = information_flow(Recording.from_arrays(hidden=h), estimator=estimator)
    alone = information_flow(Recording.from_arrays(hidden=h[..., [0, 1]]), estimator=estimator)
    for copy in ("h0", "h2", "h3"):
        pair = {"source": [copy, "h1"], "target": [copy, "h1"]}
        np.testing.assert_allclose(flow.flow.sel(pair), alone.flow, rtol=0, atol=1e-9)
        assert np.isnan(flow.flow.sel(source=copy, target=["h0", "h2", "h3"])).all()
    assert np.isnan(flow.flow.sel(source="h1", target="h4"))
    assert np.isnan(flow.delayed.sel(source="h1", target="h4"))
    assert np.isfinite(flow.flow.sel(source="h4", target="h1"))
    (sentence,) = flow.not_estimated
    assert re.match(r"h0→h2, h0→h3, h1→h4, .* and 1 more: one determines", sentence)
    tested = flow.significance(surrogates=19, n_jobs=1).tested
    np.testing.assert_array_equal(tested, np.isfinite(flow.flow))


def test_a_pair_that_raises_leaves_the_others_as_they_are() -> None:
    class Choosy:
        def mutual_information(self, samples, random, n_jobs):
            if samples.x[0, 0] > 0.0 > samples.y[0, 0]:
                raise EstimationError("this pair cannot be")
            return KSG(k=3).mutual_information(samples, random, n_jobs)

    data = np.random.default_rng(0).normal(size=(50, 4))
    data[0] = [1.0, -1.0, 1.0, -1.0]
    found = pairwise_information(data, estimator=Choosy())
    expected = pairwise_information(data, estimator=KSG(k=3))
    missing = np.isnan(found.to_numpy()) & ~np.eye(4, dtype=bool)
    assert sorted(np.argwhere(missing).tolist()) == [[0, 1], [0, 3], [1, 0], [2, 3], [3, 0], [3, 2]]
    np.testing.assert_allclose(found.to_numpy()[~missing], expected.to_numpy()[~missing])
    (sentence,) = found.attrs["not_estimated"]
    assert sentence.endswith(": this pair cannot be")


def test_graph_has_the_edges_above_the_threshold() -> None:
    flow = information_flow(Recording.from_arrays(**tanh_network()), estimator=KSG(k=3))
    for measure, values in (("flow", flow.flow), ("delayed", flow.delayed)):
        limit = float(values.median(skipna=True))
        graph = flow.graph(limit, measure=measure)
        expected = {(a, b) for a, b, _ in _pairs(values, limit)}
        assert 0 < len(expected) < 30
        assert set(graph.edges) == expected
        assert list(graph.nodes) == ["x0", "x1", "h0", "h1", "h2", "o0"]
        assert nx.get_node_attributes(graph, "role")["o0"] == "output"
        for a, b, value in graph.edges(data="flow"):
            assert value == float(values.sel(source=a, target=b))


def _pairs(values, limit: float):
    names = values["source"].to_numpy()
    return [(a, b, limit) for a in names for b in names if values.sel(source=a, target=b) > limit]


def test_frame_has_one_row_for_each_ordered_pair() -> None:
    flow = information_flow(Recording.from_arrays(**tanh_network()), estimator=KSG(k=3))
    table = flow.to_frame()
    assert table.columns.tolist() == ["source", "target", "flow", "delayed", "instantaneous"]
    assert len(table) == 30
    row = table[(table["source"] == "h1") & (table["target"] == "x0")].iloc[0]
    assert row["flow"] == float(flow.flow.sel(source="h1", target="x0"))
    assert row["delayed"] - row["instantaneous"] == row["flow"]


def test_noisy_copy_one_step_later_has_the_known_flow_in_one_direction() -> None:
    # b_{t+1} = a_t + noise of equal variance: I = 1/2 bit forwards; nothing else depends.
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        a, noise = white_noise(rng), white_noise(rng)
        b = noise + np.concatenate([np.zeros((100, 1, 1)), a[:, :-1]], axis=1)
        flow = information_flow(Recording.from_arrays(hidden=np.concatenate([a, b], axis=2))).flow
        found.append([float(flow[0, 1]), float(flow[1, 0])])
    assert_near(np.array(found), [0.5, 0.0])


def test_one_tick_for_each_layer_makes_a_chain_flow_forwards() -> None:
    # In a feed-forward pass h and o belong to the very step of x. The alignment parts them by
    # one tick a layer, so that x reaches h after one row and o after two.
    found = {1: [], 2: []}
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = white_noise(rng)
        h = x + white_noise(rng)
        rec = Recording.from_arrays(inputs=x, hidden=h, outputs=h + np.sqrt(2) * white_noise(rng))
        for lag, of_lag in found.items():
            flow = information_flow(rec, lag=lag).flow.to_numpy()
            of_lag.append(flow[~np.eye(3, dtype=bool)])
    # Pairs x→h, x→o, h→x, h→o, o→x, o→h; correlations² of 1/2, 1/4 and 1/2.
    assert_near(np.array(found[1]), [0.5, 0, 0, 0.5, 0, 0])
    assert_near(np.array(found[2]), [0, 0.5 * np.log2(4 / 3), 0, 0, 0, 0])


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.9])
def test_flow_of_a_linear_system_is_transfer_entropy_less_redundancy(memory: float) -> None:
    # METHODS 3.1: a_t = φ a_{t-1} + ε, b_t = γ b_{t-1} + β a_{t-1} + ε.
    step = np.array([[memory, 0.0], [0.7, 0.4]])
    together = solve_discrete_lyapunov(step, np.eye(2))
    later = step @ together  # covariance of (a, b)_{t+1} with (a, b)_t
    known = [_known_flow(together, later, 0, 1), _known_flow(together, later, 1, 0)]
    squared = later[1, 0] ** 2 / (together[0, 0] * together[1, 1])
    by_correlation = [
        0.5 * np.log2((1 - memory**2 * squared) / (1 - squared)),
        0.5 * np.log2((1 - memory**2 * squared) / (1 - memory**4 * squared)),
    ]
    np.testing.assert_allclose(known, by_correlation, atol=1e-12)
    found = []
    for seed in range(8):
        states = _simulated(step, together, np.random.default_rng(seed))
        flow = information_flow(Recording.from_arrays(hidden=states)).flow
        found.append([float(flow[0, 1]), float(flow[1, 0])])
    assert_near(np.array(found), known)


def _known_flow(together: np.ndarray, later: np.ndarray, a: int, b: int) -> float:
    """TE - R in bits, from the covariance of a_t, b_t and b_{t+1}."""
    covariance = np.array(
        [
            [together[a, a], together[a, b], later[b, a]],
            [together[a, b], together[b, b], later[b, b]],
            [later[b, a], later[b, b], together[b, b]],
        ]
    )

    def entropy(*which: int) -> float:
        return 0.5 * np.log2(np.linalg.det(covariance[np.ix_(which, which)]))

    transfer = entropy(0, 1) + entropy(1, 2) - entropy(1) - entropy(0, 1, 2)
    redundancy = entropy(0, 2) + entropy(1, 2) - entropy(2) - entropy(0, 1, 2)
    return transfer - redundancy


def _simulated(step: np.ndarray, together: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    states = np.empty((100, 21, 2))
    states[:, 0] = rng.multivariate_normal(np.zeros(2), together, size=100)
    for t in range(1, 21):
        states[:, t] = states[:, t - 1] @ step.T + rng.normal(size=(100, 2))
    return states


def assert_near(found: np.ndarray, known: list[float]) -> None:
    """Mean over seeds within 4.5 standard errors of it, and 0.02 bits for the bias of KSG.

    Each neighbourhood holds k / n = 10 / 2000 of the samples, too few for a larger bias at
    correlations that are no stronger than here.
    """
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - known) < 4.5 * error + 0.02).all(), (found.mean(0), known)


def test_too_short_sequences_are_refused() -> None:
    rec = Recording.from_arrays(**tanh_network(steps=4))
    with pytest.raises(InputError, match=r"more than lag = 2 aligned steps, got 2; record longer"):
        information_flow(rec, lag=2, estimator=KSG(k=3))
    with pytest.raises(InputError, match=r"k must be below .* got k = 10 with 7 samples; lower k"):
        information_flow(rec, estimator="published")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"lag": 0}, "lag must be a whole number >= 1, got 0"),
        ({"edges": "hidden"}, "edges must be one of 'all', 'structural', got 'hidden'"),
        ({"epoch": 4}, "epoch must be one that was recorded, got 4"),
        ({"random_state": -1}, "random_state must be an int >= 0"),
        ({"n_jobs": 0}, "n_jobs must be a whole number other than 0"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        information_flow(Recording.from_arrays(**tanh_network()), **arguments)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"threshold": float("nan")}, "threshold must be a finite number, got nan"),
        ({"measure": "rank"}, "measure must be one of 'flow', 'delayed', got 'rank'"),
    ],
)
def test_wrong_graphs_are_refused(arguments: dict, match: str) -> None:
    flow = information_flow(Recording.from_arrays(**tanh_network()), estimator=KSG(k=3))
    with pytest.raises(InputError, match=match):
        flow.graph(**arguments)


def test_a_theiler_window_stays_within_its_sequence() -> None:
    blocks = tanh_network()
    flow = information_flow(Recording.from_arrays(**blocks), estimator=KSG(k=3, theiler=2))
    rows = np.array(twin.aligned(**blocks))
    windows, steps, _ = rows.shape
    trials = np.repeat(np.arange(windows), steps - 1)
    times = np.tile(np.arange(steps - 1.0), windows)
    source, now, later = rows[:, :-1, 0], rows[:, :-1, 3], rows[:, 1:, 3]
    expected = [
        estimators.information(
            source.ravel(), target.ravel(), None, 3, trials=trials, times=times, window=2
        )
        for target in (later, now)
    ]
    found = [
        float(part.sel(source="x0", target="h1")) for part in (flow.delayed, flow.instantaneous)
    ]
    np.testing.assert_allclose(found, np.array(expected) / np.log(2), rtol=0, atol=1e-10)


def cut(blocks: dict[str, np.ndarray], *places: slice) -> dict[str, np.ndarray]:
    """One sequence that holds some stretches of the first sequence, one after another."""
    return {
        name: np.concatenate([values[:1, place] for place in places], axis=1)
        for name, values in blocks.items()
    }


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("lag", [1, 2])
def test_flow_joins_no_rows_across_a_gap_in_days(lag: int, aligned: bool) -> None:
    """Two stretches in one sequence are what they are as two sequences, to the bit."""
    blocks = tanh_network(windows=1, steps=60)
    apart = {name: np.stack([v[0, :25], v[0, 30:55]]) for name, v in blocks.items()}
    days = np.r_[0:25, 30:55][np.newaxis]
    options = {"lag": lag, "aligned": aligned, "estimator": KSG(k=3)}
    expected = information_flow(Recording.from_arrays(**apart), **options)
    for given in (days, np.datetime64("2015-05-01") + days):
        joined = Recording.from_arrays(**cut(blocks, slice(25), slice(30, 55)), days=given)
        found = information_flow(joined, **options)
        assert found.n == expected.n == 2 * (25 - lag - 2 * aligned)
        for part in ("flow", "delayed", "instantaneous"):
            np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
    without = Recording.from_arrays(**cut(blocks, slice(25), slice(30, 55)))
    assert information_flow(without, **options).n == 50 - lag - 2 * aligned


def test_windows_of_consecutive_days_flow_as_without_days() -> None:
    blocks = tanh_network()
    days = np.arange(7)[:, np.newaxis] + np.arange(9)
    plain = information_flow(Recording.from_arrays(**blocks), random_state=1)
    dated = information_flow(Recording.from_arrays(**blocks, days=days), random_state=1)
    for part in ("flow", "delayed", "instantaneous"):
        np.testing.assert_array_equal(getattr(dated, part), getattr(plain, part))


def test_unique_days_flow_within_their_stretches() -> None:
    """Overlapping windows of one long trajectory, without two starts: the rows of the days."""
    long = tanh_network(windows=1, steps=40)
    starts = [s for s in range(31) if s not in (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)]
    windows = {name: np.stack([v[0, s : s + 9] for s in starts]) for name, v in long.items()}
    days = np.array(starts)[:, np.newaxis] + np.arange(9)
    unique = Recording.from_arrays(**windows, days=days).unique_days()
    assert np.diff(unique.times).ravel().tolist() == [1.0] * 15 + [4.0] + [1.0] * 19
    found = information_flow(unique, estimator=KSG(k=3))
    rows = [
        twin.aligned(**{n: v[:, place] for n, v in long.items()})[0]
        for place in (slice(16), slice(19, 39))
    ]
    expected = twin.information_flow(rows, 3)
    assert found.n == 13 + 17
    np.testing.assert_allclose(found.flow, expected, rtol=0, atol=1e-10)


def test_a_theiler_window_counts_days_across_windows() -> None:
    """All copies of a day, and of its neighbours, are out, whatever window they stand in."""
    blocks = tanh_network()
    days = 2 * np.arange(7)[:, np.newaxis] + np.arange(9)
    rec = Recording.from_arrays(**blocks, days=days)
    flow = information_flow(rec, estimator=KSG(k=3, theiler=1))
    rows = np.array(twin.aligned(**blocks))
    source, now, later = rows[:, :-1, 0], rows[:, :-1, 3], rows[:, 1:, 3]
    times = days[:, :6].ravel().astype(float)
    expected = [
        estimators.information(
            source.ravel(), target.ravel(), None, 3, trials=np.zeros(42), times=times, window=1
        )
        for target in (later, now)
    ]
    found = [
        float(part.sel(source="x0", target="h1")) for part in (flow.delayed, flow.instantaneous)
    ]
    np.testing.assert_allclose(found, np.array(expected) / np.log(2), rtol=0, atol=1e-10)


def test_days_without_a_stretch_long_enough_are_refused() -> None:
    days = np.array([0, 1, 2, 10, 11, 12, 20, 21, 22]) + 30 * np.arange(7)[:, np.newaxis]
    rec = Recording.from_arrays(**tanh_network(), days=days)
    message = r"^days must have stretches of more than 3 without a gap, for lag = 1 .* got none; "
    with pytest.raises(InputError, match=message):
        information_flow(rec, estimator=KSG(k=3))
    assert information_flow(rec, estimator=KSG(k=3), aligned=False).n == 42


def test_noise_belongs_to_the_node_with_and_without_a_theiler_window() -> None:
    """A window that excludes no other row must change nothing, noise and scale included."""
    rec = Recording.from_arrays(**tanh_network())
    plain, windowed = (
        information_flow(rec, estimator=KSG(k=3, scale="zscore", jitter=0.1, theiler=theiler))
        for theiler in (0, 0.5)
    )
    np.testing.assert_allclose(windowed.flow, plain.flow, rtol=0, atol=1e-12)


def test_ceiling_is_infinite_for_an_estimator_without_one() -> None:
    rec = Recording.from_arrays(**tanh_network())
    assert information_flow(rec, estimator=Gaussian()).ceiling_bits == np.inf
    assert np.isfinite(information_flow(rec).ceiling_bits)


def streamed(couplings: float, n: int = 400, seed: int = 0) -> Recording:
    """Two inputs, three hidden nodes, an output; input 0 drives hidden 0, which drives the rest."""
    random = np.random.default_rng(seed)
    x, h, o = random.normal(size=(n, 2)), random.normal(size=(n, 3)), random.normal(size=(n, 1))
    h[:, 0] += couplings * x[:, 0]
    h[1:, 1] += couplings * h[:-1, 0]
    o[:, 0] += couplings * h[:, 1]
    return Recording.from_arrays(inputs=x[None], hidden=h[None], outputs=o[None])


def test_significance_finds_the_edges_that_there_are() -> None:
    flow = information_flow(streamed(1.0), edges="structural", estimator=Gaussian())
    found = flow.significance(surrogates=199)
    edges = {(a, b) for a, b in flow.graph(found.threshold_fwer(0.05)).edges}
    assert edges == {("x0", "h0"), ("h0", "h1"), ("h1", "o0")}
    assert found.expected_false_edges(found.threshold_fwer(0.05)) < 0.5


def test_without_couplings_hardly_ever_any_edge_is_significant() -> None:
    errors = 0
    for seed in range(60):
        rec = streamed(0.0, 150, seed)
        flow = information_flow(rec, edges="structural", estimator=Gaussian())
        p = flow.significance(surrogates=59, random_state=seed).p_fwer
        errors += bool((p <= 0.05).any())
    assert errors <= 9  # of 60 at a level of 5 %, this many with probability 0.999


def test_pairs_that_can_have_no_edge_are_the_control_whether_or_not_they_were_estimated() -> None:
    rec = streamed(1.0)
    some, every = (
        information_flow(rec, edges=edges, estimator=Gaussian()) for edges in ("structural", "all")
    )
    few, many = (flow.significance(surrogates=19, random_state=1) for flow in (some, every))
    roles = rec.nodes["role"].to_numpy()
    order = {"input": 0, "hidden": 1, "output": 2}
    backwards = np.array([[order[b] < order[a] for b in roles] for a in roles])
    np.testing.assert_array_equal(few.control, backwards)
    np.testing.assert_array_equal(many.control, backwards)
    np.testing.assert_allclose(few.flow, some.flow.where(~backwards, every.flow))
    assert not (few.tested & backwards).any()
    assert int(many.tested.sum()) == 6 * 5 - int(backwards.sum())


def test_a_flow_without_activations_has_no_significance() -> None:
    flow = replace(information_flow(streamed(1.0), estimator=Gaussian()), rows=None)
    with pytest.raises(InputError, match="flow must come from information_flow to be compared"):
        flow.significance()
