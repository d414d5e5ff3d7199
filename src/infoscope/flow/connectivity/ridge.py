"""Ridge regression of many targets on the same sources, with free columns of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from infoscope._validate import Floats

# Penalties tried, as shares of the largest eigenvalue of the sources.
_PENALTIES = np.logspace(-14, 0, 29)
# Singular values below this share of the largest are rounding: sources are linear in others.
_RANK = 1e-11
# Of a target without error, at most this share of its squares is left.
_EXACT = 1e-22
# Below this share, what is left of a free column, of a row beside its leverage, or of a coefficient
# is rounding.
_FREE = 1e-10
# Targets at once: bounds the memory of the free columns.
_AT_ONCE = 64


@dataclass(frozen=True)
class Fit:
    """Coefficients of targets on sources, with standard errors.

    Parameters
    ----------
    weights, errors : array, shape (source, target)
        Coefficients and their standard errors.
    fitted : array, shape (n, target)
        Fitted values.
    variance : array, shape (target,)
        Residual variance.
    freedom : array, shape (target,)
        Rows less the effective number of parameters.
    free : array, shape (free, target)
        Coefficients of the free columns.
    penalty : array, shape (target,)
        Ridge penalty by generalised cross-validation, as a share of the largest eigenvalue.
    """

    weights: Floats
    errors: Floats
    fitted: Floats
    variance: Floats
    freedom: Floats
    free: Floats
    penalty: Floats

    @classmethod
    def joined(cls, parts: Sequence["Fit"]) -> "Fit":
        """Return the fits of all targets of some fits."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(p, n) for p in parts], axis=-1) for n in names))

    def of(self, target: int) -> "Fit":
        """Return the fit of one target."""
        return Fit(*(getattr(self, n)[..., [target]] for n in self.__dataclass_fields__))


