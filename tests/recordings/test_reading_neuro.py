"""Objects of Neo, MNE and pynapple."""

import numpy as np
import pytest

import infoscope as isc
from infoscope.recordings.importers.spikes import counts_in_bins
from optional import optional

# Their own deprecated calls are not ours to repair.
pytestmark = pytest.mark.filterwarnings("ignore")

SPIKES = [np.sort(np.random.default_rng(i).uniform(0, 10, 40 + 10 * i)) for i in range(3)]


def counted(start: float, stop: float, width: float) -> np.ndarray:
    """Count spike by spike."""
    bins = round((stop - start) / width)
    table = np.zeros((bins, len(SPIKES)))
    for unit, times in enumerate(SPIKES):
        for time in times:
            place = int((time - start) // width)
            if 0 <= place < bins:
                table[place, unit] += 1
    return table


@pytest.mark.parametrize("width", [0.1, 0.25, 1.0])
def test_spikes_are_counted_in_bins(width: float) -> None:
    np.testing.assert_array_equal(counts_in_bins(SPIKES, 0.0, 10.0, width), counted(0, 10, width))
    # A whole number of bins fits, though 0.3 / 0.1 is below 3 in floating point.
    assert len(counts_in_bins(SPIKES, 0.0, 0.3, 0.1)) == 3
    assert len(counts_in_bins(SPIKES, 0.0, 0.35, 0.1)) == 3


def test_neo_spike_trains_are_binned_on_request() -> None:
    neo, pq = optional("neo"), optional("quantities")
    trains = [
        neo.SpikeTrain(1000 * times * pq.ms, t_stop=10 * pq.s, name=f"n{i}")
        for i, times in enumerate(SPIKES)
    ]
    with pytest.raises(isc.InputError, match="bin_width must be given"):
        isc.read(trains)
    segment = neo.Segment()
    segment.spiketrains.extend(trains)
    block = neo.Block()
    block.segments.append(segment)
    for source in (trains, segment, segment.spiketrains, block):
        recording = isc.read(source, bin_width=0.1)
        np.testing.assert_array_equal(recording.rows("hidden"), counted(0, 10, 0.1))
        assert list(recording.nodes.index) == ["n0", "n1", "n2"]
        assert recording.sampling_interval == 0.1
    with pytest.raises(isc.InputError, match="bin_width must fit"):
        isc.read(trains, bin_width=20.0)


def test_neo_signals_keep_units_and_rate() -> None:
    neo, pq = optional("neo"), optional("quantities")
    values = np.random.default_rng(0).normal(size=(500, 2))
    signal = neo.AnalogSignal(values, units="mV", sampling_rate=1 * pq.kHz, name="lfp")
    recording = isc.read(signal)
    np.testing.assert_array_equal(recording.rows("hidden"), values)
    assert recording.sampling_interval == pytest.approx(0.001)
    assert next(iter(recording.blocks.values())).units == "mV"
    assert list(recording.nodes.index) == ["lfp 0", "lfp 1"]
    trials = isc.read([signal, signal[:300]])
    assert trials.mask.to_numpy().sum(axis=1).tolist() == [500, 300]
    other = neo.AnalogSignal(values, units="mV", sampling_rate=2 * pq.kHz)
    with pytest.raises(isc.InputError, match="one sampling rate"):
        isc.read([signal, other])


def test_mne_raw_and_epochs() -> None:
    mne = optional("mne")
    mne.set_log_level("ERROR")
    values = np.random.default_rng(0).normal(size=(4, 1000))
    info = mne.create_info(["Fz", "Cz", "STI", "EOG"], 100.0, ["eeg", "eeg", "stim", "eog"])
    raw = mne.io.RawArray(values, info)
    recording = isc.read(raw)
    np.testing.assert_array_equal(recording.rows("hidden"), values[:2].T)
    assert recording.sampling_interval == pytest.approx(0.01)
    assert any("STI, EOG" in note for note in recording.notes)
    assert list(isc.read(raw, variables=["EOG", "Fz"]).nodes.index) == ["EOG", "Fz"]
    events = np.column_stack([np.arange(100, 900, 100), np.zeros(8, int), np.tile([1, 2], 4)])
    epochs = mne.Epochs(raw, events, {"left": 1, "right": 2}, tmin=-0.1, tmax=0.4, baseline=None)
    trials = isc.read(epochs)
    assert trials.trial_labels == ["left", "right"] * 4
    np.testing.assert_array_equal(trials["hidden"][2].to_numpy(), values[:2, 290:341].T)
    raw.set_annotations(mne.Annotations([2.0], [0.5], ["BAD_jump"]))
    with pytest.raises(isc.InputError, match="100 values missing"):
        isc.read(raw)
    clean = isc.read(raw, missing="drop rows")
    assert np.bincount(clean.stretches.ravel()).tolist() == [200, 750]


def test_pynapple_series_and_groups() -> None:
    nap = optional("pynapple")
    times, values = np.arange(1000) * 0.01, np.random.default_rng(0).normal(size=(1000, 3))
    frame = nap.TsdFrame(t=times, d=values, columns=["a", "b", "c"])
    recording = isc.read(frame)
    np.testing.assert_array_equal(recording.rows("hidden"), values)
    assert list(recording.nodes.index) == ["a", "b", "c"]
    assert recording.sampling_interval == pytest.approx(0.01)
    parts = isc.read(frame.restrict(nap.IntervalSet([0, 5], [2.995, 8.995])))
    assert parts.mask.to_numpy().sum(axis=1).tolist() == [300, 400]
    group = nap.TsGroup(
        {i: nap.Ts(spikes) for i, spikes in enumerate(SPIKES)}, time_support=nap.IntervalSet(0, 10)
    )
    with pytest.raises(isc.InputError, match="bin_width must be given"):
        isc.read(group)
    binned = isc.read(group, bin_width=0.1)
    np.testing.assert_array_equal(binned.rows("hidden"), counted(0, 10, 0.1))
