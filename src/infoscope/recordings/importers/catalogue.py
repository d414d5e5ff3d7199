"""Importers, in the order in which they are asked; a new one is a file and a line here.

Other packages add importers through the entry-point group ``infoscope.importers``: an object with
`reading.raw.Importer`'s attributes and methods.
"""

from functools import cache
from importlib.metadata import entry_points
from os import PathLike
from pathlib import Path
from typing import Any

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope.recordings.importers.arrays import Arrays
from infoscope.recordings.importers.labelled import Labelled
from infoscope.recordings.importers.matlab import Matlab
from infoscope.recordings.importers.mne_objects import MNE
from infoscope.recordings.importers.neo_objects import Neo
from infoscope.recordings.importers.netcdf import NetCDF
from infoscope.recordings.importers.numpy_files import NumpyFiles
from infoscope.recordings.importers.parquet import Parquet
from infoscope.recordings.importers.pynapple_objects import Pynapple
from infoscope.recordings.importers.tables import Tables
from infoscope.recordings.importers.text_files import TextFiles
from infoscope.recordings.importers.zarr_stores import ZarrStores
from infoscope.recordings.reading.raw import Importer

# Lists of another library's objects are theirs, so that plain arrays and lists come last.
IMPORTERS: tuple[Importer, ...] = (
    ZarrStores(),
    NumpyFiles(),
    TextFiles(),
    Parquet(),
    Matlab(),
    NetCDF(),
    Neo(),
    MNE(),
    Pynapple(),
    Labelled(),
    Tables(),
    Arrays(),
)
GROUP = "infoscope.importers"


@cache
def installed() -> tuple[Importer, ...]:
    """Return the importers of other packages.

    Raises
    ------
    InputError
        If an entry point is not an importer.
    """
    found = []
    for entry in entry_points(group=GROUP):
        loaded = entry.load()
        importer = loaded() if isinstance(loaded, type) else loaded
        if not isinstance(importer, Importer):
            raise InputError(
                f"the entry point {entry.name} of {GROUP} must be an importer, got "
                f"{described(importer)}; it needs name, reads, recognises and read"
            )
        found.append(importer)
    return tuple(found)


def importer_of(source: Any) -> Importer:
    """Return the importer that recognises a path or an object.

    Raises
    ------
    InputError
        If none does; the message lists what can be read.
    """
    for importers in (lambda: IMPORTERS, installed):
        for importer in importers():
            if importer.recognises(source):
                return importer
    works = "; ".join(importer.reads for importer in (*reversed(IMPORTERS), *installed()))
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        if not path.exists():
            raise InputError(f"source must exist, got {path}, which does not; check the path")
        kind = f"the folder {path}" if path.is_dir() else f"the file {path}"
        raise InputError(f"source must be of a known type, got {kind}; these work: {works}")
    raise InputError(
        f"source must be of a known type, got {described(source)}; these work: {works}"
    )
