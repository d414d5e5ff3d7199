"""The fully recurrent network, its gradient and its training, number by number, in loops."""

import math

import numpy as np


def forward(p, inputs):
    """Hidden (time, node), h_0 first, and outputs of one window."""
    n_inputs, n_hidden = p["W_in"].shape
    n_outputs = p["b_o"].size
    hidden, outputs = [list(p["h_0"])], []
    for x in inputs:
        before = hidden[-1]
        now = []
        for j in range(n_hidden):
            total = p["b_h"][j]
            total += sum(x[i] * p["W_in"][i, j] for i in range(n_inputs))
            total += sum(before[i] * p["W"][i, j] for i in range(n_hidden))
            now.append(math.tanh(total))
        hidden.append(now)
        outputs.append(
            [
                p["b_o"][k] + sum(now[j] * p["W_out"][j, k] for j in range(n_hidden))
                for k in range(n_outputs)
            ]
        )
    return np.array(hidden), np.array(outputs)


def loss(p, inputs, targets):
    return float(np.mean((forward(p, inputs)[1] - targets) ** 2))


def gradient(p, inputs, targets):
    """Chain rule, from the last step back to h_0."""
    hidden, outputs = forward(p, inputs)
    n_inputs, n_hidden = p["W_in"].shape
    n_steps, n_outputs = targets.shape
    g = {name: np.zeros_like(value) for name, value in p.items()}
    from_later = np.zeros(n_hidden)  # dL/dh_t by way of h_{t+1}
    for t in range(n_steps - 1, -1, -1):
        before, now = hidden[t], hidden[t + 1]
        at_output = [2 * (outputs[t, k] - targets[t, k]) / targets.size for k in range(n_outputs)]
        at_hidden = from_later.copy()
        for k in range(n_outputs):
            g["b_o"][k] += at_output[k]
            for j in range(n_hidden):
                g["W_out"][j, k] += at_output[k] * now[j]
                at_hidden[j] += at_output[k] * p["W_out"][j, k]
        from_later = np.zeros(n_hidden)
        for j in range(n_hidden):
            before_tanh = at_hidden[j] * (1 - now[j] ** 2)
            g["b_h"][j] += before_tanh
            for i in range(n_inputs):
                g["W_in"][i, j] += before_tanh * inputs[t, i]
            for i in range(n_hidden):
                g["W"][i, j] += before_tanh * before[i]
                from_later[i] += before_tanh * p["W"][i, j]
    g["h_0"] += from_later
    return g


def train(p, inputs, targets, epochs, rate, decay, momentum, final_momentum, switch):
    """Weights, velocities, last gradient and each epoch's mean loss."""
    p = {name: value.copy() for name, value in p.items()}
    v = {name: np.zeros_like(value) for name, value in p.items()}
    losses = []
    for epoch in range(1, epochs + 1):
        m = momentum if epoch <= switch else final_momentum
        window_losses = []
        for x, y in zip(inputs, targets, strict=True):
            window_losses.append(loss(p, x, y))
            g = gradient(p, x, y)
            for name in p:
                v[name] = m * v[name] - rate * g[name]
                p[name] = p[name] + v[name]
        losses.append(sum(window_losses) / len(window_losses))
        rate *= decay
    return p, v, g, losses
