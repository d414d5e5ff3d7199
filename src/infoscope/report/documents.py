"""The documents of an analysis of a recording, of a replication, and of a study of claims."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infoscope.analysis.results import Results
from infoscope.report.accuracy import accuracy_of
from infoscope.report.document import Absent, Document, Finding, Picture
from infoscope.report.findings import edge_facts, findings_of, undecided_of, warnings_of
from infoscope.report.methods import bibtex_of, methods_of
from infoscope.report.networks import network_view
from infoscope.report.training import learning_of

_DESCRIPTIONS = {
    "published": "The paper's analysis to the letter, flaws included.",
    "corrected": "The flaws repaired: held-out days, each day once, tested edges.",
}


def recording_document(
    results: Results,
    *,
    title: str = "Information flow in a recording",
    provenance: Mapping[str, Any] | None = None,
    rerun: str = "",
    missing: Sequence[str] = (),
) -> Document:
    """Return the document of the analysis of one recording.

    Parameters
    ----------
    results : Results
        From `analyze`.
    title, rerun : str
        Heading, and the command that repeats the analysis.
    provenance : mapping of str to str, optional
        Versions, data, machine.
    missing : sequence of str
        Stages that the run folder lacks.
    """
    nodes = results.flow.nodes
    roles = ", ".join(f"{n} {role}" for role, n in nodes["role"].value_counts(sort=False).items())
    networks = [network_view("nodes", results, f"{roles} nodes.")]
    if results.groups is not None:
        networks.append(network_view("groups", results.groups, "Groups of nodes as vectors."))
    return Document(
        title,
        f"Which of {len(nodes)} nodes send information to which, and how sure is it?",
        findings_of(results),
        (*undecided_of(results), *_lacking(missing)),
        warnings_of(results),
        tuple(networks),
        accuracy_of(results),
        learning_of({"recording": results}),
        methods=methods_of(results),
        bibtex=bibtex_of(results),
        provenance=provenance or {},
        rerun=rerun,
    )


def replication_document(
    results: Mapping[str, Results],
    *,
    pictures: Sequence[Picture] = (),
    ladder: pd.DataFrame | None = None,
    claims: pd.DataFrame | None = None,
    absent: Sequence[Absent] = (),
    provenance: Mapping[str, Any] | None = None,
    rerun: str = "",
    missing: Sequence[str] = (),
) -> Document:
    """Return the document of a replication.

    Parameters
    ----------
    results : mapping of str to Results
        "published" and "corrected", or one of them.
    pictures : sequence of Picture
        Figures to show as they are.
    ladder : DataFrame, optional
        One row per repair.
    claims : DataFrame, optional
        As in `claims_document`.
    absent : sequence of Absent
        Parts that the run could have.
    provenance, rerun, missing
        As in `recording_document`.
    """
    # The corrected analysis comes first: it is the one with error rates.
    order = [name for name in ("corrected", "published") if name in results]
    networks = tuple(
        network_view(name, results[name], _DESCRIPTIONS.get(name, "")) for name in order
    )
    first = results[order[0]]
    data = first.study.replication.data
    return Document(
        "Replication: information flow in a fully recurrent network",
        "Where does information flow in a network that learns to forecast, and which of the "
        f"paper's results survive correction? Data: {data}.",
        (*_forecast(first), *_both(results), *findings_of(first)),
        (*undecided_of(first), *_lacking(missing)),
        warnings_of(first),
        networks,
        accuracy_of(first),
        learning_of({name: results[name] for name in order}),
        claims=claims,
        ladder=ladder,
        absent=tuple(absent),
        pictures=tuple(pictures),
        methods="\n\n".join(f"{name.capitalize()}. {methods_of(results[name])}" for name in order),
        bibtex="\n\n".join(
            dict.fromkeys("\n\n".join(map(bibtex_of, results.values())).split("\n\n"))
        ),
        provenance=provenance or {},
        rerun=rerun,
    )


def claims_document(
    table: pd.DataFrame,
    *,
    pictures: Sequence[Picture] = (),
    provenance: Mapping[str, Any] | None = None,
    rerun: str = "",
) -> Document:
    """Return the document of a study of claims.

    Parameters
    ----------
    table : DataFrame
        One row per part of a claim and mode, as ``claims.csv`` of the study.
    pictures, provenance, rerun
        As in `replication_document`.
    """
    return Document(
        "The paper's claims, tested",
        "Which claims of Ivanovic, Kha and Muruganantham (2018) hold over many networks?",
        _verdicts(table),
        claims=table,
        pictures=tuple(pictures),
        provenance=provenance or {},
        rerun=rerun,
    )


def ladder_document(
    ladder: pd.DataFrame,
    *,
    pictures: Sequence[Picture] = (),
    provenance: Mapping[str, Any] | None = None,
    rerun: str = "",
) -> Document:
    """Return the document of a run of the ladder alone.

    Parameters
    ----------
    ladder, pictures, provenance, rerun
        As in `replication_document`.
    """
    return Document(
        "The ladder of repairs",
        "What does each repair change, from the published analysis to the corrected one?",
        ladder=ladder,
        pictures=tuple(pictures),
        provenance=provenance or {},
        rerun=rerun,
    )


def _verdicts(table: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the number of claims with each verdict, by mode."""
    found = []
    for mode, own in table.drop_duplicates(["claim", "mode"]).groupby("mode", sort=False):
        counts = own["verdict"].value_counts()
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        found.append(Finding(f"Of {len(own)} claims in {mode} mode: {said}.", "One verdict a row."))
    return tuple(found)


def pictures_of(folder: Path, captions: Mapping[str, str]) -> tuple[Picture, ...]:
    """Return those of the named PNG files of a folder that exist, with their captions."""
    paths = {name: folder / f"{name}.png" for name in captions}
    return tuple(
        Picture(name, captions[name], path.read_bytes())
        for name, path in paths.items()
        if path.exists()
    )


def _forecast(results: Results) -> tuple[Finding, ...]:
    """Return whether the network does its task."""
    gates = results.gates
    if gates is None:
        return ()
    does = "does" if gates["does_its_job"] else "does not do"
    rise = gates["rise_without_recurrence"]
    return (
        Finding(
            f"The analysed network {does} its task: test error {gates['test_error']:.2f}, "
            f"{gates['reference_error']:.2f} for {results.study.replication.data_set.reference}.",
            f"Without recurrent weights the error changes by {rise['mean']:+.2f} "
            f"[{rise['low']:+.2f}, {rise['high']:+.2f}].",
        ),
    )


def _both(results: Mapping[str, Results]) -> tuple[Finding, ...]:
    """Return how many published edges are significant in the corrected analysis."""
    if set(results) != {"published", "corrected"}:
        return ()
    published, corrected = results["published"], results["corrected"]
    before = edge_facts(published)["edges"][published.main]
    after = edge_facts(corrected)["edges"][corrected.main]
    possible = edge_facts(corrected)["pairs"]
    return (
        Finding(
            f"Published, {before} pairs exceed {published.main}; corrected, {after} of {possible} "
            "possible connections exceed chance.",
            f"{corrected.main.replace('%', ' %')} on held-out rows.",
        ),
    )


def _lacking(missing: Sequence[str]) -> tuple[str, ...]:
    if not missing:
        return ()
    return (f"The run lacks {', '.join(missing)}; finish it with --resume.",)
