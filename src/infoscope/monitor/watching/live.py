"""Live recording: outputs of recurrent modules on the very training batches, by hooks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._errors import DamagedError, InputError
from infoscope._files import write_whole
from infoscope.monitor.replaying.eager_copy import unwrap
from infoscope.monitor.replaying.replayers import first_tensor, replayer_of


class Live:
    """Hooks on the user's own model, which record while ``active``, and its files.

    Parameters
    ----------
    model : nn.Module
        The user's model.
    root : Path
        Folder for one file per update.

    Attributes
    ----------
    note : str
        Why nothing is recorded; empty if it is.
    """

    def __init__(self, model: nn.Module, root: Path) -> None:
        self._model, self._root = model, root
        self._handles: list[Any] = []
        self._seen: dict[str, list[Tensor]] = {}
        self.active = False
        self.note = _obstacle(model)

    def attach(self) -> None:
        """Hook the recurrent modules."""
        if self.note:
            return
        inner = unwrap(self._model)
        for name, module in inner.named_modules():
            if replayer_of(module) is not None:
                label = name or type(module).__name__.lower()
                self._handles.append(module.register_forward_hook(self._hook(label)))

    def detach(self) -> None:
        """Remove all hooks."""
        for handle in self._handles:
            handle.remove()
        self._handles, self._seen = [], {}

    def keep(self, step: int) -> Callable[[], None]:
        """Return what writes everything seen since the last call as the batch of an update."""
        seen, self._seen = self._seen, {}
        return lambda: self._write(step, seen)

    def _write(self, step: int, seen: dict[str, list[Tensor]]) -> None:
        arrays = {}
        for name, calls in seen.items():
            values = [call.float().numpy(force=True) for call in calls]
            stepwise = len(values) > 1 and values[0].ndim < 3
            same = len({array.shape for array in values}) == 1
            if stepwise and same:  # a cell, called once a step
                arrays[name] = np.stack(values, axis=values[0].ndim - 1)
            else:
                arrays |= {name if i == 0 else f"{name}#{i}": a for i, a in enumerate(values)}
        if arrays:
            index = np.array([*arrays], dtype=np.str_)
            numbered = {str(i): array for i, array in enumerate(arrays.values())}
            write_whole(self._file(step), lambda path: np.savez(path, index=index, **numbered))

    def forget(self) -> None:
        """Drop what was seen since the last call."""
        self._seen = {}

    def read(self, step: int) -> dict[str, np.ndarray]:
        """Return the outputs of recurrent modules in the batch of an update.

        Raises
        ------
        InputError
            If that batch was not recorded.
        DamagedError
            If its file is damaged.
        """
        path = self._file(step)
        if not path.exists():
            raise InputError(
                f"step must be an update whose batch was recorded, got {step}; those are "
                f"{', '.join(map(str, self.steps[:12])) or 'none'}"
            )
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                return {name: file[str(i)] for i, name in enumerate(file["index"].tolist())}
        except Exception as error:
            raise DamagedError(f"{path} is damaged; delete it") from error

    @property
    def steps(self) -> list[int]:
        """Updates whose batches were recorded."""
        return sorted(int(path.stem) for path in self._root.glob("[0-9]*.npz"))

    def _file(self, step: int) -> Path:
        return self._root / f"{step:08d}.npz"

    def _hook(self, name: str) -> Any:
        def see(module: nn.Module, _args: Any, output: Any) -> None:
            # Validation passes in between are not training batches.
            if self.active and module.training and torch.is_grad_enabled():
                tensor = first_tensor(output)
                if tensor is not None:
                    self._seen.setdefault(name, []).append(tensor.detach().clone())

        return see


def _obstacle(model: nn.Module) -> str:
    """Return why hooks cannot record a model; empty if they can."""
    modules = [model, *model.modules()]
    if any(
        type(m).__name__ == "OptimizedModule" or vars(m).get("_compiled_call_impl") is not None
        for m in modules
    ):
        return "Live recording is off: compiled code skips hooks. The snapshots are complete."
    if any(type(m).__name__ == "DataParallel" for m in modules):
        return "Live recording is off: replicas run in threads. The snapshots are complete."
    return ""
