"""Test beds: truth against derivatives of their own step, statistics, and how they are recorded."""

from dataclasses import replace

import numpy as np
import pytest

from infoscope._errors import EstimationError, InputError
from infoscope.synthetic import (
    EchoState,
    GrowthNetwork,
    IzhikevichNetwork,
    LinearNetwork,
    Lorenz96,
    NearCritical,
    SpikingGLM,
    connectivity_beds,
)
from infoscope.synthetic.beds.spiking import _oscillation

TANH = {
    "echo-state": EchoState(size=12, density=0.3),
    "near-critical": NearCritical(size=12, density=0.2),
    "growth": GrowthNetwork(size=12, in_degree=3, inputs=2),
}
# Trained in no test of this file.
UNTRAINED = {
    "echo-state": EchoState(rows=300),
    "near-critical": NearCritical(rows=300),
    "growth": GrowthNetwork(rows=300),
    "spikes": SpikingGLM(rows=2000),
    "izhikevich": IzhikevichNetwork(rows=2000),
    "lorenz": Lorenz96(rows=300),
    "linear": LinearNetwork(rows=300),
}


def derivatives(function, at, step=1e-6):
    """Derivative (source, target) by central differences."""
    moves = step * np.eye(len(at))
    return np.array([(function(at + move) - function(at - move)) / (2 * step) for move in moves])


def off_diagonal(matrix):
    return matrix[~np.eye(len(matrix), dtype=bool)]


@pytest.mark.parametrize("name", TANH)
def test_connections_are_where_a_step_has_a_derivative(name):
    bed = TANH[name]
    random = np.random.default_rng(0)
    h, x = random.uniform(-0.8, 0.8, bed.size), random.normal(size=bed.n_inputs)

    def step(both):
        drive = bed.leak * both[: bed.n_inputs] @ bed.weights[0]
        return np.tanh(bed.step(np.arctanh(both[bed.n_inputs :]), drive))

    found = derivatives(step, np.concatenate([x, h]))
    truth = bed.truth.to_numpy()
    assert not truth[:, : bed.n_inputs].any()
    onto = truth[:, bed.n_inputs :]
    others = np.vstack([np.ones((bed.n_inputs, bed.size), bool), ~np.eye(bed.size, dtype=bool)])
    assert np.array_equal((np.abs(found) > 1e-7)[others], onto[others])


def test_terms_of_lorenz_are_where_a_short_step_has_a_derivative():
    bed = Lorenz96(size=8, interval=1e-4)
    x = np.array([3.0, -2.0, 7.0, 1.0, -4.0, 5.0, 9.0, -1.0])
    found = np.abs(derivatives(bed.step, x)) / bed.interval
    assert np.array_equal(off_diagonal(found > 0.5), off_diagonal(bed.truth.to_numpy()))


def test_connections_of_cells_are_where_the_rate_has_a_derivative():
    bed = SpikingGLM(size=20, density=0.2)
    traces = np.random.default_rng(0).uniform(0.0, 0.3, 20)
    found = derivatives(lambda s: bed.log_rate(s, 0.1), traces)
    assert off_diagonal(found) == pytest.approx(off_diagonal(bed.weights), abs=1e-8)
    assert np.array_equal(off_diagonal(np.abs(found) > 1e-6), off_diagonal(bed.truth.to_numpy()))
    # Dale's law, and a cell that has fired fires less.
    assert (off_diagonal(found)[: 16 * 19] > -1e-8).all()
    assert (off_diagonal(found)[16 * 19 :] < 1e-8).all()
    assert np.diag(found) == pytest.approx(np.full(20, -2.0))


def test_connections_of_the_linear_network_are_its_coefficients():
    bed = LinearNetwork(size=8, seed=2)
    found = derivatives(lambda x: bed.system.step(x[np.newaxis], np.zeros(8)), np.ones(8))
    assert np.array_equal(off_diagonal(np.abs(found) > 1e-8), off_diagonal(bed.truth.to_numpy()))


