import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import infoscope

SOURCE = Path(inspect.getfile(infoscope)).parent
TESTS = Path(__file__).parent


def rooms_of_the_map() -> list[set[str]]:
    """The rooms of ARCHITECTURE.md, left to right: a module imports its own and those before."""
    page = (TESTS.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    places = page.split("```")[1].split("→")
    return [{room.strip() for room in place.split(",")} for place in places]


ROOMS = rooms_of_the_map()
# In a folder, without its __init__.py; pictures are one file each.
MOST_FILES = {"figures": 40, "tables": 20}
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
MAY_IMPORT_TORCH = {"networks", "monitor", "analysis", "paper"}

NAMESPACES = {"graphs", "learning", "models", "nulls", "results", "weather"}
PUBLIC = {
    "KSG",
    "Binned",
    "Discrete",
    "Estimate",
    "EstimationError",
    "FlowMatrix",
    "FlowSignificance",
    "Gaussian",
    "InputError",
    "KozachenkoLeonenko",
    "LabelDecoder",
    "LinearDecoder",
    "MissingDependency",
    "MixedKSG",
    "NoiseProbe",
    "Ranking",
    "Recording",
    "RecordingWriter",
    "Ross",
    "analyze",
    "ceiling_check",
    "check",
    "data_processing_check",
    "describe",
    "dual_total_correlation",
    "entropy",
    "flow_measures",
    "held_out_plane",
    "influence",
    "information_flow",
    "information_plane",
    "knockout",
    "lag_scan",
    "learning_indicators",
    "mutual_information",
    "network_influence",
    "o_information",
    "one_step_influence",
    "pairwise_information",
    "rank_nodes",
    "read",
    "record",
    "s_information",
    "score_edges",
    "subsampling_drift",
    "synthetic_systems",
    "total_correlation",
    "transfer_entropy",
    "tse_complexity",
    "watch",
}

LONGEST = 400


def room_of(module: str) -> int:
    """Place of the room that a dotted path below infoscope belongs to."""
    first = module.split(".")[0]
    places = [place for place, room in enumerate(ROOMS) if first in room]
    assert places, f"{module} belongs to no room: add it to the map in ARCHITECTURE.md"
    return places[0]


def imports_of(path: Path) -> Iterator[str]:
    """Absolute dotted names of everything that a module imports, at any level of it."""
    package = ["infoscope", *path.parent.parts]
    for node in ast.walk(ast.parse((SOURCE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            # Of "from infoscope import flow" the last name is the module.
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> list[str]:
    found = [name for name in imports_of(path) if name.split(".")[0] == "infoscope"]
    return [name.removeprefix("infoscope").removeprefix(".") for name in found]


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def test_every_module_and_room_is_looked_at() -> None:
    found = {path.parts[0].removesuffix(".py") for path in MODULES} - {"__init__"}
    assert found == set().union(*ROOMS)
    assert sum((SOURCE / room).is_dir() for room in found) <= 20


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=str)
def test_a_room_has_few_enough_files_to_know(folder: Path) -> None:
    files = [path for path in MODULES if path.parent == folder and path.name != "__init__.py"]
    assert len(files) <= MOST_FILES.get(folder.name, 17)


def test_tests_stand_where_the_code_stands() -> None:
    rooms = {path.parts[0] for path in MODULES if len(path.parts) > 1}
    mirrored = {path.parent.name for path in TESTS.glob("*/test_*.py")}
    assert mirrored == rooms


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_room_imports_only_rooms_to_its_left(path: Path) -> None:
    if path == Path("__init__.py"):
        assert own_imports(path) == []
        return
    here = room_of(module_name(path))
    for name in own_imports(path):
        assert name, f"{path} imports infoscope as a whole; import the module that is needed"
        assert room_of(name) <= here, f"{path} imports infoscope.{name}, a room to its right"


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "kernels"], ids=module_name)
def test_kernels_import_nothing_but_kernels_and_numbers(path: Path) -> None:
    assert {name.split(".")[0] for name in own_imports(path)} <= {"kernels"}
    assert {name.split(".")[0] for name in imports_of(path)} <= {
        "collections", "infoscope", "numba", "numpy", "typing",
    }  # fmt: skip


def test_only_the_networks_and_the_replication_import_torch() -> None:
    importing = {
        path.parts[0]
        for path in MODULES
        if any(name.split(".")[0] == "torch" for name in imports_of(path))
    }
    assert importing <= MAY_IMPORT_TORCH
    assert "networks" in importing


def test_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "estimators").mkdir()
    text = (
        "import a.b\nfrom . import ksg\nfrom ..flow import x\ndef f():\n    from torch import y\n"
    )
    (tmp_path / "estimators" / "new.py").write_text(text)
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    assert set(imports_of(Path("estimators/new.py"))) == {
        "a.b",
        "infoscope.estimators.ksg",
        "infoscope.flow.x",
        "torch.y",
    }


