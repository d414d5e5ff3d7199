"""Statistics of claims on studies whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from infoscope import EstimationError, Recording
from infoscope.analysis.settings import Settings
from infoscope.analysis.study import Study
from infoscope.networks import FullyRecurrent, RecurrentWeights
from infoscope.paper.claims import SeedStudy
from infoscope.paper.claims.stages import feedforward
from infoscope.paper.claims.stages.graphs import untrained_weights
from infoscope.paper.claims.statistics import graph_statistics as graphs
from infoscope.paper.claims.statistics import network_statistics as network
from infoscope.paper.claims.statistics import ranking_statistics as ranks
from infoscope.paper.claims.statistics import training_statistics as training

ROLES = ["input"] * 4 + ["hidden"] * 6 + ["output"] * 2
NAMES = [f"n{i}" for i in range(len(ROLES))]
LAYER = np.array([0] * 4 + [1] * 6 + [2] * 2)
PAIR = {"source": NAMES, "target": NAMES}


OFF = ~np.eye(len(NAMES), dtype=bool)
MAIN = "0.5 bits"


def recording() -> Recording:
    """Nodes with their roles; activations do not matter."""
    blocks = {"inputs": NAMES[:4], "hidden": NAMES[4:10], "outputs": NAMES[10:]}
    arrays = {name: np.zeros((1, 9, len(nodes))) for name, nodes in blocks.items()}
    return Recording.from_arrays(**arrays, names=blocks)


def study_of(
    edge: np.ndarray, mode: str = "corrected", possible: np.ndarray = OFF, **changes: np.ndarray
) -> SeedStudy:
    """A study with one graph; its flow is 1 on edges and 0 on other possible ones, unless given."""
    given = {
        "flow": np.where(possible, edge.astype(float), np.nan),
        "delayed": np.where(possible, edge.astype(float), np.nan),
        "instantaneous": np.where(possible, 0.0, np.nan),
        "strength": np.where(possible, edge.astype(float), np.nan),
        **changes,
    }
    pairs = xr.Dataset(
        {name: (("source", "target"), values) for name, values in given.items()}, coords=PAIR
    )
    flow = pairs.drop_vars("strength").assign_attrs(lag=1, n=9)
    flow["entropy"] = ("source", np.ones(len(NAMES)))
    repaired = mode == "corrected"
    settings = Settings(thresholds=(0.5,), exact_ranks=repaired, bounded_normalisation=repaired)
    parts = {"flow": flow, "untrained": flow, "strength": pairs[["strength"]]}
    return SeedStudy(0, mode, parts, study=Study(settings, recording()))


def layered() -> np.ndarray:
    return LAYER[:, np.newaxis] + 1 == LAYER


def random_edges(seed: int, density: float = 0.3) -> np.ndarray:
    edge = np.random.default_rng(seed).random((len(NAMES),) * 2) < density
    return edge & ~np.eye(len(NAMES), dtype=bool)


def curves_of(**values: object) -> SeedStudy:
    epochs = np.arange(len(next(iter(values.values())))) * 10
    data = xr.Dataset({k: ("epoch", np.asarray(v, float)) for k, v in values.items()},
                      coords={"epoch": epochs})  # fmt: skip
    for name in values:
        shifts = np.linspace(-0.01, 0.01, 10)
        moving = data[name].to_numpy()[:, None] + shifts * np.arange(len(epochs))[:, None]
        data[f"{name}_replicates"] = (("epoch", "block"), moving)
    return SeedStudy(0, "published", {"learning-curves": data})


def test_roles_in_layers_are_in_their_order() -> None:
    study = study_of(layered())
    assert ranks.mean_rank_step("input", "hidden")(study, MAIN) == pytest.approx(1.0)
    assert ranks.order_probability("hidden", "output")(study, MAIN) == 1.0
    assert ranks.some_hidden_below_input(study) == 0.0
    turned = study_of(layered().T)
    assert ranks.mean_rank_step("input", "hidden")(turned, MAIN) == pytest.approx(-1.0)
    assert ranks.some_hidden_below_input(turned) == 1.0


def test_any_connections_put_roles_in_order_and_that_is_no_merit_of_the_flow() -> None:
    step = LAYER - LAYER[:, np.newaxis]
    allowed = (step == 1) | ((step == 0) & (LAYER == 1) & ~np.eye(len(NAMES), dtype=bool))
    ordered, excess = [], []
    for seed in range(30):
        some = allowed & (np.random.default_rng(seed).random(allowed.shape) < 0.5)
        study = study_of(some, possible=allowed)
        ordered.append(ranks.order_probability("input", "hidden")(study, MAIN))
        excess.append(ranks.order_excess("input", "hidden")(study, MAIN))
    assert np.mean(ordered) > 0.9  # of edges that mean nothing
    assert abs(np.mean(excess)) < 4 * np.std(excess, ddof=1) / np.sqrt(30) + 1e-12
    turned = study_of(layered().T, possible=allowed.T | allowed)
    assert ranks.order_excess("input", "hidden")(turned, MAIN) < -0.3


def test_inputs_that_only_send_are_anticorrelated_by_their_role_alone() -> None:
    study = study_of(layered())
    # Inputs send to 6 and hidden to 2, these receive from 4 and outputs from 6.
    out, into = layered().sum(axis=1), layered().sum(axis=0)
    assert graphs.degree_pearson(study, MAIN) == pytest.approx(np.corrcoef(into, out)[0, 1])
    assert graphs.degree_pearson_excess(study, MAIN) == pytest.approx(0.0, abs=1e-12)
    assert graphs.both_above_medians_excess(study, MAIN) == pytest.approx(0.0, abs=1e-12)


def test_degrees_of_random_graphs_are_those_of_random_graphs() -> None:
    # The 95th percentile of the larger of two variances is passed by at most a tenth.
    found = [graphs.degree_variance_ratio(study_of(random_edges(s)), MAIN) for s in range(40)]
    assert np.mean(np.array(found) > 1.0) < 0.1 + 4 * np.sqrt(0.09 / 40)
    hub = np.zeros((len(NAMES),) * 2, bool)
    hub[0, 1:] = True
    assert graphs.degree_variance_ratio(study_of(hub), MAIN) > 1.5


def test_random_graphs_are_as_chaotic_as_their_swaps() -> None:
    # A z-score has deviation 1: the mean of 20 within 4 / sqrt(20).
    for measure in (graphs.reciprocity_z, graphs.clustering_z, graphs.directedness_z):
        found = [measure(study_of(random_edges(seed))) for seed in range(20)]
        assert abs(np.mean(found)) < 4 / np.sqrt(20)
    both_ways = np.triu(random_edges(1), 1)
    assert graphs.reciprocity_z(study_of(both_ways | both_ways.T)) > 3.0
    feed = np.triu(random_edges(2, 0.9), 1)
    assert graphs.directedness_z(study_of(feed)) > 2.0


def test_influence_is_scored_block_by_block() -> None:
    rng = np.random.default_rng(0)
    strength = np.where(layered(), rng.random(layered().shape), np.nan)
    study = study_of(layered(), flow=strength**3, strength=strength)
    assert graphs.influence_score("x→h", "spearman")(study) == pytest.approx(1.0)
    assert graphs.influence_score("h→o", "auroc")(study) == 1.0
    against = study_of(layered(), flow=-strength, strength=strength)
    assert graphs.influence_score("x→h", "spearman")(against) == pytest.approx(-1.0)


def test_delayed_information_that_ranks_as_flow_does_loses_nothing() -> None:
    edge = layered()
    assert graphs.delayed_loss(study_of(edge), MAIN) == pytest.approx(0.0)
    turned = study_of(edge, delayed=edge.T.astype(float))
    assert graphs.delayed_loss(turned, MAIN) > 1.0


def test_similarity_of_a_net_and_itself_is_no_excess() -> None:
    assert graphs.similarity_excess(study_of(random_edges(0))) == 0.0
    assert ranks.hidden_dip_excess(study_of(random_edges(0))) == 0.0


def test_low_flows_count_where_they_were_tested() -> None:
    flow = np.full((len(NAMES),) * 2, 0.01)
    flow[0, 4:8] = 0.1
    study = study_of(layered(), flow=flow)
    # Surrogates of three pairs: one flow is far above its own, two are among them.
    drawn = np.full((39, *flow.shape), np.nan)
    drawn[:, 0, 4:7] = np.random.default_rng(0).normal(
        [0.0, 0.1, 0.1], [0.001, 0.05, 0.05], (39, 3)
    )
    null = xr.Dataset(
        {"flow": (("surrogate", "source", "target"), drawn),
         "control": (("source", "target"), np.zeros(flow.shape, bool)),
         "alike": (("either", "other"), np.eye(40, dtype=bool))},
        coords=PAIR,
    )  # fmt: skip
    study = replace(study, parts={**study.parts, "null-circular-shift": null})
    assert graphs.low_flow_significant(study) == pytest.approx(1 / 3)
    assert graphs.chance_of_low_flow(study) == (drawn[:, 0, 4:7] > 0.06).mean()


def test_iteration_fails_on_layers_and_converges_on_a_dense_graph() -> None:
    assert ranks.jacobi_error_bipartite(study_of(layered())) > 0.01
    assert ranks.jacobi_error(study_of(layered()), MAIN) > 0.01
    assert ranks.jacobi_error(study_of(random_edges(0, 0.8)), MAIN) < 1e-6


def test_equal_weights_and_entropies_change_no_rank() -> None:
    study = study_of(layered())
    assert ranks.weighted_gain(study, MAIN) == pytest.approx(0.0)
    for mode in ("published", "corrected"):
        study = study_of(layered(), mode)
        assert ranks.normalised_gain(study, MAIN) == pytest.approx(0.0)


def test_bounded_information_is_the_correlation_of_gaussians() -> None:
    rho = np.array([0.0, 0.3, 0.9])
    bits = xr.DataArray(-0.5 * np.log2(1.0 - rho**2))
    np.testing.assert_allclose(ranks.bounded(bits), rho, atol=1e-7)
    assert float(ranks.bounded(xr.DataArray(-0.2))) == 0.0


def nodes_of(about_input: np.ndarray, about_target: np.ndarray, mode: str) -> SeedStudy:
    unit = NAMES[4:]
    data = xr.Dataset(
        {"input_information": ("unit", about_input), "target_information": ("unit", about_target),
         "entropy": ("unit", np.linspace(0.5, 3.0, len(unit))), "role": ("unit", ROLES[4:])},
        coords={"unit": unit},
    )  # fmt: skip
    study = study_of(layered(), mode)
    return replace(study, parts={**study.parts, "nodes": data.expand_dims(epoch=[0])})


def test_what_nodes_know_is_correlated_over_hidden_ones_only() -> None:
    one = np.array([1.0, 2, 3, 4, 5, 6, 100, 0])
    other = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    study = nodes_of(one, other, "published")
    assert network.plane_correlation(study) == pytest.approx(1.0)
    assert network.output_lead(study) == 7.0 - 6.0
    # All hidden nodes of a layer have one rank: nothing to correlate.
    assert np.isnan(ranks.rank_correlation("input")(study))


def test_division_alone_makes_the_correlation_that_it_is_measured_by() -> None:
    # Independent informations over one entropy: above the 95th percentile of 20 seeds, 4 at most.
    rng = np.random.default_rng(0)
    found = [
        network.normalised_correlation_excess(nodes_of(*rng.random((2, 8)), "published")) > 0.0
        for _ in range(20)
    ]
    assert np.mean(found) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 20)


def test_a_curve_that_only_rises_neither_falls_nor_turns() -> None:
    rising = np.arange(12.0)
    study = curves_of(hidden_target_information=rising, output_target_information=rising,
                      error=rising[::-1], skill=rising)  # fmt: skip
    assert training.turns(study) == 0.0
    assert training.drawdown(study) == 0.0
    assert training.relative_loss("hidden_target_information")(study) == 0.0
    assert training.falls("hidden_target_information")(study) == 0.0
    assert training.processing_violations(study) == 0.0
    assert training.error_drop_while_falling(study) == 0.0
    assert training.mirrors_error(study) == pytest.approx(1.0)
    assert training.halfway_apart(study) == 0.0
    assert training.lead("hidden_target_information", 0.5)(study) == 0.0


def test_up_down_up_down_up_turns_four_times() -> None:
    curve = [0, 2, 4, 2, 0, 2, 4, 2, 0, 2, 4, 4]
    study = curves_of(hidden_target_information=curve, error=np.arange(12.0)[::-1])
    assert training.turns(study) == 4.0
    # Four of eleven equal drops of the error while it falls.
    assert training.error_drop_while_falling(study) == pytest.approx(4 / 11)


def test_an_output_that_knows_more_breaks_data_processing() -> None:
    study = curves_of(hidden_target_information=np.zeros(10), output_target_information=np.ones(10))
    assert training.processing_violations(study) == 1.0


def test_fall_after_the_maximum_is_compression() -> None:
    study = curves_of(hidden_input_information=[0, 4, 8, 10, 8, 7, 6, 5, 5, 5])
    assert training.relative_loss("hidden_input_information")(study) == pytest.approx(0.5)
    assert training.falls("hidden_input_information")(study) == 1.0


def test_a_curve_ahead_of_the_skill_leads_by_its_epochs() -> None:
    epochs = np.arange(20)
    study = curves_of(tse_complexity=np.minimum(epochs, 4.0), skill=np.minimum(epochs, 12.0))
    assert training.lead("tse_complexity", 0.5)(study) == 40.0
    # What overfitting takes back from the skill does not move the epoch at which it had arrived.
    falling = np.where(epochs < 13, np.minimum(epochs, 12.0), 25.0 - epochs)
    study = curves_of(tse_complexity=np.minimum(epochs, 4.0), skill=falling)
    assert training.lead("tse_complexity", 0.5)(study) == 40.0


def test_a_curve_that_falls_or_comes_too_late_does_not_lead() -> None:
    epochs = np.arange(20)
    skill = np.minimum(epochs, 12.0)
    for curve in (20.0 - epochs, np.where(epochs == 19, 1.0, 0.0)):
        study = curves_of(tse_complexity=curve, skill=skill)
        assert training.lead("tse_complexity", 0.5)(study) == -np.inf
    study = curves_of(tse_complexity=skill, skill=-skill)
    with pytest.raises(EstimationError, match="the network does not learn"):
        training.lead("tse_complexity", 0.5)(study)


def test_curves_are_compared_where_both_were_estimated() -> None:
    rising = np.arange(12.0)
    some = np.where(rising % 2 == 0, -rising, np.nan)
    study = curves_of(tse_complexity=some, hidden_input_information=rising, skill=rising)
    assert training.curves_agree("tse_complexity", "hidden_input_information")(study) == -1.0
    assert training.least_complexity(study) == -10.0


def test_detrended_curves_agree_in_what_is_left() -> None:
    rng = np.random.default_rng(0)
    epochs = np.arange(40) * 10.0
    own = rng.normal(size=40)
    trend = np.log(np.maximum(epochs, 1.0))
    study = curves_of(tse_complexity=trend + own, hidden_input_information=trend - own)
    agree = training.curves_agree_detrended("tse_complexity", "hidden_input_information")
    assert agree(study) < -0.9


def test_indicator_that_rises_without_learning_is_not_specific() -> None:
    study = curves_of(tse_complexity=np.arange(10.0))
    for rise, gained in ((9.0, -9.0), (0.0, 9.0), (4.5, 0.0), (-4.0, 9.0)):
        control = xr.Dataset({"tse_complexity": ("epoch", [0.0, rise])})
        both = SeedStudy(0, "published", {**study.parts, "shuffled": control})
        assert training.specific_gain("tse_complexity")(both) == gained


def gradients_of(mean: np.ndarray, spread: np.ndarray) -> SeedStudy:
    epochs = np.arange(1, len(mean) + 1)
    table = xr.Dataset(
        {"mean": (("parameter", "epoch"), mean[None]), "spread": (("parameter", "epoch"),
                                                                    spread[None])},
        coords={"parameter": ["W"], "epoch": epochs},
    )  # fmt: skip
    return SeedStudy(0, "corrected", {"gradients": table})


def test_gradients_that_fade_as_powers_of_the_epoch() -> None:
    epochs = np.arange(1.0, 21.0)
    study = gradients_of(2.0 / epochs, 1.0 / epochs)
    assert training.gradient_slope("W", "mean")(study) == pytest.approx(-1.0)
    assert training.least_ratio("W")(study) == pytest.approx(2.0)
    assert training.transition("W")(study) == 0.0
    # From drift to diffusion, at a bend; a bend alone is none, nor is a slow fall below 1.
    for lowest, bends, changes in ((0.3, True, 1.0), (1.2, True, 0.0), (0.3, False, 0.0)):
        x = np.log1p(epochs)
        way = np.maximum(x - x[9], 0.0) / (x[19] - x[9]) if bends else (x - x[0]) / (x[19] - x[0])
        study = gradients_of(3.0 * (lowest / 3.0) ** way, np.ones(20))
        assert training.transition("W")(study) == changes


def test_subsets_within_error_and_range_pass() -> None:
    curve = curves_of(tse_complexity=np.linspace(0.0, 100.0, 10))
    values = {"few": 50.0, "many": 51.0, "few_error": 1.0, "many_error": 0.0}
    part = xr.Dataset({k: ("epoch", [v]) for k, v in values.items()})
    study = SeedStudy(0, "published", {**curve.parts, "subsets": part})
    # 1 of 2 allowed by the errors, 1 of 5 by the range.
    assert training.subset_sensitivity(study) == pytest.approx(0.5)


def test_missing_runs_are_named() -> None:
    study = SeedStudy(3, "corrected", {}, {"learning-curves": "training diverged"})
    with pytest.raises(EstimationError, match="no learning-curves of the corrected network: t"):
        training.turns(study)
    with pytest.raises(EstimationError, match="no flow of the corrected network: it was not run"):
        graphs.degree_pearson(study, MAIN)
    with pytest.raises(EstimationError, match="no curve 'probe_relative' in published mode"):
        training.gain("probe_relative")(curves_of(error=np.ones(4)))
    with pytest.raises(EstimationError, match="the graph has no edge"):
        graphs.degree_spearman(study_of(np.zeros((12, 12), bool)), MAIN)


def test_untrained_weights_have_the_spread_that_is_wanted() -> None:
    first = FullyRecurrent(4, 9, 1, random_state=1).weights
    inputs = np.random.default_rng(0).normal(size=(40, 10, 4))
    for wanted in (0.05, 0.4):
        hidden, _ = untrained_weights(first, inputs, wanted).run(inputs)
        assert hidden.reshape(-1, 9).std(axis=0).mean() == pytest.approx(wanted, rel=1e-6)


def test_untrained_weights_are_those_of_a_bisection_written_out() -> None:
    """To the bit: 60 halvings of the factor's logarithm between -2 and 12."""
    first = FullyRecurrent(4, 9, 1, random_state=1).weights
    inputs = np.random.default_rng(0).normal(size=(40, 10, 4))
    known, low, high, vector = first.arrays(), -2.0, 12.0, np.empty(0)
    for _ in range(60):
        middle = (low + high) / 2.0
        scaled = {**known, **{name: np.exp(middle) * known[name] for name in ("W_in", "W")}}
        vector = np.concatenate([array.ravel() for array in scaled.values()])
        hidden, _ = RecurrentWeights.from_flat(vector, 4, 9, 1).run(inputs)
        if hidden.reshape(-1, 9).std(axis=0).mean() < 0.4:
            low = middle
        else:
            high = middle
    np.testing.assert_array_equal(untrained_weights(first, inputs, 0.4).flat(), vector)