def slow_spikes(bed, steps, random):
    """The spikes of the network, neuron by neuron, with a list of what is under way."""
    targets, delays, weights = bed.synapses
    a, d = np.where(bed.is_excitatory, [[0.02], [8.0]], [[0.1], [2.0]])
    v, u = [-65.0] * bed.size, [-13.0] * bed.size
    arriving, spikes = [], []
    for t in range(steps):
        pulsed = random.random(bed.size) < 0.001 * bed.input_rate
        current = [20.0 * pulse for pulse in pulsed]
        for due, target, weight in arriving:
            if due == t:
                current[target] += weight
        arriving = [each for each in arriving if each[0] > t]
        spikes.append([value >= 30.0 for value in v])
        for i in range(bed.size):
            if v[i] >= 30.0:
                v[i], u[i] = -65.0, u[i] + d[i]
                arriving += [
                    (t + delay, target, weight)
                    for target, delay, weight in zip(targets[i], delays[i], weights[i], strict=True)
                ]
            for _ in range(2):
                v[i] += 0.5 * (0.04 * v[i] ** 2 + 5.0 * v[i] + 140.0 - u[i] + current[i])
                v[i] = min(max(v[i], -100.0), 30.0)
            u[i] += a[i] * (0.2 * v[i] - u[i])
    return np.array(spikes)


def test_spiking_neurons_are_those_of_a_loop_over_neurons():
    bed = IzhikevichNetwork(size=12, rows=1000, density=0.3, input_rate=20.0, seed=1)
    dynamics, _ = np.random.default_rng(5).spawn(2)
    expected = slow_spikes(bed, 1500, dynamics)[500:]
    found = bed.recording(random_state=5)["hidden"].to_numpy()[0]
    assert 50 < expected.sum() == found.sum()
    assert np.array_equal(found, expected)


def test_synapses_are_those_of_the_model():
    bed = IzhikevichNetwork()
    targets, delays, weights = bed.synapses
    assert (np.sort(delays[:80], axis=1) == np.arange(1, 11)).all()
    assert (delays[80:] == 1).all()
    assert targets[80:].max() < 80 <= targets[:80].max()
    assert weights[:80].min() >= 0.0 > weights[80:].max()
    assert weights[:80].mean() == pytest.approx(10.0, rel=0.1)
    # Each target once, none itself.
    truth = bed.truth.to_numpy()
    assert (truth.sum(axis=1) == 10).all()
    assert not np.diag(truth).any()
    many = IzhikevichNetwork(size=400, density=0.1).synapses.delays[:320]
    assert np.array_equal(np.unique(many[0], return_counts=True)[1], np.full(20, 2))


def test_spectra_and_densities_are_the_stated_ones():
    _, echo = EchoState().weights
    assert np.abs(np.linalg.eigvals(echo)).max() == pytest.approx(0.95)
    assert (echo != 0.0).mean() == pytest.approx(0.1, abs=0.01)
    _, ring = NearCritical(seed=1).weights
    assert np.linalg.eigvals(ring).real.max() == pytest.approx(1.05)
    for distance, sign in ((1, 1.0), (2, 1.0), (3, -1.0), (4, -1.0)):
        assert (sign * np.diag(ring, distance) > 0.0).all()
        assert (sign * np.diag(ring, distance - 100) > 0.0).all()
    growth = GrowthNetwork(size=300, gain=0.8)
    # The circular law, for ten sources of variance 1/10 each.
    assert np.abs(np.linalg.eigvals(growth.weights[1])).max() == pytest.approx(0.8, rel=0.15)
    assert ((growth.weights[1] != 0.0).sum(axis=0) == 10).all()
    assert (growth.weights[0] != 0.0).any(axis=0).all()


def test_states_follow_from_the_inputs_of_the_same_row():
    bed = EchoState(rows=50, noise=0.0)
    rec = bed.recording(random_state=2)
    x, h = rec["inputs"].to_numpy()[0], rec["hidden"].to_numpy()[0]
    inward, recurrent = bed.weights
    assert h[1:] == pytest.approx(np.tanh(x[1:] @ inward + h[:-1] @ recurrent), abs=1e-12)
    assert rec.fixed.attrs["aligned"] == "layers"


