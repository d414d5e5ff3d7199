"""Files of numpy: one array, or several by name. Pickled objects are refused."""

from typing import Any
from zipfile import BadZipFile

import numpy as np

from infoscope._errors import InputError
from infoscope.recordings.importers.arrays import raw_of_arrays
from infoscope.recordings.importers.text_files import existing_file, has_suffix
from infoscope.recordings.reading.raw import Options, Raw


class NumpyFiles:
    """``.npy`` and ``.npz`` files."""

    name = "numpy"
    reads = ".npy and .npz files without pickled objects"

    def recognises(self, source: Any) -> bool:
        """Whether it is a path of such a file."""
        return has_suffix(source, (".npy", ".npz"))

    def read(self, source: Any, options: Options) -> Raw:
        """Read a file."""
        path = existing_file(source)
        try:
            loaded = np.load(path, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return raw_of_arrays({"": loaded}, options, str(path))
            with loaded:
                arrays = {name: _array(loaded, name) for name in loaded.files}
        except (ValueError, OSError, EOFError, BadZipFile) as error:
            if isinstance(error, InputError):
                raise
            if "Object arrays" in str(error):
                raise _pickled(str(path)) from error
            # numpy takes any other content for a pickle, and says so.
            raise InputError(
                f"{path} must be a file of numpy, got other or damaged content; write it again "
                "with numpy.save or numpy.savez"
            ) from error
        arrays = {name: array for name, array in arrays.items() if array is not None}
        if not arrays:
            raise _pickled(str(path))
        return raw_of_arrays(arrays, options, str(path))


def _array(loaded: Any, name: str) -> np.ndarray | None:
    """Return an array of a file, None for one of objects."""
    try:
        return loaded[name]
    except ValueError:
        return None


def _pickled(path: str) -> InputError:
    return InputError(
        f"{path} must hold plain arrays, got pickled objects, which run code when they are read; "
        "save trials of unequal length as one array each, for example "
        "numpy.savez(path, **{f'trial{i}': trial ...}), and pass a list of them"
    )
