import numpy as np
import pandas as pd

from infoscope.report.orders import orders_of, role_numbers


def test_ranks_rise_and_nodes_without_one_come_last() -> None:
    nodes = pd.DataFrame({"rank": [np.nan, 0.5, -1.0, 0.0]}, index=list("dcba"))
    assert orders_of(nodes, None)["rank"] == [2, 3, 1, 0]


def test_roles_follow_the_flow_and_keep_the_ranks() -> None:
    roles = ["output", "hidden", "input", "gate", "hidden"]
    nodes = pd.DataFrame({"role": roles, "rank": [0.0, 0.9, 0.5, 0.1, -0.2]}, index=list("abcde"))
    assert orders_of(nodes, None)["role"] == [2, 4, 1, 0, 3]
    assert role_numbers(roles) == [2, 1, 0, 3, 1]


def test_numbers_in_names_are_numbers() -> None:
    nodes = pd.DataFrame(index=["h10", "h9", "H1", "x", "9" * 5000, 7])
    names = nodes.index
    assert [names[at] for at in orders_of(nodes, None)["name"]][:4] == [7, "9" * 5000, "H1", "h9"]


def test_an_order_that_the_table_lacks_is_left_out() -> None:
    assert list(orders_of(pd.DataFrame(index=["a", "b"]), None)) == ["name"]


def test_blocks_are_neighbours_in_the_order_of_clusters() -> None:
    random = np.random.default_rng(0)
    group = random.permutation(np.repeat([0, 1, 2], 8))
    values = (group[:, None] == group[None, :]) + random.normal(scale=0.1, size=(24, 24))
    values[0, 0] = np.nan
    nodes = pd.DataFrame(index=np.arange(24))
    order = orders_of(nodes, values)["cluster"]
    assert sorted(order) == list(range(24))
    assert (np.diff(group[order]) != 0).sum() == 2
