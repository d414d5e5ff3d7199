from collections.abc import Mapping
from math import tanh

import numpy as np
import pytest

from infoscope import KSG, EstimationError, Gaussian, InputError, Recording, information_flow
from infoscope.flow.paired_rows import PairedRows
from infoscope.flow.surrogate_flows import surrogate_flows
from infoscope.significance import significance_of
from infoscope.surrogates import (
    RecordingSurrogate,
    describe_nulls,
    null_of,
    shuffled_weights,
    untrained_networks,
)
from infoscope.surrogates.networks import activations_in_place_of, scaled_to_spread
from infoscope.surrogates.surrogate import child

SEED = np.random.SeedSequence(7)
SHAPES = {"W_in": (2, 4), "W": (4, 4), "b_h": (4,), "W_out": (4, 1), "b_o": (1,), "h_0": (4,)}
MATRICES = ("W_in", "W", "W_out")
INPUTS = np.random.default_rng(1).normal(size=(20, 8, 2))


def weights_of(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) / 2 for name, shape in SHAPES.items()}


def twin(arrays: Mapping[str, np.ndarray], x: np.ndarray = INPUTS) -> Recording:
    """Run the network node by node, each sequence from h_0."""
    hidden, outputs = np.empty((*x.shape[:2], 4)), np.empty((*x.shape[:2], 1))
    for s in range(len(x)):
        state = list(arrays["h_0"])
        for t in range(x.shape[1]):
            state = [
                tanh(
                    sum(x[s, t, i] * arrays["W_in"][i, j] for i in range(2))
                    + sum(state[i] * arrays["W"][i, j] for i in range(4))
                    + arrays["b_h"][j]
                )
                for j in range(4)
            ]
            hidden[s, t] = state
            outputs[s, t] = sum(state[i] * arrays["W_out"][i, 0] for i in range(4)) + arrays["b_o"]
    return Recording.from_arrays(inputs=x, hidden=hidden, outputs=outputs)


class Seen:
    """A run that keeps the weights it is given."""

    def __init__(self) -> None:
        self.arrays: list[dict[str, np.ndarray]] = []

    def __call__(self, arrays: dict[str, np.ndarray]) -> Recording:
        self.arrays.append(arrays)
        return Recording.from_arrays(hidden=np.ones((1, 2, 1)))


WEIGHTS = weights_of()
RECORDING = twin(WEIGHTS)


def spread(recording: Recording) -> float:
    return float(np.mean([np.std(column) for column in recording.rows("hidden").T]))


@pytest.mark.parametrize("null", [untrained_networks, shuffled_weights])
def test_networks_are_run_as_their_slow_twin_is(null) -> None:
    fast, slow = (null(WEIGHTS, run=run).sampler(RECORDING, SEED) for run in (None, twin))
    for index in range(3):
        found, expected = fast.draw(index), slow.draw(index)
        np.testing.assert_allclose(found.rows("all"), expected.rows("all"), rtol=0, atol=1e-12)
        assert not np.allclose(found.rows("hidden"), RECORDING.rows("hidden"), atol=0.1)
        assert found.nodes.equals(RECORDING.nodes)


def test_untrained_weights_are_drawn_as_the_network_draws_them() -> None:
    pytest.importorskip("torch")
    from infoscope.networks import FullyRecurrent

    seen = Seen()
    null = untrained_networks(WEIGHTS, run=seen, initial_scale=0.3, match_spread=False)
    null.sampler(RECORDING, SEED).draw(5)
    expected = FullyRecurrent(2, 4, 1, initial_scale=0.3, random_state=child(SEED, 5)).arrays()
    assert list(seen.arrays[-1]) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(seen.arrays[-1][name], array)


@pytest.mark.parametrize("scale", [0.01, 3.0])
def test_untrained_networks_vary_as_much_as_the_recorded_one(scale: float) -> None:
    drawn: list[dict[str, np.ndarray]] = []

    def run(arrays: dict[str, np.ndarray]) -> Recording:
        drawn.append(arrays)
        return twin(arrays, INPUTS[:5])

    recording = twin(WEIGHTS, INPUTS[:5])
    found = (
        untrained_networks(WEIGHTS, run=run, initial_scale=scale).sampler(recording, SEED).draw(0)
    )
    # Seventeen halvings of e^26 leave a factor known to a 5,000th part.
    assert spread(found) == pytest.approx(spread(recording), rel=2e-4)
    matched, seen = drawn[-1], Seen()
    untrained_networks(WEIGHTS, run=seen, initial_scale=scale, match_spread=False).sampler(
        recording, SEED
    ).draw(0)
    first = seen.arrays[-1]
    factors = np.concatenate([(matched[name] / first[name]).ravel() for name in ("W_in", "W")])
    np.testing.assert_allclose(factors, factors[0])
    np.testing.assert_array_equal(matched["W_out"], first["W_out"])
    assert not any(matched[name].any() for name in ("b_h", "b_o", "h_0"))


