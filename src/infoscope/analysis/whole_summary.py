"""One summary and one page, whichever modes were run."""

from typing import Any

from infoscope._system import peak_memory_mb
from infoscope.analysis.corrected.results import CorrectedResults
from infoscope.analysis.corrected.summary import corrected_summary
from infoscope.analysis.page import Shown, to_page
from infoscope.analysis.results import PublishedResults
from infoscope.analysis.summary import published_numbers, summary_of, timing, to_markdown


def whole_summary(
    published: PublishedResults | None, corrected: CorrectedResults | None, drawing: float
) -> dict[str, Any]:
    """Return the summary of a run: published numbers, and ``corrected`` and ``nulls`` beside them.

    ``drawing`` is the seconds that figures took.
    """
    peak = max([r.peak_memory_mb for r in (published, corrected) if r], default=0.0)
    peak, figures = max(peak, peak_memory_mb()), {"figures": drawing}
    summary = {} if published is None else summary_of(published, figures, peak)
    if corrected is None:
        return summary
    seconds = {f"corrected_{name}": value for name, value in corrected.seconds.items()}
    seconds |= ({} if published is None else published.seconds) | figures
    summary |= {"timing": timing(seconds), "peak_memory_mb": round(peak, 1)}
    return summary | corrected_summary(corrected)


def whole_page(summary: dict[str, Any], captions: list[tuple[str, str]], shown: list[Shown]) -> str:
    """Return the page of a run, with the captions of its published and corrected figures."""
    if not shown:
        return to_markdown(summary, captions)
    published = ""
    if captions:
        published = "\n".join(["# Published numbers", "", *published_numbers(summary)])
    return to_page(summary, shown, dict(captions), published)
