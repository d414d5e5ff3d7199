"""Pivot long tables, one row per value, to one row per day and one column per element."""

import pandas as pd

from infoscope.weather.tables.findings import Finding
from infoscope.weather.tables.layouts import long_names
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.stations import rows_of_station
from infoscope.weather.tables.text_table import names_of

_LAYOUT = "NOAA GHCN-Daily, one row a value; in tenths of °C, mm and m/s, left as they are"


def is_long(text: pd.DataFrame) -> bool:
    """Whether a table has one row per value, as NOAA's GHCN-Daily by year."""
    return long_names(names_of(text)) is not None


def made_wide(
    text: pd.DataFrame, station: str | None, obstacles: Obstacles
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return one station of a long table as a wide one, indexed by the first line of each day.

    A trace (measurement flag T) becomes T, and a value that failed its quality check empty.
    """
    text = text.set_axis(pd.Index(long_names(names_of(text)) or names_of(text)), axis=1)
    findings = [Finding("layout", value=_LAYOUT)]
    if "station" in text:
        once = text.drop_duplicates(["station", "date"])
        days = pd.to_datetime(once["date"], errors="coerce", format="%Y%m%d")
        own, found, _ = rows_of_station(once, days, station, obstacles)
        text = text[text["station"] == own["station"].iloc[0]]
        findings += found
    text = text.assign(value=_flagged(text, findings))
    lines = text.index.to_series().groupby(text["date"], sort=False).first()
    wide = text.drop_duplicates(["date", "element"]).pivot(
        index="date", columns="element", values="value"
    )
    elements = list(dict.fromkeys(text["element"]))
    wide = wide.loc[lines.index, elements].fillna("").rename_axis(columns=None)
    wide.insert(0, "date", lines.index.to_numpy())
    return wide.set_axis(pd.Index(lines.to_numpy(), name="line")), findings


def _flagged(text: pd.DataFrame, findings: list[Finding]) -> pd.Series:
    values = text["value"]
    if "mflag" in text:
        values = values.mask(text["mflag"].eq("T") & values.eq("0"), "T")
    if "qflag" in text:
        failed = text["qflag"].ne("")
        for name, rows in text[failed].groupby("element", sort=False):
            findings.append(Finding.at("failed", rows.index, str(name)))
        values = values.mask(failed, "")
    return values
