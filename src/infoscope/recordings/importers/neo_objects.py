"""Objects of Neo: analog signals, spike trains, segments and blocks."""

from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.recordings.importers.spikes import counts_in_bins, needed_width
from infoscope.recordings.reading.raw import Options, Part, Raw

_SIGNALS = ("AnalogSignal",)
_KNOWN = ("Block", "Segment", "AnalogSignal", "SpikeTrain")


class Neo:
    """Neo objects; spike trains are binned."""

    name = "neo"
    reads = "Neo blocks, segments, AnalogSignals and lists of SpikeTrains (with bin_width)"

    def recognises(self, source: Any) -> bool:
        """Whether it is an object of Neo, or a list of such."""
        if isinstance(source, (list, tuple)) or type(source).__name__ == "SpikeTrainList":
            return len(source) > 0 and all(_kind(one) in _KNOWN for one in source)
        return _kind(source) in _KNOWN

    def read(self, source: Any, options: Options) -> Raw:
        """Read signals, or count spikes in bins; segments are trials."""
        segments = _segments(source)
        signals = [[s for s in each if _kind(s) in _SIGNALS] for each in segments]
        trains = [[t for t in each if _kind(t) == "SpikeTrain"] for each in segments]
        if any(signals) and any(trains):
            wanted = options.variables or []
            if wanted not in (["signals"], ["spikes"]):
                raise InputError(
                    "variables must be 'signals' or 'spikes' for segments that hold both, got "
                    f"{wanted or None}; choose one"
                )
            signals = signals if wanted == ["signals"] else []
        return _of_signals(signals) if any(signals) else _of_trains(trains, options)


def _kind(source: Any) -> str:
    """Return the name of a class of Neo, "" for others."""
    names = [c.__name__ for c in type(source).__mro__ if c.__module__.split(".")[0] == "neo"]
    return names[0] if names else ""


def _segments(source: Any) -> list[list[Any]]:
    """Return the signals and spike trains of each trial."""
    kind = _kind(source)
    if kind == "Block":
        return [_contents(segment) for segment in source.segments]
    if kind == "Segment":
        return [_contents(source)]
    if kind in (*_SIGNALS, "SpikeTrain"):
        return [[source]]
    if all(_kind(one) == "SpikeTrain" for one in source):
        return [list(source)]
    if all(_kind(one) == "Segment" for one in source):
        return [_contents(segment) for segment in source]
    if all(_kind(one) in _SIGNALS for one in source):
        return [[signal] for signal in source]
    raise InputError(
        "source must be a list of one kind of Neo objects, got several; give spike trains, "
        "signals or segments"
    )


def _contents(segment: Any) -> list[Any]:
    return [*segment.analogsignals, *segment.spiketrains]


def _of_signals(segments: list[list[Any]]) -> Raw:
    """Read analog signals, side by side within a segment."""
    notes: list[str] = []
    intervals = {float(s.sampling_period.rescale("s").magnitude) for each in segments for s in each}
    if max(intervals) > 1.001 * min(intervals):
        raise InputError(
            f"signals must have one sampling rate, got intervals from {min(intervals):g} to "
            f"{max(intervals):g} s; resample them first"
        )
    trials: list[Floats] = []
    for each in segments:
        lengths = {len(signal) for signal in each}
        if len(lengths) > 1:
            raise InputError(
                f"signals of a segment must have equal lengths, got {sorted(lengths)}; cut them"
            )
        trials.append(np.hstack([np.asarray(signal.magnitude, float) for signal in each]))
    first = segments[0]
    names = [name for signal in first for name in _channels(signal)]
    if len(set(names)) < len(names):
        names = None
        notes.append("Channels have no different names and were numbered.")
    units = {str(signal.dimensionality) for signal in first}
    part = Part(trials, names, units=units.pop() if len(units) == 1 else "")
    return Raw({"": part}, None, None, min(intervals), notes)


def _channels(signal: Any) -> list[str]:
    names = signal.array_annotations.get("channel_names")
    if names is not None:
        return [str(name) for name in names]
    stem = signal.name or "channel"
    width = signal.shape[1]
    return [str(stem)] if width == 1 else [f"{stem} {i}" for i in range(width)]


def _of_trains(segments: list[list[Any]], options: Options) -> Raw:
    """Count the spikes of trains in bins."""
    segments = [each for each in segments if each]
    if not segments:
        raise InputError("source must hold signals or spike trains, got none; give another segment")
    width = needed_width(options.bin_width, "spike trains of Neo")
    numbers = {len(each) for each in segments}
    if len(numbers) > 1:
        raise InputError(
            f"every segment must have the same units, got {sorted(numbers)} spike trains; give an "
            "empty SpikeTrain to a silent unit"
        )
    trials = []
    for each in segments:
        start = min(float(train.t_start.rescale("s").magnitude) for train in each)
        stop = max(float(train.t_stop.rescale("s").magnitude) for train in each)
        times = [np.asarray(train.rescale("s").magnitude, float) for train in each]
        trials.append(counts_in_bins(times, start, stop, width))
    names = [str(t.name or t.annotations.get("id", "")) for t in segments[0]]
    named = all(names) and len(set(names)) == len(names)
    part = Part(trials, names if named else None)
    return Raw({"": part}, None, None, width, [f"Spikes were counted in bins of {width:g} s."])
