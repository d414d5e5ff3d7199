"""infoscope: an information-theoretic microscope for recurrent neural networks.

The names are listed in ``__init__.pyi`` and imported when they are first used, so that
``import infoscope`` and ``infoscope --help`` stay light. What most analyses need stands here, the
rest in the namespaces ``graphs``, ``learning``, ``models``, ``nulls``, ``results`` and ``weather``.
"""

import copyreg
import importlib
import sys

import lazy_loader

_public, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # takes as long to import as the package

        return version(__name__)
    return _public(name)


# The loader's own type of module is unknown to pickle: functions of a notebook that name this one
# could not be sent to other processes.
copyreg.pickle(
    type(sys.modules[__name__]), lambda module: (importlib.import_module, (module.__name__,))
)
