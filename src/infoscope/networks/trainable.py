"""Networks that `train_gated` trains: many of a kind at once, each with weights of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from infoscope._validate import Floats


class Trainable(nn.Module, ABC):
    """A network whose outputs are a function of weights and windows."""

    @abstractmethod
    def outputs(self, weights: Mapping[str, Tensor], windows: Tensor) -> Tensor:
        """Return the outputs with other weights.

        Parameters
        ----------
        weights : mapping of str to Tensor
            By the names of ``named_parameters``.
        windows : Tensor, shape (window, time, input)
            Inputs of the network.

        Returns
        -------
        Tensor, shape (window, time, output)
        """

    def arrays(self) -> dict[str, Floats]:
        """Return copies of weights and biases by torch's names."""
        return {name: p.detach().numpy().copy() for name, p in self.named_parameters()}

    def flat(self) -> Floats:
        """Return all weights and biases as one vector."""
        return nn.utils.parameters_to_vector(self.parameters()).detach().numpy().copy()
