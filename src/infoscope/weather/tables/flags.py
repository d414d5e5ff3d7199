"""Flags in separate columns: traces, and values that failed a quality check."""

import re

import pandas as pd

from infoscope.weather.tables.findings import Finding


def apply_flags(text: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a table with the flags merged into their values.

    An amount of zero that its flag calls a trace becomes T. A value that failed a quality check of
    NOAA (the second of the attributes measurement, quality, source) becomes empty, and is counted.
    """
    text, findings = text.copy(), []
    for name, flag in _flagged(text):
        trace = text[flag].str.fullmatch(r"T\s*(,.*)?") & _is_nothing(text[name])
        text[name] = text[name].mask(trace, "T")
        failed = text[flag].str.fullmatch(r"[^,]*,\s*[^,\s].*") & text[name].ne("")
        if flag.lower().endswith("attributes") and failed.any():
            findings.append(Finding.at("failed", text.index[failed], name))
            text[name] = text[name].mask(failed, "")
    return text, findings


def _flagged(text: pd.DataFrame) -> list[tuple[str, str]]:
    """Return pairs of a column and that of its flags."""
    by_stem = {_stem(str(name)): str(name) for name in reversed(text.columns)}
    pairs = []
    for flag in (str(name) for name in text.columns):
        found = re.fullmatch(r"(.*?)[_ ](attributes|flag)", flag, re.IGNORECASE)
        value = by_stem.get(_stem(found[1])) if found else None
        if value is not None and value != flag:
            pairs.append((value, flag))
    return pairs


def _stem(name: str) -> str:
    return re.sub(r"\s*[(\[].*", "", name).strip().lower()


def _is_nothing(cells: pd.Series) -> pd.Series:
    return cells.eq("") | pd.to_numeric(cells, errors="coerce").eq(0.0)
