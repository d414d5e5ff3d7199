"""Public recordings with a true graph: simple baselines, PCMCI, and what the package finds."""

import os
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from edge_orders import DECIDING, Order, advised, orders, timed
from kept_rows import KeptRows
from measure import fingerprint
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoCV, RidgeCV

import infoscope as isc

HERE = Path(__file__).parent
# Beside the checkout, or above it. Read there, never copied: see the README for origin and licence.
PLACES = [folder / "shared" / "data" / "graphs" for folder in HERE.parents]
FOLDER = next(filter(Path.is_dir, PLACES), PLACES[1])
# tigramite is GPL: an environment of its own (make tigramite), called in a process of its own.
TIGRAMITE = HERE.parent / "build" / "tigramite" / "bin" / "python"
# Nodes beyond which PCMCI takes longer than the rest together, and seconds before it is stopped.
MOST_NODES, PATIENCE = 50, 600
PENALTIES = np.logspace(-2, 4, 13)
COLUMNS = ("set", "member", "order", "nodes", "rows", "prevalence", "auroc", "auprc", "seconds",
           "about", "code")  # fmt: skip
ROWS = KeptRows(HERE / "results" / "public-graphs.csv", COLUMNS, 3)


@dataclass(frozen=True)
class Member:
    """One recording of a set, (trial, time, node), with its graph (source, target)."""

    collection: str
    name: str
    values: np.ndarray
    graph: np.ndarray

    @property
    def recording(self) -> isc.Recording:
        """As a user would pass it: trials are sequences."""
        return isc.Recording.from_arrays(hidden=self.values)

    @property
    def steps(self) -> tuple[np.ndarray, np.ndarray]:
        """Standardised rows of all trials, and the rows one step later."""
        width = self.values.shape[2]
        before, after = self.values[:, :-1], self.values[:, 1:]
        return _standard(before.reshape(-1, width)), _standard(after.reshape(-1, width))


def members() -> Iterator[Member]:
    """All recordings of all sets that are there."""
    for name, title in (
        ("netsim_sim3", "NetSim sim3"),
        ("lorenz96_F10_T250", "Lorenz-96, T = 250"),
        ("lorenz96_F10_T1000", "Lorenz-96, T = 1000"),
    ):
        with np.load(FOLDER / f"{name}.npz") as file:
            for number, series in enumerate(file["series"].astype(float)):
                yield Member(title, str(number), series[np.newaxis], file["graph"])
    for size in (10, 50, 100):
        with np.load(FOLDER / f"dream3_{size}.npz") as file:
            for key in file.files:
                if key.startswith("series_"):
                    name = key.removeprefix("series_")
                    graph = file[f"graph_{name}"]
                    yield Member(f"DREAM3, {size}", name, file[key].astype(float), graph)


def run() -> None:
    """Measure what is not in the table yet."""
    if not FOLDER.is_dir():
        print(f"no folder {FOLDER}: the public graphs are not measured")
        return
    code = fingerprint(*DECIDING)
    for member in members():
        for work in (baselines, ours, pcmci):
            key = (member.collection, member.name)
            if ROWS.has(*key, LAST[work.__name__]):
                continue
            for order in work(member):
                if not ROWS.has(*key, order.name):
                    ROWS.add(*key, order.name, *_scored(member, order), order.about, code)
        print(*key, end="; ", flush=True)


def baselines(member: Member) -> Iterator[Order]:
    """Order by variance, correlation one step later, ridge and lasso regression on one step."""
    before, after = member.steps
    log_variance = np.log(member.values.var(axis=(0, 1)))

    def ridge() -> np.ndarray:
        fitted = RidgeCV(PENALTIES, alpha_per_target=True).fit(before, after)
        return np.abs(fitted.coef_).T

    def lasso() -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = [LassoCV(alphas=30, cv=5).fit(before, column) for column in after.T]
        return np.column_stack([np.abs(each.coef_) for each in fitted])

    works: dict[str, Callable[[], np.ndarray]] = {
        "variance order": lambda: log_variance - log_variance[:, np.newaxis],
        "lag-1 correlation": lambda: np.abs(before.T @ after),
        "ridge VAR": ridge,
        "lasso VAR": lasso,
    }
    for name, work in works.items():
        found, seconds = timed(work)
        yield Order(name, _matrix(found), seconds)


def ours(member: Member) -> Iterator[Order]:
    """All our measures, and the one that `describe` recommends."""
    recording = member.recording
    yield from orders(recording, timed(lambda: isc.one_step_influence(recording)))
    yield advised(recording)


def pcmci(member: Member) -> Iterator[Order]:
    """PCMCI and PCMCI+ with partial correlation, in a process of tigramite's own environment."""
    for name in ("PCMCI", "PCMCI+"):
        if not TIGRAMITE.exists():
            yield _absent(name, member, "tigramite not installed")
            continue
        if len(member.graph) > MOST_NODES:
            yield _absent(name, member, f"more than {MOST_NODES} nodes")
            continue
        with tempfile.TemporaryDirectory() as folder:
            given, answer = Path(folder, "series.npy"), Path(folder, "found.npz")
            np.save(given, member.values)
            script = str(HERE / "call_tigramite.py")
            command = [str(TIGRAMITE), "-W", "ignore", script, name, str(given)]
            try:
                subprocess.run([*command, str(answer)], check=True, timeout=PATIENCE,
                               stdout=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": ""})  # fmt: skip
            except subprocess.TimeoutExpired:
                yield _absent(name, member, f"more than {PATIENCE} s")
                continue
            with np.load(answer) as found:
                yield Order(name, _matrix(found["order"]), float(found["seconds"]))


# The last order of each, which says that all are there.
LAST = {"baselines": "lasso VAR", "ours": "advice", "pcmci": "PCMCI+"}


def _scored(member: Member, order: Order) -> tuple[float, ...]:
    """Return nodes, rows, prevalence, AUROC, AUPRC and seconds."""
    nodes, rows = len(member.graph), int(np.prod(member.values.shape[:2]))
    values = order.matrix.to_numpy()
    if not np.isfinite(values).any():
        nan = float("nan")
        return nodes, rows, float(member.graph.sum() / nodes / (nodes - 1)), nan, nan, order.seconds
    # A pair without a value is one that no measure can call an edge: it comes last.
    filled = _matrix(np.nan_to_num(values, nan=float(np.nanmin(values))))
    (row,) = isc.score_edges(filled, _matrix(member.graph > 0)).to_dict("records")
    return nodes, rows, row["prevalence"], row["auroc"], row["auprc"], order.seconds


def _matrix(values: np.ndarray) -> xr.DataArray:
    names = [f"n{i}" for i in range(len(values))]
    return xr.DataArray(values, coords={"source": names, "target": names},
                        dims=("source", "target"))  # fmt: skip


def _absent(name: str, member: Member, reason: str) -> Order:
    nothing = np.full(member.graph.shape, np.nan)
    return Order(name, _matrix(nothing), float("nan"), about=reason)


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0)


if __name__ == "__main__":
    run()
