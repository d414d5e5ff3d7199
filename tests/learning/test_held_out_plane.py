"""The corrected plane where information is known, and its checks where they must fail."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from infoscope import (
    KSG,
    InputError,
    LinearDecoder,
    NoiseProbe,
    Recording,
    held_out_plane,
    information_plane,
    mutual_information,
)
from infoscope.learning import compression, indicator_leads, seed_band, seed_test, stack_seeds

FAST: dict[str, Any] = {"sigmas": [0.3], "subsets": 2, "lags": 1}


def small(seed=0, days=40, length=4, epochs=(0, 5), noise=0.3, **changes):
    """Sliding windows over a series, a hidden layer that follows inputs, outputs that read it."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(days, 3))
    places = np.arange(days - length + 1)[:, np.newaxis] + np.arange(length)
    x = series[places]
    hidden = np.stack([np.tanh(scale * x @ np.ones((3, 4))) for scale in (0.1, 1.0)])
    hidden = hidden + noise * rng.normal(size=(days, 4))[places]
    outputs = hidden @ rng.normal(size=(4, 2))
    targets = outputs[1] + 0.5 * rng.normal(size=(days, 2))[places]
    given = {"inputs": x, "hidden": hidden, "outputs": outputs, "targets": targets, "days": places}
    given |= changes
    return Recording.from_arrays(**given, epochs=list(epochs))


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_memory_of_a_leaky_integrator_is_exact(memory):
    n, lags = 2000, 5
    x, noise = np.random.default_rng(0).normal(size=(2, n + 200))
    h = np.zeros(n + 200)
    for t in range(1, n + 200):
        h[t] = memory * h[t - 1] + x[t]
    # Without noise, and without memory, the present would be known for sure.
    h += 0.5 * noise
    x, h = (v[200:].reshape(1, n, 1) for v in (x, h))
    plane = held_out_plane(Recording.from_arrays(x, h, h, x), **{**FAST, "lags": lags})
    variance = 1 / (1 - memory**2) + 0.25
    for lag in range(lags):
        square = memory ** (2 * lag) / variance if memory or not lag else 0.0
        exact = -0.5 * np.log2(1 - square)
        # -1/2 ln(1 - r^2) has the variance r^2 / n; a fitted slope costs about 5 / 4n.
        tolerance = (5 * np.sqrt(square / n) + 10 / n) / np.log(2)
        found = float(plane["memory"].sel(unit="hidden", lag=lag, epoch=0))
        assert found == pytest.approx(exact, abs=tolerance)


def test_every_day_counts_once():
    rec = small()
    again = np.repeat(np.arange(rec.fixed.sizes["sequence"]), 2)
    twice = Recording(
        rec.fixed.isel(sequence=again), rec.epochs, lambda e: rec.read(e).isel(sequence=again)
    )
    once = held_out_plane(rec, **FAST)
    xr.testing.assert_identical(once, held_out_plane(twice, **FAST))
    assert once.attrs["rows"] == 40


def test_values_are_those_of_the_estimators_on_single_days():
    rec, held_out = small(days=60), small(seed=1, days=50)
    decoder, ksg = LinearDecoder(ridge=0.05), KSG(k=3)
    plane = held_out_plane(
        rec, held_out, decoder=decoder, ksg=ksg, sigmas=[0.2, 1.0], lags=2, subsets=5, epochs=[5]
    )
    days = rec.unique_days()
    h, o, x, y = (days.rows(b, 5) for b in ("hidden", "outputs", "inputs", "targets"))
    at = plane.sel(epoch=5)
    for unit, layer in (("hidden", h), ("output", o)):
        here = at.sel(unit=unit)
        bits = mutual_information(layer, y, estimator=decoder).bits
        assert float(here["decoded_target"].sel(split="train")) == pytest.approx(bits, abs=1e-9)
        for about, known in (("input", x), ("target", y)):
            for scale in ("none", "zscore"):
                found = here["ksg"].sel(about=about, scale=scale)
                expected = mutual_information(layer, known, estimator=KSG(k=3, scale=scale))
                assert float(found) == pytest.approx(expected.bits, abs=1e-12)
        for lag in (0, 1):
            lagged = mutual_information(layer[1:], x[1 - lag : len(x) - lag], estimator=decoder)
            found = here["memory"].sel(lag=lag)
            assert float(found) == pytest.approx(lagged.bits, abs=1e-9)
    for policy in ("absolute", "relative"):
        for sigma in (0.2, 1.0):
            probe = mutual_information(x, h, estimator=NoiseProbe(sigma, policy))
            point = at.sel(policy=policy, sigma=sigma)
            assert float(point["probe_lower"]) == pytest.approx(probe.bits, abs=1e-12)
            assert float(point["probe_upper"]) == pytest.approx(probe.upper_bits, abs=1e-12)
    new = held_out.unique_days()
    worst = ((new.rows("targets") - y.mean(axis=0)) ** 2).mean()
    error = ((new.rows("targets") - new.rows("outputs", 5)) ** 2).mean()
    assert float(at["skill"].sel(split="held-out")) == pytest.approx(1 - error / worst)
    assert float(at["spread"]) == pytest.approx(h.std(axis=0).mean())
    assert plane.attrs["rows"] == 60
    assert plane.attrs["held_out_rows"] == 50


