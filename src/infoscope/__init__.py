"""infoscope: an information-theoretic microscope for recurrent neural networks.

The names are listed in ``__init__.pyi`` and imported when they are first used, so that
``import infoscope`` and ``infoscope --help`` stay light. Names that most analyses need are here,
others in the namespaces ``graphs``, ``learning``, ``models``, ``nulls``, ``results``, ``weather``.
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


# Pickle does not know the loader's module type: notebook functions that refer to this module could
# not be sent to other processes.
copyreg.pickle(
    type(sys.modules[__name__]), lambda module: (importlib.import_module, (module.__name__,))
)
