"""Description of a recording, and the analysis that its data recommend."""

from infoscope.description.describe import Description, describe
from infoscope.description.nearest_bed import NearestBed, nearest_bed
from infoscope.description.recommend import Recommendations, recommend

__all__ = [
    "Description",
    "NearestBed",
    "Recommendations",
    "describe",
    "nearest_bed",
    "recommend",
]