def feedforward_of(ranks: np.ndarray, before: np.ndarray) -> SeedStudy:
    part = xr.Dataset(
        {"rank": (("trained", "node"), [ranks, before]), "layer": ("node", LAYER)},
        coords={"trained": [True, False]},
    )
    return SeedStudy(0, "published", {"feedforward": part})


def test_ranks_of_a_feed_forward_network_are_compared_with_its_layers() -> None:
    study = feedforward_of(LAYER + 0.0, -LAYER.astype(float))
    assert ranks.layer_agreement(study) == pytest.approx(1.0)
    assert ranks.layer_agreement_gain(study) == pytest.approx(2.0)
    assert ranks.layer_bend(study) == pytest.approx(0.0, abs=1e-9)
    assert ranks.layer_bend(feedforward_of(LAYER**2 / 2, LAYER * 1.0)) == pytest.approx(0.5)
    with pytest.raises(EstimationError, match="no node of the feed-forward network has an edge"):
        ranks.layer_agreement(feedforward_of(np.full(12, np.nan), LAYER * 1.0))


def test_a_layer_of_the_pipeline_is_a_function_of_the_one_before_a_row_earlier() -> None:
    rng = np.random.default_rng(0)
    weights = feedforward._first_weights(rng)
    table = feedforward._pipeline(weights, feedforward._autoregression(60, rng))
    edges = np.cumsum([0, *feedforward.LAYERS])
    for place, matrix in enumerate(weights):
        now = table[:-1, edges[place] : edges[place + 1]]
        later = table[1:, edges[place + 1] : edges[place + 2]]
        squashed = now @ matrix if place == len(weights) - 1 else np.tanh(now @ matrix)
        np.testing.assert_allclose(later, squashed, atol=1e-12)


