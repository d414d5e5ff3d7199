"""Named blocks, and sequences of unequal length, which are never padding in an estimate."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from infoscope import (
    KSG,
    Gaussian,
    InputError,
    Recording,
    RecordingWriter,
    flow_measures,
    information_flow,
    information_plane,
    learning_indicators,
    network_influence,
)
from infoscope.recordings.blocks import BLOCKS, block_array
from infoscope.surrogates import untrained_networks

G = Gaussian(bias_correction=False)
LENGTHS = (30, 17, 42, 25, 60)


def lstm(seed: int = 0, snapshots: int | None = None) -> dict[str, np.ndarray]:
    """The input, and state, cell and a gate of two LSTM layers, (sequence, time, node)."""
    rng, shape = np.random.default_rng(seed), (20, 15)
    found = {"x": rng.normal(size=(*shape, 2))}
    below = found["x"]
    for layer in range(2):
        gate = np.tanh(below @ rng.normal(size=(below.shape[2], 3)))
        cell = np.cumsum(gate, axis=1) * 0.5
        state = np.tanh(cell + 0.1 * rng.normal(size=cell.shape))
        found |= {f"lstm.l{layer}.{name}": values
                  for name, values in (("h", state), ("c", cell), ("g", gate))}  # fmt: skip
        below = state
    if snapshots is not None:
        found |= {
            name: np.stack([(1 + i) * values for i in range(snapshots)])
            for name, values in found.items()
            if name != "x"
        }
    return found


def two_layers(**changes: Any) -> Recording:
    arrays = lstm()
    return Recording.from_arrays(inputs=arrays.pop("x"), **{"blocks": arrays, **changes})


def test_two_lstm_layers_are_six_blocks_in_two_layers() -> None:
    rec = two_layers()
    assert list(rec.blocks) == ["inputs", *(f"lstm.l{i}.{k}" for i in (0, 1) for k in "hcg")]
    assert [of.layer for of in rec.blocks.values()][1:] == ["lstm.l0"] * 3 + ["lstm.l1"] * 3
    assert [of.role for of in rec.blocks.values()] == ["input"] + ["hidden"] * 6
    assert rec.blocks["lstm.l1.c"].shape == (20, 15, 3)
    assert rec.blocks["lstm.l1.c"].nodes == tuple(f"lstm.l1.c.{i}" for i in range(3))
    assert rec.nodes["layer"].tolist() == [0] * 2 + [1] * 9 + [2] * 9
    arrays = lstm()
    for name in list(rec.blocks)[1:]:
        np.testing.assert_array_equal(rec[name], arrays[name])
        assert rec[name].dims == ("sequence", "time", "unit")
    hidden = np.concatenate([arrays[name] for name in list(rec.blocks)[1:]], axis=-1)
    np.testing.assert_array_equal(rec["hidden"], hidden)
    np.testing.assert_array_equal(rec.rows("hidden"), hidden.reshape(-1, 18))
    np.testing.assert_array_equal(rec.activations()[..., 2:], hidden)


def test_layers_of_blocks_are_guessed_out_loud() -> None:
    rec = two_layers()
    assert [of.guessed for of in rec.blocks.values()] == [False] + [True] * 6
    assert "lstm.l0 (lstm.l0.h, lstm.l0.c, lstm.l0.g)" in rec.alignment().reason
    names = list(rec.blocks)[1:]
    told = two_layers(layers={name: 7 - int(name[6]) for name in names})
    assert not any(of.guessed for of in told.blocks.values())
    assert "guessed" not in told.alignment().reason
    # Numbers say the order: what is called l1 is computed first.
    assert [of.name for of in told.blocks.values()][1] == "lstm.l1.h"


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        (["gru.h", "gru.z"], ["gru", "gru"]),
        (["v1", "v4"], ["v1", "v4"]),
        (["rnn.l0.h", "rnn.l0_reverse.h"], ["rnn.l0", "rnn.l0"]),
        (["a.b.l10.h", "a.b.l9.h"], ["a.b.l10", "a.b.l9"]),
    ],
)
def test_layers_are_what_names_begin_with(names: list[str], layers: list[str]) -> None:
    rec = Recording.from_arrays(blocks=dict.fromkeys(names, np.ones((2, 3, 1))))
    assert [of.layer for of in rec.blocks.values()] == layers


def test_blocks_are_analysed_as_one_hidden_layer_with_the_same_values() -> None:
    arrays = lstm()
    x, target = arrays.pop("x"), arrays["lstm.l1.h"][..., :1]
    together = np.concatenate(list(arrays.values()), axis=-1)
    names = [f"{name}.{i}" for name in arrays for i in range(3)]
    one = Recording.from_arrays(x, together, target, target, names={"hidden": names})
    many = Recording.from_arrays(
        x, outputs=target, targets=target, blocks=arrays, layers=dict.fromkeys(arrays, "hidden")
    )
    assert many.nodes.equals(one.nodes)
    for use in (
        lambda r: information_flow(r, estimator=G).flow,
        lambda r: information_plane(r, estimator=KSG(k=3)).data,
        lambda r: information_plane(r, units="nodes", estimator=KSG(k=3)).data,
        lambda r: flow_measures(r, measures=["transfer_entropy"])["transfer_entropy"],
        lambda r: learning_indicators(r, estimator=KSG(k=3), subsets=2).data,
        lambda r: information_flow(r, estimator=G).significance("circular-shift", surrogates=5).p,
    ):
        xr.testing.assert_equal(use(one), use(many))


def test_a_stack_of_layers_is_aligned_layer_by_layer() -> None:
    rec = two_layers()
    arrays = lstm()
    values = rec.activations(aligned="layers").to_numpy()
    np.testing.assert_array_equal(values[:, 0, :2], arrays["x"][:, 2])
    np.testing.assert_array_equal(values[:, 0, 2:5], arrays["lstm.l0.h"][:, 1])
    np.testing.assert_array_equal(values[:, 0, 14:17], arrays["lstm.l1.c"][:, 0])


@pytest.mark.parametrize("on_disk", [False, True])
def test_roles_units_groups_and_trials_are_kept(tmp_path: Path, on_disk: bool) -> None:
    arrays = lstm(snapshots=2)
    x = arrays.pop("x")
    rec = Recording.from_arrays(
        blocks={"eye": x, "ear": x + 1.0, **arrays, "read": arrays["lstm.l1.h"]},
        roles={"eye": "input", "ear": "input", "read": "output"},
        targets=x, names={"ear": ["left", "right"]}, units={"eye": "cd", "targets": "1"},
        groups={"sides": ["left", "right", "eye.0"]}, sampling_interval=0.5, epochs=[3, 8],
        trials=["go", "stop"] * 10,
    )  # fmt: skip
    if on_disk:
        rec.save(tmp_path / "rec.zarr")
        rec = Recording.load(tmp_path / "rec.zarr")
    assert list(rec.blocks) == ["eye", "ear", *arrays, "read", "targets"]
    assert rec.nodes.index[:4].tolist() == ["eye.0", "eye.1", "left", "right"]
    assert rec.nodes["role"].value_counts(sort=False).to_dict() == {
        "input": 4, "hidden": 18, "output": 3,
    }  # fmt: skip
    np.testing.assert_array_equal(rec.rows("inputs")[:, 2:], x.reshape(-1, 2) + 1.0)
    np.testing.assert_array_equal(rec.block("lstm.l0.c", 3), arrays["lstm.l0.c"][0])
    np.testing.assert_array_equal(rec.rows("outputs", 8), arrays["lstm.l1.h"][1].reshape(-1, 3))
    assert rec["eye"].attrs == {"role": "input", "layer": "inputs", "units": "cd"}
    assert rec["eye"]["time"].to_numpy()[:3].tolist() == [0.0, 0.5, 1.0]
    assert rec["eye"]["trial"].to_numpy()[:3].tolist() == ["go", "stop", "go"]
    assert rec.trial_labels == ["go", "stop"] * 10
    assert rec.groups == {"sides": ["left", "right", "eye.0"]}
    assert rec.blocks["targets"].units == "1"
    assert rec.sampling_interval == 0.5


def trials(seed: int, nodes: int = 2) -> list[np.ndarray]:
    """Trials far from zero, in which node 0 drives node 1: a zero among them would be seen."""
    rng = np.random.default_rng(seed)
    made = [rng.normal(size=(n, nodes)) for n in LENGTHS]
    for trial in made:
        trial[1:, 1] += trial[:-1, 0]
    return [trial + 50.0 for trial in made]


def padded(trials: list[np.ndarray], with_: float = 0.0) -> np.ndarray:
    found = np.full((len(trials), max(LENGTHS), trials[0].shape[1]), with_)
    for place, trial in enumerate(trials):
        found[place, : len(trial)] = trial
    return found


@pytest.mark.parametrize("with_", [0.0, np.nan])
def test_padding_is_left_out(with_: float) -> None:
    rows = trials(0)
    days = [np.arange(n) + 100.0 * i for i, n in enumerate(LENGTHS)]
    listed = Recording.from_arrays(hidden=rows, days=days, trials=list("abcde"))
    as_array = Recording.from_arrays(
        hidden=padded(rows, with_), lengths=LENGTHS, trials=list("abcde"),
        days=padded([d[:, np.newaxis] for d in days])[..., 0],
    )  # fmt: skip
    named = xr.DataArray(padded(rows, with_), dims=("trial", "time", "unit")).transpose()
    stacked = np.stack([padded(rows, with_)] * 2)
    for rec in (
        as_array,
        Recording.from_arrays(hidden=named, lengths=np.array(LENGTHS), days=days),
        Recording.from_arrays(hidden=stacked, lengths=LENGTHS, epochs=[0, 1], days=days),
    ):
        np.testing.assert_array_equal(rec.rows("hidden"), np.concatenate(rows))
        np.testing.assert_array_equal(rec.times, listed.times)
        np.testing.assert_array_equal(rec["hidden"], padded(rows, np.nan))
        assert rec.mask.sum("time").to_numpy().tolist() == list(LENGTHS)
    assert as_array.fixed.identical(listed.fixed)
    assert as_array.trial_labels == list("abcde")


def test_blocks_of_trials_are_nan_past_their_end_and_nowhere_else() -> None:
    rec = Recording.from_arrays(
        blocks={"a.h": trials(0), "a.c": trials(1)}, targets=trials(2), trials=[4, 4, 5, 5, 6]
    )
    for name, seed in (("a.h", 0), ("a.c", 1), ("targets", 2)):
        np.testing.assert_array_equal(rec[name], padded(trials(seed), np.nan))
        np.testing.assert_array_equal(rec[name].notnull().all("unit"), rec.mask)
    assert rec.blocks["a.h"].shape == (5, 60, 2)
    assert rec["a.h"]["trial"].to_numpy().tolist() == [4, 4, 5, 5, 6]


def test_estimates_of_trials_are_those_of_their_rows() -> None:
    """Trials joined by hand, and the padded array, which would be something else."""
    rows = trials(0)
    rec = Recording.from_arrays(
        inputs=rows,
        hidden=trials(1),
        outputs=[t[:, :1] for t in rows],
        targets=[t[:, :1] for t in rows],
    )
    now, later = (np.concatenate([t[cut] for t in rows]) for cut in (slice(-1), slice(1, None)))
    flow = information_flow(rec, estimator=G, aligned="none")
    for term, target in ((flow.delayed, later), (flow.instantaneous, now)):
        r = np.corrcoef(now[:, 0], target[:, 1])[0, 1]
        assert float(term[0, 1]) == pytest.approx(-0.5 * np.log2(1 - r**2), abs=1e-10)
    zeros = Recording.from_arrays(hidden=padded(rows))
    assert float(information_flow(zeros, estimator=G).instantaneous[0, 1]) > 2.0
    x, h, o = (np.concatenate(of) for of in (rows, trials(1), [t[:, :1] for t in rows]))
    single = Recording.from_arrays(x[np.newaxis], h[np.newaxis], o[np.newaxis], o[np.newaxis])
    for use in (
        lambda r: information_plane(r, estimator=KSG(k=3)).data,
        lambda r: learning_indicators(r, estimator=KSG(k=3), subsets=2).data,
    ):
        xr.testing.assert_identical(use(rec), use(single))


@pytest.mark.parametrize("null", ["circular-shift", "trial-shift", "lag-swap"])
def test_surrogates_of_trials_have_no_padding(null: str) -> None:
    """Surrogates of data that are never near zero are never near zero either."""
    lengths = (30,) * 6 if null == "trial-shift" else LENGTHS
    rng = np.random.default_rng(3)
    rec = Recording.from_arrays(hidden=[rng.normal(size=(n, 2)) + 50.0 for n in (*lengths, 29)])
    flow = information_flow(rec, estimator=G)
    assert flow.rows is not None
    table = flow.rows.table
    found = flow.significance(null, surrogates=19)
    assert (table > 40.0).all()
    # Padding would share bits with itself: of Gaussians far from zero the surrogates share less.
    assert float(found.p.min()) > 0.02


WEIGHTS = {
    "W_in": np.eye(2), "W": np.array([[0.0, 0.9], [-0.4, 0.2]]), "W_out": np.ones((2, 1)),
    "b_h": np.array([0.3, 0.1]), "b_o": np.array([2.0]), "h_0": np.array([0.5, -0.5]),
}  # fmt: skip


def run(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    state, found = WEIGHTS["h_0"], []
    for row in x:
        state = np.tanh(row @ WEIGHTS["W_in"] + state @ WEIGHTS["W"] + WEIGHTS["b_h"])
        found.append(state)
    return np.array(found), np.array(found) @ WEIGHTS["W_out"] + WEIGHTS["b_o"]


def test_networks_are_run_over_each_trial_from_their_first_state() -> None:
    """Drawn networks do on each trial, and under any name, as on that trial alone."""
    x = [trial - 50.0 for trial in trials(4)]
    h, o = zip(*map(run, x), strict=True)
    null = untrained_networks(WEIGHTS, match_spread=False)

    def drawn(recording: Recording) -> Recording:
        return null.sampler(recording, np.random.SeedSequence(0)).draw(0)

    rec = drawn(
        Recording.from_arrays(
            blocks={"in": x, "net.h": list(h), "out": list(o)},
            roles={"in": "input", "out": "output"},
        )
    )
    assert not np.allclose(rec.rows("hidden"), np.concatenate(h))
    for place in range(len(LENGTHS)):
        alone = drawn(Recording.from_arrays(x[place][None], h[place][None], o[place][None]))
        found = rec["net.h"].to_numpy()[place, : LENGTHS[place]]
        np.testing.assert_array_equal(found, alone.rows("hidden"))


def test_influence_is_refused_for_trials_of_unequal_length() -> None:
    x = [trial - 50.0 for trial in trials(4)]
    h, o = zip(*map(run, x), strict=True)
    with pytest.raises(InputError, match="recording must have sequences of equal length, got"):
        network_influence(Recording.from_arrays(x, list(h), list(o)), weights=WEIGHTS)


def old_store(path: Path, layers: bool) -> None:
    """Write what infoscope wrote before blocks had names."""
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(2, 4, 1)), rng.normal(size=(2, 4, 3))
    writer = RecordingWriter.create(
        path, xr.Dataset({"inputs": block_array(x, "inputs", ["x0"])}, attrs={"aligned": "auto"})
    )
    hidden = block_array(h, "hidden", ["a", "b", "c"])
    if layers:
        hidden = hidden.assign_coords(hidden_layer=("hidden_node", [0, 1, 1]))
    writer.append(0, xr.Dataset({"hidden": hidden}))


@pytest.mark.parametrize("layers", [False, True])
def test_recordings_without_named_blocks_open(tmp_path: Path, layers: bool) -> None:
    old_store(tmp_path / "old.zarr", layers)
    rec = Recording.load(tmp_path / "old.zarr")
    assert rec.nodes["layer"].tolist() == [0, 1, 2, 2] if layers else [0, 1, 1, 1]
    assert rec.nodes.index.tolist() == ["x0", "a", "b", "c"]
    assert [of.role for of in rec.blocks.values()] == ["input", "hidden"]
    assert rec.activations(aligned="layers").sizes["time"] == (2 if layers else 3)


def test_recordings_of_the_usual_blocks_are_written_as_before() -> None:
    """Their attributes list no blocks, so that earlier recordings and new ones are the same."""
    rec = Recording.from_arrays(hidden=np.ones((2, 3, 1)), targets=np.ones((2, 3, 1)))
    assert rec.fixed.attrs == {"aligned": "auto"}
    assert set(rec.snapshot()) | set(rec.fixed) == {"hidden", "targets"} <= set(BLOCKS)


VALUES = np.ones((5, 4, 2))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"blocks": {}}, "blocks must be a mapping from names to arrays, got {}; give"),
        ({"blocks": {"a/b": VALUES}}, "blocks must have text as names, .* got 'a/b'; rename"),
        ({"blocks": {".a": VALUES}}, "blocks must have text as names, .* got '.a'"),
        ({"blocks": {3: VALUES}}, "blocks must have text as names, .* got 3"),
        ({"blocks": {"days": VALUES}}, "blocks must have names that are not reserved, got 'days'"),
        (
            {"blocks": {"h_node": VALUES}},
            "blocks must have names that are not reserved, got 'h_node'",
        ),
        ({"blocks": {"a": VALUES[:, :3]}}, r"equal numbers .*inputs \(5, 4\), a \(5, 3\)"),
        ({"blocks": {"inputs": VALUES}}, "blocks must have other names .* got 'inputs' twice"),
        ({"blocks": {"a": VALUES, "hidden": VALUES}}, "must not share a role with 'hidden'.*'a'"),
        ({"roles": {"b": "input"}}, r"roles must have blocks as keys, .* got \['b'\]"),
        ({"roles": {"a": "targets"}}, r"roles\['a'\] must be one of 'input', .* got 'targets'"),
        ({"roles": {"inputs": "hidden"}}, r"roles\['inputs'\] must be 'input', got 'hidden'"),
        ({"layers": {"a": 1.5}}, r"layers\['a'\] must be a number or a name, got 1.5; number"),
        ({"layers": 3}, "layers must be a mapping, got 3"),
        ({"units": {"a": 3}}, r"units\['a'\] must be text, got 3"),
        ({"groups": {"g": ["a.0", "z"]}}, r"groups\['g'\] must be nodes .* got \['z'\]; nodes are"),
        ({"groups": {"g": []}}, r"groups\['g'\] must be nodes .* got \[\]"),
        ({"groups": ["a.0"]}, "groups must be a mapping, got"),
        ({"sampling_interval": 0}, "sampling_interval must be a finite number > 0, got 0"),
        ({"trials": ["a", "b"]}, "trials must have a label for each of 5 sequences, got"),
        ({"lengths": [4, 4, 4, 4]}, "lengths must be one per sequence .* got 4 up to 4 for 5"),
        ({"lengths": [4, 4, 4, 4, 5]}, "lengths must be one per sequence and at most the 4 steps"),
        ({"lengths": [4, 4, 4, 4, 0]}, "lengths must be whole numbers from 1 on"),
        ({"hidden": {}}, "hidden is empty; give one array per layer"),
    ],
)
def test_blocks_that_do_not_fit_are_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Recording.from_arrays(**{"inputs": VALUES, "blocks": {"a": VALUES}, **changes})


def test_a_block_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"block must be one of 'inputs', .*'lstm.l0.h'.*got 'z'"):
        _ = two_layers()["z"]
