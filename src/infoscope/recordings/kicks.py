"""Random kicks of a network's state: their design, and the kicked steps of a recording."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import (
    Floats,
    array_of_numbers,
    finite_array,
    generator,
    instance,
    real_number,
    truth,
    whole_number,
)
from infoscope.recordings.recording import Recording

_COLUMNS = ("sequence", "step", "unit", "kick")


def random_kicks(
    recording: Recording, *, size: float = 1.0, every: int = 4, random_state: Any = 0
) -> pd.DataFrame:
    """Design random kicks of all hidden nodes, for an experiment in which they can be stimulated.

    Every kick is normal and independent of all others, so that sources are no longer correlated,
    and a regression of the next step on the kicked one finds what each does. Record the experiment,
    and pass it with these kicks to `kicked_steps`.

    Parameters
    ----------
    recording : Recording
        Of the same network without kicks, with the sequences that are to be recorded.
    size : float
        Standard deviation of the kicks of each unit, in its own.
    every : int
        Steps from one kick to the next in a sequence, at least 2: the step after a kick has none.
        The first is drawn at random.
    random_state : int, Generator or None
        Source of the kicks.

    Returns
    -------
    DataFrame
        One row per kick: ``sequence``, ``step``, ``unit`` (its name), and ``kick``, which is added
        to its activity, in the same units.

    Raises
    ------
    InputError
        If an argument is out of range, or the sequences are too short.

    References
    ----------
    A. Das, I. R. Fiete, Nat. Neurosci. 23, 1286 (2020).

    Examples
    --------
    >>> rec = Recording.from_arrays(hidden=np.random.default_rng(0).normal(size=(20, 10, 3)))
    >>> random_kicks(rec).columns.tolist()
    ['sequence', 'step', 'unit', 'kick']
    """
    instance(recording, Recording, "recording")
    width = real_number(size, "size", above=0.0)
    apart, random = whole_number(every, "every", 2), generator(random_state)
    names = _hidden(recording)
    spread = width * recording.rows("hidden").std(axis=0)
    follows = _follows(recording)
    first = random.integers(0, apart, len(follows))
    due = (np.arange(follows.shape[1]) - first[:, np.newaxis]) % apart == 0
    sequence, step = np.nonzero(due & follows)
    if not len(step):
        raise InputError(
            f"recording must have sequences of {apart + 1} or more steps for a kick every {apart} "
            "steps; record longer sequences, or lower every"
        )
    kicks = random.normal(size=(len(step), len(names))) * spread
    return pd.DataFrame({
        "sequence": np.repeat(sequence, len(names)), "step": np.repeat(step, len(names)),
        "unit": np.tile(names, len(step)), "kick": kicks.ravel(),
    })  # fmt: skip


def kicked_steps(recording: Recording, *, kicks: pd.DataFrame, shown: bool = True) -> Recording:
    """Return the kicked steps of a recording, each with the step after it.

    Its sequences have two steps, so that `one_step_influence` regresses the step after a kick on
    the kicked state, and on the inputs of that step: ``model="linear"`` has the plain effect.

    Parameters
    ----------
    recording : Recording
        Of a network that was kicked.
    kicks : DataFrame
        As from `random_kicks`, or any other: columns sequence, step, unit, kick. Steps with a kick
        of any unit are taken.
    shown : bool
        Whether the recorded activity of the kicked step contains the kick. Otherwise it is added.

    Returns
    -------
    Recording
        With the nodes of the recording.

    Raises
    ------
    InputError
        If a column is missing, a unit or step is not in the recording, or none has a step after it
        without a kick.

    Examples
    --------
    A network whose unit h1 copies h0.

    >>> from infoscope import one_step_influence
    >>> rng = np.random.default_rng(0)
    >>> kicks = random_kicks(Recording.from_arrays(hidden=rng.normal(size=(50, 20, 2))))
    >>> added = np.zeros((50, 20, 2))
    >>> at = kicks["unit"].map({"h0": 0, "h1": 1})
    >>> added[kicks["sequence"], kicks["step"], at] = kicks["kick"]
    >>> h = 0.1 * rng.normal(size=(50, 20, 2)) + added
    >>> h[:, 1:, 1] += h[:, :-1, 0]
    >>> steps = kicked_steps(Recording.from_arrays(hidden=h), kicks=kicks)
    >>> effect = one_step_influence(steps, model="linear").effect
    >>> bool(effect.sel(source="h0", target="h1") > 5 * abs(effect.sel(source="h1", target="h0")))
    True
    """
    instance(recording, Recording, "recording")
    added = not truth(shown, "shown")
    sequence, step, unit, size = _checked(kicks, recording)
    follows = _follows(recording)
    kicked = np.zeros(follows.shape, bool)
    kicked[sequence, step] = True
    after = np.zeros_like(kicked)
    after[:, :-1] = kicked[:, 1:]
    rows = np.argwhere(kicked & follows & ~after)
    if not len(rows):
        raise InputError(
            "kicks must have a step after them that has none, got none; raise every to 2 or more"
        )
    there = recording.snapshot()
    arrays = {
        name: (there if name in there else recording.fixed)[name].to_numpy().astype(np.float64)
        for name, block in recording.blocks.items()
    }
    if added:
        start = 0
        for name, block in recording.blocks.items():
            if block.role == "hidden":
                own = (unit >= start) & (unit < start + len(block.nodes))
                np.add.at(arrays[name], (sequence[own], step[own], unit[own] - start), size[own])
                start += len(block.nodes)
    pairs = rows[:, :1], rows[:, 1:] + np.arange(2)
    return steps_like(recording, {name: values[pairs] for name, values in arrays.items()})


def steps_like(recording: Recording, arrays: dict[str, Floats]) -> Recording:
    """Return a recording with the nodes of another, and other values (sequence, time, node)."""
    blocks = {name: block for name, block in recording.blocks.items() if block.role != "target"}
    own = {name: arrays.get(name) for name in ("inputs", "hidden", "outputs")}
    further = {name: arrays[name] for name in blocks if name not in own}
    return Recording.from_arrays(
        own["inputs"],
        own["hidden"],
        own["outputs"],
        blocks=further or None,
        roles={name: blocks[name].role for name in further},
        layers={name: blocks[name].layer for name in further},
        names={name: list(block.nodes) for name, block in blocks.items()},
        aligned=recording.fixed.attrs.get("aligned", "auto"),
    )


def _hidden(recording: Recording) -> list[str]:
    nodes = recording.nodes
    names = [str(name) for name in nodes.index[nodes["role"] == "hidden"]]
    if not names:
        raise InputError("recording must have hidden nodes to be kicked, got none; record a state")
    return names


def _follows(recording: Recording) -> NDArray[np.bool_]:
    """Which steps are followed by another of the same stretch, (sequence, time)."""
    stretches = recording.stretches
    if recording.trials is not None:
        raise InputError(
            "recording must have sequences of equal length for kicks, got trials of different "
            "lengths; cut them to the shortest, or record each length separately"
        )
    found = np.zeros(stretches.shape, bool)
    found[:, :-1] = stretches[:, 1:] == stretches[:, :-1]
    return found


def _checked(
    kicks: Any, recording: Recording
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return sequence, step, number among the hidden nodes, and size of each kick."""
    instance(kicks, pd.DataFrame, "kicks", "pass what random_kicks returns")
    if missing := [name for name in _COLUMNS if name not in kicks]:
        raise InputError(
            f"kicks must have the columns {', '.join(_COLUMNS)}, got none named "
            f"{', '.join(missing)}; pass what random_kicks returns"
        )
    place = {name: number for number, name in enumerate(_hidden(recording))}
    unknown = [name for name in kicks["unit"].unique() if str(name) not in place]
    if unknown:
        raise InputError(
            f"kicks must be of hidden nodes of the recording, got {unknown[0]!r}; its first are "
            f"{', '.join(list(place)[:8])}"
        )
    limits = recording.stretches.shape
    whole = {}
    for name, limit in zip(("sequence", "step"), limits, strict=True):
        values = array_of_numbers(kicks[name].to_numpy(), f"kicks[{name!r}]")
        if (values != np.floor(values)).any() or (values < 0).any() or (values >= limit).any():
            raise InputError(
                f"kicks[{name!r}] must be whole numbers from 0 to {limit - 1}, those of the "
                f"recording, got {values.min():g} to {values.max():g}; design them for it"
            )
        whole[name] = values.astype(np.int64)
    unit = np.array([place[str(name)] for name in kicks["unit"]], np.int64)
    size = finite_array(kicks["kick"].to_numpy(), "kicks['kick']")
    return whole["sequence"], whole["step"], unit, size
