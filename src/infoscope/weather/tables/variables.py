"""The variables of a table: columns of numbers, without codes for missing."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from infoscope._validate import Floats
from infoscope.weather.tables.cells import (
    comma_is_decimal,
    has_decimal_commas,
    numbers_of,
    tell_empty,
    without_thousands,
)
from infoscope.weather.tables.findings import Finding
from infoscope.weather.tables.layouts import Layout
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.quantities import high_and_low, impossible
from infoscope.weather.tables.rows_of_days import RowsOfDays
from infoscope.weather.tables.sentinels import sentinels
from infoscope.weather.tables.text_table import names_of


def variables(
    rows: RowsOfDays, asked: Sequence[str], only: bool
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the text of candidate variables: the requested columns, and others if wanted."""
    names = names_of(rows.text)
    described = [name for name in names if rows.layout.is_aside(name)]
    taken = {*rows.dated, *rows.aside, *described}
    kept = [name for name in names if name in asked or not (only or name in taken)]
    left_out = [name for name in described if not (only or name in (*asked, *rows.dated))]
    return rows.text[kept], [Finding("aside", name) for name in left_out]


def numbers_of_table(
    text: pd.DataFrame, separator: str, layout: Layout, asked: Sequence[str], obstacles: Obstacles
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the numeric columns, NaN where missing, and the findings."""
    comma = comma_is_decimal(text, separator)
    pointed = has_decimal_commas(text)
    found: dict[str, Floats] = {}
    findings: list[Finding] = []
    for name in names_of(text):
        column, thousands = without_thousands(text[name]) if pointed else (text[name], [])
        numbers = numbers_of(column, comma, obstacles, needed=name in asked)
        values, told = numbers.values, [*thousands, *numbers.findings]
        if values is not None:
            values, codes = _without_codes(text[name], values, layout)
            told += codes
            if np.isnan(values).all():
                values, told = None, [*told, Finding("empty", name)]
                if name in asked:
                    tell_empty(name, obstacles)
        findings += told
        if values is not None:
            found[name] = values
    return pd.DataFrame(found, index=text.index), findings


def impossible_values(values: pd.DataFrame, lines: pd.Index) -> list[Finding]:
    """Return impossible values: out of range, or highs below lows."""
    findings = []
    for name in names_of(values):
        wrong = impossible(name, values[name].to_numpy(float))
        if wrong.any():
            example = f"{values[name].to_numpy()[wrong][0]:g}"
            findings.append(Finding.at("impossible", lines[wrong], name, example))
    for high, low in high_and_low(names_of(values)):
        wrong = (values[high] < values[low]).to_numpy()
        if wrong.any():
            findings.append(Finding.at("inverted", lines[wrong], high, low))
    return findings


def _without_codes(text: pd.Series, values: Floats, layout: Layout) -> tuple[Floats, list[Finding]]:
    name, findings = str(text.name), []
    for code in sentinels(name, values, layout.codes_of(name)):
        here = values == code
        findings.append(Finding.at("sentinel", text.index[here], name, f"{code:.10g}"))
        values = np.where(here, np.nan, values)
    return values, findings
