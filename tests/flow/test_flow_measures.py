import re
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from infoscope import (
    KSG,
    EstimationError,
    Gaussian,
    InputError,
    Recording,
    flow_measures,
    information_flow,
    synthetic_systems,
)
from infoscope.flow.flow_measures import MEASURES
from infoscope.synthetic import SparseRecurrent
from reference import estimators
from reference import parametric as twin

SMALL = SparseRecurrent(inputs=2, hidden=4, outputs=1, density=0.5, sigma=0.3)
EXACT = [name for name in MEASURES if name not in ("delayed_asymmetry", "residual")]


def pairs(n: int) -> list[tuple[int, int]]:
    return list(permutations(range(n), 2))


def off_diagonal(values: xr.DataArray) -> np.ndarray:
    matrix = values.to_numpy()
    assert np.isnan(np.diag(matrix)).all()
    return matrix[~np.eye(len(matrix), dtype=bool)]


def by_twin(
    now: np.ndarray, later: np.ndarray, information: Callable[..., float]
) -> dict[str, list[float]]:
    """Each measure of each pair, in bits, columns 0 and 1 being the inputs.

    ``information`` takes places of x, y and z among the columns of now, then of later.
    """
    d = now.shape[1]
    found: dict[str, list[float]] = {
        name: [] for name in (*EXACT, "residual") if name not in ("flow", "partial_correlation")
    }
    for a, b in pairs(d):
        x, y, past = (a,), (d + b,), (b,)
        inputs = tuple({0, 1, b} - {a})
        found["instantaneous"].append(information(x, past))
        found["delayed"].append(information(x, y))
        found["transfer_entropy"].append(information(x, y, past))
        found["residual"].append(information(x, past, y))
        found["conditional_transfer_entropy"].append(information(x, y, inputs))
        found["full_conditional"].append(information(x, y, tuple({*range(d)} - {a})))
    return found


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("lag", [1, 2])
def test_closed_forms_are_differences_of_entropies(lag: int, corrected: bool) -> None:
    data = SMALL.sample(80)
    now, later = data.to_numpy()[:-lag], data.to_numpy()[lag:]
    entropy = twin.gaussian(np.hstack([now, later]), corrected)
    expected = by_twin(now, later, lambda *sets: twin.information(entropy, *sets))
    found = flow_measures(data, estimator=Gaussian(bias_correction=corrected), lag=lag, noise=0.0)
    assert found.attrs["inputs"] == ["x0", "x1"]
    assert found.attrs["n"] == 80 - lag
    for name, values in expected.items():
        np.testing.assert_allclose(
            off_diagonal(found[name]), np.array(values) / np.log(2), atol=1e-11, err_msg=name
        )


def test_flow_is_transfer_entropy_less_the_residual() -> None:
    found = flow_measures(SMALL.sample(80))
    total = found.transfer_entropy - found.residual
    np.testing.assert_allclose(off_diagonal(found.flow), off_diagonal(total), atol=1e-13)
    both_ways = found.flow - found.flow.T.to_numpy()
    np.testing.assert_allclose(
        off_diagonal(found.delayed_asymmetry), off_diagonal(both_ways), atol=1e-13
    )


def test_partial_correlation_is_that_of_residuals() -> None:
    table = SMALL.sample(60).to_numpy()
    now, later = table[:-1], table[1:]
    expected = []
    for a, b in pairs(7):
        others = np.column_stack([np.ones(59), np.delete(now, a, axis=1)])
        left = [v - others @ np.linalg.lstsq(others, v)[0] for v in (now[:, a], later[:, b])]
        expected.append(abs(np.corrcoef(*left)[0, 1]))
    for estimator in (Gaussian(), KSG()):
        found = flow_measures(
            table, measures=["partial_correlation"], estimator=estimator
        ).partial_correlation
        assert found.attrs["units"] == "1"
        np.testing.assert_allclose(off_diagonal(found), expected, atol=1e-12)


def test_noise_is_what_noise_that_nothing_knows_of_would_do() -> None:
    """Noise that happens to correlate with nothing changes one variance, and nothing else."""
    table = SMALL.sample(60).to_numpy()
    now, later = table[:-1], table[1:]
    expected = []
    for a, b in pairs(7):
        known = np.column_stack([np.ones(59), now, later[:, b]])
        noise = np.random.default_rng(0).normal(size=59)
        noise -= known @ np.linalg.lstsq(known, noise)[0]
        target = later[:, b] + 0.3 * later[:, b].std() / noise.std() * noise
        entropy = twin.gaussian(np.column_stack([now, target]), True)
        others = tuple({*range(7)} - {a})
        expected.append(twin.information(entropy, (a,), (7,), others) / np.log(2))
    found = flow_measures(table, measures=["full_conditional"], noise=0.3).full_conditional
    np.testing.assert_allclose(off_diagonal(found), expected, atol=1e-11)