def test_scaled_weights_are_those_of_a_bisection_written_out() -> None:
    first, low, high, scaled = weights_of(3), -2.0, 12.0, {}
    for _ in range(25):
        middle = (low + high) / 2
        scaled = {**first, **{name: np.exp(middle) * first[name] for name in ("W_in", "W")}}
        if spread(twin(scaled, INPUTS[:3])) < 0.6:
            low = middle
        else:
            high = middle
    found = scaled_to_spread(
        first, lambda arrays: spread(twin(arrays, INPUTS[:3])), 0.6, (-2.0, 12.0), 25
    )
    for name, array in scaled.items():
        np.testing.assert_array_equal(found[name], array)


def test_shuffled_weights_are_the_same_in_other_places() -> None:
    seen = Seen()
    sampler = shuffled_weights(WEIGHTS, run=seen).sampler(RECORDING, SEED)
    for index in range(3):
        sampler.draw(index)
    for arrays in seen.arrays:
        for name, array in WEIGHTS.items():
            np.testing.assert_array_equal(np.sort(arrays[name].ravel()), np.sort(array.ravel()))
            assert np.array_equal(arrays[name], array) == (name not in MATRICES)
    one, other = (arrays["W"] for arrays in seen.arrays[:2])
    assert not np.array_equal(one, other)
    for name, array in weights_of().items():
        np.testing.assert_array_equal(WEIGHTS[name], array)


def test_every_place_of_a_matrix_is_as_likely() -> None:
    """Where the largest of six entries comes to lie: multinomial, sd of a share sqrt(5/36/n)."""
    seen, n = Seen(), 1200
    sampler = shuffled_weights({"V": np.arange(6.0).reshape(2, 3)}, run=seen).sampler(
        RECORDING, SEED
    )
    for index in range(n):
        sampler.draw(index)
    places = np.bincount([int(arrays["V"].argmax()) for arrays in seen.arrays], minlength=6)
    np.testing.assert_allclose(places / n, 1 / 6, atol=4 * np.sqrt(5 / 36 / n))


def test_weights_of_any_model_serve_with_a_run() -> None:
    """One gated node, by an object with arrays()."""

    class Gated:
        def arrays(self) -> dict[str, np.ndarray]:
            rng = np.random.default_rng(2)
            return {"gate": rng.normal(size=(2, 3)), "value": rng.normal(size=(2, 3)),
                    "bias": rng.normal(size=3)}  # fmt: skip

    def run(arrays: dict[str, np.ndarray]) -> Recording:
        gate = 1 / (1 + np.exp(-INPUTS @ arrays["gate"]))
        hidden = gate * np.tanh(INPUTS @ arrays["value"] + arrays["bias"])
        return Recording.from_arrays(inputs=INPUTS, hidden=hidden)

    recording = run(Gated().arrays())
    flow = information_flow(recording, estimator=Gaussian(), edges="structural")
    for null in (untrained_networks(Gated(), run=run), shuffled_weights(Gated(), run=run)):
        found = flow.significance(null, surrogates=19)
        assert found.null == null.name
        assert found.surrogates == 19
        drawn = null.sampler(recording, SEED).draw(0)
        same = spread(drawn) == pytest.approx(spread(recording), rel=2e-4)
        assert same == (null.name == "untrained")


# What significance makes of them


@pytest.mark.parametrize("edges", ["all", "structural"])
def test_flows_are_those_of_the_recordings_drawn(edges: str) -> None:
    """The same lag, alignment, estimator and edges; surrogates by a null of constant shifts."""
    drawn: list[Recording] = []

    def make(recording: Recording, random: np.random.Generator) -> Recording:
        drawn.append(twin(weights_of(int(random.integers(1000)))))
        return drawn[-1]

    null = RecordingSurrogate("others", "inputs", "nothing", "for tests", make)
    options = {"lag": 2, "estimator": KSG(k=3, jitter=1e-3), "aligned": False}
    flow = information_flow(RECORDING, edges=edges, **options)
    found = flow.significance(null, surrogates=19)
    flows = [information_flow(recording, edges="all", **options).flow for recording in drawn]
    observed = information_flow(RECORDING, edges="all", **options).flow
    expected = significance_of(
        observed, flows, tested=found.tested, control=found.control, nodes=flow.nodes
    )
    for name in ("flow", "null_mean", "null_sd", "p", "p_fwer"):
        np.testing.assert_allclose(
            getattr(found, name).where(found.tested | found.control),
            getattr(expected, name).where(found.tested | found.control),
            rtol=0,
            atol=1e-12,
        )
    assert found.control.sum() == 8 + 4 + 2
    assert str(found.null) == "others"


