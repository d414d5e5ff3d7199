"""Which modules of torch are replayed, and by which equations."""

from torch import nn

from infoscope.networks.replay.equations import Equations
from infoscope.networks.replay.gru import Gru
from infoscope.networks.replay.lstm import Lstm
from infoscope.networks.replay.rnn import Simple

FUSED: dict[type[nn.Module], type[Equations]] = {nn.RNN: Simple, nn.LSTM: Lstm, nn.GRU: Gru}
CELLS: dict[type[nn.Module], type[Equations]] = {
    nn.RNNCell: Simple, nn.LSTMCell: Lstm, nn.GRUCell: Gru,
}  # fmt: skip


def equations_of(
    module: nn.Module, table: dict[type[nn.Module], type[Equations]]
) -> type[Equations] | None:
    """Return the equations of a module, a subclass included, or None."""
    return next((family for kind, family in table.items() if isinstance(module, kind)), None)
