"""infoscope: an information-theoretic microscope for recurrent neural networks.

The names are listed in ``__init__.pyi`` and imported when they are first used, so that
``import infoscope`` and ``infoscope --help`` stay light. What most analyses need stands here, the
rest in the namespaces ``graphs``, ``learning``, ``models``, ``nulls``, ``results`` and ``weather``.
"""

import copyreg
import importlib
import sys

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# The loader's own type of module is unknown to pickle: functions of a notebook that name this one
# could not be sent to other processes.
copyreg.pickle(
    type(sys.modules[__name__]), lambda module: (importlib.import_module, (module.__name__,))
)
