"""Selective state spaces: the first Mamba (Gu & Dao 2023)."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from infoscope.networks.replay.scan import Diagonal, Reading
from infoscope.networks.replay.stored import child_of, layouts, tensor_of, there

_LAYERS = ("in_proj", "x_proj", "dt_proj", "out_proj")


class Mamba(Diagonal):
    """h_t = exp(delta_t A) h_{t-1} + delta_t B_t u_t, y = C_t h_t + D u_t, gated by silu(z).

    u and z are projections of the input, u after a causal convolution and silu; delta, B and C are
    projections of u. States are (batch, time, channel, state).
    """

    name: ClassVar[str] = "Mamba"

    @classmethod
    def recognises(cls, module: nn.Module) -> bool:
        """Whether a module has A_log, D, conv1d and the four projections, of fitting shapes."""
        A_log, D = tensor_of(module, "A_log"), tensor_of(module, "D")
        layers = [child_of(module, name) for name in _LAYERS]
        if A_log is None or D is None or A_log.dim() != 2 or None in layers:
            return False
        channels, states = A_log.shape
        into, x_proj, dt_proj, out = map(there, layers)
        conv = getattr(module, "conv1d", None)
        return (
            isinstance(conv, nn.Conv1d)
            and conv.groups == conv.out_channels == D.numel() == channels
            and into.out_features == 2 * channels
            and x_proj.out_features == dt_proj.in_features + 2 * states
            and dt_proj.out_features == x_proj.in_features == out.in_features == channels
        )

    @classmethod
    def readings(cls, module: Any, x: Tensor, others: Sequence[Tensor]) -> Iterator[Reading]:
        """Yield the published form, whose B is delta B, and that of an input held over a step."""
        A, D = -there(tensor_of(module, "A_log")).exp(), there(tensor_of(module, "D"))
        states, rank = A.shape[1], module.dt_proj.in_features
        conv = module.conv1d
        for layout in layouts(x, module.in_proj.in_features):
            u, z = module.in_proj(layout.x).chunk(2, -1)
            early = functional.pad(u.transpose(1, 2), (conv.kernel_size[0] - 1, 0))
            u = functional.conv1d(early, conv.weight, conv.bias, groups=conv.groups).transpose(1, 2)
            u = functional.silu(u)
            delta, B, C = module.x_proj(u).split([rank, states, states], -1)
            delta = functional.softplus(module.dt_proj(delta))
            a = torch.exp(delta[..., None] * A)

            def output(h: Tensor, u=u, z=z, C=C, back=layout.back) -> Tensor:
                y = (h * C[..., None, :]).sum(-1) + D * u
                return back(module.out_proj(y * functional.silu(z)))

            for scale in (delta[..., None], (a - 1) / A):
                yield Reading(a, scale * (B[..., None, :] * u[..., None]), [output], {"dt": delta})
