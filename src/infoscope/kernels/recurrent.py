"""Forward pass and gradient descent of the fully recurrent network with linear outputs.

The caller must validate the arrays. All parameters are in one vector, in the order W_in (input,
hidden), W (hidden, hidden), b_h, W_out (hidden, output), b_o, h_0. Every inner loop runs along
the memory of its result, so that the compiler can vectorise over nodes without changing the order
of any sum: results do not depend on the width of the processor's registers.
"""

import numpy as np

from infoscope.kernels.compiled import kernel


@kernel
def _parts(vector, n_inputs, n_hidden, n_outputs):
    """Return views of a vector as W_in, W, b_h, W_out, b_o and h_0."""
    w = n_inputs * n_hidden
    b_h = w + n_hidden * n_hidden
    w_out = b_h + n_hidden
    b_o = w_out + n_hidden * n_outputs
    h_0 = b_o + n_outputs
    return (
        vector[:w].reshape(n_inputs, n_hidden),
        vector[w:b_h].reshape(n_hidden, n_hidden),
        vector[b_h:w_out],
        vector[w_out:b_o].reshape(n_hidden, n_outputs),
        vector[b_o:h_0],
        vector[h_0:],
    )


@kernel
def _add_product(row, matrix, out):
    """Add ``row @ matrix`` to out."""
    for i in range(len(row)):
        a = row[i]
        for j in range(len(out)):
            out[j] += a * matrix[i, j]


@kernel
def _add_outer(column, row, out):
    """Add the outer product of column and row to out."""
    for i in range(len(column)):
        a = column[i]
        for j in range(len(row)):
            out[i, j] += a * row[j]


@kernel
def _forward(inputs, weights, hidden, outputs):
    """Run one window from the state hidden[0]: hidden (time + 1, node), outputs (time, node)."""
    W_in, W, b_h, W_out, b_o, _ = weights
    for t in range(len(inputs)):
        now = hidden[t + 1]
        now[:] = b_h
        _add_product(inputs[t], W_in, now)
        _add_product(hidden[t], W, now)
        np.tanh(now, now)
        outputs[t] = b_o
        _add_product(now, W_out, outputs[t])


@kernel
def _backward(inputs, hidden, error, transposed, transposed_out, gradient):
    """Add the gradient of one window; ``error`` is the gradient at the outputs.

    ``gradient`` is initially zero. Its part for h_0 holds the gradient at the state before the
    current step, which is the gradient at h_0 after all steps.
    """
    g_in, g, g_b, g_out, g_bo, g_state = gradient
    delta = np.empty(len(g_b))
    for t in range(len(inputs) - 1, -1, -1):
        now = hidden[t + 1]
        delta[:] = g_state
        _add_product(error[t], transposed_out, delta)
        for j in range(len(delta)):
            delta[j] *= 1.0 - now[j] * now[j]
            g_b[j] += delta[j]
        for k in range(len(g_bo)):
            g_bo[k] += error[t, k]
        _add_outer(now, error[t], g_out)
        _add_outer(inputs[t], delta, g_in)
        _add_outer(hidden[t], delta, g)
        g_state[:] = 0.0
        _add_product(delta, transposed, g_state)


@kernel
def activate(inputs, weights, first, hidden, outputs):
    """Fill hidden and outputs with the activations for each window of inputs.

    inputs (window, time, input); first (window, node): states before the first step, instead of
    h_0; hidden (window, time, node), outputs (window, time, node).
    """
    n_steps, n_hidden = hidden.shape[1:]
    parts = _parts(weights, inputs.shape[2], n_hidden, outputs.shape[2])
    states = np.empty((n_steps + 1, n_hidden))
    for n in range(len(inputs)):
        states[0] = first[n]
        _forward(inputs[n], parts, states, outputs[n])
        hidden[n] = states[1:]


@kernel
def descend(inputs, targets, n_hidden, weights, velocity, gradient, rates, momenta, losses):
    """Train for an epoch per rate, one update per window, in place; return the epochs done.

    inputs (window, time, input), targets (window, time, output); weights, velocity and gradient
    are vectors of all parameters; gradient ends as the gradient of the last window. losses
    receives the mean squared error of each epoch, with each window evaluated before its update.
    Training stops at an epoch that ends with a non-finite loss or weight, which is not counted.
    """
    n_windows, n_steps, n_inputs = inputs.shape
    n_outputs = targets.shape[2]
    parts = _parts(weights, n_inputs, n_hidden, n_outputs)
    gradients = _parts(gradient, n_inputs, n_hidden, n_outputs)
    states, error = np.empty((n_steps + 1, n_hidden)), np.empty((n_steps, n_outputs))
    transposed, transposed_out = np.empty((n_hidden, n_hidden)), np.empty((n_outputs, n_hidden))
    for epoch in range(len(rates)):
        rate, momentum, total = rates[epoch], momenta[epoch], 0.0
        for n in range(n_windows):
            states[0] = parts[5]
            _forward(inputs[n], parts, states, error)
            squares = 0.0
            for t in range(n_steps):
                for k in range(n_outputs):
                    error[t, k] -= targets[n, t, k]
                    squares += error[t, k] * error[t, k]
                    error[t, k] *= 2.0 / (n_steps * n_outputs)
            total += squares / (n_steps * n_outputs)
            transposed[:] = parts[1].T
            transposed_out[:] = parts[3].T
            gradient[:] = 0.0
            _backward(inputs[n], states, error, transposed, transposed_out, gradients)
            for i in range(len(weights)):
                velocity[i] = momentum * velocity[i] - rate * gradient[i]
                weights[i] += velocity[i]
        losses[epoch] = total / n_windows
        if not (np.isfinite(losses[epoch]) and np.isfinite(weights).all()):
            return epoch
    return len(rates)