@pytest.mark.parametrize("name", ["S1", "S2", "S2c", "S3", "S9"])
def test_measures_of_linear_systems_are_the_exact_ones(name: str) -> None:
    """Mean over seeds within 5 standard errors, and 4 / n for what dependent rows lose.

    The bias correction is that of independent rows: with r(l) of both nodes correlated in time,
    the loss per degree of freedom, 1 / (2 n ln 2) bits, is (1 + 2 sum r r) times as large, and
    there are no more than six of them here.
    """
    system, n, seeds = synthetic_systems()[name], 500, 40
    exact = system.information()
    samples = [
        flow_measures(system.sample(n, random_state=seed), noise=0.0) for seed in range(seeds)
    ]
    for measure in exact:
        found = np.array([off_diagonal(sample[measure]) for sample in samples])
        error = found.std(axis=0, ddof=1) / np.sqrt(seeds)
        apart = np.abs(found.mean(axis=0) - off_diagonal(exact[measure]))
        assert (apart < 5 * error + 4 / n).all(), (measure, (apart - 5 * error).max())


def test_neighbours_measures_are_those_of_each_pair() -> None:
    table = SMALL.sample(40).to_numpy()[:, :4]
    now, later = table[:-1], table[1:]
    both = np.hstack([now, later])

    def information(x: tuple, y: tuple, z: tuple = ()) -> float:
        given = both[:, list(z)] if z else None
        return estimators.information(both[:, list(x)], both[:, list(y)], given, 3)

    expected = by_twin(now, later, information)
    found = flow_measures(table, estimator=KSG(k=3), inputs=["0", "1"], noise=0.0)
    for name in set(expected) - {"residual"}:
        np.testing.assert_allclose(
            off_diagonal(found[name]), np.array(expected[name]) / np.log(2), atol=1e-10
        )
    total = found.transfer_entropy - found.residual
    np.testing.assert_allclose(off_diagonal(found.flow), off_diagonal(total), atol=1e-12)


@pytest.mark.parametrize("estimator", [KSG(k=3, jitter=0.1, theiler=2), KSG(k=3), Gaussian()])
def test_flow_is_that_of_information_flow(estimator: KSG | Gaussian) -> None:
    """With gaps in the days, windows that overlap, and noise: the same rows."""
    long = SMALL.recording(60)
    starts = np.array([0, 3, 6, 20, 21, 40])
    windows = {
        f"{role}s" if role != "hidden" else role: np.stack(
            [long.rows(f"{role}s" if role != "hidden" else role)[s : s + 12] for s in starts]
        )
        for role in ("input", "hidden", "output")
    }
    days = starts[:, np.newaxis] + np.r_[0:7, 8:13]
    recording = Recording.from_arrays(**windows, days=days)
    flow = information_flow(recording, estimator=estimator, random_state=3)
    names = ["flow", "delayed", "instantaneous"]
    found = flow_measures(recording, measures=names, estimator=estimator, random_state=3)
    for name in names:
        np.testing.assert_allclose(found[name], getattr(flow, name), rtol=0, atol=1e-13)
    assert found.attrs["n"] == flow.n


def test_a_gaussian_theiler_window_or_trial_changes_nothing() -> None:
    single = Recording.from_arrays(hidden=np.random.default_rng(0).normal(size=(1, 41, 3)))
    table = single.rows("hidden")
    xr.testing.assert_equal(flow_measures(single), flow_measures(pd.DataFrame(
        table, columns=["h0", "h1", "h2"]
    )))  # fmt: skip


def test_only_given_inputs_tell_a_memoryless_network_from_a_recurrent_one() -> None:
    """Without recurrent weights, inputs that remember alone make hidden nodes flow.

    h(t+1) = x(t) + noise in aligned rows: given x(t), h_0(t) is independent of h_1(t+1).
    """
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = np.zeros(1001)
        for t in range(1, 1001):
            x[t] = 0.9 * x[t - 1] + rng.normal()
        h = np.roll(x, 1)[:, np.newaxis] + rng.normal(size=(1001, 2))
        table = pd.DataFrame(np.column_stack([x, h])[1:], columns=["x", "h0", "h1"])
        measures = flow_measures(table, inputs=["x"]).sel(source="h0", target="h1")
        names = ["delayed", "transfer_entropy", "conditional_transfer_entropy"]
        found.append([float(measures[name]) for name in names])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(20)
    assert mean[0] > 0.5
    assert mean[1] > 0.05
    assert abs(mean[2]) < 4 * error[2] + 1e-3


