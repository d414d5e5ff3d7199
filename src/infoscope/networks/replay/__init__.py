"""Replay of recurrent modules from their weights: every state and gate of every step.

One file a family of equations: `rnn`, `gru`, `lstm`; `fused` the stacked, bidirectional, packed
modules of torch and `cells` those called step by step. Needs torch.
"""
