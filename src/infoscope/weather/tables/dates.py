"""Find the date columns of a table, and parse the days."""

import re

import pandas as pd

from infoscope.weather.tables.findings import Finding, in_lines
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.text_table import by_rank, looks_like_day, names_of

# Letters of a name, lower case, most telling first. A table may have several of them: of
# Environment Canada's, Date/Time holds the days and Day the numbers from 1 to 31.
_NAMES = (
    "date", "day", "valid", "time", "datetime", "timestamp", "messdatum", "yyyymmdd", "datum",
    "aaaammjj", "fecha",
)  # fmt: skip
_PARTS = {
    "year": ("year", "yyyy", "yr"),
    "month": ("month", "mm", "mo", "mon"),
    "day": ("day", "dd", "dy"),
    "day of the year": ("doy", "dayofyear", "yday"),
}
# A time of the day with its offset: the day is that of the calendar where it was written.
_TIME = (
    r"(?:[T ]\d{1,2}(?::?\d{2}){0,2}(?:\.\d+)?(?: ?[AaPp][Mm])?"
    r"(?: ?(?:Z|[A-Z]{3,4}|[+-]\d{2}:?\d{0,2}))?)?"
)
# What a note calls the format (nothing where no other reading is possible), its shape, its code.
_FORMATS = (
    ("", r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
    ("", r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    ("", r"\d{8}", "%Y%m%d"),
    ("month/day/year", r"\d{1,2}/\d{1,2}/\d{4}", "%m/%d/%Y"),
    ("day/month/year", r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y"),
    ("day.month.year", r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
    ("day-month-year", r"\d{1,2}-\d{1,2}-\d{4}", "%d-%m-%Y"),
    ("month-day-year", r"\d{1,2}-\d{1,2}-\d{4}", "%m-%d-%Y"),
    ("", r"\d{1,2}-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
    ("", r"\d{1,2} [A-Za-z]{3} \d{4}", "%d %b %Y"),
)


def date_columns(text: pd.DataFrame, wanted: str | None, obstacles: Obstacles) -> list[str]:
    """Return the date column, or the columns of year, month and day; none on failure."""
    names = names_of(text)
    if wanted is not None:
        if wanted in names:
            return [wanted]
        obstacles.add_unknown("date_column", "a column of the table", wanted, names)
        return []
    sample = text.iloc[:500]
    dated = [name for name in names if sample[name].map(looks_like_day).mean() >= 0.5]
    known = by_rank(names, _NAMES, _letters)
    named = [name for name in known if name in dated]
    named += [name for name in dated if re.search("date|datum|time", name.lower())]
    if named:
        return named[:1]
    parts = _part_columns(names)
    if parts:
        return parts
    if dated and (dated[0] == names[0] or len(dated) == 1):
        return dated[:1]
    if dated:
        obstacles.add(
            f"must have one column of dates, got several ({', '.join(dated)}); choose with "
            "date_column (--date-column)"
        )
    elif known:
        return known[:1]
    else:
        obstacles.add(
            f"must have a date column, got {', '.join(names)}; name it 'date', with days such as "
            "2015-05-01"
        )
    return []


def days_of(
    text: pd.DataFrame, columns: list[str], obstacles: Obstacles
) -> tuple[pd.Series, list[Finding]]:
    """Return the day of each row, NaT if none, and the date format."""
    if len(columns) == 1:
        cells, name = text[columns[0]], columns[0]
    else:
        cells, name = text[columns].agg("-".join, axis=1), ", ".join(columns)
    days, label = _parsed(cells, by_day_of_year=len(columns) == 2)
    findings = [Finding("date-format", name, len(days), label)] if label else []
    if len(columns) > 1:
        findings.append(Finding("date-parts", count=len(columns), value=name))
    bad = days.isna().to_numpy()
    if bad.any():
        advice = (
            "write every day as year-month-day, or name another column with date_column "
            "(--date-column)"
            if bad.sum() > len(bad) / 4
            else "correct or remove the row"
        )
        obstacles.add(
            f"column {name!r} must hold dates such as 2015-05-01, got {cells[bad].iloc[0]!r} "
            f"{in_lines(cells.index[bad], f'of {len(bad)} cells')}; {advice}"
        )
    return days, findings


def calendar_columns(text: pd.DataFrame, days: pd.Series, columns: list[str]) -> list[str]:
    """Return columns that only repeat the year, month or day of the dates."""
    found = []
    for part, names in _PARTS.items():
        for name in names_of(text):
            if name not in columns and _letters(name) in names:
                own = {"year": days.dt.year, "month": days.dt.month, "day": days.dt.day}
                own["day of the year"] = days.dt.day_of_year
                if (pd.to_numeric(text[name], errors="coerce") == own[part]).all():
                    found.append(name)
    return found


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", re.sub(r"[(\[].*", "", name.lower()))


def _part_columns(names: list[str]) -> list[str]:
    found = {
        part: next((name for name in names if _letters(name) in known), None)
        for part, known in _PARTS.items()
    }
    for wanted in (("year", "month", "day"), ("year", "day of the year")):
        columns = [found[part] for part in wanted]
        if None not in columns:
            return [str(column) for column in columns]
    return []


def _parsed(cells: pd.Series, by_day_of_year: bool) -> tuple[pd.Series, str]:
    """Return the days in the format that fits the most cells, and the name of the format."""
    if by_day_of_year:
        return pd.to_datetime(cells, errors="coerce", format="%Y-%j"), ""
    best, name = None, ""
    for label, shape, code in _FORMATS:
        plain = cells.str.extract(f"^({shape}){_TIME}$")[0]
        if not plain.notna().any():
            continue
        days = pd.to_datetime(plain, errors="coerce", format=code)
        if best is None or _fit(days) > _fit(best):
            best, name = days, label
    if best is None:
        return pd.Series(pd.NaT, index=cells.index, dtype="datetime64[s]"), ""
    return best, name


def _fit(days: pd.Series) -> tuple[int, int]:
    """Return how many cells are days, and how many of these follow the day before."""
    steps = days.dropna().diff() == pd.Timedelta(days=1)
    return int(days.notna().sum()), int(steps.sum())
