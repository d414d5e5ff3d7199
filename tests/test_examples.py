"""The scripts in examples/ run, and what they print holds."""

import importlib.util
import os
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def script(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_examples_are_short_and_explained():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 100, path.name
        assert path.name in page


def test_a_reservoir_forgets():
    facts = script("echo_state").main()
    curve = [facts[f"r2 {k}"] for k in (0, 10, 20, 40)]
    assert curve == sorted(curve, reverse=True)
    assert curve[0] > 0.99
    assert curve[-1] < 0.1
    assert facts["bits 0"] > 0.5 > facts["bits 40"]
    # The units whose input edge is significant are those of the largest input weights.
    assert 4 <= len(facts["received"]) < 8
    assert set(facts["received"]) == set(facts["by weight"][: len(facts["received"])])


def test_a_selective_block_keeps_what_is_flagged():
    facts = script("mamba_block").main()
    assert facts["error"] < 0.05
    assert facts["kept"] > 0.5
    assert abs(facts["present"]) < 0.2


def test_a_trained_encoder_carries_letters():
    path = os.environ.get("G2P_CHECKPOINT")
    if not path:
        pytest.skip("G2P_CHECKPOINT names no checkpoint20.npz of g2p-en 2.1.0")
    facts = script("grapheme_to_phoneme").main(path)
    assert facts["apart"] < 1e-4
    assert facts["bits"] > 1 > 0.1 > facts["control"]
    groups = {name: share for name, share in facts.items() if "r" in name and " " in name}
    assert all(0 < share < 1 for share in groups.values())


def test_gated_networks_use_their_memory_where_the_task_needs_it():
    found = script("gated_weather").main(epochs=20)
    for cell in ("GRU", "LSTM"):
        weather, bits = found["weather", cell], found["flip-flop", cell]
        assert bits["error"] < 0.5 * bits["error without memory"]
        assert weather["error"] > 0.8 * weather["error without memory"]
        among = "bits into h from layer.l0.h"
        assert bits[among] > weather[among] > 0.0
        for of in (weather, bits):
            order = [of[f"mean rank of {name}"] for name in ("inputs", "layer.l0.h", "outputs")]
            assert order == sorted(order)
            assert of["edges among h"] > 0
            assert of["conditional_transfer_entropy ~ influence"] > of["flow ~ influence"]
        assert bits["knockout ~ influence sent"] > 0.3
    cell_state = found.loc["bits into h from layer.l0.c"]
    assert cell_state[:, "LSTM"].min() > 0.0
    assert cell_state[:, "GRU"].isna().all()
