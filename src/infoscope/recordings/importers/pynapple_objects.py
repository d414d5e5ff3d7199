"""Objects of pynapple: time series and groups of spike times."""

from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope.recordings.importers.spikes import counts_in_bins, needed_width
from infoscope.recordings.reading.raw import Options, Part, Raw

_SERIES = ("TsdFrame", "TsdTensor", "Tsd")


class Pynapple:
    """Tsd, TsdFrame and TsGroup."""

    name = "pynapple"
    reads = "Tsd, TsdFrame and TsGroup (with bin_width) of pynapple"

    def recognises(self, source: Any) -> bool:
        """Whether it is such an object."""
        return _kind(source) in (*_SERIES, "TsGroup")

    def read(self, source: Any, options: Options) -> Raw:
        """Read a series, or count spikes in bins; intervals of its time support are trials."""
        intervals = [(float(a), float(b)) for a, b in source.time_support.values]
        if _kind(source) == "TsGroup":
            return _of_group(source, intervals, options)
        times = np.asarray(source.t, float)
        values = np.asarray(source.d, float).reshape(len(times), -1)
        kept = [(times >= start) & (times <= stop) for start, stop in intervals]
        kept = [each for each in kept if each.any()]
        if not kept:
            raise InputError("source must have rows in its time support, got none; give some data")
        columns = getattr(source, "columns", None)
        names = None if columns is None else [f"{c}" for c in columns]
        numbered = names is not None and all(name.isdigit() for name in names)
        notes = [_INTERVALS] if len(kept) > 1 else []
        part = Part([values[each] for each in kept], None if numbered else names)
        of_trials = (
            None if options.times is False else [times[each] - times[each][0] for each in kept]
        )
        return Raw({"": part}, of_trials, notes=notes)


_INTERVALS = "Intervals of the time support are trials."


def _kind(source: Any) -> str:
    names = [c.__name__ for c in type(source).__mro__ if c.__module__.split(".")[0] == "pynapple"]
    return names[0] if names else ""


def _of_group(group: Any, intervals: list[tuple[float, float]], options: Options) -> Raw:
    width = needed_width(options.bin_width, "a TsGroup of pynapple")
    spikes = [np.asarray(group[key].t, float) for key in group.keys()]  # noqa: SIM118 - not a dict
    trials = [
        counts_in_bins(spikes, start, stop, width)
        for start, stop in intervals
        if stop - start >= width
    ]
    if not trials:
        raise InputError(
            f"bin_width must fit into an interval of the time support, got {width:g}; choose "
            "shorter bins"
        )
    notes = [f"Spikes were counted in bins of {width:g} s."]
    notes += [_INTERVALS] if len(trials) > 1 else []
    names = [f"unit {key}" for key in group.keys()]  # noqa: SIM118
    return Raw({"": Part(trials, names)}, None, None, width, notes)
