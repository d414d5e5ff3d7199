"""Captions: templates filled from facts, with undefined numbers marked as such.

A template is text. A line that begins with a condition in brackets, ``[name]`` or ``[not name]``,
begins a part that is omitted unless the fact with this name is true, or the repair with this name
is active; ``[]`` ends such a part.
"""

import math
import re
import string
from collections.abc import Mapping, Sequence
from typing import Any

from infoscope.analysis.results import Results
from infoscope.analysis.written.summary import without_nan

Facts = dict[str, Any]
_CONDITION = re.compile(r"^\[(not )?(\w*)\] ?", re.MULTILINE)
_COURSES = {
    "rises": "from {first:.2f} bits at epoch {first_epoch} to its largest value, {last:.2f} at "
    "epoch {last_epoch}",
    "falls": "from its largest value, {first:.2f} bits at epoch {first_epoch}, to {last:.2f} at "
    "epoch {last_epoch}",
    "peaks": "from {first:.2f} bits at epoch {first_epoch} to {last:.2f} at epoch {last_epoch}, at "
    "most {max:.2f} at epoch {max_epoch}",
    "stays": "nowhere, for epoch {first_epoch} with {first:.2f} bits is the only one",
}


def plain(results: Results, **facts: Any) -> Facts:
    """Return facts as plain numbers, strings and booleans, with None for undefined numbers.

    They include the active repairs and the name of the main graph.
    """
    common = {"repairs": list(results.settings.repairs), "main": results.main}
    return without_nan({**common, **facts})


def fill(template: str, facts: Mapping[str, Any]) -> str:
    """Return a template as one line, with its fields replaced by facts.

    Formats: Python's, such as ``.2f``; ``share`` for percent; ``course`` for first, largest and
    last value of a curve; for several graphs (or any mapping), ``key`` or ``key:format`` for this
    fact of each. Booleans become yes and no.

    Examples
    --------
    >>> fill("{n} nodes.\\n[few] Too few.\\n[not few] Enough.", {"n": 2, "few": True})
    '2 nodes. Too few.'
    >>> fill("{r:.2f}, {graphs:edges}", {"r": None, "graphs": {"3 bits": {"edges": 5}}})
    'not defined, 5 (above 3 bits)'
    """
    first, *rest = _CONDITION.split(template)
    parts = [first]
    for negated, name, part in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        holds = not name or bool(facts.get(name)) or name in facts.get("repairs", ())
        if holds != bool(negated):
            parts.append(part)
    text = _Formatter().vformat("".join(parts), (), facts)
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def fill_change(template: str, published: Facts, corrected: Facts) -> str:
    """Return a sentence on the change.

    Its fields are the corrected facts, ``published``, ``before`` (the densest published graph)
    and ``after`` (the main corrected graph).
    """
    known = {**corrected, "published": published}
    if "graphs" in published and "graphs" in corrected:
        known["before"] = dict([next(iter(published["graphs"].items()))])
        known["after"] = {corrected["main"]: corrected["graphs"][corrected["main"]]}
    return fill(template, known)


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Mapping):
            return course(value) if format_spec == "course" else in_each(value, format_spec)
        if isinstance(value, list):
            return listed([str(part) for part in value])
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return "not defined"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if format_spec == "share":
            return share(value)
        if isinstance(value, float) and format_spec.startswith("."):
            return format(value, f"z{format_spec}")  # no negative zero
        return format(value, format_spec)


def in_each(graphs: Mapping[str, Mapping[str, Any]], spec: str) -> str:
    """Return one fact of each graph: 0.10 (above 0.06 bits), 0.20 (above 0.3 bits) and ..."""
    key, _, spec = spec.partition(":")
    formatter = _Formatter()
    values = [formatter.format_field(facts.get(key), spec) for facts in graphs.values()]
    names = [edge_rule(name) for name in graphs]
    return listed([f"{value} ({name})" for value, name in zip(values, names, strict=True)])


def course(curve: Mapping[str, Any]) -> str:
    """Describe first, largest and last value of a curve, with epochs."""
    first, last, largest = (curve[f"{name}_epoch"] for name in ("first", "last", "max"))
    if first == last:
        return fill(_COURSES["stays"], curve)
    shape = "rises" if largest == last else "falls" if largest == first else "peaks"
    return fill(_COURSES[shape], curve)


def share(value: float) -> str:
    """Return a share in percent, with decimals if it would otherwise round to 0 or 100 %."""
    return f"{value:.2%}" if 0.0 < min(value, 1.0 - value) < 0.01 else f"{value:.0%}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as text: a, b and c."""
    return ", ".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def edge_rule(name: str) -> str:
    """Return the edge rule of a graph by its name."""
    return f"above {name}" if name.endswith(" bits") else name