def test_public_names_are_the_listed_ones() -> None:
    assert set(infoscope.__all__) == PUBLIC | NAMESPACES
    assert len(infoscope.__all__) == len(PUBLIC) + len(NAMESPACES)
    assert len(PUBLIC) <= 50


@pytest.mark.parametrize("stub", sorted(SOURCE.rglob("__init__.pyi")), ids=str)
def test_a_stub_lists_what_it_imports(stub: Path) -> None:
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    imported = {
        alias.asname or alias.name
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    package = importlib.import_module(
        ".".join(("infoscope", *stub.parent.relative_to(SOURCE).parts))
    )
    assert imported == set(package.__all__)


def public() -> dict[str, object]:
    """Every public object by its name, of the top and of the namespaces."""
    named = {name: getattr(infoscope, name) for name in PUBLIC}
    for space in NAMESPACES:
        module = getattr(infoscope, space)
        named |= {f"{space}.{name}": getattr(module, name) for name in module.__all__}
    return named


@pytest.mark.parametrize("name", sorted(name for name, what in public().items() if callable(what)))
def test_public_name_is_documented(name: str) -> None:
    documented = public()[name].__doc__ or ""
    # A dataclass without a docstring gets its signature for one.
    assert len(documented.split()) > 5
    assert not documented.startswith(f"{name.split('.')[-1]}(")


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, what in public().items()
        if inspect.isfunction(what) and not name.endswith("_cf6")  # whose files are fetched
    ),
)
def test_public_function_has_an_example(name: str) -> None:
    documented = inspect.getdoc(public()[name]) or ""
    assert "\nExamples\n--------\n" in documented
    assert ">>> " in documented.partition("\nExamples\n")[2]


# What a function is about may be given by position, and nothing else.
DATA = {
    "x", "y", "data", "source", "target", "recording", "held_out", "graph", "ranking", "table",
    "measure", "truth", "values", "processed", "original", "observed", "surrogates", "stacked",
    "datasets", "curve", "replicates", "indicator", "skill", "learning", "control", "level",
    "weights", "network", "model", "inputs", "targets", "members", "path", "paths", "station",
    "year", "windows", "outputs", "every", "nulls",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", sorted(name for name, what in public().items() if inspect.isfunction(what))
)
def test_all_but_the_data_is_given_by_keyword(name: str) -> None:
    parameters = inspect.signature(public()[name]).parameters.values()  # pyright: ignore
    by_place = {p.name for p in parameters if p.kind is not p.KEYWORD_ONLY}
    assert by_place <= DATA
    assert not {p.name for p in parameters} & {"seed", "rng", "show_progress", "n_surrogates"}


RUN_HELP = """
import sys
sys.argv = ["infoscope", *{arguments}]
from infoscope.cli import main
try:
    main()
except SystemExit as leaving:
    assert not leaving.code, leaving.code
"""


