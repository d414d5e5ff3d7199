"""A data set is an object that settings name and every reader asks."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from infoscope import InputError
from infoscope.analysis import dry_run
from infoscope.analysis.data_sets.catalogue import DATA_SETS, TASKS, data_set_of
from infoscope.analysis.data_sets.daily_table import DailyTable
from infoscope.analysis.data_sets.data_set import Words
from infoscope.analysis.settings import Settings
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.load import data_hash, load_data
from infoscope.analysis.study_data.sliding_windows import SlidingWindows
from infoscope.weather import WeatherTable


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_defaults_are_settings_that_survive_toml_and_pickle(name: str, tmp_path: Path) -> None:
    settings = Settings.of(name, epochs=None, seed=2)
    assert settings.epochs == settings.data_set.defaults.get("epochs", 1200)
    path = tmp_path / "config.toml"
    path.write_text(settings.to_toml(), encoding="utf-8")
    assert Settings.from_toml(path) == settings == pickle.loads(pickle.dumps(settings))
    assert settings.data_set is DATA_SETS[name]


def test_the_defaults_of_the_paper_are_those_of_its_table() -> None:
    assert Settings.of("chicago") == Settings()
    assert Settings().corrected().learning_rate == 0.0005
    task = Settings.of("flip-flop")
    assert task.corrected().learning_rate == task.learning_rate == 0.005


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_mode_that_a_data_set_lacks_is_not_cut(name: str) -> None:
    published, corrected = Settings.of(name), Settings.of(name).corrected()
    assert isinstance(load_data(corrected), DailyBlocks)
    if name in TASKS:
        with pytest.raises(InputError, match="no published mode"):
            load_data(published)
    else:
        assert isinstance(load_data(published), SlidingWindows)


def test_what_a_data_set_does_not_read_is_refused() -> None:
    for name, given in (("chicago", {"drop": ("dew",)}), ("flip-flop", {"end": "2015-10-04"})):
        with pytest.raises(InputError, match=f"is for your own table, got .* with {name}"):
            Settings.of(name, **given)
    assert Settings.of("own.csv", targets=("a",), drop=("b",)).start == ""


@dataclass(frozen=True)
class Tides(DailyTable):
    """A table that the package does not know."""

    words: ClassVar[Words] = Words("tide", "tides", "a tide ahead", "of the next tide")
    name: str = "tides"

    @property
    def defaults(self) -> dict[str, object]:
        return {"targets": ("high",), "start": "", "end": "", "hidden_nodes": 4, "epochs": 2}

    def table(self, settings: Settings) -> WeatherTable:
        days = pd.date_range("2001-01-01", periods=900)
        values = np.random.default_rng(0).normal(size=(900, 3))
        frame = pd.DataFrame(values, days, ["high", "low", "wind"])
        return WeatherTable(frame, settings.targets, "tides")


def test_a_new_data_set_is_one_line_in_the_catalogue(monkeypatch) -> None:
    monkeypatch.setattr(dry_run, "_time", lambda _: 1.0)
    monkeypatch.setitem(DATA_SETS, "tides", Tides())
    settings = Settings.of("tides").corrected()
    data = load_data(settings)
    assert data.windows.target_names == ("high",)
    assert "tides to train on" in dry_run.describe_runs({"a run": (settings, data)})
    assert data_hash(settings) == data_hash(Settings.of("tides"))
    assert data_set_of("tides").unit(["high"]) == ""
