"""Which folders a run takes, and what it notes of its starts; nothing is computed."""

import json
from pathlib import Path

import pytest
import xarray as xr

from infoscope import InputError
from infoscope.analysis.settings import Settings
from infoscope.runs import provenance
from infoscope.runs.run_folder import RunFolder

_DATA = "0" * 64


def begun(root: Path, resume: bool = False) -> RunFolder:
    return RunFolder.begin(root, Settings(), resume)


def with_results(root: Path) -> RunFolder:
    run = begun(root)
    run.note_start(["infoscope"], _DATA)
    run.recording.mkdir()
    return run


def starts(run: RunFolder) -> list[dict]:
    return json.loads((run.root / "provenance.json").read_text())["starts"]


def test_each_start_has_its_versions(tmp_path, monkeypatch) -> None:
    run = begun(tmp_path / "run")
    monkeypatch.setattr(provenance, "version", lambda name: f"1.0 of {name}")
    assert run.note_start(["infoscope"], _DATA) == []
    assert run.note_start(["infoscope"], _DATA) == []
    new = {"infoscope": "0.0.9", "numpy": "1.26"}
    monkeypatch.setattr(provenance, "version", lambda name: new.get(name, f"1.0 of {name}"))
    said = run.note_start(["infoscope"], _DATA)
    assert said == [
        "infoscope 0.0.9 instead of 1.0 of infoscope",
        "numpy 1.26 instead of 1.0 of numpy",
    ]
    versions = [start["versions"]["numpy"] for start in starts(run)]
    assert versions == ["1.0 of numpy", "1.0 of numpy", "1.26"]


def test_an_edited_source_is_said(tmp_path, monkeypatch) -> None:
    run = begun(tmp_path / "run")
    run.note_start(["infoscope"], _DATA)
    monkeypatch.setattr(provenance, "_source_hash", lambda: "f" * 64)
    assert run.note_start(["infoscope"], _DATA) == ["an edited source of infoscope"]


def test_provenance_of_before_starts_had_versions_is_understood(tmp_path) -> None:
    run = begun(tmp_path / "run")
    run.note_start(["infoscope"], _DATA)
    path = run.root / "provenance.json"
    old = json.loads(path.read_text())
    old["versions"]["infoscope"] = "0.0.9"
    for start in old["starts"]:
        del start["versions"], start["python"], start["source_sha256"]
    del old["source_sha256"]
    path.write_text(json.dumps(old))
    (said,) = run.note_start(["infoscope"], _DATA)
    assert said.endswith("instead of 0.0.9")


@pytest.mark.parametrize(
    "damage", ["{", "[]", '{"starts": {}}', '{"starts": [1]}', '{"starts": []}', "null"]
)
def test_a_damaged_provenance_is_named(tmp_path, damage) -> None:
    run = with_results(tmp_path / "run")
    text = damage.replace('"starts"', f'"data_sha256": "{_DATA}", "starts"')
    (run.root / "provenance.json").write_text(damage if "[]" in damage else text)
    with pytest.raises(InputError, match=r"provenance\.json must hold the provenance"):
        run.note_start(["infoscope"], _DATA)


def test_results_without_provenance_are_refused(tmp_path) -> None:
    run = with_results(tmp_path / "run")
    (run.root / "provenance.json").unlink()
    with pytest.raises(InputError, match=r"provenance\.json is missing"):
        run.note_start(["infoscope"], _DATA)
    run.recording.rmdir()  # killed before it wrote anything: nothing to be unsure of
    assert run.note_start(["infoscope"], _DATA) == []


def test_results_without_settings_are_called_that(tmp_path) -> None:
    run = with_results(tmp_path / "run")
    (run.root / "config.toml").unlink()
    with pytest.raises(InputError, match=r"holds a run without its config\.toml; restore"):
        begun(run.root, resume=True)
    assert not (run.root / "config.toml").exists()


def test_links_that_lead_nowhere_are_called_that(tmp_path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(InputError, match="symbolic link that leads nowhere"):
        begun(one)
    assert not RunFolder.begun(one)


def test_names_that_are_too_long_are_named(tmp_path) -> None:
    for look in (RunFolder.begun, begun):
        with pytest.raises(InputError, match="File name too long"):
            look(tmp_path / ("x" * 300))


def test_folders_that_may_not_be_looked_into_are_named(tmp_path, monkeypatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)  # root may look into everything
    with pytest.raises(InputError, match=r"Permission denied"):
        RunFolder.begun(tmp_path)


def test_code_that_computes_is_told_from_words_about_it(tmp_path, monkeypatch) -> None:
    """A stage that other code made is computed again; docstrings and figures change no stage."""

    def version_of(code: str, module: str = "flow/terms.py") -> str:
        path = tmp_path / module
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
        provenance.code_version.cache_clear()
        return provenance.code_version()

    with monkeypatch.context() as patched:
        patched.setattr(provenance, "files", lambda _: tmp_path)
        first = version_of('def f(x):\n    """One."""\n    return x + 1\n')
        assert version_of("def f(x):\n    # Two.\n    return x + 1\n") == first
        assert version_of("x = 1\n", "figures/one.py") == first
        assert version_of("def f(x):\n    return x + 2\n") != first
    provenance.code_version.cache_clear()

    run, made = RunFolder.begin(tmp_path / "run", Settings(), resume=False), []

    def compute() -> xr.Dataset:
        made.append(True)
        return xr.Dataset({"a": ("x", [1.0])})

    for code, times in (("one", 1), ("one", 1), ("two", 2), ("two", 2)):
        monkeypatch.setattr(provenance, "code_version", lambda code=code: code)
        assert float(run.stage("stage", compute)["a"][0]) == 1.0
        assert len(made) == times


def test_settings_are_written_by_who_holds_the_folder(tmp_path) -> None:
    """Another start between our look and our writing has its settings kept."""
    root = tmp_path / "run"
    root.mkdir()
    holder = RunFolder(root, Settings())
    with holder._locked(), pytest.raises(InputError, match="another process"):
        begun(root)
    assert not (root / "config.toml").exists()
    begun(root)
    with pytest.raises(InputError, match="holds a begun run"):
        RunFolder.begin(root, Settings(seed=1), False)


@pytest.mark.parametrize(
    ("line", "damaged"),
    [
        ("epochs = 1200", "epochs = 0"),
        ("seed = 0", "seed = -1"),
        ('missing = "mean"', 'missing = "often"'),
        ("k = 10", 'k = "ten"'),
        ("k = 10", "k = "),
        ("jitter = 1e-10", "jitters = 1e-10"),
        ("learning_rate = 0.005", "learning_rate = 0.5"),
    ],
)
def test_an_error_in_the_settings_of_a_run_names_their_file(tmp_path, line, damaged) -> None:
    text = f"\n{Settings().to_toml()}"
    assert f"\n{line}\n" in text
    (tmp_path / "config.toml").write_text(text.replace(f"\n{line}\n", f"\n{damaged}\n"))
    with pytest.raises(InputError, match=r"config\.toml"):
        RunFolder.begin(tmp_path, Settings(), resume=True)


@pytest.mark.parametrize("name", ["recording.zarr", "estimates.zarr", "figures", "graphs"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path, name) -> None:
    RunFolder.begin(tmp_path, Settings(), resume=False)
    (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=f"{name}.* file"):
        RunFolder.begin(tmp_path, Settings(), resume=True)
