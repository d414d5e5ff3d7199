"""Exact information of the synthetic systems against twins, closed forms and estimates."""

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from infoscope import (
    Gaussian,
    mutual_information,
    pairwise_information,
    synthetic_systems,
    transfer_entropy,
)
from infoscope.synthetic import Chain, CommonDriver, LinearSystem, ProductGate, SkipPath
from infoscope.synthetic.system import node_frame
from reference import parametric as twin

SYSTEMS = synthetic_systems()
LINEAR = {name: s for name, s in SYSTEMS.items() if isinstance(s, LinearSystem)}
LINEAR["S1 slow"] = Chain(n=4, phi=0.9)
LINEAR["S2 late"] = CommonDriver(delays_of=(3, 1), phi=-0.7)
PHIS = [0.0, 0.3, 0.6, 0.9]


def test_who_knows_its_information() -> None:
    known = {name for name, system in SYSTEMS.items() if system.information() is not None}
    assert known == {"S0", "S1", "S2", "S2b", "S2c", "S3", "S6", "S9"}


def covariances(system: LinearSystem, lags: int, rows: int = 900) -> np.ndarray:
    """Of the response to single shocks: x_t is their sum, Cov = sum_k P_k D P_{k+lag}."""
    width, seen = len(system.noise_sd), len(system.nodes)
    responses = np.zeros((system.memory + rows, width, width))
    for shocked in range(width):
        path = np.zeros((system.memory + rows, width))
        for row in range(rows):
            shock = np.eye(width)[shocked] * (row == 0)
            path[system.memory + row] = system.step(path[row : row + system.memory], shock)
        responses[:, shocked] = path
    found = [
        np.einsum("kes,ket->st", responses[: len(responses) - lag], responses[lag:])
        for lag in range(lags + 1)
    ]
    return np.array(found)[:, width - seen :, width - seen :]


@pytest.mark.parametrize("name", LINEAR)
def test_covariance_is_the_sum_of_responses(name: str) -> None:
    system = LINEAR[name]
    found = system.covariance(3)
    assert found.dims == ("lag", "source", "target")
    np.testing.assert_allclose(found, covariances(system, 3), rtol=1e-9, atol=1e-9)


def joint_entropy(system: LinearSystem):
    """Entropy of any nodes at t (0 ... n - 1) and at t + 1 (n ... 2 n - 1), nats."""
    now, later = covariances(system, 1)
    joint = np.block([[now, later], [later.T, now]])
    return lambda s: 0.5 * np.linalg.slogdet(joint[np.ix_(s, s)])[1] if s else 0.0


@pytest.mark.parametrize("name", LINEAR)
def test_information_is_that_of_determinants_and_flow_is_its_identity(name: str) -> None:
    system = LINEAR[name]
    found = system.information()
    entropy, n = joint_entropy(system), len(system.nodes)
    inputs = np.flatnonzero(system.nodes["role"] == "input").tolist()
    for part in found.data_vars.values():
        assert part.dims == ("source", "target")
        assert part.attrs["units"] == "bit"
        np.testing.assert_array_equal(np.isnan(part), np.eye(n, dtype=bool))
    for a, b in permutations(range(n), 2):

        def bits(y, given=(), a=a):
            return twin.information(entropy, (a,), (y,), tuple(given)) / np.log(2)

        at = found.isel(source=a, target=b)
        rest = [node for node in range(n) if node != a]
        known = [b, *[x for x in inputs if x not in (a, b)]]
        expected = {
            "instantaneous": bits(b),
            "delayed": bits(n + b),
            "transfer_entropy": bits(n + b, [b]),
            "conditional_transfer_entropy": bits(n + b, known),
            "full_conditional": bits(n + b, rest),
            # F = TE - R with R = I(a_t; b_t | b_{t+1}).
            "flow": bits(n + b, [b]) - bits(b, [n + b]),
        }
        for key, value in expected.items():
            assert float(at[key]) == pytest.approx(value, abs=1e-9), (key, a, b)


