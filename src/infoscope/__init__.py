"""infoscope: an information-theoretic microscope for recurrent neural networks.

The names are listed in ``__init__.pyi`` and imported when they are first used, so that
``import infoscope`` and ``infoscope --help`` stay light.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
