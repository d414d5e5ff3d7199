"""netCDF files, through xarray."""

from typing import Any

import xarray as xr

from infoscope._errors import InputError, require
from infoscope.recordings.importers.labelled import raw_of_dataset
from infoscope.recordings.importers.text_files import existing_file, has_suffix
from infoscope.recordings.reading.raw import Options, Raw

_HDF5 = b"\x89HDF\r\n\x1a\n"


class NetCDF:
    """``.nc`` files: version 3 through scipy, version 4 through h5netcdf."""

    name = "netcdf"
    reads = ".nc files (netCDF)"

    def recognises(self, source: Any) -> bool:
        """Whether it is a path of such a file."""
        return has_suffix(source, (".nc", ".nc4", ".cdf", ".netcdf"))

    def read(self, source: Any, options: Options) -> Raw:
        """Read the variables of a file that have a dimension of time."""
        path = existing_file(source)
        with path.open("rb") as file:
            fourth = file.read(8) == _HDF5
        if fourth:
            require("h5netcdf", "reading netCDF 4 files", "files")
        try:
            with xr.open_dataset(path, engine="h5netcdf" if fourth else "scipy") as dataset:
                return raw_of_dataset(dataset.load(), options)
        except (OSError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{path} must be a netCDF file, got {error}; write it again with Dataset.to_netcdf"
            ) from error
