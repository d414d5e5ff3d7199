"""Significance in words: hypothesis, control and warnings."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from infoscope._errors import InputError

if TYPE_CHECKING:
    from infoscope.significance.closed_form import ClosedForm
    from infoscope.significance.closed_form_flow import ClosedFormFlow
    from infoscope.significance.flow_significance import FlowSignificance

# Significance level of `described` and `doubts`.
_LEVEL = 0.05


# What a significant edge of a flow means; a statistic of something else says so in its attribute
# "edge".
_EDGE = (
    "dependence in time between two nodes beyond it, not a connection: a common cause or a path "
    "through other nodes makes edges too"
)


def hypothesis_of(found: "FlowSignificance | ClosedFormFlow") -> str:
    """Return the null hypothesis and the meaning of a significant edge."""
    tests = found.tests or f"all is as in the surrogates ({found.null})"
    edge = found.flow.attrs.get("edge", _EDGE)
    return f"Null hypothesis: {tests}. A significant edge is {edge}."


def doubts(found: "FlowSignificance | ClosedFormFlow") -> tuple[str, ...]:
    """Return a sentence if impossible pairs are significant too often."""
    if not found.control.any() or found.smallest_p > _LEVEL:
        return ()
    share = control_shares(found, _LEVEL)["share"].to_dict()["all"]
    pairs = int(found.control.sum())
    # The level plus three standard errors of independent pairs.
    if share <= _LEVEL + 3.0 * np.sqrt(_LEVEL * (1.0 - _LEVEL) / pairs):
        return ()
    return (
        f"{share:.0%} of the {pairs} pairs that can have no edge have p <= {_LEVEL:g}: nodes "
        "depend on one another where nothing flows, so that a significant edge need be no "
        "connection; compare flow_measures, which ask for direct influence",
    )


def described(found: "FlowSignificance | ClosedFormFlow") -> str:
    """Return null, hypothesis, choices, number of edges, control and doubts, in lines."""
    drawn = f"{found.surrogates} surrogates" if found.surrogates else "no surrogates"
    lines = [f"null: {found.null} ({drawn})", found.hypothesis, *found.notes]
    if found.smallest_p <= _LEVEL:
        edges, tested = int(found.significant(_LEVEL).sum()), int(found.tested.sum())
        lines.append(f"{edges} of {tested} tested edges are significant at FWER {_LEVEL:.0%}")
        if found.control.any():
            every = control_shares(found, _LEVEL).to_dict("index")["all"]
            lines.append(
                f"control: of {every['pairs']} pairs that can have no edge, {every['share']:.0%} "
                f"have p <= {_LEVEL:g}, and {every['share_fwer']:.0%} are significant at FWER "
                f"{_LEVEL:.0%}"
            )
    return "\n".join([*lines, *(f"warning: {text}" for text in found.warnings)])


def control_shares(found: "FlowSignificance | ClosedForm", level: float) -> pd.DataFrame:
    """Return the share of control pairs with p up to a level, by class and of all."""
    table = found.to_frame(control=True)
    if table.empty:
        raise InputError(
            "control must have some pairs that can have no edge, got none; give the nodes the "
            "roles input, hidden and output, as in a Recording"
        )
    calls = pd.DataFrame(
        {"share": table["p"] <= level, "share_fwer": table["p_fwer"] <= level}
    ).groupby(table["edge_class"])
    shares = calls.mean()
    shares.insert(0, "pairs", calls.size())
    total = [len(table), (table["p"] <= level).mean(), (table["p_fwer"] <= level).mean()]
    shares.loc["all"] = total
    return shares.astype({"pairs": int})
