"""The closed-form test of flow against slow sums, simulation, and known absence of flow."""

import numpy as np
import pytest
from scipy import stats

from infoscope import (
    KSG,
    Gaussian,
    InputError,
    Recording,
    information_flow,
    models,
    synthetic_systems,
)
from infoscope.flow.flow_test import FlowTest
from infoscope.flow.paired_rows import PairedRows
from infoscope.results import ClosedFormFlow


def autoregressions(phi: np.ndarray, rows: int, random: np.random.Generator) -> np.ndarray:
    """Independent stationary series (row, node) of variance 1."""
    series = random.normal(size=(rows + 200, len(phi))) * np.sqrt(1.0 - phi**2)
    for t in range(1, len(series)):
        series[t] += phi * series[t - 1]
    return series[200:]


def closed_form(data, **options) -> ClosedFormFlow:
    return information_flow(data, n_jobs=1, **options).significance("closed-form")


def p_of(tested: ClosedFormFlow, name: str) -> np.ndarray:
    return getattr(tested, name).to_numpy()[tested.tested.to_numpy()]


def gapped() -> tuple[Recording, list[np.ndarray]]:
    """Three sequences of two nodes, one of them with a gap, and the unbroken stretches."""
    x = autoregressions(np.array([0.6, 0.8, 0.3]), 150, np.random.default_rng(2))
    x = x.reshape(3, 50, 3)
    x[:, 1:, 1] += 0.5 * x[:, :-1, 0]
    days = np.arange(150).reshape(3, 50) + 1000 * np.arange(3)[:, np.newaxis]
    days[1, 20:] += 30
    parts = [x[0], x[1, :20], x[1, 20:], x[2]]
    return Recording.from_arrays(hidden=x, days=days, aligned="none"), parts