def test_inputs_are_autoregressions_of_variance_1():
    x = GrowthNetwork(size=4, in_degree=1, rows=20_000).recording()["inputs"].to_numpy()[0]
    assert x.var(axis=0) == pytest.approx(np.ones(5), abs=0.15)
    again = (x[1:] * x[:-1]).mean(axis=0) / x.var(axis=0)
    assert again == pytest.approx(np.full(5, 0.8), abs=0.03)


def test_an_echo_state_is_of_low_dimension_and_the_ring_is_not():
    def participation(bed):
        variances = np.linalg.eigvalsh(np.cov(bed.recording()["hidden"].to_numpy()[0].T))
        return variances.sum() ** 2 / (variances**2).sum()

    assert participation(EchoState()) < 4.0
    assert participation(NearCritical(rows=2000)) > 20.0


def test_lorenz_has_the_published_climate():
    # Lorenz and Emanuel (1998): at a forcing of 8, mean 2.3 and standard deviation 3.6.
    x = Lorenz96(size=40, forcing=8.0, rows=2000).recording()["hidden"].to_numpy()[0]
    assert x.mean() == pytest.approx(2.3, abs=0.1)
    assert x.std() == pytest.approx(3.6, abs=0.1)
    # The quadratic terms conserve the sum of squares, so that damping balances forcing.
    assert np.square(x).mean() == pytest.approx(8.0 * x.mean(), rel=0.01)


def test_lorenz_is_integrated_to_order_4():
    x = np.array([3.0, -2.0, 7.0, 1.0, -4.0])
    coarse = Lorenz96(size=5, interval=0.01).step(x)
    fine = x
    for _ in range(100):
        fine = Lorenz96(size=5, interval=1e-4).step(fine)
    assert coarse == pytest.approx(fine, abs=1e-5)
    half = Lorenz96(size=5, interval=0.02)
    assert Lorenz96(size=5, interval=0.04).step(x) == pytest.approx(half.step(half.step(x)))


def test_cells_fire_at_rates_of_cortex():
    for bed, low, high in (
        (SpikingGLM(rows=10_000), 5.0, 12.0),
        (IzhikevichNetwork(rows=5000), 3.0, 12.0),
    ):
        rec = bed.recording()
        seconds = bed.rows * rec.sampling_interval
        assert low < float(rec["hidden"].sum()) / bed.size / seconds < high


def test_uncoupled_cells_fire_at_their_rate():
    bed = SpikingGLM(size=40, rows=5000, rhythm=0.0, weight=1e-9, rate=10.0)
    counts = bed.recording()["hidden"].to_numpy()[0]
    # With the trace of own spikes s, -2 s: E[exp(-2 s)] at rate 10 Hz and 10 ms, to first order.
    kept = np.exp(-0.5) ** np.arange(50)
    expected = 10.0
    for _ in range(50):
        expected = 10.0 * np.exp(0.005 * expected * (np.exp(-2.0 * kept) - 1.0).sum())
    assert counts.mean() / 0.005 == pytest.approx(expected, rel=0.03)


def test_the_rhythm_has_variance_1_and_its_period():
    z = _oscillation(200_000, np.random.default_rng(0))
    assert z.var() == pytest.approx(1.0, abs=0.15)
    power = np.abs(np.fft.rfft(z)) ** 2
    frequency = np.fft.rfftfreq(len(z), 0.005)
    slow = frequency < 3.0
    assert np.average(frequency[slow], weights=power[slow]) == pytest.approx(1 / 1.5, abs=0.2)


