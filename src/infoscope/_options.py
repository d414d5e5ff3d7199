"""Parsers of command-line options."""

import csv
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Parameter

from infoscope._errors import InputError
from infoscope._validate import one_of

if TYPE_CHECKING:
    from infoscope.flow.groups import Groups
    from infoscope.recordings.recording import Recording


def whole_number(_: Any, tokens: Sequence[Any]) -> int:
    """Parse a whole number; refuse decimals, which the default parser would round."""
    text = tokens[0].value
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise ValueError(f"must be a whole number, got {text!r}; write it in digits, such as 20")
    return int(text)


WHOLE = Parameter(converter=whole_number)


def table_path(given: str) -> str:
    """Return the absolute path of a table with links resolved; circular links are kept."""
    path = os.path.realpath(given)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"data must have a UTF-8 path, got {path!r}; rename the file or folder"
        ) from error
    return path


def words(text: str) -> tuple[str, ...]:
    """Split a comma-separated list; an item in double quotes may contain a comma."""
    row = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(word.strip() for word in row if word.strip())


def numbers(text: str) -> tuple[float, ...]:
    """Parse a comma-separated list of thresholds."""
    try:
        return tuple(float(word) for word in words(text))
    except ValueError as error:
        raise InputError(
            f"thresholds must be numbers separated by commas, got {text!r}; write 0.06,0.3,0.4"
        ) from error


def data_of(task: str, data: str | None = None) -> str:
    """Return the setting ``data`` by the options --task and --data."""
    from infoscope.analysis.data_sets.catalogue import DATA_SETS, TASKS
    from infoscope.analysis.settings import Settings

    if task and data is not None:
        raise InputError(f"task brings its own data, got --data {data} too; omit one of them")
    if task:
        return one_of(task, "task", TASKS)
    if data is None:
        return Settings.data
    return data if data in DATA_SETS else table_path(data)


def groups_of(text: str, recording: "Recording") -> "Groups | None":
    """Parse the option --groups.

    Parameters
    ----------
    text : str
        A word of `infoscope.flow.groups.KINDS`; a JSON file, names of groups → units; or
        groups inline, ``front=1-10,15,back=11-14``. A unit is its name, or its number in the order
        of the recording, from 1 on; ``first-last`` are all units from one to another. An item in
        double quotes may contain a comma.
    recording : Recording
        The units.

    Raises
    ------
    InputError
        If the file cannot be read, or the text names no units.

    Examples
    --------
    >>> from infoscope import Recording
    >>> rec = Recording.from_arrays(hidden=[[[0.0, 1.0, 2.0, 3.0]]])
    >>> groups_of("front=1-2,4,back=h2", rec)
    {'front': ['h0', 'h1', 'h3'], 'back': ['h2']}
    """
    # Imported here, so that --help does not wait for numba.
    from infoscope.flow.groups import KINDS

    if not text or text in KINDS:
        return text or None
    if text.endswith(".json"):
        named = _groups_in(Path(text))
    elif "=" in text:
        named = _inline_groups(text)
    else:
        raise InputError(
            f"groups must be {', '.join(KINDS)}, a file that ends in .json, or name=units, got "
            f"{text!r}; write for example --groups front=1-10,back=11-20"
        )
    names = [str(name) for name in recording.nodes.index]
    return {
        group: [node for item in items for node in _units(str(item), group, names)]
        for group, items in named.items()
    }


def _inline_groups(text: str) -> dict[str, list[str]]:
    """Return group → items of ``front=1-10,15,back=11-14``."""
    found: dict[str, list[str]] = {}
    name = ""
    for word in words(text):
        group, equals, item = word.partition("=")
        if equals:
            name = group.strip()
            if not name or name in found:
                problem = "the name twice" if name else "no name before the ="
                raise InputError(
                    f"groups must each have a name of their own, got {problem} in {word!r}; write "
                    "name=units, further units of a group after commas"
                )
            found[name] = []
        if not name:
            raise InputError(
                f"groups must begin with name=units, got {word!r}; write for example "
                "--groups front=1-10,back=11-20"
            )
        found[name] += [item.strip()] if equals else [word]
    return found


def _groups_in(path: Path) -> dict[str, list[Any]]:
    """Return group → items of a JSON file."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a name stands there twice")
        return dict(pairs)

    said = 'write {"front": ["1-10", "15"], "back": ["11-14"]}'
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once)
    except FileNotFoundError as error:
        raise InputError(f"groups must be a file that exists, got {path}; {said}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"groups must be a JSON file, got {path} ({error}); {said}") from error
    if not isinstance(found, dict):
        raise InputError(f"groups must map names to units, got another value in {path}; {said}")
    for group, items in found.items():
        several = items if isinstance(items, list) else [items]
        if not several or any(type(item) not in (str, int) for item in several):
            raise InputError(
                f"groups[{group!r}] must list names or numbers of units, got "
                f"{json.dumps(items)[:60]} in {path}; {said}"
            )
        found[group] = several
    return found


def _units(item: str, group: str, names: Sequence[str]) -> Sequence[str]:
    """Return the units of an item: one, or those from a first to a last."""

    def place(unit: str) -> int | None:
        if unit in names:
            return names.index(unit)
        number = int(unit) if re.fullmatch(r"[0-9]+", unit) else 0
        return number - 1 if 1 <= number <= len(names) else None

    if (alone := place(item)) is not None:
        return [names[alone]]
    for dash in re.finditer("-", item):  # a name may contain one
        ends = place(item[: dash.start()].strip()), place(item[dash.end() :].strip())
        if ends[0] is not None and ends[1] is not None and ends[0] <= ends[1]:
            return names[ends[0] : ends[1] + 1]
    first = ", ".join(names[:8])
    raise InputError(
        f"groups[{group!r}] must name units, or first-last of them, got {item!r}; units are "
        f"numbered from 1 to {len(names)} and named {first}{', ...' if len(names) > 8 else ''}"
    )


@Parameter(name="*")
@dataclass(frozen=True)
class Reading:
    """How to read a file; what is left out is guessed, and the notes say so.

    Parameters
    ----------
    variables
        Arrays of the file, or columns of the table, that are units, separated by commas.
    axes
        Axes of an array, such as unit,time.
    inputs
        Units or arrays that are inputs, separated by commas.
    outputs
        Units or arrays that are outputs, separated by commas.
    targets
        Units or arrays that are targets of the outputs, separated by commas.
    trials
        Column or array of trials; none for a single one.
    times
        Column or array of times; none to count rows.
    sampling_interval
        Seconds from row to row.
    missing
        Treatment of missing values.
    """

    variables: str = ""
    axes: str = ""
    inputs: str = ""
    outputs: str = ""
    targets: str = ""
    trials: str = ""
    times: str = ""
    sampling_interval: float | None = None
    missing: Literal["refuse", "drop rows", "interpolate"] = "refuse"

    def recording(self, source: Path) -> "Recording":
        """Read the recording."""
        # Imported here, so that --help does not wait for numba.
        from infoscope.recordings.reading.read import read

        roles = {"input": self.inputs, "output": self.outputs, "target": self.targets}
        of_units = {unit: role for role, units in roles.items() for unit in words(units)}
        return read(
            source,
            variables=words(self.variables) or None,
            axes=words(self.axes) or None,
            roles=of_units or None,
            trials=_column(self.trials),
            times=_column(self.times),
            sampling_interval=self.sampling_interval,
            missing=self.missing,
        )


def _column(name: str) -> str | bool | None:
    """Return the name of a column, False for none, None if not given."""
    return False if name == "none" else name or None


# Everything is guessed.
GUESSED = Reading()
