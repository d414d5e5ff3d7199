"""Callback for Lightning: watches a module while a Trainer fits it."""

from functools import cache
from typing import Any

from infoscope._errors import MissingDependency, require


def __getattr__(name: str) -> Any:
    """Return `WatchCallback`, a subclass of Lightning's Callback, made on first use."""
    if name == "WatchCallback":
        return _callback_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _callback_base() -> type:
    """Return the Callback of the package lightning, or of the older pytorch_lightning."""
    try:
        module = require("lightning.pytorch", "WatchCallback", "lightning")
    except MissingDependency:
        try:
            module = require("pytorch_lightning", "WatchCallback", "lightning")
        except MissingDependency:
            module = require("lightning.pytorch", "WatchCallback", "lightning")
    return module.Callback


@cache
def _callback_class() -> type:
    from infoscope.monitor.watch import watch

    class WatchCallback(_callback_base()):
        """Watch the module that a Lightning Trainer fits.

        Parameters
        ----------
        probe : tuple (inputs, targets), or inputs
            As in `infoscope.monitor.watch.watch`, for the forward pass of the module, or of its
            part ``module``.
        module : str, optional
            Name of the part of the LightningModule that is watched, such as ``"net"``; all of it
            by default.
        options
            Further arguments of `watch`.

        Attributes
        ----------
        watch : Watch
            The watched training, during and after the fit.
        """

        def __init__(self, *, probe: Any, module: str | None = None, **options: Any) -> None:
            super().__init__()
            self._probe, self._module, self._options = probe, module, options
            self._updates = 0
            self.watch: Any = None

        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            """Begin."""
            if not getattr(trainer, "is_global_zero", True):
                return  # one process of a parallel training watches: their weights are equal
            model = pl_module if self._module is None else pl_module.get_submodule(self._module)
            self.watch = watch(model, probe=self._probe, **self._options)
            self._updates = trainer.global_step
            self.watch.__enter__()

        def on_train_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            """Count an update, unless the batch only accumulated gradients."""
            if self.watch is None or trainer.global_step == self._updates:
                return
            self._updates = trainer.global_step
            loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
            self.watch.step(loss=loss)

        def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
            """End."""
            self._end(None)

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            """End, keeping everything before."""
            self._end(exception)

        def _end(self, error: BaseException | None) -> None:
            if self.watch is not None and self.watch.running:
                self.watch.__exit__(None if error is None else type(error), error, None)

    return WatchCallback
