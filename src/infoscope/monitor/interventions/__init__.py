"""Interventions on a copy of a network: what a unit does to others within one step, or for good.

`rows` which steps are visited, `frozen` a copy whose recurrent modules emit what they emitted
before, `layers` how a layer responds to changed arguments, `modules` and `steps` both together for
torch models and for step functions, `measures` from responses to matrices, `total` effects over
several steps, `free_run` a copy that runs on with units held, `messages` resets by labels,
`stimulation` kicks of all units, `opening` a model made ready for all of these. Needs torch.
"""
