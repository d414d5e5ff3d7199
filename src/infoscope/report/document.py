"""The content of a report, independent of where it came from and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._validate import array_of_numbers, instance, one_of, real_number

CORRECTIONS = ("fwer", "fdr")
_CURVE_COLUMNS = ("curve", "epoch", "value")
_PLANE_COLUMNS = ("layer", "epoch", "x", "y")


@dataclass(frozen=True)
class Finding:
    """One result in one sentence, and the numbers it rests on."""

    text: str
    evidence: str = ""


@dataclass(frozen=True)
class Warning:
    """A doubt about the results, and what to do about it."""

    text: str
    advice: str = ""


@dataclass(frozen=True)
class Absent:
    """A part that a run could have, and the command that adds it."""

    text: str
    command: str


@dataclass(frozen=True)
class Level:
    """A significance level that selects edges.

    Parameters
    ----------
    name : str
        Its label, such as ``"FDR 10 %"``.
    correction : {"fwer", "fdr"}
        Which corrected p decides: the family-wise error or the false discovery rate.
    level : float
        Edges with a corrected p of at most this are selected.
    threshold : float
        The value from which edges are significant, in the unit of the matrix; the median if each
        edge has its own. NaN if no edge is significant.
    """

    name: str
    correction: str
    level: float
    threshold: float = float("nan")

    def __post_init__(self) -> None:
        """Check correction and level."""
        one_of(self.correction, "correction", CORRECTIONS)
        real_number(self.level, "level", above=0.0)


@dataclass(frozen=True)
class Mark:
    """A threshold with a name, such as the paper's 0.3 bits."""

    name: str
    threshold: float

    def __post_init__(self) -> None:
        """Check the threshold."""
        real_number(self.threshold, "threshold")


@dataclass(frozen=True, eq=False)
class MatrixView:
    """One measure of every pair of nodes at one lag.

    Parameters
    ----------
    measure, title, unit : str
        Identifier, heading and unit.
    values : array, shape (source, target)
        The estimates; NaN where there is none, infinite where the truth is.
    error : float
        Smallest difference that matters: values are rounded to a step of at most this.
    lag : int
        Steps from source to target.
    question : str
        The question that the measure answers.
    possible : array of bool, shape (source, target), optional
        Pairs that can be an edge; all except a node with itself by default.
    p, q, p_fwer : array, shape (source, target), optional
        Uncorrected p, false discovery rate and family-wise error of every edge.
    reasons : tuple of str, or mapping of (str, str) to str
        Why pairs have no estimate: in general, or by names of source and target.
    levels : tuple of Level
        At most six.
    marks : tuple of Mark
        Thresholds worth a visit.
    false_edges : array, shape (k, 2), optional
        Threshold → expected number of false edges if no edge were true.
    """

    measure: str
    title: str
    unit: str
    values: ArrayLike
    error: float = 0.001
    lag: int = 1
    question: str = ""
    possible: ArrayLike | None = None
    p: ArrayLike | None = None
    q: ArrayLike | None = None
    p_fwer: ArrayLike | None = None
    reasons: tuple[str, ...] | Mapping[tuple[str, str], str] = ()
    levels: tuple[Level, ...] = ()
    marks: tuple[Mark, ...] = ()
    false_edges: ArrayLike | None = None

    def __post_init__(self) -> None:
        """Check shapes, levels and the error."""
        real_number(self.error, "error", above=0.0)
        shape = array_of_numbers(self.values, "values").shape
        if len(shape) != 2 or shape[0] != shape[1]:
            raise InputError(
                f"values must have the shape (source, target), got {shape}; give one row and one "
                "column per node"
            )
        for name in ("possible", "p", "q", "p_fwer"):
            given = getattr(self, name)
            if given is not None and np.shape(given) != shape:
                raise InputError(
                    f"{name} must have the shape of values, {shape}, got {np.shape(given)}; give "
                    "one entry per pair"
                )
        if self.false_edges is not None and np.shape(self.false_edges)[1:] != (2,):
            raise InputError(
                f"false_edges must have the shape (k, 2), got {np.shape(self.false_edges)}; give "
                "rows of threshold and expected number"
            )
        if len(self.levels) > 6:
            raise InputError(
                f"levels must be at most 6, got {len(self.levels)}; leave out some of them"
            )
        corrected = {"fwer": self.p_fwer, "fdr": self.q}
        for level in self.levels:
            if corrected[level.correction] is None:
                needed = "p_fwer" if level.correction == "fwer" else "q"
                raise InputError(
                    f"levels must have their corrected p, got {level.name!r} without {needed}; "
                    f"give {needed} or leave out the level"
                )


@dataclass(frozen=True, eq=False)
class NetworkView:
    """One set of nodes with its matrices, such as the published or the corrected network.

    Parameters
    ----------
    name, description : str
        Heading, and one sentence about what it is.
    nodes : DataFrame
        One row per node, indexed by name. The page knows ``role``, ``layer``, ``group``, ``rank``,
        ``rank_low``, ``rank_high``, ``entropy``, ``input_information``, ``target_information``,
        ``mean``, ``sd`` and ``constant``, all optional; further columns appear under their names.
    measures : tuple of MatrixView
        In the order in which the page offers them.
    activity : array, shape (node, row), optional
        Some 200 consecutive rows of every node.
    """

    name: str
    nodes: pd.DataFrame
    measures: tuple[MatrixView, ...] = ()
    description: str = ""
    activity: ArrayLike | None = None

    def __post_init__(self) -> None:
        """Check that every matrix has the nodes."""
        instance(self.nodes, pd.DataFrame, "nodes")
        n = len(self.nodes)
        if not self.nodes.index.is_unique:
            twice = self.nodes.index[self.nodes.index.duplicated()][0]
            raise InputError(f"nodes must have distinct names, got {twice!r} twice; rename one")
        for view in self.measures:
            if np.shape(view.values)[0] != n:
                raise InputError(
                    f"measures must have one row per node, {n}, got {np.shape(view.values)[0]} for "
                    f"{view.measure!r}; give the matrix between these nodes"
                )
        kinds = [(view.measure, view.lag) for view in self.measures]
        if len(set(kinds)) < len(kinds):
            twice = next(kind for kind in kinds if kinds.count(kind) > 1)
            raise InputError(
                f"measures must differ in measure or lag, got {twice[0]!r} at lag {twice[1]} "
                "twice; leave out one"
            )
        if self.activity is not None and np.shape(self.activity)[:1] != (n,):
            raise InputError(
                f"activity must have one row per node, {n}, got {np.shape(self.activity)}; give "
                "(node, row)"
            )


