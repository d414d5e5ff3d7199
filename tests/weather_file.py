"""A small daily table that any test can write and run on."""

from pathlib import Path

import numpy as np
import pandas as pd


def write_weather(path: Path, days: int = 70, seed: int = 0, behind: int = 0) -> Path:
    """Write a table, its low following the high some days behind."""
    random = np.random.default_rng(seed)
    season, later = (np.sin((np.arange(days) - shift) / 9.0) for shift in (0, behind))
    table = pd.DataFrame(
        {
            "date": pd.date_range("2020-01-01", periods=days).strftime("%Y-%m-%d"),
            "high": 60 + 12 * season + random.normal(size=days),
            "low": 45 + 9 * later + random.normal(size=days),
            "rain": (random.random(days) < 0.3) * random.random(days),
            "station": 7.0,
        }
    )
    table.to_csv(path, index=False)
    return path
