"""Which modules are read as diagonal recurrences: one class a family, tried in order."""

from torch import nn

from infoscope.networks.replay.lru import Lru
from infoscope.networks.replay.mamba import Mamba
from infoscope.networks.replay.minimal import MinGru, MinLstm
from infoscope.networks.replay.scan import Diagonal
from infoscope.networks.replay.structured import S4D, S5

DIAGONAL: tuple[type[Diagonal], ...] = (Mamba, Lru, S4D, S5, MinLstm, MinGru)


def family_of(module: nn.Module) -> type[Diagonal] | None:
    """Return the family whose names and shapes a module has, or None."""
    return next((family for family in DIAGONAL if family.recognises(module)), None)
