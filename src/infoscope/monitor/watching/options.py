"""The arguments of `watch` that concern the training loop."""

from dataclasses import dataclass

from infoscope.monitor.trackers import Tracker
from infoscope.monitor.watching.schedule import Schedule


@dataclass(frozen=True, eq=False)
class Options:
    """Arguments of `infoscope.monitor.watch.watch`, checked.

    Parameters
    ----------
    due : function from int to bool
        The schedule.
    with_last : bool
        Whether the weights at the end of the loop are kept, whatever the schedule.
    budget, start, gradients, live, trackers, total, progress
        As in `watch`.
    """

    due: Schedule
    with_last: bool
    budget: float
    start: int | None
    gradients: bool
    live: bool
    trackers: tuple[Tracker, ...]
    total: int | None
    progress: bool
