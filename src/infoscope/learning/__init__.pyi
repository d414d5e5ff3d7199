from .gradients import gradient_statistics
from .held_out.held_out_plane import held_out_plane
from .indicators import LearningIndicators, learning_indicators
from .leads import indicator_leads, progress_curve
from .phases import change_point, compression, crossing_epoch, turn_count
from .plane import InformationPlane, information_plane
from .seeds import SeedTest, seed_band, seed_test, stack_seeds
from .specificity import auroc, partial_spearman

__all__ = [
    "InformationPlane",
    "LearningIndicators",
    "SeedTest",
    "auroc",
    "change_point",
    "compression",
    "crossing_epoch",
    "gradient_statistics",
    "held_out_plane",
    "indicator_leads",
    "information_plane",
    "learning_indicators",
    "partial_spearman",
    "progress_curve",
    "seed_band",
    "seed_test",
    "stack_seeds",
    "turn_count",
]
