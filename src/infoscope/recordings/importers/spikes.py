"""Spike times to counts in bins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats


def counts_in_bins(
    spikes: Sequence[NDArray[np.floating]], start: float, stop: float, width: float
) -> Floats:
    """Return the number of spikes of each unit in bins from start to stop, (time, unit).

    A last bin that would end after ``stop`` is left out.

    Raises
    ------
    InputError
        If not even one bin fits.

    Examples
    --------
    >>> counts_in_bins([np.array([0.1, 0.2, 0.9]), np.array([0.5])], 0.0, 1.0, 0.5).tolist()
    [[2.0, 0.0], [1.0, 1.0]]
    """
    # Rounded down, but not where a whole number of bins fits up to rounding.
    number = int(np.floor((stop - start) / width * (1 + 1e-9)))
    if number < 1:
        raise InputError(
            f"bin_width must fit between {start:g} and {stop:g} s, got {width:g}; choose shorter "
            "bins"
        )
    edges = start + width * np.arange(number + 1)
    return np.stack([np.histogram(times, edges)[0] for times in spikes], axis=1).astype(float)


def needed_width(width: float | None, what: str) -> float:
    """Return the width of bins; raise if it is not given."""
    if width is None:
        raise InputError(
            f"bin_width must be given for {what}, which are spike times, got None; pass the "
            "seconds of a bin, for example bin_width=0.01"
        )
    return width
