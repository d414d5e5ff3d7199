"""The document of a watched training, from the folder of its store."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope.monitor.diagnosis import EARNED, Diagnoses
from infoscope.monitor.watching.curves import MEANINGS
from infoscope.monitor.watching.kept import LAYER, NOTES, VALID, Kept, Session
from infoscope.monitor.watching.overhead import AT_LEAST
from infoscope.monitor.watching.store import Snapshots
from infoscope.monitor.watching.weights import weight_numbers
from infoscope.report.document import Document, Finding, Learning, Warning
from infoscope.report.findings import learned
from infoscope.report.training import learning_in, title_of

# Logged updates, and snapshots whose weights are read, of which a curve is drawn at most.
_LOGGED, _READ = 400, 40
# Columns of the log that are no quantity of the training.
_OWN = ("step", "seconds", "snapshot")


def watch_document(root: Path) -> Document:
    """Return the document of a store as it stands; no model is needed, and nothing is replayed.

    Parameters
    ----------
    root : Path
        Folder of the store (`watch`).

    Raises
    ------
    InputError
        If the folder is a store of another version.
    DamagedError
        If a part of it cannot be read.
    """
    snapshots, kept = Snapshots(root), Kept(root)
    snapshots.metadata()
    log, steps = snapshots.log.rows(), snapshots.steps
    session, curves, diagnoses = kept.session, kept.curves, kept.diagnoses
    parts = {"log": _logged(log)}
    if curves is None:
        parts["weights"] = _of_weights(snapshots, steps)
    else:
        # Every logged loss is drawn.
        parts["probe"] = curves.drop_vars("loss", errors="ignore")
    return Document(
        "A watched training",
        "What did the network learn, and when? Does anything point to a misconfiguration?",
        (*_progress(log, curves), *_signs(diagnoses), *_cost(session, steps, log)),
        (*_open_questions(curves, steps), *_unjudged(diagnoses)),
        (*_alarms(diagnoses), *_notes(session)),
        learning=_joined(parts),
        diagnoses=None if diagnoses is None else _table(diagnoses),
        methods=_methods(curves),
        provenance=_provenance(session, log, steps),
    )


def _logged(log: pd.DataFrame) -> xr.Dataset:
    """Return the logged numbers, (epoch,), of some updates if there are many."""
    names = [str(name) for name in log.columns if name not in _OWN]
    if not names or not len(log):
        return xr.Dataset(coords={"epoch": np.array([], int)})
    places = np.unique(np.linspace(0, len(log) - 1, _LOGGED).round().astype(int))
    some = log.iloc[places]
    values = {name: ("epoch", some[name].astype(float).to_numpy()) for name in names}
    found = xr.Dataset(values, coords={"epoch": some["step"].to_numpy(int)})
    # A diverged loss has no place on an axis.
    return found.where(np.isfinite(found))


def _of_weights(snapshots: Snapshots, steps: Sequence[int]) -> xr.Dataset:
    """Return numbers about the weights of some snapshots, which need no model, (epoch,)."""
    places = np.unique(np.linspace(0, max(len(steps) - 1, 0), _READ).astype(int))
    chosen = [steps[place] for place in places[: len(steps)]]
    rows, before, then = [], None, 0
    for step in chosen:
        weights = snapshots.read(step)
        rows.append(weight_numbers(weights, before, step - then))
        before, then = weights, step
    table = pd.DataFrame(rows, index=pd.Index(chosen, name="epoch"), dtype=float)
    return xr.Dataset({str(n): ("epoch", table[n].to_numpy()) for n in table}, {"epoch": chosen})


def _joined(parts: dict[str, xr.Dataset]) -> Learning | None:
    found = learning_in({name: data for name, data in parts.items() if data.data_vars}, "update")
    if found is None:
        return None
    # One training: what lies half way in a log or a norm is no onset, and planes need no suffix.
    planes, onsets = found.planes, found.onsets
    if len(planes):
        planes = planes.assign(layer=planes["layer"].str.removesuffix(", probe"))
    if len(onsets):
        onsets = onsets[onsets["part"] == "probe"]
    return replace(found, planes=planes, onsets=onsets)


def _progress(log: pd.DataFrame, curves: xr.Dataset | None) -> Iterator[Finding]:
    if "loss" in log and len(known := log.dropna(subset=["loss"])):
        first, last = known.iloc[0], known.iloc[-1]
        yield Finding(
            f"The training loss goes from {first['loss']:.3g} to {last['loss']:.3g}.",
            f"Updates {int(first['step'])} to {int(last['step'])}; smallest "
            f"{known['loss'].min():.3g}.",
        )
    if curves is not None:
        yield from learned(curves, "Updates")


def _signs(diagnoses: Diagnoses | None) -> Iterator[Finding]:
    if diagnoses is None:
        return
    table = diagnoses.table
    judged = int((table["confidence"] != "not judged").sum())
    shown = [f"{row.name} ({row.id})" for row in _rows(table) if row.present is True]
    said = f"signatures of {', '.join(shown)} show" if shown else "none shows"
    yield Finding(
        f"Of {judged} known misconfigurations that could be judged, {said}.",
        "A signature that shows is a reason to look, not a proof.",
    )


def _cost(session: Session | None, steps: Sequence[int], log: pd.DataFrame) -> Iterator[Finding]:
    if session is None:
        return
    left = len(session.thinned)
    yield Finding(
        f"Watching took {session.overhead:.2%} of the time of training.",
        f"{len(steps)} snapshots of {session.updates} updates. Allowed are {session.budget:.1%} of "
        f"that time, or of {AT_LEAST:g} s if it is shorter"
        + (f": {left} scheduled snapshots were left out." if left else "."),
    )


def _open_questions(curves: xr.Dataset | None, steps: Sequence[int]) -> Iterator[str]:
    if curves is None:
        yield (
            "What the states of the network know: to replay the snapshots needs model and probe. "
            "Call watch.report() where they are at hand."
        )
        return
    yield from (str(note) for note in curves.attrs.get(NOTES, ()))
    epochs = curves["epoch"].to_numpy()
    if steps and epochs[-1] < steps[-1]:
        yield (
            f"What happened after update {epochs[-1]}, where curves and diagnoses end; call "
            "watch.report() again."
        )
    failing = {}
    for name in map(str, curves.data_vars):
        if f"{name}{VALID}" in curves:
            known = ~np.isnan(curves[name].to_numpy())
            failing[name] = int((known & ~curves[f"{name}{VALID}"].to_numpy().astype(bool)).sum())
    said = ", ".join(f"{count} of {title_of(name)[0]}" for name, count in failing.items() if count)
    if said:
        yield (
            f"Of {len(epochs)} points of each curve, these fail a check of their estimator and are "
            f"hollow: {said}."
        )


def _unjudged(diagnoses: Diagnoses | None) -> Iterator[str]:
    if diagnoses is None:
        yield "Whether the training is misconfigured: diagnoses were not made."
        return
    for row in _rows(diagnoses.table):
        if row.present is True and row.id not in EARNED:
            yield (
                f"Whether {row.name} ({row.id}) is real: its signature shows, and no study gives "
                f"its error rate. {row.sentence}"
            )
    table = diagnoses.table
    silent = [f"{r.name} ({r.id})" for r in _rows(table) if r.confidence == "not judged"]
    if silent:
        yield f"Whether these show: {', '.join(silent)}. The numbers they rest on are unknown here."


def _alarms(diagnoses: Diagnoses | None) -> Iterator[Warning]:
    """Yield the diagnoses that have earned a warning, with the numbers they rest on."""
    if diagnoses is None:
        return
    for row in _rows(diagnoses.table):
        if row.present is True and row.id in EARNED:
            text = f"{row.name.capitalize()} ({row.id}, {row.confidence}). {row.sentence}"
            yield Warning(text, f"All numbers of this diagnosis: {row.numbers}.")


def _notes(session: Session | None) -> Iterator[Warning]:
    yield from (Warning(note) for note in (() if session is None else session.notes))


def _table(diagnoses: Diagnoses) -> pd.DataFrame:
    shows = {True: "yes", False: "no", None: "not judged"}
    rows = [
        (row.id, row.name, shows[row.present], row.confidence, row.numbers, bool(row.earned))
        for row in _rows(diagnoses.table)
    ]
    columns = ["id", "misconfiguration", "shows", "confidence", "numbers and limits", "may warn"]
    return pd.DataFrame(rows, columns=columns)


def _methods(curves: xr.Dataset | None) -> str:
    said = (
        "Weights were copied during training and nothing else of the model was touched. The log "
        "has every update."
    )
    if curves is None:
        return said
    shown = [str(name) for name in curves.data_vars if str(name) in MEANINGS and name != "loss"]
    meanings = "; ".join(f"{title_of(name)[0]}: {MEANINGS[name]}" for name in shown)
    return (
        f"{said} {curves.sizes['epoch']} snapshots were replayed on a fixed probe. The layer of "
        f"the curves is {curves.attrs.get(LAYER, 'hidden')}.\n\nCurves. {meanings}."
    )


def _provenance(session: Session | None, log: pd.DataFrame, steps: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if session is not None:
        found |= {"model": session.model, "parameters": f"{session.parameters:,}"}
    found |= {"updates": int(log["step"].max()) if len(log) else 0, "snapshots": len(steps)}
    if len(log):
        found["seconds"] = f"{float(log['seconds'].max()):.1f}"
    return found


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return table.itertuples(index=False)
