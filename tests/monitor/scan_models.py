"""Plain modules of diagonal recurrences, with the parameter names of their papers' code.

`forward` computes the output as people do, by Fourier transforms or in logarithms; `states`
computes the states by the definition, one step after another, in complex arithmetic of numpy.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


def loop(a, b):
    """States (batch, time, ...) of h_t = a_t h_{t-1} + b_t, in double precision."""
    a, b = (np.asarray(one.detach().numpy() if isinstance(one, torch.Tensor) else one)
            .astype(complex) for one in (a, b))  # fmt: skip
    a = np.broadcast_to(a, b.shape)
    h, found = np.zeros_like(b[:, 0]), []
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        found.append(h)
    return np.stack(found, 1)


class LRU(nn.Module):
    """Linear recurrent unit; ``factor`` and the shape of D differ between published codes."""

    def __init__(self, features=3, states=5, matrix=False, factor=1):
        super().__init__()
        radius, angle = torch.rand(states) * 0.3 + 0.65, torch.rand(states) * 3 + 0.05
        self.nu_log = nn.Parameter((-radius.log()).log())
        self.theta_log = nn.Parameter(angle.log())
        self.gamma_log = nn.Parameter((1 - radius**2).sqrt().log())
        self.B_re = nn.Parameter(torch.randn(states, features))
        self.B_im = nn.Parameter(torch.randn(states, features))
        self.C_re = nn.Parameter(torch.randn(features, states))
        self.C_im = nn.Parameter(torch.randn(features, states))
        self.D = nn.Parameter(torch.randn(features, features) if matrix else torch.randn(features))
        self.factor = factor

    def coefficients(self, u):
        a = torch.exp(torch.complex(-self.nu_log.exp(), self.theta_log.exp()))
        B = torch.complex(self.B_re, self.B_im) * self.gamma_log.exp()[:, None]
        return a, u.to(B.dtype) @ B.T

    def states(self, u):
        return loop(*self.coefficients(u))

    def forward(self, u):
        # As a convolution: h_t = sum over k of a^k b_{t-k}.
        a, b = self.coefficients(u)
        steps = b.shape[1]
        powers = a ** torch.arange(steps)[:, None]
        h = torch.stack([(powers[: t + 1].flip(0) * b[:, : t + 1]).sum(1) for t in range(steps)], 1)
        direct = u @ self.D.T if self.D.dim() == 2 else u * self.D
        return self.factor * (h @ torch.complex(self.C_re, self.C_im).T).real + direct


class Kernel(nn.Module):
    """Impulse response of S4D, (channel, time)."""

    def __init__(self, channels, states):
        super().__init__()
        self.log_dt = nn.Parameter(torch.rand(channels) * 2 - 4)
        self.log_A_real = nn.Parameter(torch.log(0.5 * torch.ones(channels, states)))
        self.A_imag = nn.Parameter(torch.pi * torch.arange(float(states)).repeat(channels, 1))
        self.C = nn.Parameter(torch.randn(channels, states, 2))

    def coefficients(self):
        A = torch.complex(-self.log_A_real.exp(), self.A_imag)
        a = torch.exp(A * self.log_dt.exp()[:, None])
        return a, (a - 1) / A

    def forward(self, steps):
        a, b = self.coefficients()
        powers = a[..., None] ** torch.arange(steps)
        weights = torch.view_as_complex(self.C) * b
        return 2 * (weights[..., None] * powers).sum(1).real


class S4D(nn.Module):
    """Sequences (batch, channel, time), a Fourier convolution, activation and output layer."""

    def __init__(self, channels=4, states=3, bare=False):
        super().__init__()
        self.D = nn.Parameter(torch.randn(channels))
        self.kernel = Kernel(channels, states)
        if not bare:
            self.activation = nn.GELU()
            self.dropout = nn.Dropout(0.1)
            self.output_linear = nn.Sequential(nn.Conv1d(channels, 2 * channels, 1), nn.GLU(dim=-2))
        self.bare = bare

    def states(self, u):
        a, b = self.kernel.coefficients()
        return loop(a, b * u.transpose(1, 2)[..., None])

    def forward(self, u):
        steps = u.shape[-1]
        response = torch.fft.rfft(self.kernel(steps), n=2 * steps)
        y = torch.fft.irfft(torch.fft.rfft(u, n=2 * steps) * response, n=2 * steps)[..., :steps]
        y = y + u * self.D[:, None]
        return (y if self.bare else self.output_linear(self.dropout(self.activation(y)))), None


class S5(nn.Module):
    """Many inputs, one set of states; bilinear or with the input held over a step."""

    def __init__(self, features=3, states=4, bilinear=False):
        super().__init__()
        self.Lambda_re = nn.Parameter(-0.5 * torch.ones(states))
        self.Lambda_im = nn.Parameter(torch.pi * torch.arange(float(states)))
        self.B = nn.Parameter(torch.randn(states, features, 2))
        self.C = nn.Parameter(torch.randn(features, states, 2))
        self.D = nn.Parameter(torch.randn(features))
        self.log_step = nn.Parameter(torch.rand(states, 1) - 3)
        self.bilinear = bilinear

    def coefficients(self, u):
        A = torch.complex(self.Lambda_re, self.Lambda_im)
        dt = self.log_step.exp().flatten()
        driven = u.to(A.dtype) @ torch.view_as_complex(self.B).T
        if self.bilinear:
            return (1 + dt / 2 * A) / (1 - dt / 2 * A), dt / (1 - dt / 2 * A) * driven
        return torch.exp(A * dt), (torch.exp(A * dt) - 1) / A * driven

    def states(self, u):
        return loop(*self.coefficients(u))

    def forward(self, u):
        a, b = self.coefficients(u)
        h, found = torch.zeros_like(b[:, 0]), []
        for t in range(b.shape[1]):
            h = a * h + b[:, t]
            found.append(2 * (h @ torch.view_as_complex(self.C).T).real)
        return torch.stack(found, 1) + self.D * u


def log_scan(log_a, log_b):
    """States from logarithms of positive coefficients, as the paper's code computes them."""
    total = log_a.cumsum(1)
    return (total + torch.logcumsumexp(log_b - total, 1)).exp()


