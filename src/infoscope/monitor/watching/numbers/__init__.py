"""Numbers of a training, one family a file: loss, gradients, weights, activations, information."""
