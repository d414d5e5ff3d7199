"""Objects of MNE: continuous recordings, epochs and averages."""

from typing import Any

import numpy as np

from infoscope.estimators.estimate import listed
from infoscope.recordings.reading.raw import Options, Part, Raw

_KNOWN = ("BaseRaw", "BaseEpochs", "Evoked")


class MNE:
    """Raw, Epochs and Evoked."""

    name = "mne"
    reads = "Raw, Epochs and Evoked of MNE"

    def recognises(self, source: Any) -> bool:
        """Whether it is such an object."""
        return _kind(source) in _KNOWN

    def read(self, source: Any, options: Options) -> Raw:
        """Read data channels; epochs are trials, labelled by their events."""
        notes: list[str] = []
        kinds = source.get_channel_types()
        chosen = options.variables or _data_channels(source, kinds, notes)
        kind = _kind(source)
        values = source.get_data(picks=chosen)
        trials = [
            np.ascontiguousarray(each.T, float)
            for each in (values if values.ndim == 3 else [values])
        ]
        labels = None
        if kind == "BaseEpochs":
            of_code = {code: name for name, code in source.event_id.items()}
            labels = [str(of_code.get(code, code)) for code in source.events[:, 2]]
        elif kind == "BaseRaw" and len(source.annotations):
            notes += _bad_segments(source, trials[0])
        part = Part(trials, list(map(str, chosen)))
        return Raw({"": part}, None, labels, 1.0 / float(source.info["sfreq"]), notes)


def _kind(source: Any) -> str:
    """Return the base class of an object of MNE, "" for others."""
    names = {c.__name__ for c in type(source).__mro__ if c.__module__.split(".")[0] == "mne"}
    return next((kind for kind in _KNOWN if kind in names), "")


def _data_channels(source: Any, kinds: list[str], notes: list[str]) -> list[str]:
    """Return the names of good channels that measure the brain."""
    aside = {"stim", "eog", "ecg", "emg", "misc", "resp", "bio", "exci", "ias", "syst", "chpi"}
    bad = set(source.info["bads"])
    names = list(zip(source.ch_names, kinds, strict=True))
    chosen = [name for name, kind in names if kind not in aside and name not in bad]
    if not chosen:
        return list(source.ch_names)
    if left := [name for name, _ in names if name not in chosen]:
        notes.append(
            f"Channels marked as bad, or not of data, were left out: {listed(left)}; "
            "variables=[...] chooses channels."
        )
    return chosen


def _bad_segments(source: Any, trial: Any) -> list[str]:
    """Make segments annotated as bad missing."""
    rate, first = float(source.info["sfreq"]), source.first_time
    found = 0
    for annotation in source.annotations:
        if str(annotation["description"]).lower().startswith("bad"):
            begin = int(np.floor((annotation["onset"] - first) * rate))
            end = int(np.ceil((annotation["onset"] + annotation["duration"] - first) * rate))
            trial[max(begin, 0) : max(end, 0)] = np.nan
            found += 1
    return [f"{found} segments annotated as bad count as missing."] if found else []
