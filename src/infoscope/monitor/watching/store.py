"""Store of the snapshots of a training: one file each, complete or absent, next to a log."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._errors import DamagedError, InputError
from infoscope._files import clear_partial, write_text, write_whole, writing
from infoscope.monitor.watching.kept import METADATA, Kept
from infoscope.monitor.watching.log import Log
from infoscope.monitor.watching.weights import Weights

FORMAT = {"format": "infoscope watch", "version": 1}
# Kinds of arrays in a snapshot.
WEIGHT, GRADIENT = "weight", "gradient"
# Integers of equal size, in which numpy can hold numbers that it has no type for.
_HELD_AS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class Snapshots:
    """The snapshots and the log of a store, to be read without its model.

    Parameters
    ----------
    root : Path
        Folder of the store.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = Log(root / "log.jsonl")

    @property
    def steps(self) -> list[int]:
        """Steps of the complete snapshots on disk."""
        names = (path.stem for path in (self.root / "snapshots").glob("*.npz"))
        return sorted(int(name) for name in names if name.isdigit())

    @property
    def recorded(self) -> list[int]:
        """Steps of all snapshots ever completed, also of those lost since."""
        return sorted({*self.steps, *self.log.snapshots()})

    def file(self, step: int) -> Path:
        """Return the file of a snapshot."""
        return self.root / "snapshots" / f"{step:08d}.npz"

    def read(self, step: int, kind: str = WEIGHT) -> dict[str, Tensor]:
        """Return the weights, or the gradients, of a snapshot.

        Raises
        ------
        DamagedError
            If the file is missing or damaged.
        """
        path = self.file(step)
        if not path.exists():
            raise DamagedError(
                f"{path} is missing, although the log lists it; restore the file, or leave this "
                "snapshot out with steps=[...]"
            )
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                index = file["index"].tolist()
                found = {
                    name: _to_torch(file[str(i)], dtype)
                    for i, (held, name, dtype) in enumerate(index)
                    if held == kind
                }
        except (
            OSError,
            ValueError,
            KeyError,
            EOFError,
            AttributeError,
            zipfile.BadZipFile,
        ) as error:
            raise DamagedError(
                f"{path} is damaged: a part is missing or has changed; restore the file, or delete "
                "it: training then continues from the snapshot before, and a recording leaves it "
                "out with steps=[...]"
            ) from error
        return found

    def metadata(self) -> dict[str, Any]:
        """Return format, hash of the probe, and shapes and types of the weights.

        Raises
        ------
        InputError
            If the folder is a store of another version.
        DamagedError
            If it cannot be read.
        """
        path = self.root / METADATA
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            kind, version, _, parameters = (
                found[key] for key in ("format", "version", "probe", "parameters")
            )
            {name: [list(shape), str(dtype)] for name, (shape, dtype) in parameters.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedError(
                f"{path} is damaged; restore it, or choose another path for a new store"
            ) from error
        if (kind, version) != (FORMAT["format"], FORMAT["version"]):
            raise InputError(
                f"path must be a store of watch, version {FORMAT['version']}, got {self.root} of "
                f"{kind!r}, version {version}; choose another path"
            )
        return found


class Store(Snapshots):
    """Snapshots of one model on disk, append-only.

    ``watch.json`` has the names, shapes and types of the weights and a hash of the probe;
    ``snapshots/00000010.npz`` the weights after 10 updates (numpy's format, without pickle, each
    file written under a temporary name and then renamed); ``log.jsonl`` a line per update.

    Parameters
    ----------
    root : Path
        A folder, new or of an earlier store.
    weights : mapping of str to Tensor
        The weights of the model, for their names and shapes.
    probe : str
        Hash of the probe.

    Raises
    ------
    InputError
        If the folder holds something else, or belongs to another architecture or probe.
    DamagedError
        If its metadata cannot be read.
    """

    def __init__(self, root: Path, weights: Weights, probe: str) -> None:
        super().__init__(root)
        self._parameters = {n: [list(t.shape), _dtype_name(t)] for n, t in weights.items()}
        own = {**FORMAT, "probe": probe, "parameters": self._parameters}
        if root.exists() and not root.is_dir():
            raise InputError(f"path must be a folder, got the file {root}; choose another path")
        if (root / METADATA).exists():
            self._must_fit(self.metadata(), own)
        elif root.exists() and any(not p.name.startswith(".partial-") for p in root.iterdir()):
            raise InputError(
                f"path must be a new folder or the store of an earlier watch, got {root}, which "
                f"has no {METADATA}; choose another path"
            )
        else:
            write_text(root / METADATA, json.dumps(own, indent=1))
            with writing(root):
                (root / "snapshots").mkdir(exist_ok=True)

    def open(self, begin: int) -> None:
        """Open for appending after ``begin`` updates; later snapshots are removed."""
        for folder in (self.root, self.root / "snapshots"):
            clear_partial(folder)
        again = bool(self.steps) or self.log.path.exists()
        Kept(self.root).forget()
        self.log.open()
        if again:
            self.log.append({"resumed": begin})
        for step in self.steps:
            if step > begin:
                self.file(step).unlink()

    def write(self, step: int, weights: Weights, gradients: Weights | None = None) -> None:
        """Write a snapshot: complete on disk before it is listed."""
        shapes = {name: list(tensor.shape) for name, tensor in weights.items()}
        if shapes != {name: known[0] for name, known in self._parameters.items()}:
            raise InputError(
                f"the model must keep its architecture, got {_difference(shapes, self._shapes())} "
                f"at update {step}; watch the new model with a new path"
            )
        every = [(WEIGHT, name, tensor) for name, tensor in weights.items()]
        every += [(GRADIENT, name, tensor) for name, tensor in (gradients or {}).items()]
        index = [(kind, name, _dtype_name(tensor)) for kind, name, tensor in every]
        arrays = {str(i): _to_numpy(tensor) for i, (_, _, tensor) in enumerate(every)}
        arrays["index"] = np.array(index, dtype=np.str_)
        self.log.flush()  # the row of this step, so that a snapshot always has one
        write_whole(
            self.file(step),
            lambda path: np.savez(path, **arrays),  # pyright: ignore[reportArgumentType]
        )
        self.log.append({"snapshot": step})

    def _shapes(self) -> dict[str, list[int]]:
        return {name: shape for name, (shape, _) in self._parameters.items()}

    def _must_fit(self, found: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        shapes = {name: shape for name, (shape, _) in found["parameters"].items()}
        if shapes != self._shapes():
            raise InputError(
                f"model must have the architecture of the store {self.root}, got "
                f"{_difference(self._shapes(), shapes)}; watch this model with another path"
            )
        if found["probe"] != own["probe"]:
            raise InputError(
                f"probe must be the one of the store {self.root}, got other values; pass the same "
                "probe, or choose another path"
            )


def fingerprint(*values: Any) -> str:
    """Return a SHA-256 of arrays, tensors, and of lists and mappings of these."""
    digest = hashlib.sha256()
    for value in values:
        _digested(value, digest.update)
    return digest.hexdigest()


def _digested(value: Any, update: Any) -> None:
    if isinstance(value, nn.utils.rnn.PackedSequence):
        value = [value.data, value.batch_sizes]
    if isinstance(value, Mapping):
        for key in sorted(value, key=str):
            update(str(key).encode())
            _digested(value[key], update)
    elif isinstance(value, list | tuple) and any(
        not isinstance(part, int | float) for part in value
    ):
        update(f"{len(value)}[".encode())
        for part in value:
            _digested(part, update)
    elif isinstance(value, Tensor):
        update(f"{_dtype_name(value)}{tuple(value.shape)}".encode())
        update(_to_numpy(value.detach().cpu()).tobytes())
    elif value is None or isinstance(value, bool | int | float | str):
        update(repr(value).encode())
    else:
        array = np.asarray(value)
        update(f"{array.dtype}{array.shape}".encode())
        update(np.ascontiguousarray(array).tobytes())


def _dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _to_numpy(tensor: Tensor) -> np.ndarray:
    """Return an array of the same bits; types that numpy lacks become integers."""
    plain = tensor.detach().to_dense() if tensor.layout != torch.strided else tensor.detach()
    plain = plain.resolve_conj().resolve_neg()
    try:
        return plain.numpy()
    except TypeError:
        return plain.contiguous().view(_HELD_AS[plain.element_size()]).numpy()


def _to_torch(array: np.ndarray, dtype: str) -> Tensor:
    wanted = getattr(torch, dtype)
    tensor = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
    return tensor if tensor.dtype == wanted else tensor.view(wanted)


def _difference(got: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Say where two architectures differ first."""
    for name in [*wanted, *got]:
        here, there = got.get(name), wanted.get(name)
        if here != there:
            said = ["none" if shape is None else str(tuple(shape)) for shape in (here, there)]
            return f"{name} of shape {said[0]} instead of {said[1]}"
    return "weights in another order"
