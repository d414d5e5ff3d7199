"""From a model, or a step function, and a probe to a recording."""