def positive(x):
    return torch.where(x >= 0, x + 0.5, x.sigmoid())


class MinGRU(nn.Module):
    """A joint layer, in logarithms, with an output layer."""

    def __init__(self, features=3, units=6):
        super().__init__()
        self.to_hidden_and_gate = nn.Linear(features, 2 * units, bias=False)
        self.to_out = nn.Linear(units, features)

    def states(self, x):
        hidden, gate = self.to_hidden_and_gate(x).chunk(2, -1)
        return loop(1 - gate.sigmoid(), gate.sigmoid() * positive(hidden)).real

    def forward(self, x):
        hidden, gate = self.to_hidden_and_gate(x).chunk(2, -1)
        log_b = -functional.softplus(-gate) + positive(hidden).log()
        return self.to_out(log_scan(-functional.softplus(gate), log_b))


class PlainMinGRU(nn.Module):
    """Two layers, step by step, time first, with a state before the first step."""

    def __init__(self, features=3, units=6):
        super().__init__()
        self.linear_z, self.linear_h = nn.Linear(features, units), nn.Linear(features, units)

    def forward(self, x, h=None):
        h = x.new_zeros(x.shape[1], self.linear_z.out_features) if h is None else h
        found = []
        for row in x:
            z = self.linear_z(row).sigmoid()
            h = (1 - z) * h + z * self.linear_h(row)
            found.append(h)
        return torch.stack(found)


class MinLSTM(nn.Module):
    """Three layers; normalised gates in logarithms, or the gates themselves."""

    def __init__(self, features=3, units=6, normalised=True):
        super().__init__()
        self.linear_f, self.linear_i = nn.Linear(features, units), nn.Linear(features, units)
        self.linear_h = nn.Linear(features, units)
        self.normalised = normalised

    def gates(self, x):
        f, i = self.linear_f(x).sigmoid(), self.linear_i(x).sigmoid()
        return (f / (f + i), i / (f + i)) if self.normalised else (f, i)

    def states(self, x):
        f, i = self.gates(x)
        return loop(f, i * positive(self.linear_h(x))).real

    def forward(self, x):
        f, i = self.gates(x)
        return log_scan(f.log(), i.log() + positive(self.linear_h(x)).log())


class Mamba(nn.Module):
    """A block with a selective scan, step by step in the channels and states."""

    def __init__(self, features=4, channels=6, states=3, rank=2, width=4):
        super().__init__()
        self.in_proj = nn.Linear(features, 2 * channels, bias=False)
        self.conv1d = nn.Conv1d(channels, channels, width, groups=channels, padding=width - 1)
        self.x_proj = nn.Linear(channels, rank + 2 * states, bias=False)
        self.dt_proj = nn.Linear(rank, channels)
        self.A_log = nn.Parameter(torch.arange(1.0, states + 1).log().repeat(channels, 1))
        self.D = nn.Parameter(torch.ones(channels))
        self.out_proj = nn.Linear(channels, features, bias=False)
        self.sizes = [rank, states, states]

    def inner(self, x):
        u, z = self.in_proj(x).chunk(2, -1)
        u = functional.silu(self.conv1d(u.mT)[..., : x.shape[1]].mT)
        dt, B, C = self.x_proj(u).split(self.sizes, -1)
        dt = functional.softplus(self.dt_proj(dt))
        a = torch.exp(torch.einsum("bld,dn->bldn", dt, -self.A_log.exp()))
        return a, torch.einsum("bld,bln,bld->bldn", dt, B, u), C, u, z

    def states(self, x):
        return loop(*self.inner(x)[:2]).real

    def forward(self, x):
        a, b, C, u, z = self.inner(x)
        h, found = torch.zeros_like(b[:, 0]), []
        for t in range(x.shape[1]):
            h = a[:, t] * h + b[:, t]
            found.append(torch.einsum("bdn,bn->bd", h, C[:, t]))
        return self.out_proj((torch.stack(found, 1) + self.D * u) * functional.silu(z))


class Wrapped(nn.Module):
    """An encoder, a recurrence and a readout, as in a network."""

    def __init__(self, layer, features):
        super().__init__()
        self.encoder = nn.Linear(2, features)
        self.ssm = layer
        self.readout = nn.Linear(features, 1)

    def encoded(self, x):
        return self.encoder(x)

    def forward(self, x):
        return self.readout(self.ssm(self.encoded(x)))
