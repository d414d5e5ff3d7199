"""Description of a recording, and the analysis that its data recommend."""

from infoscope.description.describe import Description, describe
from infoscope.description.recommend import Recommendations, recommend

__all__ = ["Description", "Recommendations", "describe", "recommend"]
