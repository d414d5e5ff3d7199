"""Convert text cells to numbers: words for missing, decimal commas, traces, limits."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infoscope._validate import Floats
from infoscope.weather.tables.findings import Finding, in_lines
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.quantities import quantity_of

# Compared in lower case; rows of dashes, asterisks and points too.
_MISSING = (
    "", "na", "n/a", "#n/a", "#na", "<na>", "nan", "nat", "null", "(null)", "\\n", "none", "nil",
    "m", "missing", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "-nan", "1.#qnan", "1.#ind",
    "-1.#ind", "<null>", "nd", "n.d.", "no data", "not available", "///",
)  # fmt: skip
_DASHES = r"[-–—]+|\*+|\.+|\?+"
_TRACES = ("t", "tr", "trace")
# Not 014880,014900, which lists two stations.
_COMMA = r"[+-]?(?!0\d)\d*,\d+"
# Points between thousands, where the comma is the decimal sign.
_POINTED = r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"
_MAYBE_THOUSANDS = r"[+-]?[1-9]\d{0,2},\d{3}"
# Numbers in another way of writing: a column of them is no text that can be left out.
_NEARLY = r"[+-]?(?!0\d)[\d., ']+%?"
# The library refuses larger numbers: their squares overflow.
_LARGEST = 1e150
# The smallest amounts that the U.S. Weather Service reports, in inches: of snow on the ground, snow
# and precipitation. A trace, T, is less; it is above all this service that writes it.
_REPORTED = ((r"sno?wd|depth|ground", 1.0), (r"snow", 0.1), (r"pre?c|pcpn|percip|rain", 0.01))


@dataclass(frozen=True)
class Numbers:
    """A column as numbers.

    Parameters
    ----------
    values : array or None
        The numbers, NaN where missing; None if the column holds text, or nothing.
    findings : tuple of Finding
        Conversions; for a column without numbers, its content.
    """

    values: Floats | None
    findings: tuple[Finding, ...] = ()


def is_missing(text: pd.Series) -> pd.Series:
    """Whether each cell is empty or a word for missing."""
    return text.str.lower().isin(_MISSING) | text.str.fullmatch(_DASHES)


def comma_is_decimal(text: pd.DataFrame, separator: str) -> bool:
    """Whether commas within numbers can only be decimal commas.

    A file with other separators has commas free for decimals; in one with commas, a cell such as
    1,013 could be a thousand and thirteen.
    """
    if separator != ",":
        return True
    return has_decimal_commas(text)


def has_decimal_commas(text: pd.DataFrame) -> bool:
    """Whether some column has numbers with a comma that can only be a decimal comma."""
    cells = (text[name][text[name].str.contains(",", regex=False)] for name in text.columns)
    commas = (column[column.str.fullmatch(_COMMA)] for column in cells)
    return any(len(c) > 0 and not c.str.fullmatch(_MAYBE_THOUSANDS).all() for c in commas)


def without_thousands(text: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """Return a column of a file with decimal commas without the points between thousands.

    A column in which any point divides something else stays as it is.
    """
    pointed = text[text.str.contains(".", regex=False) & ~is_missing(text)]
    if pointed.empty or not pointed.str.fullmatch(_POINTED).all():
        return text, []
    told = Finding("thousands", str(text.name), len(pointed), pointed.iloc[0])
    plain = pointed.str.replace(".", "", regex=False)
    return text.where(~text.index.isin(pointed.index), plain.reindex(text.index)), [told]


def numbers_of(text: pd.Series, comma: bool, obstacles: Obstacles, needed: bool = False) -> Numbers:
    """Return a column of text as numbers.

    Parameters
    ----------
    text : Series
        Cells without padding, indexed by line.
    comma : bool
        Whether a comma is a decimal comma.
    obstacles : Obstacles
        Receives cells that are not numbers, not finite or too large.
    needed : bool
        Whether a column of words, or an empty one, is also an obstacle.
    """
    name = str(text.name)
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
    plain = text[numbers.notna()]
    # Most cells are plain numbers: only the others are checked as words.
    odd = text[numbers.isna()]
    odd = odd[~is_missing(odd)]
    if plain.empty and odd.empty:
        if needed:
            tell_empty(name, obstacles)
        return Numbers(None, (Finding("empty", name),))
    findings: list[Finding] = []
    if len(odd):
        numbers = _decimal_commas(odd, plain, numbers, comma, findings)
        numbers = _traces(odd, plain, numbers, findings)
        numbers = _limits(odd, numbers, findings)
    wrong = odd[numbers.loc[odd.index].isna()]
    words = wrong[~wrong.str.fullmatch(_NEARLY)]
    if 2 * len(words) > len(plain) + len(odd) and not needed:
        return Numbers(None, (Finding("text", name, len(words), words.iloc[0]),))
    if len(wrong):
        _tell_wrong(wrong, len(plain) + len(odd), obstacles)
    _tell_too_large(text, numbers, obstacles)
    if numbers.isna().all():
        return Numbers(None)
    return Numbers(np.asarray(numbers, dtype=np.float64), tuple(findings))


def _decimal_commas(
    odd: pd.Series, plain: pd.Series, numbers: pd.Series, comma: bool, findings: list[Finding]
) -> pd.Series:
    commas = odd[odd.str.fullmatch(_COMMA)]
    # With both points and commas, the decimal sign is ambiguous.
    if not comma or commas.empty or plain.str.contains(".", regex=False).any():
        return numbers
    findings.append(Finding("decimal-comma", str(odd.name), len(commas), commas.iloc[0]))
    read = pd.to_numeric(commas.str.replace(",", "."), errors="coerce").astype(float)
    return numbers.fillna(read)


def _traces(
    odd: pd.Series, plain: pd.Series, numbers: pd.Series, findings: list[Finding]
) -> pd.Series:
    name, traces = str(odd.name), odd[odd.str.lower().isin(_TRACES)]
    quantity = quantity_of(name)
    is_amount = quantity == "amount" or (quantity == "" and numbers.min() >= 0.0)
    if traces.empty or not is_amount:
        return numbers
    written = pd.concat([plain, odd[odd.str.fullmatch(_COMMA)]])
    half = _smallest(name, written) / 2.0
    findings.append(Finding.at("trace", traces.index, name, f"{half:g}"))
    return numbers.fillna(pd.Series(half, index=traces.index))


def _smallest(name: str, told: pd.Series) -> float:
    """Return the smallest amount that a column can report."""
    decimals = told.str.extract(r"^[+-]?\d*[.,](\d+)$")[0].str.len().max()
    observed = 1.0 if pd.isna(decimals) else 10.0 ** -int(decimals)
    lower = name.lower()
    in_inches = re.search(r"_in\b|\(in|inch", lower)
    # Whole numbers may be tenths of millimetres.
    if re.search(r"mm\b|cm\b", lower) or (observed == 1.0 and not in_inches):
        return observed
    fitting = (smallest for pattern, smallest in _REPORTED if re.search(pattern, lower))
    return min(observed, next(fitting, observed))


def _limits(odd: pd.Series, numbers: pd.Series, findings: list[Finding]) -> pd.Series:
    """Read <31, less than 31, as half of it: like a trace, it is more than nothing."""
    below = odd[odd.str.fullmatch(r"< ?\d+\.?\d*")]
    if below.empty or numbers.isna().all():
        return numbers
    limit = pd.to_numeric(below.str.lstrip("< ")).astype(float)
    findings.append(Finding.at("below", below.index, str(odd.name), below.iloc[0]))
    return numbers.fillna(limit / 2.0)


def tell_empty(name: str, obstacles: Obstacles) -> None:
    """Report a required column without values."""
    obstacles.add(
        f"column {name!r} has no value on any day; choose another with targets or columns "
        "(--targets, --columns)"
    )


def _tell_wrong(wrong: pd.Series, count: int, obstacles: Obstacles) -> None:
    reason = ""
    if wrong.str.fullmatch(_COMMA).any():
        reason = ", where the comma may stand for decimals or for thousands"
    if len(wrong) == count:
        advice = (
            "it has no plain number: choose another column (--targets, --columns), leave it out "
            f"with drop (--drop {wrong.name!r}), or write its numbers as 1234.5"
        )
    else:
        advice = _advice(wrong)
    _tell("be numeric", wrong, reason, advice, obstacles)


def _tell_too_large(text: pd.Series, numbers: pd.Series, obstacles: Obstacles) -> None:
    infinite = np.isinf(numbers)
    large = (numbers.abs() > _LARGEST) & ~infinite
    for wrong, required in ((infinite, "be finite"), (large, f"be within ±{_LARGEST:g}")):
        if wrong.any():
            _tell(required, text[wrong], "", _advice(text), obstacles)


def _tell(required: str, wrong: pd.Series, reason: str, advice: str, obstacles: Obstacles) -> None:
    places = in_lines(wrong.index, "such cells")
    obstacles.add(
        f"column {wrong.name!r} must {required}, got {wrong.iloc[0]!r} {places}{reason}; {advice}"
    )


def _advice(wrong: pd.Series) -> str:
    return (
        "correct the cells, empty them only if the values are missing, or leave the column out "
        f"with drop (--drop {wrong.name!r})"
    )
