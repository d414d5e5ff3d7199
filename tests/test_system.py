"""Systems that lack what POSIX has: every module can be imported, and a run folder is locked."""

import inspect
import subprocess
import sys
from pathlib import Path

import infoscope

SOURCE = Path(inspect.getfile(infoscope)).parent
MODULES = sorted(
    ".".join(["infoscope", *path.relative_to(SOURCE).with_suffix("").parts])
    for path in SOURCE.rglob("*.py")
    if path.stem not in {"__init__", "__main__"}
)

# Other packages look at sys.platform, so they are imported before anything is hidden.
WITHOUT_POSIX = """
import errno, fcntl, importlib, os, signal, sys, types
modules = sys.argv[1].split()
for name in modules:
    importlib.import_module(name)
for name in [name for name in sys.modules if name.split(".")[0] == "infoscope"]:
    del sys.modules[name]

def locking(number, mode, count):
    assert (mode, count) == (2, 1)
    try:
        flock(number, exclusive)
    except BlockingIOError as error:
        raise PermissionError(errno.EACCES, "Permission denied") from error

flock, exclusive = fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
for name in ("fcntl", "grp", "posix", "pwd", "resource", "termios"):
    sys.modules[name] = None
for name in ("fork", "getuid", "register_at_fork", "sched_getaffinity", "sysconf"):
    delattr(os, name)
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "alarm", "pthread_kill"):
    delattr(signal, name)
"""


def without_posix(code: str, *modules: str) -> None:
    command = [sys.executable, "-c", WITHOUT_POSIX + code, " ".join(modules)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_module_can_be_imported_without_posix() -> None:
    assert "infoscope.runs.run_folder" in MODULES
    without_posix("for name in modules: importlib.import_module(name)", *MODULES)


def test_a_run_folder_is_held_by_one_process_without_posix(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from infoscope import InputError
from infoscope._system import peak_memory_mb
from infoscope.analysis.settings import Settings
from infoscope.runs.run_folder import RunFolder
run = RunFolder.begin(Path({str(tmp_path)!r}) / "run", Settings(), False)
with run.held():
    try:
        with run.held():
            raise AssertionError("held twice")
    except InputError as error:
        assert "another process" in str(error)
with run.held():
    pass
assert peak_memory_mb() == 0.0
"""
    without_posix(code, "infoscope.runs.run_folder", "infoscope.analysis.settings")
