"""Influence between the nodes of anyone's network, by intervention."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, one_of, real_number, several, truth, whole_number
from infoscope.flow.groups import Groups, members_of, table_of_groups
from infoscope.graphs.matrix_dataset import with_roles
from infoscope.monitor.interventions.measures import (
    ERROR,
    MEASURES,
    MESSAGES,
    OF_GROUPS,
    Settings,
)
from infoscope.monitor.interventions.messages import Messages
from infoscope.monitor.interventions.network import Network
from infoscope.monitor.interventions.opening import Probe
from infoscope.monitor.interventions.stimulation import kicked_recording, stimulated
from infoscope.monitor.knockout import knockout
from infoscope.monitor.null_networks import drawn, null_networks
from infoscope.monitor.replaying.eager_copy import undisturbed
from infoscope.networks.influence import Influence


def influence(
    model: Any,
    inputs: Any,
    *,
    targets: Any = None,
    state: Any = None,
    lags: int | Sequence[int] = 1,
    units: Any = None,
    groups: Groups | None = None,
    measures: str | Iterable[str] = "all",
    contexts: int | None = 2000,
    noise: float = 0.1,
    draws: int = 2,
    messages: Any = None,
    stimulate: float | None = None,
    null: Any = None,
    surrogates: int = 39,
    lengths: Sequence[int] | None = None,
    scans: Mapping[str, Any] | None = None,
    random_state: Any = 0,
    progress: bool = False,
) -> Influence:
    """Compute the influence between all nodes of a network on a probe.

    Nodes are those of ``record(model, inputs)``, in its order. A unit is changed at every visited
    step, all other nodes keep the values that they had, and the targets of one hop are read: x_t
    to h_t, h_{t-1} to h_t of the same layer, layer to next layer within a step, h_t to o_t. In
    closed form within recurrent modules; encoders, heads and loops around them are run. All in
    float64, on a copy.

    Parameters
    ----------
    model : torch.nn.Module or function
        A model with RNN, LSTM, GRU layers, cells or diagonal recurrences (LRU, S4D, S5, minGRU,
        minLSTM, Mamba), as `record` takes it; or a step function
        ``step(x_t, state) -> (y_t, state)`` of arrays (sequence, feature), one call of which is a
        hop.
    inputs : tensor or array, tuple, or mapping
        The probe, as ``model(inputs)`` takes it; of a step function (sequence, time, feature).
    targets : array or tensor, optional
        What the output should be, as `knockout` takes it; adds the change of the loss.
    state : tensor or tuple, optional
        State before the first step; necessary for a step function.
    lags : int or list of int
        Lags 1 to this number, or these. Lag 1 is the hop, *direct*: all other routes are held. At
        lag l > 1 the target is read l - 1 steps after the hop, *total*: the network runs on and
        everything between moves.
    units : str or list of str, optional
        Names or patterns of recurrent modules or blocks; all by default.
    groups : {"layers", "blocks", "roles", "given"} or mapping from str to sequence of str, optional
        Influence between groups of nodes, as in `information_flow`. The units of a group are reset
        together, to values that they had at the same step, so that redundant units, either of
        which suffices, show. Of a target group variances are summed over its nodes. All measures
        but derivatives.
    measures : str or list of str
        "all", or some of those below.
    contexts : int, optional
        Number of visited steps at which influence is evaluated, spread evenly over the probe; None
        for all. At lags > 1 rounded up to one step in each sequence.
    noise : float
        Standard deviation of the injected noise, in standard deviations of the source.
    draws : int
        Pairs of noise draws per context.
    messages : array or mapping from str to array, optional
        Labels of the inputs, (sequence,) or (sequence, time), or several by name: adds the part of
        causal flow that is about each. A unit is reset to a value that it had with another label,
        the other messages as in the context; labels count at the step of the unit's value.
    stimulate : float, optional
        Standard deviation of random kicks of all hidden units at once, in those of each unit; 1 is
        usual. Adds what an experimenter finds who kicks the network at the contexts and records the
        next step. With a network that only a laboratory can kick, `infoscope.models.random_kicks`
        designs the experiment and `infoscope.models.kicked_steps` prepares its recording for
        `one_step_influence`, which also finds the effects here.
    null : {"untrained", "weight-shuffled"} or callable, optional
        Networks that have learned nothing, whose causal information flow `Influence.significance`
        compares: re-initialised by ``reset_parameters`` of each module, or with the entries of each
        weight permuted, those of each gate among themselves. Or a function without arguments that
        returns a model with initial weights (of torch's random state) or, for a step function,
        another one. The weights of RNN, LSTM and GRU are scaled by one factor until their nodes
        have the same mean standard deviation as those of the model.
    surrogates : int
        Number of such networks.
    lengths : sequence of int, optional
        Steps of each sequence of a padded probe; known for packed sequences.
    scans : mapping, optional
        Coefficients and readouts of diagonal recurrences that are not recognised, as for `record`.
    random_state : int, Generator or None
        Source of resets, noise and contexts.
    progress : bool
        Whether to show progress on standard error.

    Returns
    -------
    Influence
        A Dataset, with ``plot``, of matrices (source, target), with several lags (source, target,
        lag); exactly 0 where no route leads, NaN on the diagonal, for constant nodes, which `attrs`
        lists, and for derivatives by whole numbers. Standard deviations are of the node over all
        visited steps.

        ==================  ====================================================================
        jacobian            mean abs(d target / d source) in their standard deviations
        jacobian_rms        its root mean square; where a head or encoder mixes steps, over all
                            steps that it mixes
        causal              causal information flow C = log2(1 + T) / 2, bits: T is the share of
                            the target's variance made by resetting the source to a value that it
                            visited elsewhere
        causal_error        its standard error, by a jackknife that leaves out one sequence, or
                            with fewer than five sequences one of 20 stretches of steps
        ablation            root-mean-square change of the target, in its standard deviations,
                            when the source is held at its mean
        ablation_resampled  the same when the source is reset to a value that it visited elsewhere
        noise_injection     information, bits, of the target about noise added to the source, given
                            the context: log2(1 + V / Var b) / 2, V the variance that the noise
                            makes within a context
        ==================  ====================================================================

        With ``messages`` also ``message_flow`` (message, source, target), bits, and its
        ``message_flow_error``: log2(1 + T_M) / 2, T_M the share of the target's variance that
        changes of the message make through the source, E Var E(b | M, context) / Var b. The shares
        T_M of independent messages sum to no more than T where they act one by one. Estimates
        scatter around 0 for a message of which the source says nothing, and may be negative.
        Combinations of labels at fewer than ten steps are not drawn; ``flags`` then has
        "rare-labels".

        With ``stimulate`` also ``stimulated``, the change of the target, in its standard
        deviations, for a change of the source by one of its own, by regression on all kicked units
        and the inputs, and its ``stimulated_t``; 0 where the roles allow no hop.

        With targets also ``loss_change`` (source,), the rise of the loss when the source is held at
        its mean throughout, and its standard error ``loss_change_error``, both of `knockout`.

    Raises
    ------
    InputError
        If the model cannot be recorded or has no recurrent module, or an argument does not fit.
    EstimationError
        If an activation is not finite, or the model calls its modules in an order that depends on
        their values.

    References
    ----------
    N. Ay, D. Polani, Adv. Complex Syst. 11, 17 (2008); messages: P. Venkatesh, S. Dutta, P. Grover,
    IEEE Trans. Inf. Theory 66, 5529 (2020); total-effect index T: M. J. W. Jansen,
    Comput. Phys. Commun. 117, 35 (1999); jackknife of blocks: H. R. Künsch, Ann. Stat. 17, 1217
    (1989).

    Examples
    --------
    >>> import torch
    >>> gru = torch.nn.GRU(2, 4, batch_first=True)
    >>> found = influence(gru, torch.randn(8, 10, 2), measures=["jacobian", "causal"])
    >>> float(found.causal.sel(source="gru.l0.h.0", target="x0"))
    0.0
    """
    wanted, chosen = _lags(lags), _measures(measures, groups is not None)
    count = None if contexts is None else whole_number(contexts, "contexts", 1)
    width = real_number(noise, "noise", above=0.0)
    drawings = whole_number(surrogates, "surrogates", 2)
    if null is not None and "causal" not in chosen:
        raise InputError(
            f"measures must have 'causal' for a null, got {', '.join(chosen)}; add it, or omit null"
        )
    settings = Settings(chosen, width, whole_number(draws, "draws", 1))
    kick = None if stimulate is None else real_number(stimulate, "stimulate", above=0.0)
    if kick is not None and groups is not None:
        raise InputError("stimulate must be omitted with groups, got both; kicks are of all units")
    if messages is not None and groups is not None:
        raise InputError("messages must be omitted with groups, got both; ask for single units")
    random, show = generator(random_state), truth(progress, "progress")
    probe = Probe(inputs, state, units, lengths, scans, count)
    with undisturbed():
        ready = probe.opened(model, random)
        network, nodes = ready.network, ready.recording.nodes
        members = None if groups is None else members_of(ready.recording, nodes, groups)
        if members is not None:
            nodes = table_of_groups(nodes, members)
        if messages is not None:
            settings = replace(settings, messages=Messages.of(messages, network.rows))
        values = probe.matrices(ready, wanted, settings, members, random, show)
        found = _dataset(network, nodes, values, settings, wanted, listed=lags != 1)
        if kick is not None:
            kicked = kicked_recording(ready, kick, count, random)
            for name, matrix in stimulated(ready, kicked, random).items():
                found[name] = (("source", "target"), matrix, {"units": "1"})
        if null is not None:
            networks = null_networks(model, null, probe, ready.recording)
            found._nulls = drawn(networks, wanted, members, drawings, random, show)
    if targets is not None:
        held = None if members is None else _holdable(network, members)
        lost = knockout(
            model, inputs, targets, state=state, units=units, lengths=lengths, scans=scans,
            groups=held,
        ).table.reindex(nodes.index)  # fmt: skip
        found["loss_change"] = ("source", lost["change"].to_numpy())
        found["loss_change_error"] = ("source", lost["standard_error"].to_numpy())
    return found


def _holdable(network: Network, members: Mapping[str, Sequence[int]]) -> dict[str, list[str]]:
    """Return the nodes of each group that are no outputs, of groups that have some."""
    ends = {
        n for b in network.blocks if b.role == "output" for n in range(b.nodes.start, b.nodes.stop)
    }
    held = {name: [network.names[n] for n in own if n not in ends] for name, own in members.items()}
    return {name: own for name, own in held.items() if own}


def _dataset(
    network: Network, nodes: pd.DataFrame, values: dict[str, Floats], settings: Settings,
    lags: list[int], listed: bool,
) -> Influence:  # fmt: skip
    dims = ("source", "target", "lag")
    found = Influence(attrs=with_roles({
        "contexts": len(network.rows.contexts), "noise": settings.noise, "draws": settings.draws,
        "constant": _constant(network),
    }, nodes))  # fmt: skip
    names = [str(name) for name in nodes.index]
    coordinates = {"source": names, "target": names, "lag": lags}
    for name in (*settings.measures, *((ERROR,) if "causal" in settings.measures else ())):
        units = MEASURES["causal" if name == ERROR else name]
        found[name] = xr.DataArray(values[name], coordinates, dims, attrs={"units": units})
    if (of := settings.messages) is not None:
        for name in MESSAGES:
            every = np.stack([values[f"{name} {label}"] for label in of.names])
            own = {"message": of.names, **coordinates}
            found[name] = xr.DataArray(every, own, ("message", *dims), attrs={"units": "bit"})
        found.attrs["flags"] = ["rare-labels"] if of.rare else []
    found["route"] = ("lag", ["direct" if lag == 1 else "total" for lag in lags])
    if not listed:
        found = found.isel(lag=0, drop=True).drop_vars("route")
    return found


def _constant(network: Network) -> list[str]:
    found = []
    for block in network.blocks:
        values = network.rows.of_all(block.values).numpy()
        still = np.flatnonzero(np.ptp(values, axis=0) == 0.0)
        found += [network.names[block.nodes.start + int(unit)] for unit in still]
    return found


def _lags(lags: Any) -> list[int]:
    if isinstance(lags, int) and not isinstance(lags, bool):
        return list(range(1, whole_number(lags, "lags", 1) + 1))
    wanted = [whole_number(lag, "lags", 1) for lag in several(lags, "lags", "[1, 2, 5]")]
    if not wanted or len(set(wanted)) < len(wanted):
        raise InputError(
            f"lags must be different whole numbers >= 1, got {lags!r}; omit them for 1"
        )
    return sorted(wanted)


def _measures(measures: Any, grouped: bool) -> tuple[str, ...]:
    known = OF_GROUPS if grouped else tuple(MEASURES)
    if isinstance(measures, str) and measures == "all":
        return known
    given = list(measures) if isinstance(measures, set | tuple) else measures
    wanted = {one_of(name, "measures", known) for name in several(given, "measures", "['causal']")}
    if not wanted:
        raise InputError(f"measures is empty; choose from {', '.join(known)}, or omit it for all")
    return tuple(name for name in known if name in wanted)