@dataclass(frozen=True, eq=False)
class Learning:
    """How quantities change during training.

    Parameters
    ----------
    curves : DataFrame
        Long: ``curve``, ``epoch``, ``value`` and, optionally, ``low``, ``high``, ``valid``,
        ``unit``, ``part``.
    planes : DataFrame
        Long: ``layer``, ``epoch``, ``x`` (information with the inputs), ``y`` (with the targets),
        bits, and, optionally, ``x_error``, ``y_error``, ``valid``, ``seed``.
    onsets : DataFrame
        ``curve``, ``epoch``, ``what``: when a curve begins to change.
    step : str
        What the epochs count, such as "update".
    """

    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    planes: pd.DataFrame = field(default_factory=pd.DataFrame)
    onsets: pd.DataFrame = field(default_factory=pd.DataFrame)
    step: str = "epoch"

    def __post_init__(self) -> None:
        """Check the columns."""
        _has_columns(self.curves, "curves", _CURVE_COLUMNS)
        _has_columns(self.planes, "planes", _PLANE_COLUMNS)
        _has_columns(self.onsets, "onsets", ("curve", "epoch"))


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure as SVG or PNG."""

    name: str
    caption: str
    data: bytes

    @property
    def media_type(self) -> str:
        """Its media type, from the first bytes."""
        return "image/png" if self.data.startswith(b"\x89PNG") else "image/svg+xml"


@dataclass(frozen=True, eq=False)
class Captioned:
    """A table with its caption, a row for each thing, named in the first column.

    Parameters
    ----------
    caption : str
        What it shows.
    rows : DataFrame
        Its index is not shown.
    bars : tuple of str
        Columns of numbers that are drawn as bars too, all on one scale.
    """

    caption: str
    rows: pd.DataFrame
    bars: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How well measures from activity find influence that is known.

    Parameters
    ----------
    title, reading : str
        Heading, and what the tables say in a sentence or two.
    tables : tuple of Captioned
        The numbers.
    """

    title: str
    reading: str
    tables: tuple[Captioned, ...] = ()


@dataclass(frozen=True, eq=False)
class Document:
    """Everything that a report shows; parts that are missing are left out of the page.

    Parameters
    ----------
    title, question : str
        Heading, and the question in one sentence.
    findings : tuple of Finding
        Three to five.
    undecided : tuple of str
        What could not be concluded, and why.
    warnings : tuple of Warning
        Doubts that matter.
    networks : tuple of NetworkView
        One or several to switch between.
    accuracy : Accuracy, optional
        How well measures find the influence that is known.
    learning : Learning, optional
        Curves and planes over epochs.
    diagnoses : DataFrame, optional
        One row per known misconfiguration of a training.
    claims, ladder : DataFrame, optional
        The claims of the paper with their verdicts, and one row per repair.
    absent : tuple of Absent
        Parts that the run could have, with the command that adds each.
    pictures : tuple of Picture
        Figures to show as they are.
    methods, bibtex : str
        Paragraphs separated by empty lines, and the works they cite.
    provenance : mapping of str to str
        Versions, data, seed, machine.
    rerun : str
        The command that repeats the run.

    Examples
    --------
    >>> view = MatrixView("flow", "Information flow", "bits", [[0.0, 0.31], [0.02, 0.0]])
    >>> network = NetworkView("both", pd.DataFrame(index=["a", "b"]), (view,))
    >>> document = Document("Two nodes", "Does a drive b?", networks=(network,))
    >>> from infoscope.report.page import render
    >>> "Does a drive b?" in render(document)
    True
    """

    title: str
    question: str = ""
    findings: tuple[Finding, ...] = ()
    undecided: tuple[str, ...] = ()
    warnings: tuple[Warning, ...] = ()
    networks: tuple[NetworkView, ...] = ()
    accuracy: Accuracy | None = None
    learning: Learning | None = None
    diagnoses: pd.DataFrame | None = None
    claims: pd.DataFrame | None = None
    ladder: pd.DataFrame | None = None
    absent: tuple[Absent, ...] = ()
    pictures: tuple[Picture, ...] = ()
    methods: str = ""
    bibtex: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    rerun: str = ""

    def __post_init__(self) -> None:
        """Check that networks can be told apart."""
        names = [network.name for network in self.networks]
        if len(set(names)) < len(names):
            raise InputError(
                f"networks must have distinct names, got {', '.join(map(repr, names))}; rename one"
            )


def _has_columns(table: pd.DataFrame, name: str, needed: tuple[str, ...]) -> None:
    instance(table, pd.DataFrame, name)
    lacking = [column for column in needed if column not in table]
    if len(table) and lacking:
        raise InputError(
            f"{name} must have the columns {', '.join(needed)}, got none named "
            f"{', '.join(lacking)}; add them"
        )
