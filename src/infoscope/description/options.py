"""Every measure, estimator and null: whether it fits a recording, and why."""

from collections.abc import Callable, Collection, Mapping

import pandas as pd

from infoscope.description.facts import Facts

# Name of the test of `FlowMeasures.significance`, which needs no surrogates.
CLOSED_FORM = "closed-form"
# Share of variance locked to the trial that matters, beyond this many standard errors of the share.
_LOCKED, _ERRORS = 0.05, 4.0
_FEW_ROWS, _FEW_TRIALS, _OVERLAP = 200, 5, 0.9
# Fewest rows with another a step later of which a model of one step is chosen.
_FEW_TO_CHOOSE = 100
# p of a drift that holds for a unit among many.
_DRIFTS = 0.01

# An empty sentence: it fits.
Reason = Callable[[Facts], str]


def options(facts: Facts, chosen: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """Return one row per measure, estimator and null: kind, name, fits, chosen, reason.

    ``chosen`` has the names that were chosen of each kind.
    """
    rows = []
    for kind, table in _OPTIONS.items():
        for name, (good, against) in table.items():
            why = against(facts)
            rows.append((kind, name, not why, name in chosen[kind], why or good))
        others = [name for name in chosen[kind] if name not in table]
        rows += [(kind, name, True, True, "recommended for these data") for name in others]
    return pd.DataFrame(rows, columns=["kind", "name", "fits", "chosen", "reason"])


def drifting(facts: Facts) -> list[str]:
    """Return the units that drift: with a trend or a change of level beyond chance."""
    p = facts.units["drift_p"][facts.informative]
    return list(p.index[p * len(p) < _DRIFTS])


def locked(facts: Facts) -> list[str]:
    """Return the units with variance locked to time since onset of trials, beyond chance."""
    units = facts.units
    least = _LOCKED + _ERRORS / units["effective_rows"] ** 0.5
    return list(units.index[units["trial_locked"] > least])


def _no(_: Facts) -> str:
    return ""


def _no_time(facts: Facts) -> str:
    return "" if facts.timed else "no row has another one step later"


def _slow_sampling(facts: Facts) -> str:
    if not facts.feedback.within_row:
        return _no_time(facts)
    return "sampling is slower than coupling, or units share an unrecorded input"


def _against_flow(facts: Facts) -> str:
    if why := _slow_sampling(facts):
        return why
    if not facts.zero_lag.within_step:
        return ""
    return "units share more within a row than a row later, where flow is negative"


def _against_given_all(facts: Facts) -> str:
    needed = 2 * int(facts.moving.sum()) + 3
    if why := _slow_sampling(facts):
        return why
    if facts.compared < needed:
        return f"{facts.compared} rows are fewer than the {needed} that this many units need"
    return "some units are copies of others" if (facts.units["copy_of"] != "").any() else ""


def against_best(facts: Facts) -> str:
    """Return why models of one step cannot be compared on held-out rows; empty if they can."""
    if facts.compared < _FEW_TO_CHOOSE:
        return f"{facts.compared} rows are too few to choose a model"
    if not ((facts.units["role"] != "input") & facts.moving).any():
        return "no unit hears others"
    return _no_time(facts)


def _against_inputs(facts: Facts) -> str:
    if (facts.units["role"] != "input").all():
        return "no unit has the role input"
    return _slow_sampling(facts)


def _against_neighbours(facts: Facts) -> str:
    if not facts.effective_rows >= _FEW_ROWS:
        return f"only {facts.effective_rows:.0f} effective rows"
    return ""


def _against_copula(facts: Facts) -> str:
    massive = int((facts.units["commonest"][facts.moving] > 0.2).sum())
    return f"{massive} units have one value in a fifth of the rows or more" if massive else ""


def _against_counting(facts: Facts) -> str:
    values = int(facts.units["values"].max())
    if values**2 * 5 > facts.compared:
        return f"up to {values} distinct values in {facts.compared} rows recur too rarely"
    return ""


def _against_shift(facts: Facts) -> str:
    if facts.counts:
        return "shifts in time are no null for spikes"
    if facts.slow or drifting(facts):
        return "trend, season or change of level are lost with the coupling"
    slowest = float(facts.units["autocorrelation_time"].fillna(1.0).max())
    if 20 * slowest > facts.steps and facts.trials < _FEW_TRIALS:
        return f"autocorrelation lasts {slowest:.0f} rows: fewer than 20 independent shifts"
    return _no_time(facts)


def _against_trials(facts: Facts) -> str:
    few = facts.trials < _FEW_TRIALS
    return f"too few trials to exchange ({facts.trials})" if few else ""


def _against_trial_shift(facts: Facts) -> str:
    if why := _against_trials(facts):
        return why
    if locked(facts):
        return "the mean over trials, which units share, is lost with the coupling"
    return "slow movement is lost with the coupling" if facts.slow else ""


def _against_local(facts: Facts) -> str:
    return "" if facts.counts else "rows depend on one another beyond the target's present"


def _against_shuffle(facts: Facts) -> str:
    if facts.effective_rows >= _OVERLAP * facts.compared:
        return ""
    return "rows are autocorrelated: far too many edges become significant"


def _against_blocks(facts: Facts) -> str:
    return "trend or season are lost with the coupling" if facts.slow else _no_time(facts)


def _against_formula(facts: Facts) -> str:
    if facts.counts and facts.units["values"][facts.moving].max() <= 2:
        return "two values per unit are far from Gaussian"
    return _no_time(facts)


_OPTIONS: dict[str, dict[str, tuple[str, Reason]]] = {
    "measure": {
        "best": ("the order of a one-step model, chosen by the data", against_best),
        "flow": ("more dependence a row later than now", _against_flow),
        "transfer_entropy": ("dependence a row later, beyond the target's present", _slow_sampling),
        "conditional_transfer_entropy": ("the same, beyond all inputs", _against_inputs),
        "full_conditional": ("an edge, given all recorded units", _against_given_all),
        "partial_correlation": ("an edge, given all recorded units", _against_given_all),
        "delayed": ("dependence a row later, the target's own past included", _no_time),
        "instantaneous": ("dependence within a row; it has no direction", _no),
    },
    "estimator": {
        "auto": ("finds any kind of dependence; chosen for each pair", _against_neighbours),
        "Gaussian copula": ("smallest error and fastest; monotone dependence", _against_copula),
        "KSG k = 4": ("any kind of dependence of continuous values", _against_neighbours),
        "Discrete correction = miller-madow": ("counts combinations of values", _against_counting),
    },
    "null": {
        "auto": ("existence and direction; keeps trend, season and trial mean", _no_time),
        "lag-swap": ("direction; keeps its level under common trends and inputs", _no_time),
        "circular-shift": ("any dependence locked to time", _against_shift),
        "sequence-permutation": ("beyond what all trials share", _against_trials),
        "trial-shift": ("locked to time within trials", _against_trial_shift),
        "block-permutation": ("independence beyond a block", _against_blocks),
        "local-permutation": ("transfer beyond the target's present", _against_local),
        "iid-shuffle": ("independence of independent rows", _against_shuffle),
        CLOSED_FORM: ("effective rows and slow components in a formula", _against_formula),
    },
}  # fmt: skip