@dataclass(frozen=True)
class Design:
    """Sources (n, p), of about equal size, factorised once for all targets.

    Notes
    -----
    The model is y = X b + Z c + e with a penalty on b alone. With the singular value
    decomposition X = U S V', everything follows from the projections of y and Z on U.

    References
    ----------
    Generalised cross-validation: G. H. Golub, M. Heath, G. Wahba, Technometrics 21, 215 (1979).
    """

    sources: Floats

    @cached_property
    def _factors(self) -> tuple[Floats, Floats, Floats]:
        n, p = self.sources.shape
        reduced = self.sources
        if n > p:
            reduced = qr(reduced, mode="r", check_finite=False)[0][:p]
        _, s, v = np.linalg.svd(reduced, full_matrices=False)
        kept = s > _RANK * s[0]
        s, v = s[kept], v[kept].T
        return self.sources @ (v / s), s, v

    @cached_property
    def unidentified(self) -> Floats:
        """Share of each source in linear relations with others, 0 to 1, (source,)."""
        return np.maximum(1.0 - (self._factors[2] ** 2).sum(axis=1), 0.0)

    def fit(self, targets: Floats, free: Floats, own: NDArray[np.int64] | None = None) -> Fit:
        """Fit targets (n, m), each with its own free columns (k, n, m).

        ``own`` (m,) says which source the last free column of each target is, -1 if it is zero.
        """
        parts = []
        for at in range(0, targets.shape[1], _AT_ONCE):
            some = slice(at, at + _AT_ONCE)
            parts.append(
                self._fit(targets[:, some], free[:, :, some], None if own is None else own[some])
            )
        return Fit.joined(parts)

    def unpenalised_t(self, targets: Floats, free: Floats) -> Floats:
        """Return t of each source on each target, (source, target), without penalty.

        Targets (n, m) have free columns (k, n, m) besides the sources. Standard errors hold for
        errors of unequal variance (HC3).

        References
        ----------
        J. G. MacKinnon, H. White, J. Econom. 29, 305 (1985).
        """
        u, s, v = self._factors
        inverse = (v / s) @ u.T
        squares, leverage = inverse**2, (u**2).sum(axis=1)[:, np.newaxis]
        size = np.sqrt(squares.sum(axis=1))[:, np.newaxis]
        parts = []
        for at in range(0, targets.shape[1], _AT_ONCE):
            some = slice(at, at + _AT_ONCE)
            y = targets[:, some]
            basis = self._basis(free[:, :, some])
            inside = u.T @ y
            left, weights = y - u @ inside, (v / s) @ inside
            kept = 1.0 - leverage
            for q, through in basis:
                along = (q * y).sum(axis=0)
                left, weights = left - q * along, weights - through * along
                kept = kept - q**2
            errors = (left / np.maximum(kept, _FREE)) ** 2
            variance = squares @ errors
            for q, through in basis:
                if (np.abs(through) > _FREE * size).any():
                    variance -= 2.0 * through * (inverse @ (errors * q))
                for other, with_other in basis:
                    variance += through * with_other * (errors * q * other).sum(axis=0)
            error = np.sqrt(np.maximum(variance, 0.0))
            parts.append(np.divide(weights, error, out=np.zeros_like(error), where=error > 0.0))
        return np.concatenate(parts, axis=1)

    def _basis(self, free: Floats) -> list[tuple[Floats, Floats]]:
        """Return an orthonormal basis of the free columns beyond the sources, column by column.

        Each (n, m), or (n, 1) if it is that of all targets, with what it takes from the coefficient
        of each source, (source, m).
        """
        u, s, v = self._factors
        found: list[tuple[Floats, Floats]] = []
        for column in free:
            if (column == column[:, :1]).all():
                column = column[:, :1]
            inside = u.T @ column
            q, through = column - u @ inside, (v / s) @ inside
            for earlier, before in found:
                along = (earlier * q).sum(axis=0)
                q, through = q - earlier * along, through - before * along
            size = np.sqrt((q**2).sum(axis=0))
            known = size**2 > _FREE * (column**2).sum(axis=0)
            scale = np.where(known, 1.0 / np.where(known, size, 1.0), 0.0)
            found.append((q * scale, through * scale))
        return found

    def _fit(self, y: Floats, z: Floats, own: NDArray[np.int64] | None) -> Fit:
        n, m = y.shape
        u, s, v = self._factors
        size = np.sqrt((z**2).sum(axis=1))
        size = np.where(size > 0.0, size, 1.0)
        z = z / size[:, np.newaxis]
        # What the free columns explain by themselves would cancel below, with a loss of digits.
        inner = _products(z, z).transpose(2, 0, 1)
        alone = np.linalg.pinv(inner, rcond=1e-10, hermitian=True)
        alone = (alone @ _products(z, y[np.newaxis]).transpose(2, 0, 1))[:, :, 0].T
        y = y - combined(z, alone)
        a = u.T @ y
        b, z_left = self._beyond(z, None if own is None else (own, size[-1]))
        y_left = y - u @ a
        zz = _products(z_left, z_left).transpose(2, 0, 1)
        zy = _products(z_left, y_left[np.newaxis])[:, 0].T
        # Of columns that are sources too only rounding is left.
        nothing = zz.diagonal(axis1=1, axis2=2) < 1e-20
        zz[nothing[:, :, np.newaxis] | nothing[:, np.newaxis, :]] = 0.0
        zy[nothing] = 0.0
        yy, whole = (y_left**2).sum(axis=0), (y**2).sum(axis=0)
        # Without error, residuals are rounding, which does not choose a penalty: the least is best.
        exact = np.zeros(m, bool)
        best = np.full(m, np.inf)
        chosen = np.zeros(m, np.int64)
        shrinks = s**2 / (s**2 + _PENALTIES[:, np.newaxis] * s[0] ** 2)
        sums = _sums(a, b, shrinks, yy, zy, zz)
        scores = n * sums.rest / np.maximum(n - sums.parameters, 1e-9) ** 2
        for place, score in enumerate(scores):
            better = (score < best) & (sums.parameters[place] < n - 1) & ~exact
            best[better], chosen[better] = score[better], place
            exact |= better & (sums.rest[place] < _EXACT * whole)
        sums = sums.at(chosen)
        freedom = n - sums.parameters
        variance, c = sums.rest / freedom, sums.free.T
        weights, errors = np.zeros((len(v), m)), np.zeros((len(v), m))
        for place in np.unique(chosen):
            f, of = shrinks[place], chosen == place
            shrunk = (f / s)[:, np.newaxis]
            left = a[:, of] - np.einsum("rmk,mk->rm", b[:, of], sums.free[of])
            weights[:, of] = v @ (shrunk * left)
            scaled = shrunk[:, :, np.newaxis] * b[:, of]
            reached = np.tensordot(v, scaled, 1).swapaxes(0, 1)
            beyond = np.tensordot(v, (1.0 - f)[:, np.newaxis, np.newaxis] * scaled, 1)
            through = reached @ sums.inverse[of]
            spread = ((v * (f / s)) ** 2).sum(axis=1)[:, np.newaxis]
            spread = spread - 2.0 * (through * beyond.swapaxes(0, 1)).sum(axis=2).T
            spread = spread + ((through @ sums.squares[of]) * through).sum(axis=2).T
            errors[:, of] = np.sqrt(np.maximum(spread, 0.0) * variance[of])
        fitted = self.sources @ weights + combined(z, c)
        # Of the residuals themselves: the sums above lose digits where hardly anything is left.
        direct = ((y - fitted) ** 2).sum(axis=0) / freedom
        errors *= np.sqrt(np.divide(direct, variance, out=np.ones(m), where=variance > 0.0))
        fitted += combined(z, alone)
        return Fit(weights, errors, fitted, direct, freedom, (c + alone) / size, _PENALTIES[chosen])

    def _beyond(
        self, z: Floats, own: tuple[NDArray[np.int64], Floats] | None
    ) -> tuple[Floats, Floats]:
        """Return the projections of free columns on the factors, (rank, m, k), and what is left.

        With ``own`` the last column is a known source over a known size: nothing is left of it.
        """
        u, s, v = self._factors
        k, _n, m = z.shape
        b, left = np.zeros((k, len(s), m)), np.zeros_like(z)
        for place in range(k):
            column = z[place]
            if own is not None and place == k - 1:
                of, size = own
                b[place] = np.where(of >= 0, s[:, np.newaxis] * v[of].T / size, 0.0)
                continue
            if (column == column[:, :1]).all():  # the same of all targets
                column = column[:, :1]
            projected = u.T @ column
            b[place], left[place] = projected, column - u @ projected
        return b.transpose(1, 2, 0), left


