import numpy as np
import pandas as pd
import pytest

from infoscope._errors import InputError
from infoscope.report.document import Document, Learning, Level, Mark, MatrixView, NetworkView

TWO = np.zeros((2, 2))
NODES = pd.DataFrame(index=["a", "b"])


def view(**changes) -> MatrixView:
    return MatrixView(**({"measure": "f", "title": "F", "unit": "", "values": TWO} | changes))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: view(values=np.zeros((2, 3))), r"values must have the shape \(source, target\)"),
        (lambda: view(q=np.zeros(2)), r"q must have the shape of values, \(2, 2\), got \(2,\)"),
        (lambda: view(error=0.0), r"error must be a finite number > 0"),
        (lambda: view(false_edges=np.zeros((3, 3))), r"false_edges must have the shape \(k, 2\)"),
        (lambda: view(levels=(Level("a", "fdr", 0.1),)), r"got 'a' without q; give q"),
        (lambda: view(levels=(Level("a", "fdr", 0.1),) * 7, q=TWO), r"levels must be at most 6"),
        (lambda: Level("a", "bonferroni", 0.1), r"correction must be one of 'fwer', 'fdr'"),
        (lambda: Mark("a", float("nan")), r"threshold must be a finite number"),
        (lambda: NetworkView("n", NODES.iloc[:1], (view(),)), r"one row per node, 1, got 2"),
        (lambda: NetworkView("n", NODES, (view(), view())), r"got 'f' at lag 1 twice"),
        (lambda: NetworkView("n", NODES.iloc[[0, 0]]), r"distinct names, got 'a' twice"),
        (lambda: NetworkView("n", NODES, activity=np.zeros((3, 9))), r"activity must have one row"),
        (
            lambda: Document("t", networks=(NetworkView("n", NODES),) * 2),
            r"networks must have distinct names, got 'n', 'n'",
        ),
        (
            lambda: Learning(pd.DataFrame({"epoch": [1]})),
            r"curves must have the columns curve, epoch, value, got none named curve, value",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_advice(make, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert "; " in str(caught.value)
