"""The three errors that infoscope raises on purpose.

Each message names the argument, the requirement, the value received and the next step.
"""


class InputError(ValueError):
    """The input breaks a stated requirement: a file, a column, a shape, a number or a setting."""


class WriteError(InputError):
    """A file or folder cannot be written: disk full, no permission, or the path is taken.

    ``full`` is True if the disk is full.
    """

    full = False


class DamagedError(InputError):
    """Files on disk differ from what was written: a part is missing or has changed."""


class EstimationError(ArithmeticError):
    """The input is well formed, but the quantity asked for is not defined on it."""


class MissingDependency(ImportError):  # noqa: N818 - the public name is fixed by the design
    """The operation needs an optional package; the message has the install command."""


def require(module: str, purpose: str, extra: str = "torch"):
    """Import and return an optional module; if it is missing, say which extra to install.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    purpose : str
        The operation that needs it, as the subject of a sentence: ``"training a network"``.
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
