"""Knockouts: what a network's loss and outputs lose with units or connections held."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import Tensor

from infoscope._progress import Progress
from infoscope._results import Result
from infoscope._validate import Floats, generator, one_of, truth, whole_number
from infoscope.monitor.interventions.held import Held, held_of
from infoscope.monitor.interventions.loss import loss_of
from infoscope.monitor.interventions.subjects import Subject, subject_of
from infoscope.monitor.replaying.eager_copy import undisturbed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOW = ("mean", "resample")


@dataclass(frozen=True, eq=False, repr=False)
class Knockout(Result):
    """Change of loss and outputs with each of several nodes, groups or connections held.

    Parameters
    ----------
    table : DataFrame
        One row per node, group or connection, in the order of the recording; see `knockout`.
    loss : float
        Loss of the whole network.
    loss_name, how : str
        Which loss, and how units are held.
    sequences : int
        Number of sequences.
    """

    table: pd.DataFrame
    loss: float
    loss_name: str
    how: str
    sequences: int

    def _line(self) -> str:
        """Return number of knockouts, the loss, and the largest change."""
        change = self.table["change"].to_numpy()
        place = int(np.argmax(np.nan_to_num(change, nan=-np.inf)))
        most = f"; largest change {change[place]:+.3g} ({self.table.index[place]})"
        return (
            f"{len(self.table)} knockouts by {self.how}; {self.loss_name} {self.loss:.4g} without"
            f"{most}; {self.sequences} sequences"
        )

    def _facts(self) -> dict[str, Any]:
        """Return the loss, how it was computed, and the number of sequences."""
        return {
            "loss": self.loss, "loss_name": self.loss_name, "how": self.how,
            "sequences": self.sequences,
        }  # fmt: skip

    def plot(self, *, measure: str = "change", ax: Any = None) -> "Figure":
        """Draw the change of each knockout with its 95 % interval.

        Parameters
        ----------
        measure : {"change", "outputs"}
            The rise of the loss, or the change of the outputs in their standard deviations, with
            two standard errors.
        ax : matplotlib Axes, optional
            Where to draw; a new figure, not registered with pyplot, by default.

        Raises
        ------
        InputError
            If there is no such measure, or ax is not an Axes.
        """
        from infoscope.plots.intervals import plot_intervals

        one_of(measure, "measure", ("change", "outputs"))
        table = self.table
        if measure == "change":
            shown = table[["change", "lower", "upper"]].set_axis(
                ["value", "lower", "upper"], axis=1
            )
            label, bars = f"rise of the loss ({self.loss_name})", "bars: 95 % over sequences"
        else:
            value, off = table["outputs"], 2.0 * table["outputs_error"]
            shown = pd.DataFrame({"value": value, "lower": value - off, "upper": value + off})
            label, bars = "change of the outputs (standard deviations)", "bars: two standard errors"
        words = [bars, f"{self.sequences} sequences"]
        return plot_intervals(shown, f"Knockouts by {self.how}", label, words, ax)

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()


def knockout(
    model: Any,
    inputs: Any,
    targets: Any,
    *,
    nodes: str | Iterable[str] | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    edges: Iterable[tuple[str, str]] | None = None,
    how: str = "mean",
    loss: str | Callable[[Any, Any], Any] = "auto",
    draws: int = 5,
    state: Any = None,
    units: Any = None,
    lengths: Sequence[int] | None = None,
    scans: Mapping[str, Any] | None = None,
    random_state: Any = 0,
    progress: bool = False,
) -> Knockout:
    """Compute the change of loss and outputs when nodes, groups or connections are knocked out.

    Each is held throughout the forward pass, in every call and step and in the state before the
    first one, and the network runs on: effects by all paths, and over all steps. In float64, on a
    copy. Of a step function the state that enters each call is held: the output that the same call
    computes from its own new state is not changed.

    Parameters
    ----------
    model, inputs, state, units, lengths, scans
        As for `influence`.
    targets : array or tensor
        What the output should be: numbers in the shape of the output, or whole numbers, the class
        of each step (sequence, time) or sequence.
    nodes : str or list of str, optional
        Names of nodes, or patterns such as ``"lstm.l0.h.*"``; all inputs and hidden nodes by
        default, and none if groups or edges are given.
    groups : mapping of str to list of str, optional
        Nodes, or patterns, that are held together.
    edges : list of (str, str), optional
        Connections: the second node receives the held value of the first, all others the true one.
    how : {"mean", "resample"}
        Held at its mean over the visited steps, or at each step at a value of another step, drawn
        at random; nodes of a group at those of the same step.
    loss : {"auto", "mse", "cross_entropy"} or callable
        "auto" is the cross entropy for whole numbers, else the mean squared error. A function
        (output, targets) returns the loss, or one for each sequence.
    draws : int
        Draws with ``how="resample"``.
    random_state : int, Generator or None
        Source of the draws.
    progress : bool
        Whether to show progress on standard error.

    Returns
    -------
    Knockout
        ``to_frame()`` has for each knockout its ``kind``; ``change``, the rise of the loss, with
        its ``standard_error`` over sequences, 95 % interval ``lower``, ``upper`` and ``p`` of no
        change (t-test of the sequences' differences, two-sided; NaN with a single sequence, 1 if
        nothing changed); ``outputs``, the root-mean-square change of the outputs in their standard
        deviations, and ``outputs_error``.

    Raises
    ------
    InputError
        If a name matches no node, an edge is no direct connection, or targets do not fit the
        output.
    EstimationError
        If an activation is not finite.

    Examples
    --------
    >>> import torch
    >>> class Net(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.gru, self.out = torch.nn.GRU(2, 4, batch_first=True), torch.nn.Linear(4, 1)
    ...     def forward(self, x):
    ...         return self.out(self.gru(x)[0])
    >>> x = torch.randn(8, 10, 2)
    >>> result = knockout(Net(), x, x[..., :1], nodes=["x1", "gru.l0.h.0"])
    >>> list(result.to_frame().index)
    ['x1', 'gru.l0.h.0']
    """
    one_of(how, "how", HOW)
    count = whole_number(draws, "draws", 1)
    count = count if how == "resample" else 1
    random, show = generator(random_state), truth(progress, "progress")
    with undisturbed():
        subject = subject_of(model, inputs, units=units, state=state, lengths=lengths, scans=scans)
        wanted = held_of(subject.names, subject.blocks, nodes, groups, edges)
        own = loss_of(loss, targets, subject.output, subject.valid, subject.grid)
        base, rows = own.of(subject.output), []
        with Progress(len(wanted), "knockouts", show) as bar:
            for held, draw in zip(wanted, random.spawn(len(wanted)), strict=True):
                changes = [
                    (own.of(output) - base, subject.change_of(output))
                    for output in _outputs(subject, held, how, count, draw)
                ]
                rows.append(_row(held, changes))
                bar.advance()
    table = pd.DataFrame(rows, index=pd.Index([held.name for held in wanted], name="knocked_out"))
    return Knockout(table, float(base.mean()), own.name, how, len(base))


def _outputs(
    subject: Subject, held: Held, how: str, draws: int, random: np.random.Generator
) -> Iterator[Tensor]:
    """Yield the output with something held, by draw."""
    rows = len(subject.rows)
    for _ in range(draws):
        order = None if how == "mean" else torch.from_numpy(random.integers(0, rows, rows))
        yield subject.held(held, order)


def _row(held: Held, changes: list[tuple[Floats, Floats]]) -> dict[str, Any]:
    loss, squares = (np.mean(parts, axis=0) for parts in zip(*changes, strict=True))
    n = len(loss)
    change, square = float(loss.mean()), float(squares.mean())
    error = float(loss.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    of_square = float(squares.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    size = np.sqrt(square)
    half = stats.t.ppf(0.975, n - 1) * error if n > 1 else np.nan
    if error > 0.0:
        p = float(2.0 * stats.t.sf(abs(change) / error, n - 1))
    else:
        p = np.nan if n < 2 else float(change == 0.0)
    return {
        "kind": held.kind, "change": change, "standard_error": error, "lower": change - half,
        "upper": change + half, "p": p, "outputs": size,
        "outputs_error": of_square / (2.0 * size) if size > 0.0 else of_square,
    }  # fmt: skip
