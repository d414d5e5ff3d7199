"""GRU and LSTM step by step in numpy, as torch's documentation writes them."""

import numpy as np


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def step(cell, arrays, x, h, c):
    """States h and c after one step."""
    w, u = arrays["layer.weight_ih_l0"], arrays["layer.weight_hh_l0"]
    b, d = arrays["layer.bias_ih_l0"], arrays["layer.bias_hh_l0"]
    n = u.shape[1]
    drive = [w[k : k + n] @ x + b[k : k + n] for k in range(0, len(w), n)]
    back = [u[k : k + n] @ h + d[k : k + n] for k in range(0, len(u), n)]
    if cell == "gru":
        reset, kept = (_sigmoid(drive[k] + back[k]) for k in (0, 1))
        return (1.0 - kept) * np.tanh(drive[2] + reset * back[2]) + kept * h, c
    total = [one + other for one, other in zip(drive, back, strict=True)]
    c = _sigmoid(total[1]) * c + _sigmoid(total[0]) * np.tanh(total[2])
    return _sigmoid(total[3]) * np.tanh(c), c


def forward(cell, arrays, sequence):
    """States h and outputs of one sequence (time, input), from a state of zeros."""
    n = arrays["layer.weight_hh_l0"].shape[1]
    h, c, states = np.zeros(n), np.zeros(n), []
    for x in sequence:
        h, c = step(cell, arrays, x, h, c)
        states.append(h)
    hidden = np.array(states)
    return hidden, hidden @ arrays["readout.weight"].T + arrays["readout.bias"]
