"""The columns of a layer on which sources are chosen, and their cross-products."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.flow.connectivity.counts import HISTORY, CountFit, filtered, slow_activity
from infoscope.flow.connectivity.greedy import Products
from infoscope.flow.connectivity.layer_models import Model
from infoscope.flow.connectivity.links import Link
from infoscope.flow.connectivity.regression import LinkFit, fit_links, free_columns
from infoscope.flow.connectivity.step_rows import StepRows


@dataclass(frozen=True)
class Columns:
    """What a layer is regressed on.

    Parameters
    ----------
    sources : array, shape (n, source)
    covariates : array, shape (n, covariate)
        Of all targets.
    free : array, shape (k, n, target)
        Covariates of each target: its own past.
    targets, weights : array, shape (n, target)
        The targets on the scale of the link, and the square roots of the weights of the rows.
    own : array of int, shape (target,)
        Place of each target among the sources, -1 if it is none.
    """

    sources: Floats
    covariates: Floats
    free: Floats
    targets: Floats
    weights: Floats
    own: NDArray[np.int64]

    @classmethod
    def of(cls, rows: StepRows, model: Model) -> "Columns":
        """Return the columns of a fitted model; those of a linear one if it has no link."""
        even = np.ones(rows.after.shape)
        if isinstance(model, CountFit):
            x = rows.sources_in(filtered(rows.values, model.tau))
            past = [
                filtered(rows.values, tau)[rows.sequence, rows.step - 1][:, rows.targets]
                for tau in HISTORY
            ]
            free = np.stack([even, *past, _of_own(rows, x)])
            slow = slow_activity(rows, model.tau)[:, np.newaxis]
            return cls(x, slow, free, rows.after, even, rows.own)
        if not isinstance(model, LinkFit):
            model = fit_links(rows, Link("identity"), history=False, weigh=False)
        x = (rows.before - model.center) / model.spread
        free = free_columns(rows, x, model.link, model.history)
        y, weights = model.link.link(rows.after), model.row_weights(rows)
        size = len(rows.sources)
        return cls(x[:, :size], x[:, size:], free, y, weights, rows.own)

    @cached_property
    def even(self) -> bool:
        """Whether all rows weigh the same."""
        return bool((self.weights == 1.0).all())

    def products(self, sources: Floats) -> Iterator[Products]:
        """Yield the cross-products of each target with other columns as sources."""
        # Of even weights, for all targets at once.
        inner, with_covariates = sources.T @ sources, sources.T @ self.covariates
        with_others = sources.T @ np.concatenate([self.free, self.targets[np.newaxis]])
        for j in range(self.targets.shape[1]):
            others = np.column_stack([self.covariates, self.free[:, :, j].T, self.targets[:, j]])
            if self.even:
                across = np.column_stack([with_covariates, with_others[:, :, j].T])
                yield Products(inner, across, others.T @ others)
            else:
                w = self.weights[:, [j]]
                of_target, others = sources * w, others * w
                yield Products(of_target.T @ of_target, of_target.T @ others, others.T @ others)


def _of_own(rows: StepRows, columns: Floats) -> Floats:
    """Return the column of each target itself, zero where it is no source, (n, target)."""
    return np.where(rows.own >= 0, columns[:, rows.own], 0.0)
