import base64
import json
import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_documents import flow_of, hostile_document, large_document, nodes_of, weather_document

from infoscope._errors import InputError
from infoscope.report import embedding
from infoscope.report.document import Document, MatrixView, NetworkView, Picture
from infoscope.report.embedding import MOST_EDGES, embedded


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def decoded(raw: dict, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values (NaN where there is none), flags, and places, as the page reads them."""
    codes = numbers(raw["values"], f"<i{raw['bits'] // 8}").astype(int)
    values = codes * raw["multiple"] / 10.0 ** raw["digits"]
    values[codes == -(2 ** (raw["bits"] - 1))] = np.nan
    flags = numbers(raw["flags"], "u1")
    places = numbers(raw["places"], "<u4") if "places" in raw else np.arange(n * n)
    return values, flags, places


def one_matrix(view: MatrixView, nodes: pd.DataFrame | None = None) -> dict:
    nodes = pd.DataFrame(index=range(len(np.asarray(view.values)))) if nodes is None else nodes
    return embedded(Document("t", networks=(NetworkView("n", nodes, (view,)),)))["networks"][0][
        "matrices"
    ][0]


def test_values_are_rounded_by_at_most_their_error() -> None:
    nodes = nodes_of(10, 20, 3)
    view = flow_of(nodes)
    values, flags, _ = decoded(one_matrix(view, nodes), len(nodes))
    exact = np.where(np.asarray(view.possible), np.asarray(view.values), np.nan).ravel()
    np.testing.assert_array_equal(np.isnan(values), np.isnan(exact))
    assert np.nanmax(np.abs(values - exact)) <= view.error
    np.testing.assert_array_equal(flags & 64 > 0, np.asarray(view.possible).ravel())


def test_levels_and_marks_select_the_edges_of_the_run() -> None:
    nodes = nodes_of(10, 20, 3)
    view = flow_of(nodes)
    raw = one_matrix(view, nodes)
    values, flags, _ = decoded(raw, len(nodes))
    exact = np.asarray(view.values).ravel()
    for bit, (p, level) in enumerate(((view.p_fwer, 0.05), (view.q, 0.1))):
        np.testing.assert_array_equal(flags >> bit & 1, np.asarray(p).ravel() <= level)
    step = raw["multiple"] / 10.0 ** raw["digits"]
    named = [(each["code"], mark) for each, mark in zip(raw["marks"], view.marks, strict=True)]
    assert len(named) == 3
    for code, mark in named:
        np.testing.assert_array_equal(values >= code * step - 1e-12, exact >= mark.threshold)


def test_p_is_within_three_per_cent() -> None:
    nodes = nodes_of(5, 10, 2)
    view = flow_of(nodes)
    steps = numbers(one_matrix(view, nodes)["p"], "u1").astype(int)
    exact = np.asarray(view.p).ravel()
    np.testing.assert_array_equal(steps == 255, np.isnan(exact))
    known = (steps < 254) & ~np.isnan(exact)
    np.testing.assert_allclose(10 ** (-steps[known] / 40), exact[known], rtol=0.03)


def test_infinite_values_are_above_all_others() -> None:
    raw = one_matrix(MatrixView("i", "I", "bits", [[0, np.inf, 0.5], [9.0, 0, -1], [1, 1, 0]]))
    codes = numbers(raw["values"], "<i2")
    assert codes.max() == raw["infinite"] == codes[1]
    assert (codes == raw["infinite"]).sum() == 1


def test_minus_infinity_is_refused() -> None:
    with pytest.raises(InputError, match=r"values of 'h' must not be -inf, got 1 such"):
        one_matrix(MatrixView("h", "H", "bits", [[0, -np.inf], [0, 0]]))


def test_a_large_matrix_keeps_its_largest_edges() -> None:
    nodes = nodes_of(40, 470, 10)
    view = flow_of(nodes)
    raw = one_matrix(view, nodes)
    values, flags, places = decoded(raw, len(nodes))
    exact = np.where(np.asarray(view.possible), np.asarray(view.values), np.nan).ravel()
    assert len(values) == len(flags) == len(places) == MOST_EDGES
    assert raw["edgesOfAll"] == np.isfinite(exact).sum()
    largest = np.sort(exact[np.isfinite(exact)])[-MOST_EDGES:]
    np.testing.assert_allclose(np.sort(exact[places]), largest)
    assert np.abs(values - exact[places]).max() <= view.error


def test_five_hundred_nodes_keep_all_cells() -> None:
    (network,) = embedded(large_document())["networks"]
    assert "places" not in network["matrices"][0]
    assert len(numbers(network["matrices"][0]["values"], "<i2")) == 250_000


def test_of_very_many_nodes_those_with_the_largest_edges_are_kept(monkeypatch) -> None:
    monkeypatch.setattr(embedding, "MOST_CELLS", 30)
    monkeypatch.setattr(embedding, "MOST_NODES", 3)
    values = np.zeros((6, 6))
    values[4, 1], values[1, 5] = 2.0, 3.0
    document = Document(
        "t", networks=(NetworkView("n", pd.DataFrame(index=list("abcdef")), (MatrixView(
            "f", "F", "bits", values, reasons={("a", "b"): "gone", ("b", "e"): "kept"}),)),)
    )  # fmt: skip
    (network,) = embedded(document)["networks"]
    assert network["names"] == ["b", "e", "f"]
    assert network["nodesOfAll"] == 6
    reasons = network["matrices"][0]["reasons"]
    assert reasons["texts"] == ["kept"]
    assert numbers(reasons["places"], "<u4").tolist() == [1]


def test_the_table_of_false_edges_is_kept_in_order() -> None:
    thresholds = np.linspace(1.0, 0.0, 1001)
    view = MatrixView("f", "F", "bits", np.eye(2), false_edges=np.c_[thresholds, 9 * thresholds])
    raw = one_matrix(view)
    points = np.array(raw["falseEdges"])
    assert len(points) <= 200
    assert (np.diff(points[:, 0]) > 0).all()
    step = raw["multiple"] / 10.0 ** raw["digits"]
    np.testing.assert_allclose(points[:, 1], 9 * points[:, 0] * step, rtol=1e-3)


def test_activity_is_within_half_a_step() -> None:
    random = np.random.default_rng(0)
    activity = random.normal(size=(3, 50))
    activity[1, 4], activity[2] = np.nan, 7.0
    network = NetworkView("n", pd.DataFrame(index=list("abc")), (), "", activity)
    raw = embedded(Document("t", networks=(network,)))["networks"][0]["activity"]
    steps = numbers(raw["values"], "u1").reshape(3, 50)
    low, high = np.array(raw["low"]), np.array(raw["high"])
    shown = low[:, None] + (high - low)[:, None] * steps / 254
    assert steps[1, 4] == 255
    known = steps != 255
    assert np.abs(shown - activity)[known].max() < (high - low).max() / 500 + 2e-3
    np.testing.assert_allclose(shown[2], 7.0)


def test_a_picture_is_compressed_without_loss() -> None:
    picture = Picture("n", "c", b"<svg>" + b"<path d='M0 0'/>" * 1000 + b"</svg>")
    (raw,) = embedded(Document("t", pictures=(picture,)))["pictures"]
    assert zlib.decompress(base64.b64decode(raw["data"])) == picture.data
    assert len(raw["data"]) < len(picture.data) / 6
    assert raw["type"] == "image/svg+xml"
    assert Picture("n", "c", b"\x89PNG\r\n").media_type == "image/png"


def test_everything_is_json_and_names_are_one_line() -> None:
    for document in (weather_document(), hostile_document()):
        text = json.dumps(embedded(document), allow_nan=False, ensure_ascii=False)
        assert "\\n" not in text
        assert "\u202e" not in text


def test_nothing_is_lost_without_matrices_or_with_one_node() -> None:
    alone = NetworkView("one", pd.DataFrame(index=["a"]), (MatrixView("f", "F", "", [[1.0]]),))
    empty = NetworkView("none", pd.DataFrame(index=[]))
    found = embedded(Document("t", networks=(alone, empty, replace(alone, name="x", measures=()))))
    assert [len(network["names"]) for network in found["networks"]] == [1, 0, 1]
