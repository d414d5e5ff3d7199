"""What every benchmark needs: time, data, a fresh process, the code and machine it ran on."""

import hashlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import infoscope as isc

SOURCE = Path(isc.__file__).parent
PACKAGES = ("infoscope", "numpy", "numba", "torch", "scikit-learn", "infomeasure")


def best_seconds(work: Callable[[], object], repeats: int = 5, budget: float = 6.0) -> float:
    """Smallest wall time of several repeats: the least disturbed one on a shared machine.

    No repeat begins after ``budget`` seconds.
    """
    times: list[float] = []
    while len(times) < repeats and sum(times) < budget:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def correlated(n: int, nodes: int, rho: float, seed: int = 1) -> np.ndarray:
    """Gaussian columns (n, nodes) of which every two correlate by rho."""
    random = np.random.default_rng(seed)
    own, shared = random.normal(size=(n, nodes)), random.normal(size=(n, 1))
    return np.sqrt(rho) * shared + np.sqrt(1 - rho) * own


def activations(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, hidden and outputs (130, 10, node) of a random recurrent network on AR(1) inputs."""
    x = np.empty((130, 10, 18))
    x[:, 0] = random.normal(size=(130, 18))
    for t in range(1, 10):
        x[:, t] = 0.8 * x[:, t - 1] + 0.6 * random.normal(size=(130, 18))
    into, among = random.normal(size=(18, 25)) / 4, random.normal(size=(25, 25)) / 6
    h = np.zeros((130, 10, 25))
    for t in range(10):
        h[:, t] = np.tanh(x[:, t] @ into + (h[:, t - 1] @ among if t else 0.0))
    return x, h, h @ random.normal(size=(25, 2)) / 3


def fresh_process(code: str, **environment: str) -> str:
    """Run Python code in a process of its own; what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout


def processor_seconds() -> tuple[float, float] | None:
    """Processor seconds spent since the start of the machine by all, and by us; on Linux only."""
    counters = Path("/proc/stat")
    if not counters.exists():
        return None
    user, nice, system, _idle, _waiting, *interrupts = counters.read_text().split()[1:9]
    ticks = sum(int(word) for word in (user, nice, system, *interrupts[:2]))
    ours = os.times()
    return ticks / os.sysconf("SC_CLK_TCK"), sum(ours[:4])


def machine() -> str:
    """The machine and the versions that a number depends on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{packages}"
    )


def fingerprint(*rooms: str) -> str:
    """A hash of the package's source, or of some rooms: which code a number was measured with."""
    digest = hashlib.sha256()
    folders = [SOURCE / room for room in rooms] or [SOURCE]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        digest.update(path.relative_to(SOURCE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def scikit_learn_bits(x: np.ndarray, y: np.ndarray, k: int = 10) -> float:
    """I(X; Y) of two scalars by scikit-learn, which z-scores them and clips at 0."""
    from sklearn.feature_selection import mutual_info_regression

    value: Any = mutual_info_regression(x[:, None], y, n_neighbors=k, random_state=0)[0]
    return float(value / np.log(2))
