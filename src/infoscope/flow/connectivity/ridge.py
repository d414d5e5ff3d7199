"""Ridge regression of many targets on the same sources, with free columns of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import qr

from infoscope._validate import Floats

# Penalties tried, as shares of the largest eigenvalue of the sources.
_PENALTIES = np.logspace(-14, 0, 29)
# Singular values below this share of the largest are rounding: sources are linear in others.
_RANK = 1e-11
# Of a target without error, at most this share of its squares is left.
_EXACT = 1e-22
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

    def fit(self, targets: Floats, free: Floats) -> Fit:
        """Fit targets (n, m), each with its own free columns (n, m, k)."""
        parts = [
            self._fit(targets[:, at : at + _AT_ONCE], free[:, at : at + _AT_ONCE])
            for at in range(0, targets.shape[1], _AT_ONCE)
        ]
        return Fit.joined(parts)

    def _fit(self, y: Floats, z: Floats) -> Fit:
        n, m, k = z.shape
        u, s, v = self._factors
        size = np.sqrt((z**2).sum(axis=0))
        z = z / np.where(size > 0.0, size, 1.0)
        # What the free columns explain by themselves would cancel below, with a loss of digits.
        across = z.transpose(1, 2, 0)
        alone = np.linalg.pinv(across @ z.swapaxes(0, 1), rcond=1e-10, hermitian=True)
        alone = (alone @ (across @ y.T[:, :, np.newaxis]))[:, :, 0]
        y = y - np.einsum("nmk,mk->nm", z, alone)
        a, b = u.T @ y, np.tensordot(u, z, (0, 0))
        y_left = y - u @ a
        z_left = z - np.tensordot(u, b, (1, 0))
        zz = np.einsum("nmk,nml->mkl", z_left, z_left)
        zy = np.einsum("nmk,nm->mk", z_left, y_left)
        # Of columns that are sources too only rounding is left.
        own = zz.diagonal(axis1=1, axis2=2) < 1e-20
        zz[own[:, :, np.newaxis] | own[:, np.newaxis, :]] = 0.0
        zy[own] = 0.0
        yy, whole = (y_left**2).sum(axis=0), (y**2).sum(axis=0)
        # Without error, residuals are rounding, which does not choose a penalty: the least is best.
        exact = np.zeros(m, bool)
        best = np.full(m, np.inf)
        chosen = np.zeros(m, np.int64)
        shrinks = [s**2 / (s**2 + share * s[0] ** 2) for share in _PENALTIES]
        for place, f in enumerate(shrinks):
            sums = _sums(a, b, f, yy, zy, zz)
            score = n * sums.rest / np.maximum(n - sums.parameters, 1e-9) ** 2
            better = (score < best) & (sums.parameters < n - 1) & ~exact
            best[better], chosen[better] = score[better], place
            exact |= better & (sums.rest < _EXACT * whole)
        weights, errors = np.zeros((len(v), m)), np.zeros((len(v), m))
        variance, freedom, c = np.zeros(m), np.zeros(m), np.zeros((k, m))
        for place in np.unique(chosen):
            f, of = shrinks[place], chosen == place
            sums = _sums(a[:, of], b[:, of], f, yy[of], zy[of], zz[of])
            freedom[of] = n - sums.parameters
            variance[of] = sums.rest / freedom[of]
            shrunk = (f / s)[:, np.newaxis]
            left = a[:, of] - np.einsum("rmk,mk->rm", b[:, of], sums.free)
            weights[:, of] = v @ (shrunk * left)
            scaled = shrunk[:, :, np.newaxis] * b[:, of]
            reached = np.tensordot(v, scaled, 1).swapaxes(0, 1)
            beyond = np.tensordot(v, (1.0 - f)[:, np.newaxis, np.newaxis] * scaled, 1)
            through = reached @ sums.inverse
            spread = ((v * (f / s)) ** 2).sum(axis=1)[:, np.newaxis]
            spread = spread - 2.0 * (through * beyond.swapaxes(0, 1)).sum(axis=2).T
            spread = spread + ((through @ sums.squares) * through).sum(axis=2).T
            errors[:, of] = np.sqrt(np.maximum(spread, 0.0) * variance[of])
            c[:, of] = sums.free.T
        fitted = self.sources @ weights + np.einsum("nmk,km->nm", z, c)
        # Of the residuals themselves: the sums above lose digits where hardly anything is left.
        direct = ((y - fitted) ** 2).sum(axis=0) / freedom
        errors *= np.sqrt(np.divide(direct, variance, out=np.ones(m), where=variance > 0.0))
        free = (c + alone.T) / np.where(size > 0.0, size, 1.0).T
        fitted += np.einsum("nmk,mk->nm", z, alone)
        return Fit(weights, errors, fitted, direct, freedom, free, _PENALTIES[chosen])


@dataclass(frozen=True)
class _Sums:
    """Sums of squares of one penalty: of residuals, and the free columns beyond the sources."""

    rest: Floats
    parameters: Floats
    free: Floats
    inverse: Floats
    squares: Floats


def _sums(a: Floats, b: Floats, f: Floats, yy: Floats, zy: Floats, zz: Floats) -> _Sums:
    g = 1.0 - f
    g2 = g**2
    of_target, own = b.transpose(1, 2, 0), b.swapaxes(0, 1)
    inner = zz + (of_target * g) @ own
    squares = zz + (of_target * g2) @ own
    across = zy + ((of_target * g) @ a.T[:, :, np.newaxis])[:, :, 0]
    across2 = zy + ((of_target * g2) @ a.T[:, :, np.newaxis])[:, :, 0]
    size = np.sqrt(inner.diagonal(axis1=1, axis2=2))
    size = np.where(size > 0.0, size, 1.0)
    scaled = inner / size[:, :, np.newaxis] / size[:, np.newaxis, :]
    inverse = np.linalg.pinv(scaled, rcond=1e-10, hermitian=True)
    inverse = inverse / size[:, :, np.newaxis] / size[:, np.newaxis, :]
    free = np.einsum("mkl,ml->mk", inverse, across)
    rest = yy + g2 @ a**2
    rest = rest - 2.0 * (free * across2).sum(axis=1)
    rest = rest + np.einsum("mk,mkl,ml->m", free, squares, free)
    parameters = f.sum() + np.einsum("mkl,mlk->m", inverse, squares)
    return _Sums(np.maximum(rest, 0.0), parameters, free, inverse, squares)
