"""The state of a step function: named arrays, and the form in which the function takes them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infoscope._errors import InputError

# Names of other blocks of a recording.
_TAKEN = ("inputs", "hidden", "outputs", "targets", "days", "trial", "all", "node", "unit")


def named_arrays(state: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the arrays of a state: ``h`` for one, ``state.0``, or keys joined by dots.

    >>> [name for name, _ in named_arrays(({"a": 1.0}, [2.0]))]
    ['state.0.a', 'state.1.0']
    """
    if isinstance(state, Mapping):
        keys = [str(key).replace("/", ".") for key in state]
        keys = [f"state.{key}" if not path and key in _TAKEN else key for key in keys]
        values = list(state.values())
    elif isinstance(state, tuple) and (fields := getattr(state, "_fields", ())):
        keys, values = list(fields), list(state)
    elif isinstance(state, tuple | list):
        keys = [str(number) if path else f"state.{number}" for number in range(len(state))]
        values = list(state)
    else:
        yield path or "h", state
        return
    for key, value in zip(keys, values, strict=True):
        yield from named_arrays(value, f"{path}.{key}" if path else key)


def in_form(like: Any, arrays: Sequence[Any]) -> Any:
    """Return a state of the same form with other arrays, in the order of `named_arrays`.

    Raises
    ------
    InputError
        If their number differs.
    """
    rest = iter(arrays)
    found = _filled(like, rest)
    if next(rest, None) is not None:
        raise InputError("step must return as many arrays of state as it was given, got more")
    return found


def _filled(like: Any, rest: Iterator[Any]) -> Any:
    if isinstance(like, Mapping):
        return {key: _filled(value, rest) for key, value in like.items()}
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        return type(like)(*(_filled(value, rest) for value in like))
    if isinstance(like, tuple | list):
        return type(like)(_filled(value, rest) for value in like)
    return next(rest)
