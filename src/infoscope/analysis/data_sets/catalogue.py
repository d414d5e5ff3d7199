"""All data sets by name; any other name is the path of a user's own table."""

from infoscope.analysis.data_sets.chicago import Chicago
from infoscope.analysis.data_sets.daily_table import OwnTable
from infoscope.analysis.data_sets.data_set import DataSet
from infoscope.analysis.data_sets.task_trials import TaskTrials
from infoscope.synthetic.tasks import recurrent_tasks

DATA_SETS: dict[str, DataSet] = {
    "chicago": Chicago(),
    **{name: TaskTrials(name, task) for name, task in recurrent_tasks().items()},
}
# Data sets that the paper has not analysed.
TASKS = tuple(name for name, each in DATA_SETS.items() if "published" not in each.modes)


def data_set_of(data: str) -> DataSet:
    """Return the data set of the setting ``data``, a name or path."""
    return DATA_SETS.get(data) or OwnTable(data)
