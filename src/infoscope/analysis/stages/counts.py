"""Transfer entropy of counts in the analysed snapshot, and its surrogates."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study
from infoscope.analysis.switches import COUNTS
from infoscope.flow.count_transfer import count_transfer


def _counts(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the largest transfer over delays, its delay, and surrogates, (source, target)."""
    rows, settings = study.pairs, study.settings
    seed = int(settings.generator("nulls").integers(2**63))
    found = count_transfer(
        rows,
        surrogates=settings.surrogates,
        random_state=np.random.SeedSequence(seed),
        progress=progress,
    )
    matrix = ("source", "target")
    names = list(rows.nodes.index)
    return xr.Dataset(
        {
            COUNTS: (matrix, found.bits, {"units": "bit"}),
            "delay": (matrix, found.delay, {"units": "row"}),
            "surrogates": (("surrogate", *matrix), found.surrogates, {"units": "bit"}),
        },
        coords={"source": names, "target": names},
    )


COUNT_TRANSFER = Stage("counts", _counts, lambda study: study.settings.measure == COUNTS)