def slow_spreads(parts: list[np.ndarray], a: int, b: int) -> tuple[float, float]:
    """Scale and standard error of F from a to b at lag 1, one product after the other."""

    def standard(values: list[np.ndarray]) -> list[np.ndarray]:
        every = np.concatenate(values)
        return [(v - every.mean()) / every.std() for v in values]

    source = standard([p[:-1, a] for p in parts])
    now, later = standard([p[:-1, b] for p in parts]), standard([p[1:, b] for p in parts])
    n = sum(map(len, source))

    def products(series: list[np.ndarray], lag: int) -> float:
        return sum(float(s[t] * s[t + lag]) for s in series for t in range(len(s) - lag))

    lags, variances = min(90, n // 4, max(map(len, source)) - 1), []
    for sign in (-1.0, 1.0):
        target = [q + sign * p for p, q in zip(now, later, strict=True)]
        total = products(source, 0) * products(target, 0) / n
        for k in range(1, lags + 1):
            pairs = sum(max(len(s) - k, 0) for s in source)
            taper = 0.5 + 0.5 * np.cos(np.pi * k / (lags + 1))
            total += 2.0 * taper * products(source, k) * products(target, k) / pairs
        variances.append(total / n**2)
    scale = np.sqrt(np.prod(variances)) / (2.0 * np.log(2.0))

    def adds(target: list[np.ndarray]) -> list[np.ndarray]:
        r = sum(float(x @ y) for x, y in zip(source, target, strict=True)) / n
        change = [x * y - r * (x**2 + y**2) / 2 for x, y in zip(source, target, strict=True)]
        return [r / (1.0 - r**2) / np.log(2.0) * each for each in change]

    rows = [p - q for p, q in zip(adds(later), adds(now), strict=True)]
    lags = int(8 * (n / 100) ** (2 / 9))
    total = products(rows, 0)
    total += sum(2.0 * (1.0 - k / (lags + 1)) * products(rows, k) for k in range(1, lags + 1))
    return float(scale), float(np.sqrt(total) / n)


def test_spreads_are_sums_within_unbroken_stretches() -> None:
    recording, parts = gapped()
    tested = closed_form(recording, estimator=Gaussian())
    for a, b in ((0, 1), (1, 0), (2, 1)):
        scale, error = slow_spreads(parts, a, b)
        assert float(tested.scale[a, b]) == pytest.approx(scale, rel=1e-9)
        assert float(tested.standard_error[a, b]) == pytest.approx(error, rel=1e-9)
        x = float(tested.flow[a, b])
        assert float(tested.direction[a, b]) == pytest.approx(stats.norm.sf(x / error))


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
def test_its_flows_are_those_of_the_estimator(estimator) -> None:
    recording, _ = gapped()
    flow = information_flow(recording, estimator=estimator).flow
    found = FlowTest(PairedRows.of(recording, 1), estimator).flows()
    np.testing.assert_allclose(found, flow, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("rows", "samples"), [(200, 2), (2000, 2)])
def test_independent_series_have_uniform_p_of_existence(rows: int, samples: int) -> None:
    """Autoregressions, phi uniform from 0 to .9: some 20,000 pairs."""
    random, found = np.random.default_rng(rows), []
    for _ in range(samples):
        data = autoregressions(random.uniform(0.0, 0.9, 100), rows, random)
        found.append(p_of(closed_form(data, estimator=Gaussian()), "existence"))
    p = np.concatenate(found)
    assert len(p) == samples * 9900
    assert 0.04 <= np.mean(p <= 0.05) <= 0.06
    assert np.mean(p <= 0.001) <= 0.002
    assert 0.45 <= np.mean(p <= 0.5) <= 0.55


def test_dependent_series_without_flow_have_no_direction() -> None:
    """A shared sine is dependence, but no flow: 40 samples of 380 pairs."""
    system, existence, direction = synthetic_systems()["S0b"], [], []
    for seed in range(40):
        tested = closed_form(system.sample(500, random_state=seed), estimator=Gaussian(copula=True))
        existence.append(p_of(tested, "existence"))
        direction.append(p_of(tested, "direction"))
    shares = np.mean(np.array(direction) <= 0.05, axis=1)
    # Pairs of one sample are dependent; samples are not.
    assert abs(shares.mean() - 0.05) <= 3.3 * stats.sem(shares) + 0.005
    assert np.mean(np.array(direction) <= 0.001) <= 0.002
    assert np.mean(np.array(existence) <= 0.05) > 0.2


@pytest.mark.parametrize(
    ("phi", "apart", "windows"), [(0.5, 1, 150), (0.5, 4, 150), (0.8, 10, 100)]
)
def test_overlapping_and_adjacent_windows_are_one_series(phi, apart: int, windows: int) -> None:
    """Independent series cut into windows: more rows, but no more data."""
    random, existence, direction = np.random.default_rng(apart), [], []
    for _ in range(4):
        series = autoregressions(np.full(40, phi), apart * windows + 10, random)
        cut = np.stack([series[apart * i : apart * i + 10] for i in range(windows)])
        recording = Recording.from_arrays(hidden=cut, aligned="none")
        tested = closed_form(recording, estimator=Gaussian())
        existence.append(p_of(tested, "existence"))
        direction.append(p_of(tested, "direction"))
    assert 0.035 <= np.mean(np.array(existence) <= 0.05) <= 0.065
    assert np.mean(np.array(direction) <= 0.05) <= 0.05


def test_independent_trials_are_not_windows() -> None:
    random = np.random.default_rng(3)
    trials = np.stack([autoregressions(np.full(30, 0.95), 12, random) for _ in range(40)])
    rows = PairedRows.of(Recording.from_arrays(hidden=trials, aligned="none"), 1, aligned="none")
    assert FlowTest(rows, Gaussian())._lags.windows == 0
    once = trials.reshape(1, 480, 30)[:, :400]
    windows = np.stack([once[0, i : i + 12] for i in range(0, 380, 3)])
    rows = PairedRows.of(Recording.from_arrays(hidden=windows, aligned="none"), 1, aligned="none")
    assert FlowTest(rows, Gaussian())._lags.windows == len(windows)


def test_decisions_agree_with_circular_shifts_in_a_trained_network() -> None:
    recording = models.connectivity_beds()["weather"].recording()
    flow = information_flow(recording, estimator=Gaussian(copula=True), n_jobs=1)
    tested = flow.significance("closed-form")
    shifted = flow.significance("circular-shift", surrogates=199, pool=True, n_jobs=1)
    mask = tested.tested.to_numpy()
    closed = p_of(tested, "existence") <= 0.05
    shifts = shifted.p.to_numpy()[mask] <= 0.05
    assert np.mean(closed == shifts) >= 0.975
    assert 0.2 <= np.mean(closed) <= 0.5


def test_real_flow_is_found_and_impossible_pairs_are_a_control() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(1, 400, 2))
    h = np.zeros((1, 400, 2))
    h[:, 1:] = x[:, :-1] + random.normal(size=(1, 399, 2))
    recording = Recording.from_arrays(inputs=x, hidden=h, aligned="none")
    tested = closed_form(recording, estimator=Gaussian(copula=True), edges="structural")
    assert set(tested.graph(0.05).edges) == {("x0", "h0"), ("x1", "h1")}
    assert int(tested.control.sum()) == 4
    assert tested.false_positive_control().loc["all", "pairs"] == 4
    assert "control_share" in tested.graph().graph


def test_other_flows_are_refused() -> None:
    data = np.random.default_rng(0).normal(size=(100, 3))
    for flow in (
        information_flow(data, estimator=KSG(k=3)),
        information_flow(data, estimator=Gaussian(), groups={"a": ["0"], "b": ["1", "2"]}),
    ):
        with pytest.raises(InputError, match=r"Gaussian\(copula=True\)"):
            flow.significance("closed-form")


def test_a_constant_node_and_a_copy_are_not_tested() -> None:
    data = np.random.default_rng(0).normal(size=(100, 4))
    data[:, 2] = 1.0
    data[:, 3] = data[:, 0]
    tested = closed_form(data, estimator=Gaussian())
    assert int(tested.tested.sum()) == 4
    assert not bool(tested.tested[2].any())
    assert np.isfinite(p_of(tested, "p")).all()