@pytest.mark.parametrize("name", ["echo-state", "near-critical", "lorenz", "linear"])
def test_recording_noise_has_the_stated_size(name):
    clean = replace(UNTRAINED[name], rows=2000, noise=0.0)
    noisy = replace(clean, noise=0.05)
    h, found = (bed.recording(random_state=3)["hidden"].to_numpy()[0] for bed in (clean, noisy))
    inside = (np.abs(h) < 0.7) if name in TANH else np.ones(h.shape, bool)
    ratio = np.where(inside, found - h, np.nan) / h.std(axis=0)
    assert np.nanstd(ratio, axis=0) == pytest.approx(np.full(h.shape[1], 0.05), rel=0.15)
    assert np.nanstd(ratio) == pytest.approx(0.05, rel=0.02)
    if name in TANH:
        assert np.abs(found).max() <= 1.0


def test_inputs_are_recorded_without_noise():
    clean, noisy = (replace(UNTRAINED["growth"], noise=noise).recording() for noise in (0.0, 0.3))
    assert np.array_equal(clean["inputs"], noisy["inputs"])
    assert not np.array_equal(clean["hidden"], noisy["hidden"])


@pytest.mark.parametrize("name", UNTRAINED)
def test_unrecorded_units_are_left_out_and_change_nothing_else(name):
    whole = replace(UNTRAINED[name], noise=0.0)
    part = replace(whole, hidden_share=0.5)
    names = part.truth["source"].to_numpy().tolist()
    rec, full = part.recording(), whole.recording()
    assert names == list(rec.nodes.index)
    assert len(part.recorded) == whole.size - whole.size // 2
    kept = [unit for unit in names if unit.startswith("h")]
    assert np.array_equal(rec["hidden"], full["hidden"].sel(unit=kept))
    assert part.truth.equals(whole.truth.sel(source=names, target=names))
    assert not np.array_equal(part.recorded, replace(part, seed=1).recorded)


@pytest.mark.parametrize("name", UNTRAINED)
def test_a_bed_is_reproducible(name):
    bed = UNTRAINED[name]
    again = replace(bed)
    first = bed.recording(4)["hidden"]
    assert np.array_equal(first, again.recording(4)["hidden"])
    assert not np.array_equal(first, bed.recording(5)["hidden"])
    other = replace(bed, seed=1)
    assert again.truth.equals(bed.truth)
    assert other.truth.equals(bed.truth) == (name == "lorenz")
    assert bed.truth.dtype == bool
    assert not np.diag(bed.truth.to_numpy()).any()
    assert first.shape == (1, bed.rows, bed.size)


def test_the_size_is_a_parameter():
    bed = GrowthNetwork(size=200, rows=100)
    assert bed.recording()["hidden"].sizes["unit"] == 200
    assert bed.truth.sizes["source"] == 205


def test_the_catalogue_has_beds_of_every_kind():
    beds = connectivity_beds()
    assert len(beds) == 11
    assert set(UNTRAINED) < set(beds)
    assert len({type(bed) for bed in beds.values()}) == 10


def test_what_cannot_be_is_refused():
    for kind, given, message in (
        (EchoState, {"hidden_share": 1.0}, "hidden_share must leave at least two"),
        (EchoState, {"size": 3, "hidden_share": 0.5}, "hidden_share must leave at least two"),
        (EchoState, {"noise": -0.1}, "noise must be"),
        (EchoState, {"radius": 0.0}, "radius must be"),
        (NearCritical, {"size": 8}, "inhibitory must be"),
        (GrowthNetwork, {"in_degree": 60}, "in_degree must be"),
        (SpikingGLM, {"noise": 0.1}, "noise must be 0"),
        (IzhikevichNetwork, {"noise": 0.1}, "noise must be 0"),
        (IzhikevichNetwork, {"size": 9}, "size must be"),
        (Lorenz96, {"size": 3}, "size must be"),
        (Lorenz96, {"interval": 0.0}, "interval must be"),
        (LinearNetwork, {"radius": 1.0}, "radius must"),
    ):
        with pytest.raises(InputError, match=message):
            kind(**given)
    with pytest.raises(EstimationError, match="unit h0 never changes"):
        IzhikevichNetwork(rows=2, input_rate=0.01).recording()
