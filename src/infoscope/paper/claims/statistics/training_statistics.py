"""Statistics of one seed's curves over training: phases, leads, indicators, gradients."""

from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import linregress

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.learning.held_out.jackknife import jackknife_error
from infoscope.learning.leads import progress_curve
from infoscope.learning.phases import change_point, compression, crossing_epoch, turn_count
from infoscope.learning.specificity import partial_spearman
from infoscope.measures.statistics import spearman
from infoscope.paper.claims.study import SeedStudy

# Tolerated standard errors of a difference.
_ERRORS = 2.0
# The tenth published snapshot.
_SETTLED = 100


def relative_loss(curve: str) -> Any:
    """Return the statistic C_rel = (maximum - end) / (maximum - start) of a curve."""
    return lambda study: float(_compression(study, curve)["relative_loss"])


def falls(curve: str) -> Any:
    """Return the statistic: 1 if a curve falls after its maximum, beyond error, else 0."""
    return lambda study: float(_compression(study, curve)["compresses"])


def gain(curve: str) -> Any:
    """Return the statistic: end of a curve minus its start."""
    return lambda study: _gain(_curve(study, curve))


def turns(study: SeedStudy) -> float:
    """Number of turns of I(H; Y) by more than two standard errors."""
    curve = _curve(study, "hidden_target_information")
    error = jackknife_error(_replicates(study, "hidden_target_information").to_numpy())
    # Standard error of the difference of two snapshots, with independent errors as the worst case.
    return float(turn_count(curve, threshold=_ERRORS * np.sqrt(2.0) * float(np.median(error))))


def processing_violations(study: SeedStudy) -> float:
    """Share of the snapshots in which I(O; Y) exceeds I(H; Y).

    By more than two standard errors of the difference, which is impossible for true values.
    """
    names = ("hidden_target_information", "output_target_information")
    hidden, output = (_curve(study, name).to_numpy() for name in names)
    apart = _replicates(study, names[1]).to_numpy() - _replicates(study, names[0]).to_numpy()
    return float((output - hidden > _ERRORS * jackknife_error(apart)).mean())


def two_phases(study: SeedStudy) -> float:
    """1 if two lines fit I(H; Y) better than one, by more than 10 of BIC, else 0."""
    return float(change_point(_curve(study, "hidden_target_information"))["bic_difference"] > 10.0)


def change_epoch(study: SeedStudy) -> float:
    """The epoch at which two lines fitted to I(H; Y) meet."""
    return float(change_point(_curve(study, "hidden_target_information"))["change_epoch"])


def drawdown(study: SeedStudy) -> float:
    """Largest fall of I(O; Y) below an earlier value, in units of two standard errors."""
    curve = _curve(study, "output_target_information").to_numpy()
    top = np.maximum.accumulate(curve)
    low = int(np.argmax(top - curve))
    high = int(np.argmax(curve[: low + 1]))
    fall = float(curve[high] - curve[low])
    if fall == 0.0:
        return 0.0
    replicates = _replicates(study, "output_target_information").to_numpy()
    error = float(jackknife_error(replicates[high] - replicates[low]))
    return fall / (_ERRORS * error) if error > 0.0 else np.inf


def error_drop_while_falling(study: SeedStudy) -> float:
    """Share of the total fall of the error that occurs while I(H; Y) falls."""
    falls = np.maximum(-np.diff(_curve(study, "error").to_numpy()), 0.0)
    if not falls.any():
        raise EstimationError("the error never falls")
    falling = np.diff(_curve(study, "hidden_target_information").to_numpy()) < 0.0
    return float(falls[falling].sum() / falls.sum())


def mirrors_error(study: SeedStudy) -> float:
    """Spearman correlation of I(O; Y) and the error's negative over snapshots."""
    curve = _curve(study, "output_target_information").to_numpy()
    return spearman(curve, -_curve(study, "error").to_numpy())


def halfway_apart(study: SeedStudy) -> float:
    """|lead of I(O; Y)| at half of the progress, over the epoch at which skill is halfway."""
    known, skilled = _arrivals(study, "output_target_information", 0.5)
    return abs(skilled - known) / skilled if skilled > 0.0 else float("nan")


def lead(curve: str, share: float) -> Any:
    """Return the statistic: lead of a curve over skill, in epochs, at a share of progress.

    -inf if the curve does not rise, or never reaches the share.
    """

    def ahead(study: SeedStudy) -> float:
        known, skilled = _arrivals(study, curve, share)
        return skilled - known

    return ahead


def progress_apart(study: SeedStudy) -> float:
    """Largest difference between the progress of I(X; O) and of I(X; H)."""
    both = [
        progress_curve(_curve(study, f"{unit}_input_information")).to_numpy()
        for unit in ("output", "hidden")
    ]
    return float(np.abs(both[0] - both[1]).max())


def curves_agree(first: str, second: str) -> Any:
    """Return the statistic: Spearman correlation of two curves over snapshots."""
    return lambda study: spearman(*_together(study, first, second)[1])


def curves_agree_detrended(first: str, second: str) -> Any:
    """Return the statistic: the same after epoch 100, of residuals from a line over log epoch."""

    def agree(study: SeedStudy) -> float:
        epochs, curves = _together(study, first, second)
        late = epochs > _SETTLED
        if late.sum() < 6:
            raise EstimationError(f"there are fewer than 6 snapshots after epoch {_SETTLED}")
        x = np.log(epochs[late])
        return spearman(*(_detrended(x, curve[late]) for curve in curves))

    return agree


