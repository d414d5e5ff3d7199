"""Size and spread of the loss gradient while a network learns."""

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope._validate import instance
from infoscope.recordings.recording import Recording

_PREFIX = "gradient_"
# The authors' record left the recurrent matrix out (flaw 9 of the published pipeline).
_LEFT_OUT = "W"


def gradient_statistics(recording: Recording) -> pd.DataFrame:
    """Mean and standard deviation of the absolute gradient entries, per snapshot.

    Parameters
    ----------
    recording : Recording
        With ``gradient_<parameter>`` in its snapshots, as a training run records them.

    Returns
    -------
    DataFrame
        One row per epoch and parameter with the columns epoch, parameter, mean, spread, in
        units of loss per unit of the parameter. The parameter ``published`` pools all except the
        recurrent matrix, ``all`` pools every one.

    Raises
    ------
    InputError
        If no snapshot holds a gradient.

    Examples
    --------
    >>> import xarray as xr
    >>> snapshot = xr.Dataset({"gradient_b": ("node", [-1.0, 3.0])})
    >>> rec = Recording(xr.Dataset(), (10,), lambda epoch: snapshot)
    >>> gradient_statistics(rec)[["parameter", "mean", "spread"]].iloc[0].to_dict()
    {'parameter': 'b', 'mean': 2.0, 'spread': 1.0}

    Notes
    -----
    The mean is over absolute entries of one gradient, from the last training window of the epoch:
    signed entries average to nearly zero, while the paper reports a mean slightly above the
    standard deviation, as for absolute values.
    """
    instance(recording, Recording, "recording")
    rows = []
    for epoch in recording.epochs:
        snapshot = recording.read(epoch)
        entries = {
            str(name).removeprefix(_PREFIX): np.abs(values.to_numpy()).ravel()
            for name, values in snapshot.data_vars.items()
            if str(name).startswith(_PREFIX)
        }
        if not entries:
            continue
        pooled = [values for name, values in entries.items() if name != _LEFT_OUT]
        everything = np.concatenate(list(entries.values()))
        entries |= {"published": np.concatenate(pooled)} if pooled else {}
        entries |= {"all": everything}
        rows += [(epoch, name, v.mean(), v.std()) for name, v in entries.items()]
    if not rows:
        raise InputError(
            "recording must hold gradients, got snapshots without; record them while training"
        )
    return pd.DataFrame(rows, columns=["epoch", "parameter", "mean", "spread"])
