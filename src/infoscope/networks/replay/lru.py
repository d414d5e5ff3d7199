"""Linear recurrent units (Orvieto et al. 2023)."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from infoscope.networks.replay.scan import Diagonal, Reading
from infoscope.networks.replay.stored import (
    complex_of,
    layouts,
    readouts,
    skip_of,
    tensor_of,
    there,
)


class Lru(Diagonal):
    """a = exp(-exp(nu_log) + i exp(theta_log)), b_t = exp(gamma_log) B u_t, y = Re(C h) + D u.

    Without ``gamma_log``, b is normalised by sqrt(1 - abs(a)^2) (Orvieto et al. 2023, equation 7),
    and without ``theta_log``, the phase is ``theta``.
    """

    name: ClassVar[str] = "LRU"

    @classmethod
    def recognises(cls, module: nn.Module) -> bool:
        """Whether a module has nu_log, a phase, and complex matrices B and C."""
        nu, B, C = tensor_of(module, "nu_log"), *(complex_of(module, one, 2) for one in "BC")
        phase = [tensor_of(module, name) for name in ("theta_log", "theta")]
        if nu is None or B is None or C is None or all(one is None for one in phase):
            return False
        return nu.numel() == B.shape[0] == C.shape[1]

    @classmethod
    def readings(cls, module: nn.Module, x: Tensor, others: Sequence[Tensor]) -> Iterator[Reading]:
        """Yield readings of all orders of axes."""
        phase, size = tensor_of(module, "theta_log"), tensor_of(module, "gamma_log")
        B, C = (there(complex_of(module, name, 2)) for name in "BC")
        theta = there(tensor_of(module, "theta")) if phase is None else phase.exp()
        radius = there(tensor_of(module, "nu_log")).exp().neg().exp().flatten()
        a = torch.polar(radius, theta.flatten())
        gamma = (1 - radius**2).sqrt() if size is None else size.exp().flatten()
        for layout in layouts(x, B.shape[1]):
            u, direct = layout.x, skip_of(module, layout.x)
            b = (u.to(B.dtype) @ B.mT) * gamma
            # A factor of two where the parameters stand for pairs of conjugate eigenvalues.
            core = [lambda h, k=k, d=direct: k * (h @ C.mT.to(h.dtype)).real + d for k in (1, 2)]
            yield Reading(a, b, readouts(module, core, layout))