def test_the_snapshot_of_the_flow_is_the_one_compared() -> None:
    other = twin(weights_of(4))
    both = [np.stack([r.read(0)[name] for r in (RECORDING, other)]) for name in
            ("hidden", "outputs")]  # fmt: skip
    recording = Recording.from_arrays(inputs=INPUTS, hidden=both[0], outputs=both[1], epochs=[3, 9])
    given: list[Recording] = []

    def make(recording: Recording, random: np.random.Generator) -> Recording:
        given.append(recording)
        return recording

    null = RecordingSurrogate("same", "all", "nothing", "for tests", make)
    for epoch, expected in ((3, RECORDING), (9, other), (None, other)):
        flow = information_flow(recording, estimator=Gaussian(), epoch=epoch)
        found = flow.significance(null, surrogates=19)
        np.testing.assert_array_equal(given[-1].rows("all"), expected.rows("all"))
        np.testing.assert_allclose(found.draws - found.draws[0], 0.0, atol=1e-12)
        assert (found.p.where(found.tested, 1.0) == 1.0).all()


@pytest.mark.parametrize("null", [untrained_networks(WEIGHTS), shuffled_weights(WEIGHTS)])
def test_flows_do_not_depend_on_threads_or_on_how_many_are_drawn(null: RecordingSurrogate) -> None:
    flow = information_flow(RECORDING, estimator=KSG(k=3, jitter=1e-3))
    many, few = (
        flow.significance(null, surrogates=n, random_state=5, n_jobs=jobs)
        for n, jobs in ((8, 1), (4, 3))
    )
    np.testing.assert_array_equal(many.draws[:4], few.draws)
    other = flow.significance(null, surrogates=4, random_state=6)
    assert not np.array_equal(few.draws, other.draws)


def by_matrices(arrays: Mapping[str, np.ndarray]) -> Recording:
    """The same network, all sequences at once."""
    state, hidden = np.tile(arrays["h_0"], (len(INPUTS), 1)), []
    for x in INPUTS.swapaxes(0, 1):
        state = np.tanh(x @ arrays["W_in"] + state @ arrays["W"] + arrays["b_h"])
        hidden.append(state)
    found = np.stack(hidden, axis=1)
    return activations_in_place_of(RECORDING)(found, found @ arrays["W_out"] + arrays["b_o"])


def test_untrained_networks_are_judged_as_such() -> None:
    """One network of several that are drawn alike: each rank of a flow is as likely.

    So the mean of p from 19 surrogates is 21/40, and 5 % of networks have an edge above their
    family-wise threshold: of 12 more than 3 with a probability of 0.002.
    """
    null, means, errors = untrained_networks(WEIGHTS, run=by_matrices), [], 0
    for seed in range(12):
        observed = null.sampler(RECORDING, np.random.SeedSequence(seed)).draw(0)
        flow = information_flow(observed, estimator=Gaussian(), edges="structural")
        found = flow.significance(null, surrogates=19, random_state=seed, n_jobs=1)
        means.append(float(found.p.where(found.tested).mean()))
        errors += bool((found.p_fwer.where(found.tested) <= 0.05).any())
    assert errors <= 3
    assert np.mean(means) == pytest.approx(21 / 40, abs=4 * np.std(means) / np.sqrt(12))


def test_a_wire_that_no_untrained_network_has_is_found() -> None:
    """One node copies another of a step before, and hears hardly anything else."""
    weights = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    weights["W_in"][0, 0] = weights["W_in"][1, 2] = 1.0
    weights["W_in"][:, 3] = 0.5, -0.5
    weights["W"] += 0.02 * np.random.default_rng(0).normal(size=(4, 4))
    weights["W_in"] += 0.02 * np.random.default_rng(1).normal(size=(2, 4))
    weights["W"][0, 1] = 2.0
    weights["W_out"][:] = 0.3
    flow = information_flow(by_matrices(weights), estimator=Gaussian(), edges="structural")
    for null in (untrained_networks(weights), shuffled_weights(weights)):
        found = flow.significance(null, surrogates=59)
        assert float(found.p.sel(source="h0", target="h1")) <= 0.05
        assert float(found.p.sel(source="h1", target="h0")) > 0.05