@dataclass(frozen=True)
class Pair(LinearSystem):
    """a(t+1) = phi a(t) + e, b(t+1) = gamma b(t) + beta a(t) + e."""

    phi: float = 0.5
    gamma: float = 0.5
    beta: float = 1.0

    @property
    def nodes(self) -> pd.DataFrame:
        return node_frame(["a", "b"])

    def _coefficients(self) -> np.ndarray:
        return np.array([[[self.phi, self.beta], [0.0, self.gamma]]])

    @property
    def noise_sd(self) -> np.ndarray:
        return np.ones(2)


@pytest.mark.parametrize("phi", PHIS)
@pytest.mark.parametrize("gamma", [0.0, 0.7, -0.4])
@pytest.mark.parametrize("beta", [0.3, 2.0])
def test_closed_form_of_a_pair(phi: float, gamma: float, beta: float) -> None:
    system = Pair(phi, gamma, beta)
    found = system.information()
    s = covariances(system, 1)
    rho2 = s[1, 0, 1] ** 2 / (s[0, 0, 0] * s[0, 1, 1])
    forward = 0.5 * np.log2((1 - phi**2 * rho2) / (1 - rho2))
    back = 0.5 * np.log2((1 - phi**2 * rho2) / (1 - phi**4 * rho2))
    assert float(found.flow.sel(source="a", target="b")) == pytest.approx(forward, abs=1e-10)
    assert float(found.flow.sel(source="b", target="a")) == pytest.approx(back, abs=1e-10)
    assert forward > 0 >= back
    assert float(found.transfer_entropy.sel(source="b", target="a")) == pytest.approx(0, abs=1e-12)
    if gamma == 0.0:
        # b is a seen through noise: rho^2 = beta^2 / (beta^2 + 1 - phi^2).
        assert rho2 == pytest.approx(beta**2 / (beta**2 + 1 - phi**2), rel=1e-9)


@pytest.mark.parametrize("name", LINEAR)
def test_flow_is_never_above_transfer_entropy(name: str) -> None:
    found = LINEAR[name].information()
    others = ~np.eye(len(found["source"]), dtype=bool)
    flow, transfer = (found[key].to_numpy()[others] for key in ("flow", "transfer_entropy"))
    assert (flow <= transfer + 1e-12).all()
    for key in set(found.data_vars) - {"flow"}:
        assert (found[key].to_numpy()[others] >= 0.0).all()


