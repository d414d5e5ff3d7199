"""Links between the values of a node and the scale on which its sources add up."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from infoscope._validate import Floats

# Recorded values may leave the range of a link by noise, up to this share of their spread.
_BEYOND = 0.5


@dataclass(frozen=True)
class Link:
    """A monotone function of the values of nodes, with its inverse.

    Parameters
    ----------
    name : {"identity", "atanh", "logit", "log"}
        Links of linear, tanh, logistic and exponential nodes.
    margin : float
        Values are kept this far from the ends of the range, where the link is infinite.

    Examples
    --------
    >>> Link("atanh").link(np.array([0.0, 1.0])).round(2).tolist()
    [0.0, 3.45]
    """

    name: str
    margin: float = 1e-3

    def clipped(self, values: Floats) -> Floats:
        """Return values inside the range of the link."""
        low, high = {
            "identity": (-np.inf, np.inf),
            "atanh": (2.0 * self.margin - 1.0, 1.0 - 2.0 * self.margin),
            "logit": (self.margin, 1.0 - self.margin),
            "log": (self.margin, np.inf),
        }[self.name]
        return np.clip(values, low, high)

    def link(self, values: Floats) -> Floats:
        """Return values on the scale of the link."""
        inside = self.clipped(values)
        if self.name == "identity":
            return inside
        return {"atanh": np.arctanh, "logit": logit, "log": np.log}[self.name](inside)

    def value(self, linked: Floats) -> Floats:
        """Return the values of points on the scale of the link."""
        if self.name == "identity":
            return linked
        return {"atanh": np.tanh, "logit": expit, "log": np.exp}[self.name](linked)

    def slope(self, values: Floats) -> Floats:
        """Return the derivative of the value by its link, at values."""
        inside = self.clipped(values)
        if self.name == "atanh":
            return 1.0 - inside**2
        if self.name == "logit":
            return inside * (1.0 - inside)
        return inside if self.name == "log" else np.ones_like(inside)


def candidates(values: Floats) -> list[Link]:
    """Return the links whose range holds the values (n, node), up to noise.

    Twice where values may be exact: with a wide margin for values with recording noise, and with
    a narrow one.
    """
    found = [Link("identity")]
    spread = values.std()
    low, high = values.min(), values.max()
    beyond = _BEYOND * spread
    for name, least, most in (("atanh", -1.0, 1.0), ("logit", 0.0, 1.0)):
        if low > least - beyond and high < most + beyond:
            found.append(Link(name))
            if low > least and high < most:
                found.append(Link(name, 5e-10))
    if low > 0.0 and high > 1.0 + beyond:
        found.append(Link("log", float(low) / 2.0))
    return found
