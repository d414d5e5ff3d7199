"""Plan of a study of claims, with estimated times."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from infoscope.analysis.stages.flow import NULLS
from infoscope.analysis.study_data.daily_blocks import DailyBlocks
from infoscope.analysis.study_data.training import new_network
from infoscope.estimators import KSG, KozachenkoLeonenko
from infoscope.flow.connectivity.one_step import one_step_influence
from infoscope.measures.complexity import tse_complexity
from infoscope.measures.information import pairwise_information
from infoscope.networks import TrainingSettings, train_ensemble
from infoscope.networks.ensemble import EnsembleMember
from infoscope.paper.claims.evaluation import asked
from infoscope.paper.claims.seed_data import SeedData
from infoscope.paper.claims.settings import ClaimSettings
from infoscope.paper.claims.stages.influence import UNTRAINED
from infoscope.paper.claims.training import train_gated_seeds
from infoscope.weather import Windows


def describe_claims(settings: ClaimSettings) -> str:
    """Return a plan of the study, with times measured on small pieces on this machine."""
    # One seed represents all.
    data = SeedData(replace(settings, seeds=1))
    blocks = _blocks_of(data, settings)
    snapshots = {mode: len(settings.snapshots(mode)) for mode in settings.modes}
    seconds = _seconds_of(settings, data)
    total = sum(seconds.values())
    held, training = blocks.series.held_out, blocks.series.part == "train"
    published = (
        [
            f"published  {len(_windows_of(data, settings).split('train')[0])} training windows; "
            f"{snapshots['published']} snapshots"
        ]
        if "published" in snapshots
        else []
    )
    return "\n".join([
        f"networks   {settings.seeds} seeds from {settings.seed} on, {_trainings(settings)}",
        *published,
        f"corrected  {int(training.sum())} training and {int(held.sum())} test "
        f"{settings.data_set.words.days}; "
        f"{snapshots['corrected']} snapshots",
        f"surrogates {settings.surrogates} of each null and seed",
        "time       about "
        + ", ".join(f"{name} {value / 60:.1f} min" for name, value in seconds.items())
        + f"; {total / 60:.0f} minutes in total, at this machine's current load",
        "size       about "
        f"{settings.seeds * (0.1 * sum(snapshots.values()) + 3.0):.0f} MB on disk",
    ])  # fmt: skip


def _trainings(settings: ClaimSettings) -> str:
    """Return which networks are trained, in words."""
    if settings.gated:
        return (
            f"of {settings.hidden_nodes} {settings.cell.upper()} units, in corrected mode: "
            f"{settings.epochs} epochs by Adam, rate {settings.learning_rate:g}, all seeds "
            f"together; claims {', '.join(claim.id for claim in asked(settings))}"
        )
    if not settings.of_the_paper:
        return (
            f"in corrected mode: {settings.epochs} epochs, all seeds together; "
            f"{len(asked(settings))} claims of flow, one-step influence and causal flow"
        )
    trainings = 2 * len(settings.modes) * settings.seeds
    return (
        f"in mode {' and '.join(settings.modes)}, each with true and with shuffled targets: "
        f"{trainings} trainings of {settings.epochs} epochs, all seeds of a kind together; in each "
        f"mode also of {' and '.join(map(str, settings.larger)) or 'no other number of'} hidden "
        "nodes"
    )


def _blocks_of(data: SeedData, settings: ClaimSettings) -> DailyBlocks:
    blocks = data.of["corrected"][settings.seed]
    assert isinstance(blocks, DailyBlocks)
    return blocks


def _windows_of(data: SeedData, settings: ClaimSettings) -> Windows:
    """Return the windows of the first mode."""
    return data.of[settings.modes[0]][settings.seed].windows


def _seconds_of(settings: ClaimSettings, data: SeedData) -> dict[str, float]:
    """Time one small piece of every kind of work and scale it up."""
    blocks, published = _blocks_of(data, settings), "published" in settings.modes
    inputs = _windows_of(data, settings).split("train")[0]
    random = np.random.default_rng(0)
    seeds = settings.seeds
    rows = inputs.shape[0] * inputs.shape[1]
    fixed = inputs.shape[2] + len(settings.targets)
    nodes = fixed + settings.hidden_nodes
    states = random.normal(size=(rows, nodes))
    by_neighbours = KozachenkoLeonenko(k=settings.k, jitter=settings.jitter)
    complexity = _time(
        lambda: tse_complexity(states, subsets=settings.subsets, estimator=by_neighbours)
    )
    more = settings.many_subsets / settings.subsets
    few = random.normal(size=(rows, 10))
    pair = _time(lambda: pairwise_information(few, estimator=KSG(k=settings.k))) / 45
    held = random.normal(size=(int(blocks.series.held_out.sum()), 10))
    corrected = _time(lambda: pairwise_information(held, estimator=KSG(k=4, scale="rank"))) / 45
    snapshots = len(settings.with_complexity(settings.snapshots("published")))
    of_published = {
        "complexity": seeds * complexity * (snapshots + 3 + more),
        "published flow": seeds * pair * nodes**2 * (3.0 + settings.surrogates / 3.0),
    }
    costs = {"published": 0.1, "corrected": 0.4}
    larger = seeds * 3.0 * pair * sum((fixed + n) ** 2 for n in settings.larger)
    if settings.about == "influence":
        return {
            "training": _training_seconds(settings, data),
            "influence": seeds * (1 + UNTRAINED) * _one_step_seconds(len(held), nodes, settings),
        }
    return {
        "training": _training_seconds(settings, data),
        **(of_published if published else {}),
        "corrected flow": seeds
        * corrected
        * nodes
        * settings.hidden_nodes
        * (4.0 + 2.0 * len(NULLS) * settings.surrogates),
        "curves": seeds
        * sum(costs[mode] * len(settings.snapshots(mode)) for mode in settings.modes),
        **({"larger networks": larger} if settings.of_the_paper else {}),
    }


def _one_step_seconds(rows: int, nodes: int, settings: ClaimSettings) -> float:
    """Return the seconds of the one-step influence of as many rows and nodes."""
    noise = np.random.default_rng(0).normal(size=(rows, nodes))
    share = settings.hidden_nodes / nodes
    return share * _time(lambda: one_step_influence(np.tanh(noise), model="tanh"))


def _gated_training_seconds(settings: ClaimSettings, data: SeedData) -> float:
    """Return the seconds of one epoch of all seeds, on copies of the first one's data, scaled."""
    of_seed, windows = data.for_training("corrected", replace(settings, seeds=1))
    every = [replace(of_seed[0], epochs=1) for _ in settings.every_seed]
    same = windows * settings.seeds
    return settings.epochs * _time(
        lambda: train_gated_seeds(settings.cell, every, same, [1], progress=False)
    )


def _training_seconds(settings: ClaimSettings, data: SeedData) -> float:
    if settings.gated:
        return _gated_training_seconds(settings, data)
    total = 0.0
    one_seed = replace(settings, seeds=1)
    for mode in settings.modes:
        for kind, times in (
            (one_seed, 2 if settings.of_the_paper else 1),
            *((one_seed.of_size(n), 1) for n in one_seed.larger),
        ):
            of_seed, windows = data.for_training(mode, kind)
            inputs, targets, _ = windows[0].split("train")
            one = TrainingSettings(epochs=1, snapshot_every=1)
            members = [EnsembleMember(new_network(of_seed[0], windows[0]), inputs, targets, one)]
            per_epoch = _time(lambda members=members * 4: train_ensemble(members)) / 4.0
            total += times * settings.seeds * kind.epochs * per_epoch
    return total


def _time(piece: Callable[[], object]) -> float:
    piece()  # loads or compiles
    began = time.monotonic()
    piece()
    return time.monotonic() - began
