"""Other networks on the same days: untrained ones, and ones whose weights are shuffled."""

import numpy as np

from infoscope._validate import Floats
from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.analysis.corrected.training import held_out_days, run_days
from infoscope.networks import FullyRecurrent
from infoscope.recordings.recording import Recording
from infoscope.surrogates import RecordingSurrogate, shuffled_weights, untrained_networks
from infoscope.surrogates.networks import Run, activations_in_place_of
from infoscope.weather import DailySeries


def network_nulls(
    held_out: Recording, network: FullyRecurrent, series: DailySeries, settings: CorrectedSettings
) -> tuple[RecordingSurrogate, ...]:
    """Return both nulls of the trained network."""
    weights, run = network.arrays(), run_again(held_out, network, series, settings)
    # Of weights that began at zero the size does not matter: they are scaled.
    scale = settings.initial_scale or CorrectedSettings.initial_scale
    return untrained_networks(weights, run=run, initial_scale=scale), shuffled_weights(
        weights, run=run
    )


def run_again(
    held_out: Recording, network: FullyRecurrent, series: DailySeries, settings: CorrectedSettings
) -> Run:
    """Return what records other weights on the held-out days, as `record_series` does.

    The network takes these weights on.
    """
    places, put = held_out_days(series, settings), activations_in_place_of(held_out)
    if settings.distinct_days:
        stretches = [s for s in series.stretches if series.held_out[s.start]]
        runs = [np.arange(s.start, s.stop) for s in stretches]
        kept = np.searchsorted(np.concatenate(runs), places)
    else:
        runs, kept = [places], np.arange(len(places))

    def run(weights: dict[str, Floats]) -> Recording:
        network.load_arrays(weights)
        hidden, outputs = run_days(network, series, runs)
        return put(hidden[kept], outputs[kept])

    return run
