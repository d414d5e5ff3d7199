"""MATLAB files up to version 7, through scipy."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope.recordings.importers.arrays import raw_of_arrays
from infoscope.recordings.importers.text_files import existing_file, has_suffix
from infoscope.recordings.reading.raw import Options, Raw

_HDF5 = (
    "{path} must be a MATLAB file of version 7 or older, got version 7.3, which is HDF5; in MATLAB "
    "write save('{name}', 'x', '-v7'), or read the array with h5py, whose axes are reversed, and "
    "pass h5py.File(path)['x'][:].T"
)


class Matlab:
    """``.mat`` files: matrices, cells of trials, fields of structures."""

    name = "matlab"
    reads = ".mat files of MATLAB (not of version 7.3)"

    def recognises(self, source: Any) -> bool:
        """Whether it is a path of such a file."""
        return has_suffix(source, (".mat",))

    def read(self, source: Any, options: Options) -> Raw:
        """Read a file; a cell of matrices is a list of trials."""
        from scipy.io import loadmat
        from scipy.io.matlab import MatReadError

        path = existing_file(source)
        try:
            loaded = loadmat(path, struct_as_record=False, chars_as_strings=True)
        except NotImplementedError as error:
            raise InputError(_HDF5.format(path=path, name=path.name)) from error
        except (MatReadError, ValueError, TypeError, OSError, EOFError) as error:
            if path.read_bytes()[:8] == b"\x89HDF\r\n\x1a\n":
                raise InputError(_HDF5.format(path=path, name=path.name)) from error
            raise InputError(
                f"{path} must be a MATLAB file, got {error}; write it again with save(..., '-v7')"
            ) from error
        loaded = {name: value for name, value in loaded.items() if not name.startswith("__")}
        return raw_of_arrays(_flat(loaded), options, str(path))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return arrays by name, fields of structures as ``structure.field``."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        plain = _plain(value)
        if isinstance(plain, Mapping):
            found |= _flat(plain, f"{prefix}{name}.")
        elif plain is not None:
            found[f"{prefix}{name}"] = plain
    return found


def _plain(value: Any) -> Any:
    """Return a matrix, a list of trials from a cell, or the fields of a structure."""
    if hasattr(value, "_fieldnames"):
        return {field: getattr(value, field) for field in value._fieldnames}
    if not isinstance(value, np.ndarray):
        return None
    if value.dtype != object:
        return np.squeeze(value) if value.dtype.kind in "US" or 1 in value.shape[:2] else value
    cells = list(value.ravel())
    if len(cells) == 1 and hasattr(cells[0], "_fieldnames"):
        return _plain(cells[0])
    if all(isinstance(cell, np.ndarray) and cell.dtype.kind in "US" for cell in cells):
        return np.array([str(np.squeeze(cell)) for cell in cells])
    if all(isinstance(cell, np.ndarray) and cell.dtype.kind in "biuf" for cell in cells):
        return cells
    return None
