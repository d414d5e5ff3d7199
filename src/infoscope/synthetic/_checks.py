"""Parameter checks of synthetic systems."""

from infoscope._errors import InputError
from infoscope._validate import real_number


def stationary(value: object, name: str) -> None:
    """Check that an autoregressive coefficient gives a stationary process."""
    if not abs(real_number(value, name)) < 1.0:
        raise InputError(
            f"{name} must lie strictly between -1 and 1, got {value!r}; otherwise the process "
            "has no stationary state"
        )


def fraction(value: object, name: str) -> None:
    """Check a share above 0 and at most 1."""
    if not 0.0 < real_number(value, name) <= 1.0:
        raise InputError(f"{name} must be > 0 and <= 1, got {value!r}; choose one in that range")


def positive(value: object, name: str) -> None:
    """Check a positive spread or radius."""
    if not real_number(value, name) > 0.0:
        raise InputError(f"{name} must be > 0, got {value!r}; choose a positive number")
