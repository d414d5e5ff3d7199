"""The network of a snapshot, of whichever cell."""

from typing import TYPE_CHECKING, TypeAlias, Union

import xarray as xr

from infoscope.recordings.weights import RecurrentWeights

if TYPE_CHECKING:
    from infoscope.networks.gated import Gated

# The paper's network or another cell: both run on inputs, with and without recurrence.
Weights: TypeAlias = Union[RecurrentWeights, "Gated"]
# Recurrent weights of gated units, by which snapshots of them are known.
RECURRENT = "layer.weight_hh_l0"


def weights_in(snapshot: xr.Dataset) -> Weights:
    """Return the network recorded with a snapshot, of whichever cell.

    Raises
    ------
    InputError
        If none was recorded.
    """
    kind = "parameter_"
    if f"{kind}{RECURRENT}" not in snapshot:
        return RecurrentWeights.in_snapshot(snapshot)
    # Imported here: the paper's network runs without torch.
    from infoscope.networks.gated import Gated

    names = [str(name) for name in snapshot.data_vars if str(name).startswith(kind)]
    return Gated.of({name.removeprefix(kind): snapshot[name].to_numpy() for name in names})