@dataclass(frozen=True)
class _Sums:
    """Sums of squares by penalty: of residuals, and the free columns beyond the sources.

    The first axis of each is the penalty, the second the target.
    """

    rest: Floats
    parameters: Floats
    free: Floats
    inverse: Floats
    squares: Floats

    def at(self, penalty: NDArray[np.int64]) -> "_Sums":
        """Return the sums of one penalty for each target."""
        targets = np.arange(len(penalty))
        return _Sums(*(getattr(self, n)[penalty, targets] for n in self.__dataclass_fields__))


def _sums(a: Floats, b: Floats, shrinks: Floats, yy: Floats, zy: Floats, zz: Floats) -> _Sums:
    """Return the sums for every penalty, given how much each shrinks each component, (p, rank)."""
    rank, m, k = b.shape
    left, left2 = 1.0 - shrinks, (1.0 - shrinks) ** 2
    together = (b[:, :, :, np.newaxis] * b[:, :, np.newaxis]).reshape(rank, -1)
    inner = zz + (left @ together).reshape(-1, m, k, k)
    squares = zz + (left2 @ together).reshape(-1, m, k, k)
    with_target = (b * a[:, :, np.newaxis]).reshape(rank, -1)
    across = zy + (left @ with_target).reshape(-1, m, k)
    across2 = zy + (left2 @ with_target).reshape(-1, m, k)
    size = np.sqrt(inner.diagonal(axis1=2, axis2=3))
    size = np.where(size > 0.0, size, 1.0)
    outer = size[..., np.newaxis] * size[..., np.newaxis, :]
    inverse = np.linalg.pinv(inner / outer, rcond=1e-10, hermitian=True) / outer
    free = (inverse @ across[..., np.newaxis])[..., 0]
    rest = yy + left2 @ a**2 - 2.0 * (free * across2).sum(axis=2)
    rest = rest + (free * (squares @ free[..., np.newaxis])[..., 0]).sum(axis=2)
    parameters = shrinks.sum(axis=1)[:, np.newaxis]
    parameters = parameters + (inverse * squares.swapaxes(2, 3)).sum(axis=(2, 3))
    return _Sums(np.maximum(rest, 0.0), parameters, free, inverse, squares)


def _products(one: Floats, other: Floats) -> Floats:
    """Return the sums over rows of products of columns (k, n, m) and (l, n, m), (k, l, m)."""
    return np.array([[(a * b).sum(axis=0) for b in other] for a in one])


def combined(columns: Floats, weights: Floats) -> Floats:
    """Return the sum of columns (k, n, m) times weights (k, m), (n, m)."""
    total: Floats = sum((c * w for c, w in zip(columns, weights, strict=True)), np.zeros(()))
    return total
