"""Settings of the analysis of a recording."""

from dataclasses import dataclass

from infoscope.analysis.switches import AnalysisSettings
from infoscope.surrogates.default import AUTO


@dataclass(frozen=True)
class RecordingSettings(AnalysisSettings):
    """Settings of the analysis of a recording: every flaw repaired, choices by the data.

    Parameters of `AnalysisSettings` have the same meaning.

    Parameters
    ----------
    data : str
        Path of the recording; empty if it is in memory.

    Raises
    ------
    InputError
        If a setting is out of its range.
    """

    data: str = ""
    k: int = 4
    burn_in: int = 0
    flow_by: str = "copula"
    aligned: str = "auto"
    nulls: tuple[str, ...] = (AUTO,)
    true_targets: bool = True
    distinct_days: bool = True
    blocked_split: bool = True
    no_noise: bool = True
    free_of_scale: bool = True
    gaussian_complexity: bool = True
    structural_edges: bool = True
    significant_edges: bool = True
    bounded_normalisation: bool = True
    whole_gradient: bool = True
    exact_ranks: bool = True
    fitted_network: bool = True
