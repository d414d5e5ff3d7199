"""Further measures of influence in the analysed snapshot, with the numbers of their tests."""

from collections.abc import Sequence

import xarray as xr

from infoscope._errors import EstimationError
from infoscope.analysis.estimators import COPULA
from infoscope.analysis.stage import Done, Stage, repaired
from infoscope.analysis.study import Study
from infoscope.flow.flow_measures import FlowMeasures, flow_measures
from infoscope.flow.measure_tests import TESTED

_PAIRS = ("delayed", "instantaneous", "transfer_entropy")
_GIVEN_INPUTS = "conditional_transfer_entropy"
# Conditions on all other nodes, for which there may be too few rows.
_GIVEN_ALL = "full_conditional"
# Suffixes of the partial correlation of a test, and of its degrees of freedom.
CORRELATION, FREEDOM = "_correlation", "_freedom"
# Attribute with the measures left out, and why.
LEFT_OUT = "left_out"


def _measures(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return every measure (source, target), and the partial correlations of its test.

    By the Gaussian copula, which serves all pairs at once and is independent of units and tails.
    """
    settings = study.settings
    has_inputs = (study.pairs.nodes["role"] == "input").any()
    result, left_out = xr.Dataset(), []
    for group in ((*_PAIRS, _GIVEN_INPUTS) if has_inputs else _PAIRS), (_GIVEN_ALL,):
        try:
            found = flow_measures(
                study.analysed,
                measures=group,
                estimator=COPULA,
                lag=settings.lag,
                epoch=study.epoch,
                aligned=settings.aligned,
                random_state=settings.generator("flow"),
                progress=progress,
            )
            result = result.assign(found.data_vars).assign(_tests(found))
        except EstimationError as error:
            left_out.append(f"{', '.join(group)}: {error}")
    return result.assign_attrs({LEFT_OUT: left_out, "estimator": str(COPULA)})


def _tests(found: FlowMeasures) -> dict[str, xr.DataArray]:
    """Return the partial correlation and the degrees of freedom of each measure with a test."""
    numbers = {}
    for name in (str(name) for name in found if name in TESTED):
        parts = zip((CORRELATION, FREEDOM), found.tests.correlations(name), strict=True)
        numbers |= {f"{name}{suffix}": found[name].copy(data=values) for suffix, values in parts}
    return numbers


MEASURES = Stage("measures", _measures, repaired)
