"""The gated student: its derivatives, and a cell of the same equations."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from infoscope.flow.connectivity.step_rows import StepRows
from infoscope.flow.connectivity.student import _forward, _gradients, _jacobians, fit_student

PAST = np.array([False, True, True, True])


def _some(random, n):
    parameters = {name: random.normal(size=(5, 3)) for name in ("update", "reset", "new")}
    parameters["inner"] = random.normal(size=(1, 3))
    u, own = random.normal(size=(n, 4)), random.normal(size=(n, 3))
    return parameters, u, own, random.normal(size=(n, 3))


def test_gradients_equal_differences():
    parameters, u, own, y = _some(np.random.default_rng(0), 7)
    weight = np.array([1.0, 2.0, 0.5])
    found = _gradients(parameters, u, y, own, PAST, weight)

    def loss(at):
        return float((((_forward(at, u, own, PAST)["y"] - y) ** 2) * weight).sum() / len(u))

    for name, values in parameters.items():
        for place in np.ndindex(values.shape):
            moved = []
            for step in (1e-6, -1e-6):
                changed = {key: each.copy() for key, each in parameters.items()}
                changed[name][place] += step
                moved.append(loss(changed))
            assert found[name][place] == pytest.approx((moved[0] - moved[1]) / 2e-6, abs=1e-7)


def test_jacobians_equal_differences():
    parameters, u, own, _ = _some(np.random.default_rng(1), 5)
    found = _jacobians(parameters, u, own, PAST)
    for source in range(4):
        step = np.zeros(4)
        step[source] = 1e-6
        ahead, behind = (_forward(parameters, u + s, own, PAST)["y"] for s in (step, -step))
        np.testing.assert_allclose(found[:, source], (ahead - behind) / 2e-6, atol=1e-8)


def test_a_gated_cell_is_found():
    random = np.random.default_rng(2)
    n, p = 1500, 4
    h, x = random.uniform(-1, 1, size=(n, p)), random.normal(size=(n, 1))
    a, c = random.normal(size=(p, p)) * (random.random((p, p)) < 0.5), random.normal(size=(1, p))
    z = expit(2.0 * h @ a.T + x @ c)
    after = z * h + (1 - z) * np.tanh(h @ a + x @ c)
    nodes = pd.DataFrame({"role": ["input"] + ["hidden"] * p, "layer": [0] + [1] * p})
    rows = StepRows(
        nodes, np.arange(1, p + 1), np.arange(p + 1), after, np.column_stack([x, h]),
        np.arange(1, p + 1), np.zeros(n, int), np.arange(n), np.array([0] + [1] * p),
        np.zeros((1, n, p + 1)),
    )  # fmt: skip
    student = fit_student(rows.of(np.arange(1000)), np.array([False] + [True] * p), random)
    assert student.unexplained(rows.of(np.arange(1000, n))).max() < 2e-3
    jacobian = student.jacobian(rows)
    true = np.zeros_like(jacobian)
    for source in range(p + 1):
        moved = []
        for step in (1e-5, -1e-5):
            h2, x2 = h.copy(), x.copy()
            if source:
                h2[:, source - 1] += step
            else:
                x2 = x2 + step
            z = expit(2.0 * h2 @ a.T + x2 @ c)
            moved.append(z * h + (1 - z) * np.tanh(h2 @ a + x2 @ c))
        size = rows.before[:, source].std()
        true[source] = np.abs(moved[0] - moved[1]).mean(axis=0) / 2e-5 * size / after.std(axis=0)
    off = np.ones_like(true, bool)
    off[np.arange(1, p + 1), np.arange(p)] = False
    assert np.corrcoef(true[off], jacobian[off])[0, 1] > 0.98