def last_skill(study: SeedStudy) -> float:
    """Skill of the analysed snapshot over the mean of the training days, on held-out days."""
    return float(_curve(study, "skill")[-1])


def least_complexity(study: SeedStudy) -> float:
    """Smallest TSE complexity of any snapshot, bits."""
    return float(_curve(study, "tse_complexity").min())


def subset_sensitivity(study: SeedStudy) -> float:
    """Change of the complexity with the number of subsets, in units of the tolerance.

    The larger of |few - many| over two standard errors and over 5 % of the curve's range.
    """
    found, curve = study.part("subsets"), _curve(study, "tse_complexity").to_numpy()
    few, many, *errors = (
        found[name].to_numpy() for name in ("few", "many", "few_error", "many_error")
    )
    if np.ptp(curve) == 0.0:
        raise EstimationError("the complexity never changes, so that no change is small next to it")
    apart, error = np.abs(few - many), np.hypot(*errors)
    return float(max((apart / (_ERRORS * error)).max(), apart.max() / (0.05 * np.ptp(curve))))


def specific_gain(curve: str) -> Any:
    """Return the statistic: a curve's rise minus twice that with shuffled targets."""

    def apart(study: SeedStudy) -> float:
        control = _gain(study.part("shuffled")[curve])
        # A falling control does not favour the curve.
        return _gain(_curve(study, curve)) - 2.0 * max(control, 0.0)

    return apart


def partial_agreement(curve: str) -> Any:
    """Return the statistic: rank correlation of a curve and skill, given the hidden spread."""

    def partial(study: SeedStudy) -> float:
        indicator, skill, spread = _together(study, curve, "skill", "spread")[1]
        return partial_spearman(indicator, skill, given=spread)

    return partial


def gradient_slope(parameter: str, part: str) -> Any:
    """Return the statistic: slope of the log of a gradient's mean or spread over log epoch."""

    def slope(study: SeedStudy) -> float:
        table = study.part("gradients").sel(parameter=parameter)
        values = table[part].to_numpy()
        found: Any = linregress(np.log(table["epoch"].to_numpy()), np.log(values))
        return float(found.slope)

    return slope


def least_ratio(parameter: str) -> Any:
    """Return the statistic: smallest ratio of a gradient's mean to its spread in any snapshot."""
    return lambda study: float(_ratio(study, parameter).min())


def transition(parameter: str) -> Any:
    """Return the statistic: 1 if that ratio stays below 1 and changes its slope, else 0."""

    def changes(study: SeedStudy) -> float:
        ratio = _ratio(study, parameter)
        crosses = bool(np.isfinite(crossing_epoch(ratio, level=1.0, below=True)))
        started_above = float(ratio[0]) > 1.0
        bent = (
            float(change_point(ratio.copy(data=np.log(ratio.to_numpy())))["bic_difference"]) > 10.0
        )
        return float(crosses and started_above and bent)

    return changes


def change_trend(study: SeedStudy) -> float:
    """Spearman correlation of the epoch and the change of activations per epoch."""
    curve = _curve(study, "activation_change")
    return spearman(curve["epoch"].to_numpy().astype(float), curve.to_numpy())


def _curve(study: SeedStudy, name: str) -> xr.DataArray:
    """Return a curve over the epochs at which it was estimated."""
    curves = study.curves
    if name not in curves:
        raise EstimationError(f"no curve {name!r} in {study.mode} mode")
    return curves[name].drop_attrs().dropna("epoch")


def _together(study: SeedStudy, *names: str) -> tuple[Floats, list[Floats]]:
    """Return the epochs common to all these curves, and the curves there."""
    curves = xr.align(*(_curve(study, name) for name in names), join="inner")
    return curves[0]["epoch"].to_numpy(), [curve.to_numpy() for curve in curves]


def _replicates(study: SeedStudy, name: str) -> xr.DataArray:
    return study.curves[f"{name}_replicates"].transpose("epoch", "block")


def _compression(study: SeedStudy, curve: str) -> xr.Dataset:
    return compression(_curve(study, curve), _replicates(study, curve))


def _gain(curve: xr.DataArray) -> float:
    return float(curve[-1] - curve[0])


def _arrivals(study: SeedStudy, curve: str, share: float) -> tuple[float, float]:
    """Return the epochs at which a curve and skill reach a share of their progress.

    Linearly interpolated between snapshots. The progress of skill ends at its maximum, so that
    later overfitting does not count. inf for a curve that does not rise or reach the share.
    """
    known = _curve(study, curve)
    skill = _curve(study, "skill").sel(epoch=known["epoch"])
    best = skill.copy(data=np.maximum.accumulate(skill.to_numpy()))
    if float(best[-1]) <= float(best[0]):
        raise EstimationError("the network does not learn: its skill is never above its first")
    skilled = float(crossing_epoch(progress_curve(best), level=share, between=True))
    if _end(known) <= float(known[0]):
        return np.inf, skilled
    arrives = float(crossing_epoch(progress_curve(known), level=share, between=True))
    return (np.inf if np.isnan(arrives) else arrives), skilled


def _end(curve: xr.DataArray) -> float:
    """Return the median over the last tenth of the epochs, as in `progress_curve`."""
    epochs = curve["epoch"].to_numpy()
    return float(curve[epochs >= epochs[-1] - 0.1 * (epochs[-1] - epochs[0])].median())


def _ratio(study: SeedStudy, parameter: str) -> xr.DataArray:
    table = study.part("gradients").sel(parameter=parameter, drop=True)
    return table["mean"] / table["spread"]


def _detrended(x: Floats, values: Floats) -> Floats:
    design = np.column_stack([np.ones(len(x)), x])
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