@pytest.mark.parametrize(
    "code",
    [
        "import infoscope",
        "import infoscope; dir(infoscope); infoscope.__all__",
        RUN_HELP.format(arguments=["--help"]),
        RUN_HELP.format(arguments=["replicate", "--help"]),
    ],
    ids=["import", "dir", "help", "help of a command"],
)
def test_heavy_packages_wait_until_they_are_needed(code: str) -> None:
    report = "\nprint('loaded:', *sorted({'torch', 'numba', 'infoscope'} & set(sys.modules)))"
    command = [sys.executable, "-c", "import sys\n" + code + report]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: infoscope"
    assert ("replicate" in done.stdout) == ("cli" in code)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    lines = len((SOURCE / path).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{path} has {lines} lines: split it by what it is about"


def requirements() -> list[Requirement]:
    """What infoscope needs, with the extra torch."""
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    declared = project["project"]
    return [
        Requirement(line)
        for line in (*declared["dependencies"], *declared["optional-dependencies"]["torch"])
    ]


def extras_in(path: Path) -> Iterator[str]:
    """Extras that a file tells to install, in sentences and in calls of `require`."""
    text = path.read_text(encoding="utf-8")
    yield from re.findall(r"infoscope\[([a-z]+)\]", text)
    for call in ast.walk(ast.parse(text)) if path.suffix == ".py" else ():
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            named = [*call.args[2:], *(word.value for word in call.keywords if word.arg == "extra")]
            if call.func.id == "require":
                yield from (str(name.value) for name in named if isinstance(name, ast.Constant))


def test_every_extra_that_is_named_exists_and_none_lies_within_another() -> None:
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    pages = [TESTS.parent / "README.md", *(TESTS.parent / "docs").glob("*.md")]
    named = {e for path in (*SOURCE.rglob("*.py"), *pages) for e in extras_in(path)}
    assert {"files", "study"} <= named <= set(extras)
    held = {n: set(lines) for n, lines in extras.items() if n not in ("torch", "dev", "bench")}
    assert not [(a, b) for a in held for b in held if a != b and held[a] <= held[b]]


def test_the_version_is_read_when_it_is_asked_for() -> None:
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert infoscope.__version__ == project["project"]["version"]
    code = "import sys, infoscope; assert 'importlib.metadata' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_makefile_names_tests_that_exist() -> None:
    text = (TESTS.parent / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"tests/[\w/]+\.py", text)
    assert named
    assert [name for name in named if not (TESTS.parent / name).is_file()] == []


def test_no_path_of_one_machine_is_written_down() -> None:
    # In two parts, so that this file does not hold what it looks for.
    machine = re.compile("/" + r"(?:tmp|work|home|root|Users|mnt)" + "/")
    assert machine.search("/".join(["", "tmp", "x"]))
    texts = [
        path
        for folder in (SOURCE, TESTS)
        for path in folder.rglob("*")
        if path.suffix in {".py", ".pyi", ".md", ".csv", ".toml", ".html", ".txt"}
    ]
    assert len(texts) > len(MODULES)
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if machine.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("package", "failing"),
    [
        ("pandas", "2.2.1"),  # before NumPy 2
        ("xarray", "2025.4.0"),  # reads no recording with Zarr 3.1
        ("networkx", "3.3"),  # node_link_data without edges=
        ("zarr", "3.1.0"),  # warns of the format at every text; 3.0.0 deletes data
        ("numcodecs", "0.16.5"),  # unpickles what is read
    ],
)
def test_versions_that_fail_are_not_allowed(package: str, failing: str) -> None:
    (wanted,) = [r for r in requirements() if r.name == package]
    assert failing not in wanted.specifier


def test_the_lowest_versions_are_those_of_the_project() -> None:
    lines = (TESTS.parent / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pinned = {r.name: str(r.specifier) for r in map(Requirement, lines[2:])}
    declared = {r.name: next(s for s in r.specifier if s.operator == ">=") for r in requirements()}
    # Old builds of torch are too large to be installed for a test.
    del pinned["torch"], declared["torch"]
    assert pinned == {name: f"=={bound.version}" for name, bound in declared.items()}
