"""Which rows a one-step model compares."""

import numpy as np
import pytest

from infoscope import InputError, Recording
from infoscope.flow.connectivity.step_rows import steps_of


def _network(outputs=True):
    random = np.random.default_rng(0)
    x, h, o = (random.normal(size=(3, 5, d)) for d in (2, 4, 1))
    rec = Recording.from_arrays(x, h, o if outputs else None, aligned="layers")
    return rec, x, h, o


@pytest.mark.parametrize("outputs", [True, False])
def test_hidden_rows_begin_with_the_first_transition(outputs):
    rec, x, h, _ = _network(outputs)
    hidden = next(iter(steps_of(rec, None, "auto")))
    assert hidden.targets.tolist() == [2, 3, 4, 5]
    assert hidden.sources.tolist() == [0, 1, 2, 3, 4, 5]
    assert hidden.own.tolist() == [2, 3, 4, 5]
    assert np.array_equal(hidden.after, h[:, 1:].reshape(-1, 4))
    before = np.concatenate([x[:, 1:], h[:, :-1]], axis=2)
    assert np.array_equal(hidden.before, before.reshape(-1, 6))
    assert hidden.sequence.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_outputs_are_computed_from_hidden_nodes_of_the_same_step():
    rec, _, h, o = _network()
    _, output = steps_of(rec, None, "auto")
    assert output.sources.tolist() == [2, 3, 4, 5]
    assert output.own.tolist() == [-1]
    assert np.array_equal(output.after, o[:, 1:].reshape(-1, 1))
    assert np.array_equal(output.before, h[:, 1:].reshape(-1, 4))


def test_gaps_are_not_crossed():
    h = np.random.default_rng(0).normal(size=(1, 20, 2))
    days = np.array([[*range(9), *range(12, 23)]])
    rows = next(steps_of(Recording.from_arrays(hidden=h, days=days), None, "auto"))
    assert len(rows) == 18
    assert not (rows.after == h[0, 9]).all(axis=1).any()


def test_earlier_sources_are_covariates():
    rec, x, h, _ = _network(outputs=False)
    rows = next(iter(steps_of(rec, None, "auto", earlier=True)))
    assert np.array_equal(rows.after, h[:, 2:].reshape(-1, 4))
    assert np.array_equal(rows.before[:, :2], x[:, 2:].reshape(-1, 2))
    assert np.array_equal(rows.before[:, 2:6], h[:, 1:-1].reshape(-1, 4))
    assert np.array_equal(rows.before[:, 6:8], x[:, 1:-1].reshape(-1, 2))
    assert np.array_equal(rows.before[:, 8:], h[:, :-2].reshape(-1, 4))


def test_a_table_is_one_series_of_hidden_nodes():
    table = np.random.default_rng(1).normal(size=(30, 3))
    (rows,) = steps_of(table, None, "auto")
    assert np.array_equal(rows.before, table[:-1])
    assert np.array_equal(rows.after, table[1:])
    assert rows.own.tolist() == [0, 1, 2]


def test_too_few_steps():
    with pytest.raises(InputError, match="consecutive"):
        list(steps_of(np.zeros((5, 2)) + np.arange(5)[:, np.newaxis], None, "auto"))
