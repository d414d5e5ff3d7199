"""From tables of numbers to the page of results."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

INTRODUCTION = (
    'Written by `make bench`, part by part (`make bench ARGS="--list"`). Times are wall times, '
    "the best of several repeats, kernels compiled; the machine is shared, and two runs differ by "
    "tens of percent."
)
# Heading and introduction of each section, in the order of the page.
SECTIONS = {
    "own": ("Our own times", ""),
    "speed": ("Speed beside others, same data, same run", ""),
    "growth": ("How the time grows", ""),
    "accuracy": (
        "Accuracy",
        "Systems of which the exact information is known (`tests/truth.py`, with their sources). "
        "A cell is bias ± spread in bits: the mean of the estimates less the truth, and the "
        "standard deviation of one estimate, over 50 independent samples (so that a bias "
        "is known to a seventh of its spread). A dash: what the "
        "estimator assumes does not hold.",
    ),
    "flow": (
        "Measures of flow",
        "Who influences whom is known of synthetic systems (`synthetic_systems`) and of our own "
        "networks, by their weights (`network_influence`): which measure finds it?",
    ),
    "wiring": (
        "Wiring",
        "What was to be reached on test beds of known connections and on public graphs, mean ± "
        "standard deviation over networks. All measures: [docs/wiring.md](../docs/wiring.md).",
    ),
}


# Cores that other programs may use without a word.
DISTURBING = 0.1


@dataclass(frozen=True)
class Table:
    """One table of the page.

    Parameters
    ----------
    title : str
        What it shows; empty for the only table of its kind.
    about : str
        What each column means.
    columns : list of (heading, unit)
        Units: text, count, seconds, milliseconds, bar, ratio, gap, MB, bits, change, error (a bias
        with its spread), share, score (a mean with half of its interval, and whether it is among
        the best), percent (a share with half of its interval).
    rows : list of lists
        Plain numbers and words; None for what there is not.
    """

    title: str
    about: str
    columns: list[tuple[str, str]]
    rows: list[list[Any]]


def floor() -> str:
    """What the fastest possible all-pairs estimate would have to do, beside what ours does."""
    return (
        "Operations per point, counted at k = 10, n = 10,000 and correlation .3. The floor: a "
        "search that knew every radius beforehand would compute 11 distances of 5 operations, "
        "take the largest, and look up four borders in the marginals: some 75. Ours collects "
        "110 points for a leaf of 8 about 1.5 times (170 a point), computes 83 distances 1.05 "
        "times (440), counts 2.6 times how many of them a guess holds (1,300) and looks at 4 x 8 "
        "entries around the borders (80): some 2,000, or 27 times the floor. They run without "
        "branches in vector instructions of four or eight numbers, which takes back most of it; "
        "the strips that came before did a third of the operations, branch by branch, in twice "
        "the time."
    )


def as_time(seconds: float) -> str:
    """A time with three digits."""
    for limit, factor, unit in ((1e-4, 1e6, "µs"), (0.1, 1e3, "ms")):
        if seconds < limit:
            return f"{factor * seconds:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def signed(value: float, digits: int = 3) -> str:
    """A number with a true minus sign; no minus before what rounds to zero."""
    return f"{value + 0.0:.{digits}f}".replace("-", "−").replace(
        f"−{0:.{digits}f}", f"{0:.{digits}f}"
    )


def as_score(mean: float, half: float, best: bool) -> str:
    """A mean with half of its interval, in bold among the best."""
    shown = signed(mean, 2)
    return f"**{shown}** ± {half:.2f}" if best else f"{shown} ± {half:.2f}"


def cell(value: Any, unit: str) -> str:
    """One value as the page shows it."""
    if value is None:
        return "—"
    shown = {
        "text": lambda: str(value),
        "count": lambda: f"{value:,}",
        "seconds": lambda: as_time(value),
        "milliseconds": lambda: f"{1e3 * value:.3g}",
        "ratio": lambda: f"{value:.3g}" if value < 100 else f"{value:.0f}",
        "gap": lambda: f"{value:.1e}" if value else "0",
        "MB": lambda: f"{value:.0f}",
        "bits": lambda: signed(value),
        "error": lambda: f"{signed(value[0])} ± {value[1]:.3f}",
        "share": lambda: f"{value:.2f}",
        "score": lambda: as_score(*value),
        "percent": lambda: f"{100 * value[0]:.1f} ± {100 * value[1]:.1f} %",
        "change": lambda: (
            "0" if value == 0 else f"{value:.3f}" if value >= 5e-4 else f"{value:.1e}"
        ),
    }
    return shown[unit]()


def as_markdown(table: Table) -> str:
    """One table with its title and its explanation."""
    headings = [heading for heading, _ in table.columns]
    units = [unit for _, unit in table.columns]
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    lines += [
        "| " + " | ".join(cell(v, u) for v, u in zip(row, units, strict=True)) + " |"
        for row in table.rows
    ]
    title = [f"### {table.title}"] if table.title else []
    return "\n\n".join([*title, *([table.about] if table.about else []), "\n".join(lines)])


def page(results: list[dict[str, Any]], fingerprint: str) -> str:
    """The page: the results of the parts, in their order, each in its section.

    The machine stands at the top if all parts agree, and else under those that differ; the note
    of a part also says whether it was measured with other source code than ``fingerprint``, and
    whether other programs were busy.
    """
    machines = [result["machine"] for result in results]
    common = max(machines, key=machines.count, default="nowhere")
    blocks = ["# Benchmark results", INTRODUCTION, f"{common}."]
    for section, members in groupby(results, key=lambda result: result["section"]):
        heading, introduction = SECTIONS[section]
        blocks += [f"## {heading}", *([introduction] if introduction else [])]
        for result in members:
            blocks += [as_markdown(Table(**table)) for table in result["tables"]]
            if result["name"] == "pairs" and floor():
                blocks.append(floor())
            if notes := _notes(result, common, fingerprint):
                blocks.append(f"*{notes}*")
    return "\n\n".join(blocks) + "\n"


def _notes(result: dict[str, Any], common: str, fingerprint: str) -> str:
    """What a reader must know of one part's measurement, if anything."""
    notes = []
    if result["machine"] != common:
        notes.append(f"On {result['machine']}.")
    if result["source"] != fingerprint:
        notes.append(f"Measured {result['date']}, before the last change of the code.")
    others = result.get("cores_of_others") or 0.0
    if result["section"] not in ("accuracy", "flow", "wiring") and others > DISTURBING:
        notes.append(f"Other programs kept {others:.1f} cores busy meanwhile.")
    return " ".join(notes)
