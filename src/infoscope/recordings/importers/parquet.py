"""Parquet and Feather tables."""

from typing import Any

import pandas as pd

from infoscope._errors import InputError, require
from infoscope.recordings.importers.tables import table_rows
from infoscope.recordings.importers.text_files import existing_file, has_suffix
from infoscope.recordings.reading.raw import Options, Raw

_SUFFIXES = (".parquet", ".pq", ".feather")


class Parquet:
    """Parquet and Feather files, through pyarrow."""

    name = "parquet"
    reads = ".parquet and .feather tables"

    def recognises(self, source: Any) -> bool:
        """Whether it is a path of such a file."""
        return has_suffix(source, _SUFFIXES)

    def read(self, source: Any, options: Options) -> Raw:
        """Read a file as a table."""
        path = existing_file(source)
        require("pyarrow", f"reading {path.suffix} files", "files")
        read = pd.read_feather if path.suffix == ".feather" else pd.read_parquet
        try:
            frame = read(path)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path} must be a {path.suffix} file, got {error}; write it again"
            ) from error
        return table_rows(frame, options, [])
