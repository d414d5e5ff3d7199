"""Flow about messages: closed forms, and what a message does not reach."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import infoscope as isc
from infoscope import InputError

RNG = np.random.default_rng(0)
ONE, TWO = RNG.choice([-1.0, 1.0], (200, 12)), RNG.choice(["a", "b", "c"], (200, 12))
# What the three values of the second message add, with variance 2/3.
ADDED = {"a": -1.0, "b": 0.0, "c": 1.0}


def probe() -> np.ndarray:
    """Three inputs: both messages and noise, the second message alone, and noise."""
    two = np.vectorize(ADDED.get)(TWO)
    noise = np.random.default_rng(1).normal(size=(200, 12, 2))
    x = [2.0 * ONE + two + noise[..., 0], two, noise[..., 1]]
    return np.stack(x, axis=-1)


def step(x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Units copy the first input and the product of the others; the output reads them later."""
    return h[:, :1] + 0.0, np.stack([x[:, 0], x[:, 1] * x[:, 2]], axis=1)


def flow(**options: Any) -> isc.results.Influence:
    messages = {"one": ONE, "two": TWO}
    return isc.influence(
        step, probe(), state=np.zeros((200, 2)), contexts=None,
        **{"measures": "causal", "messages": messages, **options},
    )  # fmt: skip


def share(found: isc.results.Influence, message: str, source: str, target: str) -> float:
    cell = found.message_flow.sel(message=message, source=source, target=target)
    return 4.0 ** float(cell) - 1.0


def test_shares_of_a_linear_unit_are_the_variances_of_the_messages() -> None:
    found = flow()
    unit, product = found.source.values[3:5]
    total = 4.0 + 2.0 / 3.0 + 1.0
    assert share(found, "one", "x0", unit) == pytest.approx(4.0 / total, abs=0.05)
    assert share(found, "two", "x0", unit) == pytest.approx(2.0 / 3.0 / total, abs=0.05)
    assert 4.0 ** float(found.causal.sel(source="x0", target=unit)) - 1.0 == pytest.approx(
        1.0, abs=0.05
    )
    # The output reads the unit a step later, with the label of the unit's own step; at the first
    # of 12 steps it is 0, which makes its variance smaller.
    assert share(found, "one", unit, "o0") == pytest.approx(4.0 / total * 12 / 11, abs=0.05)
    error = found.message_flow_error.sel(message="one", source="x0", target=unit)
    assert 0.0 < float(error) < 0.03
    # Effects of either sign add: the message decides the size of a product with noise.
    assert share(found, "two", "x1", product) == pytest.approx(1.0, abs=0.1)


def test_what_a_message_does_not_reach_has_no_flow() -> None:
    found = flow()
    unit, product = found.source.values[3:5]
    for message in ("one", "two"):
        for source, target in (("x2", unit), ("x1", unit), ("x0", product), ("o0", unit),
                               (unit, "x0"), (product, "o0")):  # fmt: skip
            assert share(found, message, source, target) == 0.0
    # Says nothing of it, though it is connected: only chance.
    assert abs(share(found, "one", "x1", product)) < 0.05
    assert abs(share(found, "one", "x2", product)) < 0.05
    assert found.attrs["flags"] == []


def test_labels_of_sequences_are_those_of_all_their_steps() -> None:
    model = nn.GRU(2, 3, batch_first=True)
    x = torch.randn(20, 6, 2, generator=torch.Generator().manual_seed(0))
    labels = np.arange(20) % 2
    asked: dict[str, Any] = {"measures": "causal", "lags": [1, 2]}
    one = isc.influence(model, x, messages=labels, **asked)
    other = isc.influence(model, x, messages={"message": np.repeat(labels[:, None], 6, 1)}, **asked)
    np.testing.assert_array_equal(one.message_flow, other.message_flow)
    assert one.message_flow.dims == ("message", "source", "target", "lag")
    plain = isc.influence(model, x, **asked)
    np.testing.assert_array_equal(plain.causal, one.causal)
    for lag in (1, 2):
        into = one.message_flow.sel(lag=lag, target=["x0", "x1"]).to_numpy()
        assert (into[:, 2:] == 0.0).all()


def test_rare_labels_are_flagged_or_refused() -> None:
    labels = np.where(ONE > 0.0, 1, 0)
    labels[0, :4] = 7
    assert flow(messages=labels).attrs["flags"] == ["rare-labels"]
    with pytest.raises(InputError, match="combinations"):
        flow(messages=np.arange(2400).reshape(200, 12))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"messages": np.zeros(200)}, "two or more values"), ({"messages": {}}, "messages"),
        ({"messages": np.zeros((12, 200))}, "one label"),
        ({"messages": np.where(ONE > 0, np.nan, 1.0)}, "NaN"),
        ({"messages": ONE, "groups": "layers"}, "groups"),
    ],
)  # fmt: skip
def test_bad_messages_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        flow(**wrong)