# What is refused


@pytest.mark.parametrize("null", [untrained_networks, shuffled_weights])
@pytest.mark.parametrize(
    ("weights", "options", "match"),
    [
        (3, {}, r"weights must be a mapping of arrays, or an object with arrays\(\), got a int"),
        ({}, {"run": twin}, "got an empty one; pass for example a state_dict"),
        ({"W_in": np.eye(2)}, {}, "got none for W, b_h, W_out, b_o, h_0; give the network"),
        ({"V": np.array([[np.nan]])}, {"run": twin}, r"weights\['V'\] must be finite, got nan"),
        (WEIGHTS, {"run": 1}, "run must take a dict of arrays and return a Recording, got a int"),
    ],
)
def test_wrong_weights_and_runs_are_refused(null, weights, options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        null(weights, **options)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"initial_scale": 0.0}, "initial_scale must be > 0, got 0"),
        ({"initial_scale": -1.0}, "initial_scale must be a finite number >= 0, got -1.0"),
        ({"match_spread": 1}, "match_spread must be True or False, got 1"),
    ],
)
def test_arguments_out_of_range_are_refused(options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        untrained_networks(WEIGHTS, **options)


@pytest.mark.parametrize("null", [untrained_networks, shuffled_weights])
def test_weights_must_be_those_that_were_recorded(null) -> None:
    def draw(weights: dict[str, np.ndarray], recording: Recording = RECORDING) -> None:
        null(weights).sampler(recording, SEED).draw(0)

    with pytest.raises(InputError, match=r"weights must lead to the recorded states, .* pass run="):
        draw(weights_of(1))
    with pytest.raises(InputError, match=r"weights must have the shapes .*'W_in': \(2, 4\)"):
        draw(WEIGHTS | {"W_in": np.zeros((3, 4))})
    alone = Recording.from_arrays(hidden=RECORDING.read(0)["hidden"].to_numpy())
    with pytest.raises(InputError, match="the recording must have inputs, got one without; give"):
        draw(WEIGHTS, alone)


def test_a_spread_that_no_factor_gives_is_refused() -> None:
    still = WEIGHTS | {"W_in": np.zeros((2, 4)), "W": np.zeros((4, 4))}
    sampler = untrained_networks(still).sampler(twin(still), SEED)
    with pytest.raises(EstimationError, match=r"match_spread must be of a spread .* set match_sp"):
        sampler.draw(0)


def drawing(recording: object) -> RecordingSurrogate:
    return RecordingSurrogate("odd", "nothing", "nothing", "for tests", lambda *_: recording)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("drawn", "match"),
    [
        (np.ones((4, 3)), "the null 'odd' must draw a Recording, got ndarray; let its run return"),
        (
            Recording.from_arrays(inputs=INPUTS, hidden=INPUTS),
            r"recordings of the same nodes, 7 of them beginning with x0 \(input\), .* got 4 of",
        ),
        (twin(WEIGHTS, INPUTS[:5]), "recordings with 100 compared rows, got 25"),
    ],
)
def test_recordings_that_cannot_be_compared_are_refused(drawn: object, match: str) -> None:
    flow = information_flow(RECORDING, estimator=Gaussian())
    with pytest.raises(InputError, match=match):
        flow.significance(drawing(drawn), surrogates=19)


def test_a_table_has_no_network() -> None:
    rows = PairedRows.of(RECORDING.rows("all"), lag=1)
    wanted = ~np.eye(7, dtype=bool)
    with pytest.raises(InputError, match="data must be a Recording for the null 'weight-shuffled'"):
        surrogate_flows(rows, wanted, Gaussian(), shuffled_weights(WEIGHTS), 19)


def test_nulls_of_networks_are_described_and_asked_for_as_objects() -> None:
    described = describe_nulls()
    for null in (untrained_networks(WEIGHTS), shuffled_weights(WEIGHTS)):
        assert list(described.loc[null.name]) == [null.keeps, null.tests, null.caveat]
        with pytest.raises(InputError, match="null must be an object where it needs a network's"):
            null_of(null.name)
    bare = untrained_networks(WEIGHTS, match_spread=False)
    assert "standard deviation" not in bare.keeps
    assert "make" not in repr(bare)
