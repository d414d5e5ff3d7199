"""Read a recording from anything: arrays, tables, files, objects of other libraries."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import instance, one_of, real_number, several
from infoscope.recordings.importers.catalogue import importer_of
from infoscope.recordings.reading.assembly import assembled_recording
from infoscope.recordings.reading.missing import MISSING
from infoscope.recordings.reading.raw import AXES, Options, Raw
from infoscope.recordings.recording import Recording


def read(
    source: Any,
    *,
    variables: str | Sequence[str] | None = None,
    axes: Sequence[str] | None = None,
    names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    roles: Mapping[str, str] | None = None,
    layers: Mapping[str, Any] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    trials: Any = None,
    times: Any = None,
    sampling_interval: float | None = None,
    bin_width: float | None = None,
    missing: str = "refuse",
) -> Recording:
    """Read a recording from arrays, tables, files or objects of other libraries.

    Parameters
    ----------
    source : path or object
        Arrays (time, unit) or (trial, time, unit), lists of trials of unequal length, tensors,
        mappings of arrays; DataFrames, with one column per unit, or one row per unit and time;
        DataArrays and Datasets; files ``.npy``, ``.npz``, ``.csv``, ``.tsv``, ``.parquet``,
        ``.mat``, ``.nc`` and Zarr stores, those of `Recording.save` among them; objects of Neo, MNE
        and pynapple.
    variables : str or list of str, optional
        Arrays of a file, or columns of a table, that are units.
    axes : sequence of {"trial", "time", "unit"}, optional
        Axes of an array without names, in its order. Without it, an array with more units than
        times is refused, as it may be transposed.
    names : list of str, optional
        Names of units; a mapping for several arrays.
    roles : mapping from str to {"input", "hidden", "output", "target"}, optional
        Roles of units or of whole arrays, by name; "hidden" by default.
    layers : mapping from str to int or str, optional
        Layers of units or of whole arrays, by name.
    groups : mapping from str to list of str, optional
        Named groups of units.
    trials : str, sequence or False, optional
        Column or array with the trial of each row, its name, or labels of the trials; False for
        none. By default a column of such a name, or times that start again.
    times : str, sequence or False, optional
        Column or array with the time of each row, in seconds or as dates, or its name; False to
        count rows. By default a column of such a name, or an index. Measures do not cross gaps.
    sampling_interval : float, optional
        Seconds from row to row.
    bin_width : float, optional
        Seconds of a bin; needed for spike times, which become counts.
    missing : {"refuse", "drop rows", "interpolate"}
        Treatment of missing values. Dropped rows leave a gap in time.

    Returns
    -------
    Recording
        Its ``notes`` list what was guessed, converted or left out.

    Raises
    ------
    InputError
        If the type is not known, values are missing or not real numbers, axes, names or lengths do
        not fit, or times are irregular. Pickled objects are never read.
    MissingDependency
        If the format needs an optional package.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"time": [0.0, 0.1, 0.2], "a": [1.0, 2.0, 4.0], "b": [0.0, 1.0, 0.0]})
    >>> recording = read(table, roles={"a": "input"})
    >>> recording.nodes["role"].to_dict(), recording.sampling_interval
    ({'a': 'input', 'b': 'hidden'}, 0.1)
    """
    if isinstance(source, Recording):
        return source
    one_of(missing, "missing", MISSING)
    options = Options(
        None if variables is None else [str(v) for v in several(variables, "variables", "['x']")],
        _checked_axes(axes),
        trials,
        times,
        None if bin_width is None else real_number(bin_width, "bin_width", above=0.0),
    )
    found = importer_of(source).read(source, options)
    arguments = {"names": names, "roles": roles, "layers": layers, "groups": groups}
    arguments["sampling_interval"] = sampling_interval
    if isinstance(found, Recording):
        given = [name for name, value in arguments.items() if value is not None]
        given += [each.name for each in fields(options) if getattr(options, each.name) is not None]
        if given:
            raise InputError(
                f"{given[0]} must be left out for {described(source)}, which is a recording "
                "already; change it with Recording.from_arrays, or read the original data"
            )
        return found
    instance(found, Raw, "the result of an importer", "let it return Raw or a Recording")
    return assembled_recording(found, **arguments, missing=missing)


def _checked_axes(axes: Any) -> tuple[str, ...] | None:
    """Return the axes in words, each once."""
    if axes is None:
        return None
    named = tuple(one_of(axis, "axes", AXES) for axis in several(axes, "axes", "['time', 'unit']"))
    if len(set(named)) < len(named):
        raise InputError(f"axes must name each axis once, got {named}; choose from {AXES}")
    return named
