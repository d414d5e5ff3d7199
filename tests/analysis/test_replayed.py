"""Known weights give the recording of a training, without one."""

import pickle

import numpy as np
import pytest
import xarray as xr


def replayed(results):
    """The recording of the weights alone."""
    recording = results.recording
    snapshots = {}
    for epoch in recording.epochs:
        whole = recording.read(epoch)
        snapshots[epoch] = whole[[n for n in whole if str(n).startswith(("parameter", "grad"))]]
    return results.study.data.replayed(snapshots)


# The published training records what torch computes, which sums in another order.
@pytest.mark.parametrize(("name", "apart"), [("results", 1e-12), ("corrected_results", 0.0)])
def test_weights_run_again_give_what_was_recorded(request, name, apart) -> None:
    results = request.getfixturevalue(name)
    found = replayed(results)
    assert found.epochs == results.recording.epochs
    xr.testing.assert_identical(found.nodes.to_xarray(), results.recording.nodes.to_xarray())
    parts, expected = (results.study.data.parts(of) for of in (found, results.recording))
    assert list(parts) == list(expected)
    for epoch in found.epochs:
        for part, rows in parts.items():
            for block in ("inputs", "targets", "hidden", "outputs"):
                there = expected[part].rows(block, epoch)
                np.testing.assert_allclose(rows.rows(block, epoch), there, rtol=0.0, atol=apart)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.rows("all"), found.rows("all"))


def test_a_snapshot_that_is_changed_stays_as_it_was_in_the_recording(corrected_results) -> None:
    found = replayed(corrected_results)
    epoch = found.epochs[-1]
    before = found.rows("hidden", epoch)
    found.read(epoch)["hidden"].values[:] = 9.0
    np.testing.assert_array_equal(found.rows("hidden", epoch), before)
