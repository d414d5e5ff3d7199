"""The examples of docs/reading.md."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from scipy.io import savemat

import infoscope as isc
from infoscope.recordings.importers.catalogue import IMPORTERS
from optional import optional

PAGE = (Path(__file__).parents[1] / "docs" / "reading.md").read_text(encoding="utf-8")
BLOCKS = [part.partition("\n```")[0] for part in PAGE.split("```python\n")[1:]]
CALLS = re.findall(r"`(isc\.read\(.*?\))`(?=[ ,|])", PAGE)


@pytest.fixture(scope="module")
def names() -> dict:
    """Run the blocks of the page."""
    space: dict = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        for block in BLOCKS:
            exec(compile(block, "reading.md", "exec"), space)  # the page is ours
    assert "Recommended:" in said.getvalue()
    return space


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.filterwarnings("ignore")
def test_an_example_runs(call: str, names: dict, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    space = dict(names)
    x, frame = space["x"], space["frame"]
    if "parquet" in call:
        optional("pyarrow")
        frame.to_parquet("x.parquet")
    elif "segment" in call:
        neo, pq = optional("neo"), optional("quantities")
        space["segment"] = neo.Segment()
        trains = [neo.SpikeTrain([0.1, 0.5] * pq.s, t_stop=1.0 * pq.s) for _ in range(4)]
        space["segment"].spiketrains.extend(trains)
    elif "raw" in call:
        mne = optional("mne")
        space["raw"] = mne.io.RawArray(x.T, mne.create_info(4, 100.0, "eeg"), verbose="ERROR")
    elif "spikes" in call:
        nap = optional("pynapple")
        space["spikes"] = nap.TsGroup({i: nap.Ts([0.1, 0.3, 0.9]) for i in range(4)})
    np.savez("x.npz", x=x, graph=np.eye(4))
    frame.to_csv("x.csv")
    savemat("x.mat", {"x": x})
    zarr.save("x.zarr", x)
    xr.Dataset({"x": (("time", "unit"), x)}).to_netcdf("x.nc", engine="scipy")
    recording = eval(call, space)  # the page is ours
    assert isinstance(recording, isc.Recording)
    assert recording.rows("all").shape[1] == 4


def test_the_page_has_an_example_for_every_importer() -> None:
    assert len(CALLS) >= len(IMPORTERS)
