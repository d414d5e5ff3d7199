"""Checkpoints of a training that is over, as snapshots: state dicts from files or memory."""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infoscope._arrays import described
from infoscope._errors import InputError, require
from infoscope._validate import whole_number

_SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
# Parts that wrappers of torch.compile and data parallelism put into names.
_WRAPPERS = re.compile(r"(^|(?<=\.))(_orig_mod|module)\.")
_NAMED = 4

StateDict = Mapping[str, Tensor]


def snapshots_of(checkpoints: Any) -> Iterator[tuple[int, StateDict]]:
    """Yield epoch and state dict of every checkpoint, in the order of epochs.

    Parameters
    ----------
    checkpoints : str, Path, list or mapping
        A pattern such as ``"runs/*.pt"``, a folder, a list of files (the epoch is the last number
        in a name), or a mapping from epoch to file or state dict.

    Raises
    ------
    InputError
        If nothing matches, an epoch is unclear or there twice, or a file holds no state dict.
    """
    for epoch, source in _by_epoch(checkpoints):
        yield epoch, read_state_dict(source) if isinstance(source, str | PathLike) else source


def count_of(checkpoints: Any) -> int:
    """Return the number of checkpoints."""
    return len(_by_epoch(checkpoints))


def read_state_dict(path: str | PathLike[str]) -> Mapping[str, Any]:
    """Read what a checkpoint file holds, without ever running code from it.

    Raises
    ------
    InputError
        If the file cannot be read, or holds more than tensors and plain values.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"checkpoints must be files, got {file}, which does not exist; correct it")
    if file.suffix == ".safetensors":
        tensors = require("safetensors.torch", "reading .safetensors files", "safetensors")
        try:
            return tensors.load_file(file)
        except Exception as error:
            raise _unreadable(file, error, "copy it again") from error
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _unreadable(
            file, error, "only tensors and plain values are read, because other pickles can run "
            "code: save model.state_dict(), or convert it where you trust it"
        ) from error  # fmt: skip
    if not isinstance(found, Mapping):
        raise InputError(
            f"checkpoints must hold a state dict, got {described(found)} in {file}; save "
            "model.state_dict()"
        )
    return found


def load_into(model: nn.Module, found: Mapping[str, Any], where: str) -> None:
    """Load weights into a copy of a model: also of a part of a larger checkpoint.

    Raises
    ------
    InputError
        If the weights are of another architecture; the message names what differs.
    """
    wanted = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    needed = [name for name, _ in model.named_parameters()]
    best: list[str] = needed
    for weights in _dicts_of_tensors(found):
        plain = {_WRAPPERS.sub("", str(name)): tensor for name, tensor in weights.items()}
        for prefix in _prefixes(plain, needed):
            there = {name: plain[prefix + name] for name in wanted if prefix + name in plain}
            missing = [name for name in needed if name not in there]
            if not missing:
                _must_fit(there, wanted, where)
                model.load_state_dict(there, strict=False)
                return
            best = min(best, missing, key=len)
    raise InputError(
        f"checkpoints must have all parameters of the model, got {where} without "
        f"{', '.join(best[:_NAMED])}{' ...' if len(best) > _NAMED else ''}; give checkpoints of "
        "this architecture"
    )


def _by_epoch(checkpoints: Any) -> list[tuple[int, Any]]:
    if isinstance(checkpoints, Mapping):
        pairs = [(whole_number(key, "checkpoints", 0), value) for key, value in checkpoints.items()]
    else:
        pairs = [(_epoch_in(file), file) for file in _files(checkpoints)]
    pairs.sort(key=lambda pair: pair[0])
    epochs = [epoch for epoch, _ in pairs]
    if twice := {epoch for epoch in epochs if epochs.count(epoch) > 1}:
        raise InputError(
            f"checkpoints must have different epochs, got {min(twice)} more than once; give a "
            "mapping {epoch: file}"
        )
    return pairs


def _files(checkpoints: Any) -> list[Path]:
    if isinstance(checkpoints, str | PathLike):
        place = Path(checkpoints)
        if place.is_dir():
            found = [file for file in place.iterdir() if file.suffix in _SUFFIXES]
        else:
            found = [Path(file) for file in glob.glob(str(place), recursive=True)]  # noqa: PTH207 - may be absolute
    elif isinstance(checkpoints, Sequence) and not isinstance(checkpoints, bytes):
        found = [Path(file) for file in checkpoints]
    else:
        raise InputError(
            f"checkpoints must be a pattern, files or a mapping, got {described(checkpoints)}; "
            "write for example 'runs/*.pt' or {0: state_dict}"
        )
    if not found:
        raise InputError(
            f"checkpoints must match a file, got none for {checkpoints!r}; files end in "
            f"{', '.join(_SUFFIXES)}"
        )
    return found


def _epoch_in(file: Path) -> int:
    numbers = re.findall(r"\d+", file.stem)
    if not numbers:
        raise InputError(
            f"checkpoints must have their epoch in the name, got {file.name}; give a mapping "
            "{epoch: file}"
        )
    return int(numbers[-1])


def _dicts_of_tensors(found: Mapping[str, Any]) -> Iterable[Mapping[str, Tensor]]:
    """Yield every mapping of tensors in a checkpoint, the largest first."""
    levels, dicts = [found], []
    while levels:
        level = levels.pop()
        tensors = {name: value for name, value in level.items() if isinstance(value, Tensor)}
        if tensors:
            dicts.append(tensors)
        levels += [value for value in level.values() if isinstance(value, Mapping)]
    return sorted(dicts, key=len, reverse=True)


def _prefixes(names: Iterable[str], needed: Sequence[str]) -> list[str]:
    """Return what stands before the model's own names: of a larger model, nothing at best."""
    ends = [name.removesuffix(needed[0]) for name in names if name.endswith(needed[0])]
    return sorted({end for end in ends if not end or end.endswith(".")}, key=len)


def _must_fit(there: StateDict, wanted: StateDict, where: str) -> None:
    for name, tensor in there.items():
        if tensor.shape != wanted[name].shape:
            raise InputError(
                f"checkpoints must have the shapes of the model, got {name} "
                f"{tuple(tensor.shape)} in {where} for {tuple(wanted[name].shape)}; give "
                "checkpoints of this architecture"
            )


def _unreadable(file: Path, error: Exception, advice: str) -> InputError:
    reason = str(error).partition("\n")[0]
    return InputError(
        f"checkpoints must be readable, got {file}: {type(error).__name__}: {reason}; {advice}"
    )
