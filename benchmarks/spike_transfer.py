"""Transfer entropy of binary spike trains at every delay, by products of matrices."""

import numpy as np


def spike_transfer(spikes: np.ndarray, delays: int) -> np.ndarray:
    """Return I(a_{t-d}; b_t | b_{t-1}) in bits for d = 1 ... delays, (delay, source, target).

    ``spikes`` (row, neuron) are 0 or 1. Plug-in estimate; its bias is the same for all pairs.
    """
    spikes = np.asarray(spikes, np.float32)
    later, past = spikes[delays:], spikes[delays - 1 : -1]
    n = len(later)
    # Rows in which the target has each combination of past and present.
    states = [later * past, later * (1 - past), (1 - later) * past, (1 - later) * (1 - past)]
    totals = np.array([state.sum(axis=0, dtype=float) for state in states])
    found = []
    for delay in range(1, delays + 1):
        sources = spikes[delays - delay : len(spikes) - delay]
        firing = np.array([(sources.T @ state).astype(float) for state in states])
        both = np.stack([firing, totals[:, np.newaxis] - firing])  # (source, state, a, b)
        with_past = both[:, :2] + both[:, 2:]  # by the past alone: states 0 and 2, 1 and 3
        joint, alone = both.reshape(2, 2, 2, *both.shape[2:]), totals.reshape(2, 2, -1)
        past_alone = alone.sum(axis=0)[:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = joint * past_alone / (with_past[:, np.newaxis] * alone[:, :, np.newaxis])
            found.append(np.where(joint > 0, joint * np.log2(ratio), 0.0).sum(axis=(0, 1, 2)) / n)
    return np.array(found)


def concentration(bits: np.ndarray, width: int = 2) -> np.ndarray:
    """Return the share of the transfer over all delays that lies near its peak (Ito et al. 2011).

    A direct connection acts at one delay, shared slow activity at all.
    """
    peak = bits.argmax(axis=0)
    delay = np.arange(len(bits))[:, np.newaxis, np.newaxis]
    near = np.abs(delay - peak) <= width
    return np.where(near, bits, 0.0).sum(axis=0) / np.maximum(bits.sum(axis=0), 1e-300)