def test_copula_measures_do_not_see_a_monotone_transform() -> None:
    table = SMALL.sample(100).to_numpy()
    bent = np.exp(table) ** np.arange(1, 8)
    estimator = Gaussian(copula=True)
    straight = flow_measures(table, estimator=estimator)
    xr.testing.assert_allclose(flow_measures(bent, estimator=estimator), straight, atol=1e-12)
    assert not np.allclose(
        flow_measures(bent, estimator=Gaussian()).flow, straight.flow, atol=0.05, equal_nan=True
    )


def test_order_of_nodes_does_not_matter() -> None:
    data = SMALL.sample(80)
    order = [3, 6, 0, 5, 1, 4, 2]
    names = data.node.to_numpy()
    shuffled = flow_measures(data.isel(node=order)).sel(source=names, target=names)
    for name in MEASURES:
        np.testing.assert_allclose(
            shuffled[name], flow_measures(data)[name], atol=1e-11, err_msg=name
        )


@pytest.mark.parametrize("estimator", [KSG(k=3), Gaussian()])
@pytest.mark.parametrize("value", [0.1, 0.0, 1e9])
def test_a_constant_node_has_no_measure_and_is_given_to_nobody(estimator, value: float) -> None:
    data = SMALL.sample(40).to_pandas()
    names = list(data.columns)
    data.insert(1, "still", value)
    found = flow_measures(data, estimator=estimator, inputs=["x0", "x1", "still"])
    assert found.attrs["constant"] == ["still"]
    assert found.attrs["not_estimated"] == ["still is constant"]
    for name in MEASURES:
        for side in ("source", "target"):
            assert np.isnan(found[name].sel({side: "still"})).all()
    without = flow_measures(data[names], estimator=estimator, inputs=["x0", "x1"])
    xr.testing.assert_allclose(found.sel(source=names, target=names), without, atol=1e-12)


def test_a_node_that_changes_in_one_row_only_is_constant_before_it() -> None:
    data = SMALL.sample(40).to_pandas()
    data["late"] = np.r_[np.zeros(39), 1.0]
    found = flow_measures(data)
    assert found.attrs["constant"] == ["late"]


def test_a_noiseless_network_has_measures_with_noise_and_without_where_finite() -> None:
    recording = replace(SMALL, sigma=0.0).recording(200)
    found = flow_measures(recording)
    for name in MEASURES:
        assert np.isfinite(off_diagonal(found[name])).all()
    exact = found.partial_correlation.sel(target="o0")[2:6]
    weights = SMALL.weights[2:6, 6] != 0.0
    np.testing.assert_allclose(exact, weights, atol=1e-7)
    without = flow_measures(recording, noise=0.0)
    (reason,) = without.attrs["not_estimated"]
    message = r"full_conditional h.→o0.*: the target is a linear function of all nodes before"
    assert re.match(message, reason)
    infinite = np.isnan(without.full_conditional.sel(target="o0")[2:6])
    np.testing.assert_array_equal(infinite, weights)
    others = without.full_conditional.sel(target=["x0", "x1", "h0", "h1", "h2", "h3"])
    assert np.isnan(others).sum() == 6  # a node with itself


def test_a_linear_function_of_others_is_not_identifiable_beside_them() -> None:
    table = SMALL.sample(60).to_pandas()
    names, others = list(table.columns), ["h0", "h1", "h2", "h3", "o0"]
    without = flow_measures(table, inputs=["x0", "x1"])
    assert without.attrs["determined"] == []
    table["x2"] = table["x0"] - 2 * table["x1"]
    mixed = ["x0", "x1", "x2"]
    found = flow_measures(table, inputs=mixed)
    assert found.attrs["determined"] == mixed
    assert np.isfinite(off_diagonal(found.flow)).all()
    for name in ("full_conditional", "partial_correlation"):
        assert np.isnan(found[name].sel(source=mixed)).all(), name
        assert any(line.startswith(f"{name} x0→x1") for line in found.attrs["not_estimated"])
    # Given the other two inputs, the third is known.
    assert (found.conditional_transfer_entropy.sel(source=mixed, target=others) == 0.0).all()
    for name in ("conditional_transfer_entropy", "full_conditional", "partial_correlation"):
        kept = {"source": others, "target": names}
        np.testing.assert_allclose(
            found[name].sel(kept), without[name].sel(kept), atol=1e-10, err_msg=name
        )
    # One that is a function of inputs, but none itself.
    found = flow_measures(table, inputs=["x0", "x1"]).conditional_transfer_entropy
    assert (found.sel(source="x2", target=others) == 0.0).all()
    np.testing.assert_allclose(
        found.sel(source=names, target=names), without.conditional_transfer_entropy, atol=1e-10
    )


