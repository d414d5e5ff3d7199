"""Signatures of misconfigured trainings: one declared object each. Adding one means one entry."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """A limit for a feature.

    Parameters
    ----------
    feature : str
        Name, ``<family>.<name>``.
    above : bool
        Whether the feature must be above the limit, else below.
    limit : float
        The limit.
    """

    feature: str
    above: bool
    limit: float

    def value(self, numbers: Mapping[str, float]) -> float:
        """Return the feature, NaN if there is none."""
        return numbers.get(self.feature, math.nan)

    def holds(self, numbers: Mapping[str, float]) -> bool | None:
        """Whether the feature is beyond the limit; None if it is not known."""
        value = self.value(numbers)
        if math.isnan(value):
            return None
        return value > self.limit if self.above else value < self.limit

    def in_words(self, numbers: Mapping[str, float]) -> str:
        """Return feature, value and limit."""
        beyond = bool(self.holds(numbers))
        sign = (">" if self.above else "<") if beyond else ("<=" if self.above else ">=")
        return f"{self.feature} = {self.value(numbers):.3g} {sign} {self.limit:g}"


def above(feature: str, limit: float) -> Condition:
    """Return the condition that a feature is above a limit."""
    return Condition(feature, True, limit)


def below(feature: str, limit: float) -> Condition:
    """Return the condition that a feature is below a limit."""
    return Condition(feature, False, limit)


@dataclass(frozen=True)
class Signature:
    """What a misconfiguration looks like.

    Parameters
    ----------
    id, name : str
        Number in the catalogue, and name.
    primary : tuple of tuple of Condition
        Alternatives: the signature is present if all conditions of one of them hold.
    secondary : tuple of Condition
        Further conditions, any of which makes it clear.
    sentence : str
        Template, with ``{numbers}`` for the conditions that hold.
    """

    id: str
    name: str
    primary: tuple[tuple[Condition, ...], ...]
    secondary: tuple[Condition, ...]
    sentence: str

    @property
    def conditions(self) -> list[Condition]:
        """All primary conditions."""
        return [condition for every in self.primary for condition in every]

    def present(self, numbers: Mapping[str, float]) -> bool | None:
        """Whether it is present; None if that depends on features that are not known."""
        found = self._judged(numbers)
        return True if True in found else None if None in found else False

    def evidence(self, numbers: Mapping[str, float]) -> str:
        """Return the conditions of the first alternative that holds, in words."""
        found = self._judged(numbers)
        if True not in found:
            return ""
        return ", ".join(one.in_words(numbers) for one in self.primary[found.index(True)])

    def _judged(self, numbers: Mapping[str, float]) -> list[bool | None]:
        # Kleene logic: false beats unknown within an alternative, true beats unknown among them.
        found: list[bool | None] = []
        for every in self.primary:
            held = [condition.holds(numbers) for condition in every]
            found.append(False if False in held else None if None in held else True)
        return found


# Limits were set on trainings of the misconfiguration study with seeds of their own
# (docs/misconfiguration.md). Where faults resemble each other, a condition names the difference.
SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "M1", "learning rate too high",
        (
            (above("loss.not_finite", 0.0),),
            # A healthy loss hardly rises above its first value, and Adam's first update is large.
            (above("loss.worst", 4.0),),
            (above("weights.update_ratio", 0.1), below("loss.skill", 0.2),
             above("weights.norm_start", 0.5)),
        ),
        (above("loss.noise", 1.0), above("weights.growth", 3.0), below("loss.skill", 0.0)),
        "{numbers}: lower the learning rate.",
    ),
    Signature(
        "M2", "learning rate too low",
        ((below("weights.largest_update_ratio", 2e-3), above("loss.relative", 0.3),
          below("activation.still", 0.3), below("activation.input_scale", 10.0)),),
        (below("loss.skill", 0.05), above("loss.relative", 0.9)),
        "{numbers}: raise the learning rate.",
    ),
    Signature(
        "M3", "saturated units from the start",
        ((above("activation.saturation_start", 0.5),),),
        (below("information.memory", 0.05), above("weights.radius_start", 3.0),
         above("activation.input_scale", 10.0)),
        "{numbers}: units are saturated before training; use smaller initial weights, or scale the "
        "inputs.",
    ),
    Signature(
        "M4", "dead units",
        # All units are still where all weights are zero, too: that is M9.
        ((above("activation.still", 0.3), above("activation.spread_start", 1e-6)),
         (above("activation.still", 0.3), above("weights.norm_start", 0.5))),
        (above("activation.still_start", 0.3), below("loss.skill", 0.1)),
        "{numbers}: units are constant on the probe; check biases, the learning rate and the "
        "initial weights.",
    ),
    Signature(
        "M5", "targets unrelated to the inputs",
        ((below("loss.held_out_skill", 0.05), below("information.best_input", 0.05),
          below("information.target_start", 0.05)),),
        (above("loss.skill_gap", 0.05), above("information.target_gap", 0.1)),
        "{numbers}: neither inputs nor states before training predict the targets, and nothing "
        "that is learnt holds on held-out data; check that inputs and targets belong together.",
    ),
    Signature(
        "M6", "no recurrence",
        ((below("weights.recurrent_norm", 1e-6), above("weights.norm_start", 0.5)),),
        (below("information.memory", 0.05),),
        "{numbers}: states do not carry earlier inputs; check that recurrent weights are trained "
        "and that states are passed on.",
    ),
    Signature(
        "M7", "vanishing gradients",
        ((above("weights.radius_start", 1e-3), below("weights.radius_start", 0.3),
          below("activation.still_start", 0.3)),),
        (below("information.memory", 0.1), above("loss.relative", 0.8)),
        "{numbers}: gradients of early steps vanish; use an orthogonal start or a gated network.",
    ),
    Signature(
        "M8", "exploding gradients",
        ((above("weights.radius_start", 1.3), below("weights.radius_start", 3.0)),
         (above("weights.radius_start", 1.3), above("gradient.not_finite", 0.0))),
        (above("gradient.tail", 30.0), above("loss.worst", 10.0), above("gradient.noise", 1.5)),
        "{numbers}: clip gradients, or start with a spectral radius near 1.",
    ),
    Signature(
        "M9", "units nearly identical",
        ((below("activation.spread_start", 1e-3), below("weights.norm_start", 0.5)),
         (above("activation.similarity", 0.95), below("activation.dimension", 1.5))),
        (above("information.redundancy", 0.5), above("activation.still", 0.9)),
        "{numbers}: units do nearly the same; initial weights are too small or equal.",
    ),
    Signature(
        "M10", "inputs not normalised",
        ((above("activation.input_imbalance", 0.4), above("activation.input_scale", 10.0)),),
        (above("activation.saturation_start", 0.2), above("weights.input_column", 0.5)),
        "{numbers}: one input dominates; scale inputs to unit variance.",
    ),
    Signature(
        "M11", "target among the inputs",
        ((above("information.best_input", 2.5),),),
        (above("loss.skill", 0.9), above("loss.held_out_skill", 0.9)),
        "{numbers}: one input nearly determines the targets; check that it is not computed from "
        "them.",
    ),
    Signature(
        "M12", "held-out rows that were trained on",
        ((above("activation.shared_stretches", 0.02),),),
        (below("information.target_gap", 0.05),),
        "{numbers}: held-out rows are in the probe too; split by blocks of time, with a gap of one "
        "window.",
    ),
    Signature(
        "M13", "target off by one step",
        ((above("information.output_input", 2.3), above("loss.persistence_skill", -0.2),
          below("loss.persistence_skill", 0.15)),),
        (below("information.output_target", 2.0),),
        "{numbers}: outputs follow the present inputs, and forecast no better than they do; check "
        "that the target is the next step.",
    ),
    Signature(
        "M14", "overfitting",
        ((above("loss.skill_gap", 0.1), above("loss.held_out_fall", 0.02)),
         (above("loss.skill_gap", 0.05), above("information.target_gap", 0.5))),
        (above("information.target_gap", 0.5), above("loss.held_out_rise", 1.1)),
        "{numbers}: what is learnt no longer holds on held-out data; stop earlier, or use a "
        "smaller network.",
    ),
    Signature(
        "M15", "constant or duplicate inputs",
        ((above("activation.constant_inputs", 0.0),), (above("activation.duplicate_inputs", 0.0),)),
        (),
        "{numbers}: such inputs carry nothing new; leave them out.",
    ),
)  # fmt: skip