def test_a_feed_forward_network_learns() -> None:
    rng = np.random.default_rng(0)
    weights = feedforward._first_weights(rng)
    inputs = feedforward._autoregression(300, rng)
    goal = np.tanh(inputs[:, :2])
    trained = feedforward._trained(weights, inputs, goal)

    def error(matrices: list[np.ndarray]) -> float:
        state = inputs
        for matrix in matrices[:-1]:
            state = np.tanh(state @ matrix)
        return float(((state @ matrices[-1] - goal) ** 2).mean())

    assert error(trained) < 0.2 * goal.var() < error(weights)


def test_training_is_that_of_torch() -> None:
    rng = np.random.default_rng(1)
    weights = feedforward._first_weights(rng)
    inputs = feedforward._autoregression(50, rng)
    goal = np.tanh(inputs[:, :2])
    parameters = [torch.tensor(matrix, requires_grad=True) for matrix in weights]
    optimiser = torch.optim.Adam(parameters, lr=feedforward._RATE)
    for _ in range(feedforward._STEPS):
        optimiser.zero_grad()
        state = torch.as_tensor(inputs)
        for matrix in parameters[:-1]:
            state = torch.tanh(state @ matrix)
        ((state @ parameters[-1] - torch.as_tensor(goal)) ** 2).mean().backward()
        optimiser.step()
    found = feedforward._trained(weights, inputs, goal)
    for ours, theirs in zip(found, parameters, strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), atol=1e-6)
