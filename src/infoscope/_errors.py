"""The three errors that infoscope raises on purpose.

Each message names the argument, says what was required, what came, and what to do next.
"""


class InputError(ValueError):
    """The input breaks a stated requirement: a file, a column, a shape, a number or a setting."""


class WriteError(InputError):
    """A file or folder cannot be written: no room, no right, or something in its place.

    ``full`` tells whether it was for want of room.
    """

    full = False


class DamagedError(InputError):
    """What lies on disk is not what was written there: a part is missing or has changed."""


class EstimationError(ArithmeticError):
    """The input is well formed, but the quantity asked for is not defined on it."""


class MissingDependency(ImportError):  # noqa: N818 - the public name is fixed by the design
    """An optional package is needed for what was asked; the message has the install line."""


def require(module: str, purpose: str, extra: str = "torch"):
    """Import and return an optional module, or say how to install the extra that brings it.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    purpose : str
        What needs it, as the subject of a sentence: ``"training a network"``.
    extra : str
        The extra of infoscope that installs it.

    Raises
    ------
    MissingDependency
        If the module is not installed.

    Examples
    --------
    >>> require("json", "reading a summary").loads("[1]")
    [1]
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingDependency(
            f"{purpose} needs the package {module.split('.')[0]!r}, which is not installed; "
            f"run: pip install 'infoscope[{extra}]'"
        ) from error