def test_raw_estimates_are_those_of_the_published_plane():
    days = small().unique_days()
    ksg = KSG(k=4)
    published = information_plane(days, estimator=ksg).data
    found = held_out_plane(days, ksg=ksg, **FAST)["ksg"].sel(scale="none")
    for about in ("input", "target"):
        expected = published[f"{about}_information"].transpose("unit", "epoch")
        np.testing.assert_allclose(found.sel(about=about), expected, rtol=0, atol=1e-12)


def sequences(rec, first, last=None):
    part = slice(first, last)
    return Recording(
        rec.fixed.isel(sequence=part), rec.epochs, lambda e: rec.read(e).isel(sequence=part)
    )


def test_split_that_leaks_is_told():
    rec = small(days=60)
    train = sequences(rec, 0, 30)  # days 0 to 32
    assert held_out_plane(train, sequences(rec, 30), **FAST).attrs["shared_days"] == 3
    assert held_out_plane(train, sequences(rec, 33), **FAST).attrs["shared_days"] == 0
    assert held_out_plane(train, **FAST).attrs["shared_days"] == 0


def violating(days=150, seed=0):
    """A hidden layer of 25 nodes of which one, small beside the others, holds all: o is it."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(1, days, 1))
    others = 50.0 * rng.normal(size=(1, days, 24))
    hidden = np.concatenate([signal, others], axis=-1)
    targets = signal + 0.3 * rng.normal(size=signal.shape)
    return Recording.from_arrays(signal, hidden, signal, targets)


def test_neighbours_in_25_unscaled_dimensions_violate_data_processing():
    plane = held_out_plane(violating(), **FAST).sel(epoch=0)
    raw = plane["ksg"].sel(about="target", scale="none")
    assert float(raw.sel(unit="hidden")) < 0.3 < 1.0 < float(raw.sel(unit="output"))
    assert not plane["ksg_keeps_processing"].sel(about="target", scale="none")
    assert not plane["ksg_valid"].sel(about="target", scale="none").any()
    # The decoder looks at every direction, at a price for each: h knows nearly what o knows.
    decoded = plane["decoded_target"].sel(split="train")
    assert float(decoded.sel(unit="hidden")) > float(decoded.sel(unit="output")) - 0.5 > 1.0


def test_a_hidden_layer_that_knows_more_passes_every_check():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 400, 2))
    hidden = x + 0.5 * rng.normal(size=x.shape)
    targets = x + 0.5 * rng.normal(size=x.shape)
    outputs = np.concatenate([hidden.sum(axis=-1, keepdims=True)] * 2, axis=-1)
    plane = held_out_plane(Recording.from_arrays(x, hidden, outputs, targets), **FAST)
    for name in ("decoded_target", "memory", "ksg", "probe"):
        assert plane[f"{name}_valid"].all(), name


def test_unscaled_and_scaled_neighbours_disagree():
    rec = violating()
    plane = held_out_plane(rec, **FAST).sel(epoch=0, about="target")
    assert plane["ksg_scales_agree"].sel(unit="output")  # one node, and one target
    x = np.random.default_rng(0).normal(size=(1, 200, 3))
    mixed = x * [1.0, 1.0, 60.0]
    lopsided = Recording.from_arrays(x, mixed, x[..., :1], x[..., :1] + x[..., 1:2])
    found = held_out_plane(lopsided, **FAST).sel(epoch=0, about="target", unit="hidden")
    assert not found["ksg_scales_agree"]
    assert not found["ksg_valid"].any()


def test_decoder_that_learns_rows_by_heart_violates_data_processing():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(1, 60, 1))
    hidden = np.concatenate([0.05 * signal, rng.normal(size=(1, 60, 40))], axis=-1)
    rec = Recording.from_arrays(signal, hidden, signal, signal + 0.1 * rng.normal(size=(1, 60, 1)))
    plane = held_out_plane(rec, decoder=LinearDecoder(ridge=1e-6), **FAST).sel(epoch=0)
    assert not plane["decoded_target_keeps_processing"].any()
    assert not plane["decoded_target_valid"].any()


def test_points_at_their_ceiling_are_not_believed():
    x = np.random.default_rng(0).normal(size=(1, 120, 1))
    rec = Recording.from_arrays(x, np.concatenate([x, x**3], axis=-1), x, x)
    plane = held_out_plane(rec, decoder=LinearDecoder(ridge=0.0), ksg=KSG(k=3), **FAST)
    assert not plane["ksg_below_ceiling"].sel(unit="output").any()
    assert not plane["memory_below_ceiling"].sel(unit="hidden", lag=0).any()
    assert not plane["memory_valid"].sel(unit="hidden", lag=0).any()


def test_probe_finer_than_the_states_is_not_believed():
    plane = held_out_plane(small(days=80), **{**FAST, "sigmas": [1e-3, 1.0]})
    absolute = plane.sel(policy="absolute", epoch=5)
    assert absolute["probe_valid"].values.tolist() == [False, True]
    assert float(absolute["singletons"][0]) == 1.0
    assert float(absolute["probe_lower"][0]) == pytest.approx(np.log2(80), abs=1e-6)
    assert float(plane["probe_ceiling"]) == pytest.approx(np.log2(80))


def test_relative_noise_does_not_see_the_scale():
    rec = small()
    hidden = np.stack([rec.read(5)["hidden"].to_numpy()] * 2) * np.array([1e-3, 1.0]).reshape(
        2, 1, 1, 1
    )
    plane = held_out_plane(small(hidden=hidden), **{**FAST, "sigmas": [1.0]})
    absolute, relative = (plane["probe_lower"].sel(policy=p, sigma=1.0) for p in plane["policy"])
    assert float(relative[0]) == pytest.approx(float(relative[1]), abs=1e-9)
    assert float(absolute[0]) < 1e-3 < 0.1 < float(absolute[1])


def test_every_figure_finds_its_flags_and_units():
    plane = held_out_plane(small(), small(seed=1), **FAST)
    for name in ("decoded_target", "memory", "ksg", "probe"):
        of = plane["probe_lower" if name == "probe" else name]
        assert plane[f"{name}_valid"].dims == of.dims
        assert plane[f"{name}_valid"].dtype == bool
        assert of.attrs["units"] == "bit"
    moving = [values for values in plane.data_vars.values() if "epoch" in values.dims]
    assert all(values.dims[-1] == "epoch" for values in moving)
    assert plane["decoded_target"].dims == ("unit", "split", "epoch")
    assert np.isfinite(plane["decoded_target_error"]).all()
    assert plane["split"].values.tolist() == ["train", "held-out"]


def test_planes_of_seeds_stand_side_by_side_and_answer():
    stacked = stack_seeds({seed: held_out_plane(small(seed), **FAST) for seed in (3, 4, 5)})
    assert stacked["ksg"].dims == ("seed", "about", "unit", "scale", "epoch")
    found = compression(stacked["probe_lower"], stacked["probe_lower_replicates"])
    assert found["compresses"].dims == ("seed", "policy", "sigma")
    lead = indicator_leads(stacked["spread"], stacked["skill"].sel(split="train"), run=1)["lead"]
    assert set(lead.dims) == {"share", "seed"}
    assert seed_test(lead.sel(share=0.5)).n == 3
    band = seed_band(stacked)
    assert band["skill"].dims == ("quantile", "split", "epoch")
    middle = np.median([stacked["spread"].sel(seed=seed) for seed in (3, 4, 5)], axis=0)
    np.testing.assert_allclose(band["spread"].sel(quantile=0.5), middle)
    assert band["probe_valid"].dims == ("policy", "sigma", "epoch")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_plane_does_not_depend_on_the_number_of_threads(n_jobs):
    xr.testing.assert_identical(
        held_out_plane(small(), n_jobs=n_jobs, **FAST), held_out_plane(small(), **FAST)
    )


def test_chosen_epochs_are_those_of_all():
    everything = held_out_plane(small(), ksg=KSG(k=3), **FAST).sel(epoch=[5])
    chosen = held_out_plane(small(), ksg=KSG(k=3), epochs=[5], **FAST)
    xr.testing.assert_identical(everything, chosen)


@pytest.mark.parametrize(
    ("changes", "arguments", "match"),
    [
        ({"targets": None}, {}, "recording: the recording must have targets, got one without"),
        ({"inputs": None}, {}, "recording: the recording must have inputs, got one without"),
        ({"outputs": None}, {}, "recording: the recording must have outputs, got one without"),
        ({}, {"sigmas": []}, "sigmas must be one or more different numbers above 0, got"),
        ({}, {"sigmas": [0.0]}, "sigmas must be one or more different numbers above 0, got"),
        ({}, {"sigmas": [-1.0]}, "sigmas must be a finite number >= 0, got -1"),
        ({}, {"lags": 9}, "lags must be a whole number >= 1 and <= 4, got 9"),
        ({}, {"blocks": 1}, "blocks must be a whole number >= 2, got 1"),
        ({}, {"blocks": 30}, "blocks must leave two rows in each, got 30 blocks and 40 rows"),
        ({}, {"subsets": 1}, "subsets must be a whole number >= 2, got 1"),
        ({}, {"epochs": []}, "epochs is empty"),
        ({}, {"epochs": [3]}, "epochs must be among those recorded, got 3"),
        ({}, {"held_out": small(epochs=(0, 6))}, "held_out must have a snapshot of every epoch, "),
        ({}, {"smoothing": -1.0}, "smoothing must be a finite number >= 0"),
    ],
)
def test_wrong_arguments_are_refused(changes, arguments, match):
    with pytest.raises(InputError, match=match):
        held_out_plane(small(**changes), **{**FAST, **arguments})


def test_recordings_that_do_not_fit_are_refused():
    rec = small()
    wide = small(targets=np.zeros((37, 4, 3)))
    with pytest.raises(InputError, match="targets must have one column per output, got 3 targets"):
        held_out_plane(wide, **FAST)
    other = small(hidden=np.zeros((2, 37, 4, 6)))
    with pytest.raises(InputError, match="held_out must have the nodes of the recording"):
        held_out_plane(rec, other, **FAST)
    gaps = Recording.from_arrays(*[np.arange(3.0).reshape(1, 3, 1)] * 4, days=[[0, 1, 10]])
    with pytest.raises(InputError, match="lags must leave rows with inputs at all lags, got 3"):
        held_out_plane(gaps, **{**FAST, "lags": 3})


def test_memory_that_the_ridge_hides_is_not_valid() -> None:
    # An exact delay line, whose old values have a hundredth of the deviation of the newest:
    # h holds sums, so that z-scores do not bring the old values forward.
    x = np.random.default_rng(0).normal(size=(30, 20, 1))
    past = [np.pad(x, ((0, 0), (lag, 0), (0, 0)))[:, :20] for lag in range(3)]
    h = np.concatenate([past[0], past[0] + 0.03 * past[1], past[0] + 0.03 * past[2]], axis=2)
    h += 1e-4 * np.random.default_rng(1).normal(size=h.shape)
    rec = Recording.from_arrays(x, h, h[..., :1], targets=x)
    settings = {"lags": 3, "subsets": 2, "sigmas": [0.3], "n_jobs": 1}
    plane = held_out_plane(rec, decoder=LinearDecoder(ridge=0.1), **settings)
    old = {"unit": "hidden", "lag": [1, 2]}
    assert not plane["memory_ridge_suffices"].sel(old).any()
    assert not plane["memory_valid"].sel(old).any()
    weak = held_out_plane(rec, decoder=LinearDecoder(ridge=1e-9), **settings)
    assert weak["memory_ridge_suffices"].sel(old).all()
    assert (weak["memory"].sel(old) > 2 * plane["memory"].sel(old)).all()
