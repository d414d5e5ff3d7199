import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from infoscope._errors import DamagedError, InputError
from infoscope.monitor.watch import watch
from infoscope.monitor.watching.session import Watch
from infoscope.monitor.watching.store import fingerprint
from monitor.watched import data, net, trained, update

KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from infoscope.monitor.watch import watch
from monitor.watched import data, net, update
model = net()
with watch(model, probe=data(), path=Path(sys.argv[1]), every=3, progress=False) as watched:
    for step in range(1, 20):
        watched.step(loss=update(model, step))
        if step == 8:
            watched.steps  # all written so far
            os.kill(os.getpid(), signal.SIGKILL)
"""


def reopened(path: Path) -> tuple[Watch, torch.nn.Module]:
    model = net()
    return watch(model, probe=data(), path=path, every=3, progress=False), model


def test_a_killed_training_resumes_with_identical_snapshots(tmp_path: Path) -> None:
    path = tmp_path / "store"
    tests = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(tests)])
    assert done.returncode == -signal.SIGKILL
    with (path / "log.jsonl").open("a") as file:
        file.write('{"step": 9, "lo')  # torn by the kill
    (path / "snapshots" / ".partial-abc-00000009.npz").write_bytes(b"torn")
    watched, model = reopened(path)
    assert watched.steps == [0, 3, 6]
    assert watched.recording().epochs == (0, 3, 6)
    model.load_state_dict(watched.state_dict())
    with watched:
        assert watched.updates == 6
        for step in range(7, 13):
            watched.step(loss=update(model, step))
    whole, _ = trained(12, every=3)
    assert watched.steps == whole.steps == [0, 3, 6, 9, 12]
    for step in whole.steps:
        for name, values in whole.state_dict(step).items():
            assert torch.equal(watched.state_dict(step)[name], values)
        np.testing.assert_array_equal(
            watched.recording().rows("all", step), whole.recording().rows("all", step)
        )
    frame, wanted = watched.to_frame(), whole.to_frame()
    assert frame["step"].tolist() == list(range(1, 13))
    assert frame["loss"].tolist() == wanted["loss"].tolist()
    assert frame["seconds"].is_monotonic_increasing
    assert not list(path.rglob(".partial-*"))


def test_resuming_needs_the_weights_of_the_last_snapshot(tmp_path: Path) -> None:
    trained(3, tmp_path / "store", every=3)
    watched, model = reopened(tmp_path / "store")
    with pytest.raises(InputError, match="state_dict"), watched:
        pass
    assert watched.steps == [0, 3]
    model.load_state_dict(watched.state_dict(3))
    with watched:
        assert watched.updates == 3


def test_an_earlier_start_takes_later_snapshots_back(tmp_path: Path) -> None:
    trained(9, tmp_path / "store", every=3)
    model = net()
    again = watch(model, probe=data(), path=tmp_path / "store", every=3, start=3, progress=False)
    model.load_state_dict(again.state_dict(3))
    with again:
        assert again.steps == [0, 3]
        for step in range(4, 7):
            again.step(loss=update(model, step))
    assert again.steps == [0, 3, 6]
    assert again.to_frame()["step"].tolist() == [1, 2, 3, 4, 5, 6]


def test_another_architecture_or_probe_is_refused(tmp_path: Path) -> None:
    trained(1, tmp_path / "store")
    with pytest.raises(InputError, match=r"lstm\.weight_ih_l0.*\(24, 2\).*\(20, 2\)"):
        watch(net(6), probe=data(), path=tmp_path / "store")
    x, y = data()
    with pytest.raises(InputError, match="probe"):
        watch(net(), probe=(x + 1e-6, y), path=tmp_path / "store")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"watch\.json"):
        watch(net(), probe=data(), path=tmp_path / "other")
    with pytest.raises(InputError, match="folder"):
        watch(net(), probe=data(), path=tmp_path / "other" / "mine.txt")


def test_a_truncated_snapshot_names_its_file(tmp_path: Path) -> None:
    watched, _ = trained(6, tmp_path / "store", every=3)
    file = tmp_path / "store" / "snapshots" / "00000006.npz"
    whole = file.read_bytes()
    place = whole.index(watched.state_dict(6)["out.weight"].numpy().tobytes()) + 5
    flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    for damaged in (whole[: len(whole) // 2], b"", flipped):
        file.write_bytes(damaged)
        again, _ = reopened(tmp_path / "store")
        with pytest.raises(DamagedError, match=r"00000006\.npz"):
            again.recording()
        with pytest.raises(DamagedError, match=r"00000006\.npz"), again:
            pass
        assert again.recording(steps=[0, 3]).epochs == (0, 3)
    file.unlink()
    with pytest.raises(DamagedError, match=r"00000006\.npz is missing"):
        watched.recording(steps=[0, 6])
    again, model = reopened(tmp_path / "store")
    model.load_state_dict(again.state_dict(3))
    with again:
        assert again.updates == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "infoscope watch"}'])
def test_damaged_metadata_name_their_file(tmp_path: Path, text: str) -> None:
    trained(1, tmp_path / "store")
    (tmp_path / "store" / "watch.json").write_text(text)
    with pytest.raises(DamagedError, match=r"watch\.json"):
        reopened(tmp_path / "store")


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    trained(1, tmp_path / "store")
    file = tmp_path / "store" / "watch.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 99}))
    with pytest.raises(InputError, match="99"):
        reopened(tmp_path / "store")


def test_a_damaged_line_within_the_log_names_its_number(tmp_path: Path) -> None:
    watched, _ = trained(3, tmp_path / "store")
    lines = watched._store.log.path.read_text().splitlines()
    lines[1] = lines[1][:5]
    watched._store.log.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DamagedError, match="line 2"):
        watched.to_frame()


def test_fingerprints_differ_with_values_types_and_shapes() -> None:
    x = torch.arange(6.0)
    values = [
        x, x.double(), x.reshape(2, 3), x + 1, (x, x), {"a": x}, {"b": x}, None, [1, 2], [1, 3],
        x.bfloat16(),
    ]  # fmt: skip
    assert len({fingerprint(value) for value in values}) == len(values)
    assert fingerprint(x) == fingerprint(x.clone()) == fingerprint(x.numpy())
