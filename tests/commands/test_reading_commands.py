"""`infoscope info` and `infoscope convert`."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import infoscope as isc


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infoscope", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("commands")
    x = np.random.default_rng(0).normal(size=(200, 3))
    rows = "".join(f"{0.1 * i:.1f},{a:.6f},{b:.6f},{c:.6f}\n" for i, (a, b, c) in enumerate(x))
    (root / "x.csv").write_text('time,a,b,"<i>c, d</i>"\n' + rows, encoding="utf-8")
    np.save(root / "x.npy", x.T)
    return root


def test_convert_keeps_numbers_names_and_roles(folder: Path) -> None:
    done = run(folder, "convert", "x.csv", "x.zarr", "--inputs", "a", "--outputs", '"<i>c, d</i>"')
    assert done.returncode == 0, done.stderr
    recording = isc.read(folder / "x.zarr")
    assert recording.nodes["role"].tolist() == ["input", "hidden", "output"]
    assert recording.sampling_interval == pytest.approx(0.1)
    np.testing.assert_allclose(recording.rows("all"), np.load(folder / "x.npy").T, atol=1e-6)
    assert "'time'" in done.stderr
    again = run(folder, "convert", "x.csv", "x.zarr")
    assert again.returncode == 2
    assert again.stderr.splitlines()[-1].startswith("infoscope: out must be free")


def test_info_describes_what_it_reads(folder: Path) -> None:
    refused = run(folder, "info", "x.npy")
    assert refused.returncode == 2
    assert "axes" in refused.stderr
    done = run(folder, "info", "x.npy", "--axes", "unit,time", "--units")
    assert done.returncode == 0, done.stderr
    assert "units: 3\nrows: 200\n" in done.stdout
    assert "Recommended:" in done.stdout
    assert all(f"\nh{unit} " in done.stdout for unit in range(3))


def test_info_names_the_types_that_work(folder: Path) -> None:
    (folder / "x.xyz").write_text("1")
    done = run(folder, "info", "x.xyz")
    assert done.returncode == 2
    assert ".npz" in done.stderr
    assert "Traceback" not in done.stderr