@pytest.mark.parametrize("estimator", [Gaussian(), Gaussian(copula=True)], ids=str)
def test_infinite_pairs_are_named_and_all_others_are_as_without_them(estimator) -> None:
    table = SMALL.sample(200).to_pandas()
    names = list(table.columns)
    without = flow_measures(table, estimator=estimator, inputs=["x0", "x1"])
    table["copy"] = 3.0 - table["h0"]
    table["late"] = table["h1"].shift(1, fill_value=0.3)
    found = flow_measures(table, estimator=estimator, inputs=["x0", "x1"])
    assert found.attrs["copies"] == ["h0, copy"]
    pairwise = [
        name for name in MEASURES if name not in ("full_conditional", "partial_correlation")
    ]
    for name in pairwise:
        kept = found[name].sel(source=names, target=names)
        np.testing.assert_allclose(kept, without[name], atol=1e-9, err_msg=name)
    for name, infinite in (
        ("instantaneous", {("h0", "copy"), ("copy", "h0")}),
        ("delayed", {("h1", "late")}),
        ("transfer_entropy", {("h1", "late")}),
        ("conditional_transfer_entropy", {("h1", "late")}),
    ):
        missing = np.argwhere(np.isnan(found[name].to_numpy()) & ~np.eye(9, dtype=bool))
        nodes = found.source.to_numpy()
        assert {(nodes[a], nodes[b]) for a, b in missing} == infinite
        assert any(line.startswith(f"{name} ") for line in found.attrs["not_estimated"])
    # Its own present tells all that a copy of it tells.
    assert float(found.transfer_entropy.sel(source="copy", target="h0")) == 0.0


def test_a_pair_that_an_estimator_refuses_leaves_the_others_as_they_are() -> None:
    class Choosy:
        def mutual_information(self, samples, random, n_jobs):
            if samples.x[0, 0] > 0.0 > samples.y[0, 0]:
                raise EstimationError("this pair cannot be")
            return KSG(k=3).mutual_information(samples, random, n_jobs)

    table = SMALL.sample(40).to_numpy()[:, :4]
    found, expected = (flow_measures(table, estimator=e, n_jobs=1) for e in (Choosy(), KSG(k=3)))
    refused = (table[0] > 0.0)[:, np.newaxis] & (table[1] < 0.0) & ~np.eye(4, dtype=bool)
    assert 0 < refused.sum() < 12
    for name in ("delayed", "transfer_entropy", "full_conditional"):
        values = found[name].to_numpy()
        np.testing.assert_array_equal(np.isnan(values), refused | np.eye(4, dtype=bool))
        np.testing.assert_allclose(values[~refused], expected[name].to_numpy()[~refused])
        line = next(line for line in found.attrs["not_estimated"] if line.startswith(name))
        assert line.endswith(": this pair cannot be")


@pytest.mark.parametrize("n_jobs", [1, 3, None])
def test_measures_do_not_depend_on_the_number_of_threads(n_jobs: int | None) -> None:
    data, estimator = SMALL.sample(40), KSG(k=3, jitter=0.1)
    expected = flow_measures(data, estimator=estimator, random_state=2)
    xr.testing.assert_equal(
        flow_measures(data, estimator=estimator, random_state=2, n_jobs=n_jobs), expected
    )
    other = flow_measures(data, estimator=estimator, random_state=3, n_jobs=n_jobs)
    assert not np.allclose(other.flow, expected.flow, equal_nan=True)


def test_only_the_measures_wanted_come_in_their_order() -> None:
    found = flow_measures(SMALL.sample(40), measures=["residual", "delayed"])
    assert list(found.data_vars) == ["residual", "delayed"]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"measures": ["granger"]}, "measures must be one of 'instantaneous', .* got 'granger'"),
        ({"inputs": ["x7"]}, "inputs must be names of nodes, got 'x7'; the first nodes are x0"),
        ({"noise": -1}, "noise must be a finite number >= 0, got -1"),
        ({"lag": 40}, "data must have more than lag = 40 rows, got 40; give a longer series"),
        ({"lag": 0}, "lag must be a whole number >= 1, got 0"),
        ({"n_jobs": 0}, "n_jobs must be a whole number other than 0"),
        ({"estimator": Gaussian}, "estimator must offer mutual_information"),
        ({"lag": 38}, "data must have more rows than the 2 coordinates and one, got 2"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        flow_measures(SMALL.sample(40), **arguments)


def test_wrong_tables_are_refused() -> None:
    data = SMALL.sample(40)
    twice = data.assign_coords(node=["x0", "x0", *"abcde"])
    with pytest.raises(InputError, match="a name for each node, got x0 more than once; rename"):
        flow_measures(twice)
    neither = data.assign_coords(role=("node", ["sensor"] * 7))
    with pytest.raises(InputError, match="roles input, hidden, output, got sensor; rename them"):
        flow_measures(neither)
    with pytest.raises(EstimationError, match="all 6 other nodes needs more than 9 rows, got 8"):
        flow_measures(data[:9], measures=["full_conditional"])
