"""The commands that read a recording: describe it, and convert it to the format of infoscope."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from infoscope._errors import InputError
from infoscope._options import words
from infoscope._terminal import note, say

if TYPE_CHECKING:
    from infoscope.recordings.recording import Recording


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


def info(
    recording: Path, /, *, units: Annotated[bool, Parameter(negative=())] = False,
    reading: Reading = Reading(),
) -> None:  # fmt: skip
    """Describe a recording: size, defects, autocorrelation, drift, and which analyses suit it.

    Parameters
    ----------
    recording
        A file or folder that can be read: .npy, .npz, .csv, .parquet, .mat, .nc, Zarr, or a run.
    units
        Print one row per unit too.
    """
    from infoscope.description.describe import describe

    found = describe(reading.recording(recording))
    say(found.to_text())
    if units:
        say("\n" + found.to_frame().to_string(float_format="%.3g"))


def convert(
    source: Path, out: Path, /, *, reading: Reading = Reading(),
) -> None:  # fmt: skip
    """Convert a recording of any known format to a Zarr store of infoscope.

    Parameters
    ----------
    source
        A file or folder that can be read: .npy, .npz, .csv, .parquet, .mat, .nc or Zarr.
    out
        The new folder, such as recording.zarr.
    """
    if out.exists():
        raise InputError(f"out must be free, got {out}, which exists; choose another")
    recording = reading.recording(source)
    for remark in recording.notes:
        note(remark)
    recording.save(out)
    say(f"{out}: {recording!r}")


def _column(name: str) -> str | bool | None:
    """Return the name of a column, False for none, None if not given."""
    return False if name == "none" else name or None
