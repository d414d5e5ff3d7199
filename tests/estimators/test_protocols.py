"""Which estimator offers what."""

import pytest

from infoscope import (
    KSG,
    Binned,
    Discrete,
    Gaussian,
    KozachenkoLeonenko,
    LabelDecoder,
    LinearDecoder,
    MixedKSG,
    NoiseProbe,
    Ross,
)
from infoscope.estimators import Auto
from infoscope.estimators.protocols import (
    Bounded,
    Entropy,
    Jittered,
    MutualInformation,
    PrefixEntropies,
    SetEntropies,
    TakesLabels,
    TotalCorrelations,
    Windowed,
)
from infoscope.surrogates.catalogue import NULLS
from infoscope.surrogates.surrogate import Described, Shift

ALL = [Auto(), KSG(), Binned(), Discrete(), Gaussian(), KozachenkoLeonenko(), LabelDecoder(),
       LinearDecoder(), MixedKSG(), NoiseProbe(), Ross()]  # fmt: skip


@pytest.mark.parametrize(
    ("protocol", "names"),
    [
        (MutualInformation, "Auto KSG Binned Discrete Gaussian LabelDecoder LinearDecoder MixedKSG "
         "NoiseProbe Ross"),
        (Entropy, "Auto Binned Discrete Gaussian KozachenkoLeonenko"),
        (SetEntropies, "Binned Discrete Gaussian"),
        (PrefixEntropies, "Binned Discrete Gaussian KozachenkoLeonenko"),
        (TotalCorrelations, "KSG"),
        (Bounded, "Auto KSG"),
        (TakesLabels, "Auto Discrete LabelDecoder Ross"),
        (Jittered, "KSG KozachenkoLeonenko"),
        (Windowed, "KSG"),
    ],
)  # fmt: skip
def test_estimators_offer_what_they_declare(protocol: type, names: str) -> None:
    assert [type(e).__name__ for e in ALL if isinstance(e, protocol)] == names.split()


def test_nulls_declare_what_they_are() -> None:
    assert all(isinstance(null, Described) for null in NULLS.values())
    shifts = {name for name, null in NULLS.items() if isinstance(null, Shift)}
    assert shifts == {"circular-shift", "trial-shift"}
    assert {name for name, null in NULLS.items() if null.needs_condition} == {"local-permutation"}