def test_independent_nodes_share_nothing() -> None:
    found = SYSTEMS["S0"].information()
    assert found is not None
    np.testing.assert_allclose(found.to_array().fillna(0.0), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", ["S1", "S3", "S9"])
def test_full_conditional_is_where_the_edges_are(name: str) -> None:
    system = LINEAR[name]
    found = system.information().full_conditional.fillna(0.0).to_numpy()
    np.testing.assert_array_equal(found > 1e-10, system.edges)


@pytest.mark.parametrize("observed", [True, False])
def test_unequal_delays_make_a_false_edge(observed: bool) -> None:
    # White z: a_t = z_{t-1} + e and b_{t+1} = z_{t-1} + e have the correlation 1/2.
    white = CommonDriver(phi=0.0, observed=observed)
    assert not white.edges.sel(source="a", target="b")
    found = white.information().sel(source="a", target="b")
    for key in ("delayed", "flow", "transfer_entropy", "full_conditional"):
        assert float(found[key]) == pytest.approx(-0.5 * np.log2(3 / 4), abs=1e-12)
    assert float(found.instantaneous) == pytest.approx(0.0, abs=1e-12)
    for phi in PHIS:
        there = replace(white, phi=phi).information()
        assert there.flow.sel(source="a", target="b") > 0.1
        assert there.flow.sel(source="b", target="a") <= 1e-12


def test_equal_delays_leave_flow_negative() -> None:
    white = CommonDriver(delays_of=(1, 1), phi=0.0).information().sel(source="a", target="b")
    assert float(white.delayed) == pytest.approx(0.0, abs=1e-12)
    assert float(white.flow) == pytest.approx(0.5 * np.log2(3 / 4), abs=1e-12)


def test_short_cut_from_its_input() -> None:
    # A(t+1) = In(t) + 0.3 e, and In is white.
    found = SkipPath(noise=0.3).information().sel(source="In", target="A")
    for key in found.data_vars:
        expected = 0.0 if key == "instantaneous" else 0.5 * np.log2(1 + 1 / 0.09)
        assert float(found[key]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("noise", [0.05, 0.3, 1.0, 4.0, 30.0])
def test_product_gate_by_integration(noise: float) -> None:
    # H(B) - H(noise) on a grid, B the mixture of two normals at -1 and 1.
    reach = 1 + 12 * noise
    b = np.linspace(-reach, reach, 200_001)
    density = sum(np.exp(-0.5 * ((b - m) / noise) ** 2) for m in (-1, 1))
    density = density / (2 * noise * np.sqrt(2 * np.pi))
    entropy = -np.sum(density * np.log2(np.maximum(density, 1e-300))) * (b[1] - b[0])
    expected = entropy - 0.5 * np.log2(2 * np.pi * np.e * noise**2)
    found = ProductGate(noise=noise).information()
    conditional = {"conditional_transfer_entropy", "full_conditional"}
    for key, part in found.data_vars.items():
        values = part.fillna(0.0).to_numpy()
        expect = np.zeros((3, 3))
        expect[:2, 2] = expected if key in conditional else 0.0
        np.testing.assert_allclose(values, expect, rtol=0, atol=1e-9)


N, REPEATS = 2000, 20
MONTE_CARLO = {
    "S1": (Chain(n=3, phi=0.6), [(0, 1), (1, 0), (0, 2), (1, 2)]),
    "S2": (SYSTEMS["S2"], [(0, 1), (0, 2), (1, 2), (2, 1)]),
    "S2b": (SYSTEMS["S2b"], [(0, 1), (1, 2)]),
    "S2c": (SYSTEMS["S2c"], [(0, 1), (1, 0)]),
    "S3": (SYSTEMS["S3"], [(0, 1), (5, 2)]),
    "S9": (SYSTEMS["S9"], [(0, 1), (0, 6), (1, 6), (5, 7), (6, 7)]),
}


def estimates(table: np.ndarray, a: int, b: int, inputs: list[int]) -> list[float]:
    """The quantities of `information`, estimated."""
    gaussian = Gaussian()
    now, later = table[:-1], table[1:, b]
    known = [b, *[x for x in inputs if x not in (a, b)]]
    rest = [node for node in range(table.shape[1]) if node != a]

    def given(columns):
        return mutual_information(now[:, a], later, given=now[:, columns], estimator=gaussian).bits

    instantaneous, delayed = (
        float(pairwise_information(table[:, [a, b]], lag=lag, estimator=gaussian)[0, 1])
        for lag in (0, 1)
    )
    transfer = transfer_entropy(table[:, a], table[:, b], estimator=gaussian).bits
    terms = [instantaneous, delayed, transfer, given(known), given(rest)]
    return [*terms, delayed - instantaneous]


@pytest.mark.parametrize("name", MONTE_CARLO)
def test_estimates_of_long_runs_find_the_exact_information(name: str) -> None:
    system, pairs = MONTE_CARLO[name]
    exact = system.information()
    assert exact is not None
    inputs = np.flatnonzero(system.nodes["role"] == "input").tolist()
    samples = [system.sample(N, seed).to_numpy() for seed in range(REPEATS)]
    for a, b in pairs:
        found = np.array([estimates(sample, a, b, inputs) for sample in samples])
        at = exact.isel(source=a, target=b)
        truth = [
            float(at[key])
            for key in ("instantaneous", "delayed", "transfer_entropy",
                        "conditional_transfer_entropy", "full_conditional", "flow")
        ]  # fmt: skip
        error = found.std(axis=0, ddof=1) / REPEATS**0.5
        # Where the truth is 0 estimates are skewed, with a bias of the order of 1 / n nats from
        # rows that depend on each other.
        slack = 1 / N / np.log(2)
        assert (np.abs(found.mean(axis=0) - truth) < 4 * error + slack).all(), (a, b)
