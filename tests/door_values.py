"""Wrong values of every kind of argument, and unusual ones that mean what a plain one means."""

import datetime as dt
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from scipy import sparse

import infoscope as isc


class Unusual(NamedTuple):
    """A value made of a good one, and the plain value that it means; none where it is wrong."""

    label: str
    make: Callable[[Any], Any]
    means: Callable[[Any], Any] | None = None


def wrong(**makers: Callable[[Any], Any]) -> list[Unusual]:
    """Values that nothing right can be made of."""
    return [Unusual(label.replace("_", " "), make) for label, make in makers.items()]


def one_entry(value: Any) -> Callable[[Any], Any]:
    """Return what puts a value in the middle of an array."""

    def put(good: Any) -> Any:
        array = np.array(good, dtype=np.result_type(np.asarray(good), type(value)))
        array.flat[array.size // 2] = value
        return array

    return put


def _tensor(good: Any, **options: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(good, float), **options)


def _masked(good: Any) -> Any:
    mask = np.zeros(np.shape(good), bool)
    mask.flat[0] = True
    return np.ma.masked_array(good, mask)


def _fields(good: Any) -> Any:
    return np.zeros(len(good), [("a", float), ("b", float)])


def a_recording() -> isc.Recording:
    """A small recording."""
    return isc.Recording.from_arrays(hidden=np.random.default_rng(0).normal(size=(4, 10, 3)))


# Nothing that any argument of the library takes for a number, an array or a setting.
STRANGE = wrong(
    an_object=lambda _: object(),
    a_function=lambda _: len,
    a_class=lambda _: isc.KSG,
    a_set=lambda _: {1.0, 2.0},
    bytes=lambda _: b"abc",
    a_date=lambda _: dt.date(2020, 1, 1),
    a_complex_number=lambda _: 1j,
)
NOT_ARRAYS = [
    *STRANGE,
    *wrong(
        none=lambda _: None,
        a_word=lambda _: "abc",
        a_dict=lambda good: {"a": good},
        a_generator=lambda good: (value for value in np.ravel(good)),
        an_estimator=lambda _: isc.KSG(),
        a_recording=lambda _: a_recording(),
        a_graph=lambda _: nx.path_graph(3),
        a_Dataset=lambda good: xr.Dataset({"a": xr.DataArray(np.asarray(good))}),
        a_list_of_dicts=lambda good: [{"a": 1}] * len(good),
    ),
]
NOT_FINITE = wrong(
    nan=one_entry(np.nan),
    infinity=one_entry(np.inf),
    minus_infinity=one_entry(-np.inf),
    too_large=one_entry(1e300),
    beyond_doubles=one_entry(np.longdouble("1e4000")),
    complex=lambda good: np.asarray(good) + 1j,
    ragged=lambda _: [[1.0], [1.0, 2.0]],
    masked=_masked,
    dates=lambda good: np.asarray(good).astype("datetime64[D]"),
    durations=lambda good: np.asarray(good).astype("timedelta64[D]"),
    fields=_fields,
    none_inside=lambda good: np.where(np.arange(len(np.ravel(good))) == 1, None, np.ravel(good)),
    a_tensor_with_nan=lambda good: _tensor(one_entry(np.nan)(good)),
)
EMPTY = wrong(
    empty_list=lambda _: [],
    no_rows=lambda good: np.asarray(good)[:0],
    four_axes=lambda _: np.zeros((2, 2, 2, 2)),
)
OTHER_LENGTH = wrong(
    one_row_more=lambda good: np.concatenate([np.asarray(good), np.asarray(good)[:1]]),
    one_row=lambda good: np.asarray(good)[:1],
    no_columns=lambda good: np.zeros((len(good), 0)),
    missing=lambda good: pd.array([*np.arange(len(good) - 1), None], dtype="Int64"),
    numbers_as_text=lambda good: np.ravel(np.asarray(good)).astype(str),
)


def _as_half(good: Any) -> Any:
    return np.asarray(good).astype(np.float16)


def _as_bfloat(good: Any) -> Any:
    import torch

    return _tensor(good).to(torch.bfloat16)


NUMBERS_IN_DISGUISE = [
    Unusual("a list", lambda good: np.asarray(good).tolist(), np.asarray),
    Unusual("half precision", _as_half, lambda good: _as_half(good).astype(float)),
    Unusual("objects", lambda good: np.asarray(good).astype(object), np.asarray),
    Unusual("not masked", np.ma.masked_array, np.asarray),
    Unusual("tensor with gradient", lambda g: _tensor(g, requires_grad=True), np.asarray),
    Unusual("bfloat16", _as_bfloat, lambda good: _as_bfloat(good).float().numpy()),
    Unusual("list of tensors", lambda good: list(_tensor(good, requires_grad=True)), np.asarray),
    Unusual("Fortran order", np.asfortranarray, np.asarray),
    Unusual(
        "nullable",
        lambda good: pd.DataFrame(_columns(good)).convert_dtypes(),
        lambda good: _columns(good),
    ),
]


def labels_of(good: Any) -> Any:
    """Three classes, by the first column."""
    first = np.asarray(good).reshape(len(good), -1)[:, 0]
    return np.digitize(first, np.quantile(first, [0.3, 0.6]))


def _text(good: Any) -> Any:
    return np.array(["left", "mid", "right"])[labels_of(good)]


LABELS = [
    Unusual("text", _text, labels_of),
    Unusual("text objects", lambda good: _text(good).astype(object), labels_of),
    Unusual("a category", lambda good: pd.Series(_text(good), dtype="category"), labels_of),
    Unusual("a list of text", lambda good: _text(good).tolist(), labels_of),
    Unusual("arrow text", lambda good: pd.array(_text(good), dtype="string"), labels_of),
]
SPARSE = [Unusual("sparse", lambda good: sparse.csr_array(_columns(good)), lambda g: _columns(g))]


def _columns(good: Any) -> Any:
    array = np.asarray(good)
    return array if array.ndim == 2 else array[:, np.newaxis]


TABLES = wrong(
    text_column=lambda good: pd.DataFrame(
        {"a": np.ravel(good)[: len(good)], "b": ["x", "y"] * (len(good) // 2)}
    ),
    date_column=lambda good: pd.DataFrame(
        {"a": np.arange(float(len(good))), "b": pd.date_range("2020", periods=len(good))}
    ),
    missing_cell=lambda good: pd.DataFrame({"a": [None, *np.arange(len(good) - 1.0)]}),
)

SAMPLES = [
    *NOT_ARRAYS,
    *NOT_FINITE,
    *EMPTY,
    *OTHER_LENGTH,
    *NUMBERS_IN_DISGUISE,
    *SPARSE,
    *TABLES[1:],
]

_EPOCHS = [
    *STRANGE,
    *wrong(
        unknown=lambda _: [99],
        text=lambda _: ["a"],
        a_word=lambda _: "all",
        halves=lambda _: [0.5],
        square=lambda _: [[0, 1], [0, 1]],
        a_dict=lambda _: {"a": 0},
        nan=lambda _: [np.nan],
        true=lambda _: [True],
        ragged=lambda _: [[0], [0, 1]],
    ),
    Unusual("a tuple", tuple, list),
    Unusual("an array", np.array, list),
]


def without(values: list[Unusual], *labels: str) -> list[Unusual]:
    """Return values but those with some labels."""
    return [value for value in values if value.label not in labels]


WORDS = wrong(
    another=lambda _: "nonsense",
    empty=lambda _: "",
    a_number=lambda _: 3,
    true=lambda _: True,
    an_object=lambda _: object(),
    a_list=lambda good: [good],
    upper=lambda g: str(g).upper(),
    a_class=lambda _: isc.KSG,
    an_array=lambda good: np.array([good, good]),
    none=lambda _: None,
)

KINDS: dict[str, list[Unusual]] = {
    "strange": STRANGE,
    # Paired samples that may be labels, and such that must be numbers.
    "samples": [*SAMPLES, *LABELS],
    "numbers": [*SAMPLES, *wrong(text=_text, text_column=TABLES[0].make)],
    # A table of many variables, alone.
    "table": [
        *NOT_ARRAYS,
        *NOT_FINITE,
        *EMPTY,
        *TABLES,
        *NUMBERS_IN_DISGUISE,
        *SPARSE,
        *wrong(no_columns=lambda good: np.zeros((len(good), 0)), text=_text),
    ],
    # One value each, alone.
    "values": [*NOT_ARRAYS, *NOT_FINITE, *EMPTY, *wrong(text=_text), *NUMBERS_IN_DISGUISE],
    "probe": [*NOT_ARRAYS, *NOT_FINITE, *EMPTY],
    "trials": [
        *STRANGE,
        *wrong(
            a_word=lambda _: "abc",
            a_number=lambda _: 3,
            short=lambda good: good[:-1],
            square=lambda good: np.zeros((len(good), 2)),
            missing=one_entry(np.nan),
            ragged=lambda _: [[0], [0, 1]],
            a_dict=lambda good: {"a": good},
            masked=_masked,
        ),
        Unusual("text", lambda good: np.asarray(good).astype(str), np.asarray),
        Unusual("a list", list, np.asarray),
    ],
    "times": [
        *STRANGE,
        *wrong(
            a_word=lambda _: "abc",
            a_number=lambda _: 3,
            short=lambda good: good[:-1],
            square=lambda good: np.zeros((len(good), 2)),
            nan=one_entry(np.nan),
            text=lambda good: ["a"] * len(good),
            complex=lambda good: np.asarray(good) + 1j,
            masked=_masked,
        ),
    ],
    "count": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            text=lambda _: "3",
            a_half=lambda _: 2.5,
            a_float=lambda _: 2.0,
            nan=lambda _: np.nan,
            infinity=lambda _: np.inf,
            true=lambda _: True,
            negative=lambda _: -1,
            a_list=lambda _: [3],
            two=lambda _: np.array([1, 2]),
            huge=lambda _: 10**30,
        ),
        Unusual("numpy integer", np.int16, int),
    ],
    "number": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            text=lambda _: "0.5",
            nan=lambda _: np.nan,
            infinity=lambda _: np.inf,
            true=lambda _: True,
            a_list=lambda _: [0.5],
            huge=lambda _: 10**400,
            an_array=lambda _: np.array([0.1, 0.2]),
        ),
        Unusual("single precision", np.float32, lambda good: float(np.float32(good))),
    ],
    "truth": wrong(
        text=lambda _: "yes",
        none=lambda _: None,
        two=lambda _: 2,
        a_float=lambda _: 1.0,
        an_empty_list=lambda _: [],
        an_object=lambda _: object(),
        an_array=lambda _: np.ones(2),
    ),
    "word": WORDS,
    "null": without(WORDS, "none"),  # None is the default
    "estimator": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_word=lambda _: "ksg",
            a_number=lambda _: 4,
            a_dict=lambda _: {},
            an_empty_list=lambda _: [],
            a_recording=lambda _: a_recording(),
            a_null=lambda _: isc.nulls.CircularShift(),
        ),
    ],
    "random_state": wrong(
        negative=lambda _: -1,
        a_half=lambda _: 1.5,
        text=lambda _: "seed",
        true=lambda _: True,
        legacy=lambda _: np.random.RandomState(0),
        an_object=lambda _: object(),
        a_list=lambda _: [1, 2],
        nan=lambda _: np.nan,
        a_module=lambda _: np.random,
        a_class=lambda _: np.random.Generator,
    ),
    "n_jobs": [
        *wrong(
            zero=lambda _: 0,
            text=lambda _: "two",
            a_half=lambda _: 1.5,
            nan=lambda _: np.nan,
            true=lambda _: True,
            an_object=lambda _: object(),
            a_list=lambda _: [2],
        ),
        Unusual("more than there are", lambda _: 10**30, int),
    ],
    "recording": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_path=lambda _: "runs/recording.zarr",
            a_number=lambda _: 3,
            an_array=lambda _: np.zeros((40, 3)),
            a_dict=lambda _: {"hidden": np.zeros((4, 9, 3))},
            a_graph=lambda _: nx.DiGraph([(0, 1)]),
            in_a_list=lambda good: [good],
            a_frame=lambda _: pd.DataFrame({"a": [1.0, 2.0]}),
            the_class=lambda _: isc.Recording,
            a_DataArray=lambda _: xr.DataArray(np.zeros((4, 9, 3))),
            a_Dataset=lambda _: xr.Dataset(),
            an_estimator=lambda _: isc.KSG(),
            activations=lambda _: a_recording().activations(),
        ),
    ],
    "digraph": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_word=lambda _: "graph",
            a_number=lambda _: 3,
            undirected=lambda good: good.to_undirected(),
            the_class=lambda _: nx.DiGraph,
            a_recording=lambda _: a_recording(),
            a_dict=lambda _: {0: [1]},
            edges=lambda good: list(good.edges),
            a_matrix=lambda _: np.ones((2, 2)),
            a_frame=lambda _: pd.DataFrame({"a": [1.0]}),
        ),
    ],
    "graph": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_word=lambda _: "graph",
            a_number=lambda _: 3,
            undirected=lambda good: good.to_undirected(),
            the_class=lambda _: nx.DiGraph,
            a_recording=lambda _: a_recording(),
            a_dict=lambda _: {0: [1]},
            text_edges=lambda _: [["a", "b"], ["b", "c"]],
            not_square=lambda _: np.ones((2, 3)),
            three_axes=lambda _: np.ones((2, 2, 2)),
            negative=lambda _: -np.ones((3, 3)),
            nan=lambda _: np.full((3, 3), np.nan),
            ragged=lambda _: [[0], [0, 1]],
            complex=lambda _: np.ones((2, 2)) * 1j,
            sparse_not_square=lambda _: sparse.eye(2, 3),
            other_dims=lambda _: xr.DataArray(np.ones((2, 2))),
            masked=lambda _: _masked(np.eye(3)),
            other_names=lambda _: pd.DataFrame(np.eye(2), [0, 1], [1, 2]),
            text_frame=lambda _: pd.DataFrame([["a", "b"], ["c", "d"]]),
            sparse_text=lambda _: sparse.csr_array(np.eye(3) * 1j),
        ),
        Unusual("a list", lambda good: nx.to_numpy_array(good).tolist(), nx.to_numpy_array),
    ],
    "ranking": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_graph=lambda _: nx.DiGraph([(0, 1)]),
            a_number=lambda _: 3,
            a_frame=lambda good: good.table,
            ranks=lambda good: good.ranks,
            a_word=lambda _: "rank",
            a_matrix=lambda _: np.eye(3),
            the_class=lambda _: isc.Ranking,
        ),
    ],
    "curve": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_word=lambda _: "skill",
            a_number=lambda _: 3.0,
            an_array=lambda good: good.to_numpy(),
            a_list=lambda good: good.to_numpy().tolist(),
            a_Dataset=lambda good: good.to_dataset(name="a"),
            nan=lambda good: good * np.nan,
            infinite=lambda good: good * np.inf,
            no_epochs=lambda good: good.isel(epoch=slice(0)),
            other_dim=lambda good: good.rename(epoch="step"),
            complex=lambda good: good * 1j,
            text=lambda good: good.astype(str),
            a_frame=lambda good: good.to_dataframe("a"),
            one_epoch=lambda good: good.isel(epoch=0),
            a_recording=lambda _: a_recording(),
        ),
    ],
    "increasing curve": wrong(
        backwards=lambda good: good.isel(epoch=slice(None, None, -1)),
        named_epochs=lambda good: good.assign_coords(epoch=[f"e{e}" for e in good.epoch.values]),
        twice=lambda good: good.assign_coords(epoch=np.zeros(good.sizes["epoch"])),
        dates=lambda good: good.assign_coords(
            epoch=pd.date_range("2020", periods=good.sizes["epoch"])
        ),
    ),
    "dataset": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_number=lambda _: 3,
            a_word=lambda _: "data",
            a_list=lambda good: [good],
            an_array=lambda _: np.zeros(3),
            empty=lambda _: xr.Dataset(),
            a_DataArray=lambda _: xr.DataArray([1.0], dims="epoch"),
            a_dict=lambda _: {},
            a_frame=lambda _: pd.DataFrame({"a": [1.0]}),
        ),
    ],
    "frame": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            a_word=lambda _: "nodes",
            a_list=lambda _: [1, 2],
            an_array=lambda _: np.zeros((3, 2)),
            empty=lambda _: pd.DataFrame(),
            other_columns=lambda _: pd.DataFrame({"a": [1.0]}),
            a_dict=lambda _: {"role": ["input"]},
            a_series=lambda _: pd.Series([1.0]),
        ),
    ],
    "epoch": [
        *STRANGE,
        *wrong(
            text=lambda _: "last",
            a_half=lambda _: 0.5,
            negative=lambda _: -1,
            unknown=lambda _: 99,
            a_list=lambda _: [0],
            true=lambda _: True,
            nan=lambda _: np.nan,
            an_array=lambda _: np.array([0, 1]),
        ),
    ],
    "epochs": [
        *wrong(none_named=lambda _: []),
        *_EPOCHS,
    ],
    "epochs or none": [*_EPOCHS],
    "callable": wrong(
        a_number=lambda _: 3,
        a_word=lambda _: "f",
        an_object=lambda _: object(),
        a_dict=lambda _: {},
        a_list=lambda good: [good],
    ),
    "weights": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            a_word=lambda _: "w",
            a_list=lambda good: list(good.values()),
            empty=lambda _: {},
            lacking=lambda good: {"W": good["W"]},
            an_array=lambda _: np.eye(3),
            text=lambda good: dict.fromkeys(good, "a"),
            nan=lambda good: {**good, "W": good["W"] * np.nan},
            other_shape=lambda good: {**good, "W": np.ones((1, 1))},
            nones=lambda good: dict.fromkeys(good),
            complex=lambda good: {**good, "W": good["W"] * 1j},
        ),
    ],
    "mask": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            a_word=lambda _: "all",
            numbers=lambda good: good.astype(float),
            other_shape=lambda good: good[:1],
            none_true=lambda good: good & False,
            text=lambda good: good.astype(str),
            ragged=lambda _: [[True], [True, False]],
            a_dict=lambda good: {"a": good},
        ),
    ],
    "path": wrong(
        nowhere=lambda _: "/no/such/recording",
        a_number=lambda _: 3,
        none=lambda _: None,
        an_object=lambda _: object(),
        an_array=lambda _: np.zeros(3),
        empty=lambda _: "",
        a_list=lambda good: [good],
        nul=lambda _: "a\0b",
        bytes=lambda _: b"abc",
        a_set=lambda _: {1},
    ),
    "zero": wrong(zero=lambda _: 0),
    "negative": wrong(below_zero=lambda _: -0.5),
    "none": wrong(none=lambda _: None),
    # What is compared with a limit: one value or several.
    "measured": [
        *NOT_ARRAYS,
        *NOT_FINITE,
        *wrong(text=_text),
        *NUMBERS_IN_DISGUISE[:-1],
    ],
    "limit": [
        *STRANGE,
        *wrong(
            text=lambda _: "0.5",
            nan=lambda _: np.nan,
            a_dict=lambda _: {"a": 1.0},
            texts=lambda _: ["a", "b"],
            complex=lambda _: np.ones(3) * 1j,
            two_values=lambda _: np.array([0.1, 0.2]),
            masked=lambda _: _masked(np.ones(2)),
        ),
    ],
    # One value a run: NaN where a run has none.
    "seeds": [
        *NOT_ARRAYS,
        *wrong(
            empty=lambda _: [],
            square=lambda good: _columns(good),
            infinity=one_entry(np.inf),
            all_missing=lambda good: np.full(len(good), np.nan),
            text=_text,
            ragged=lambda _: [[1], [1, 2]],
            complex=lambda good: np.asarray(good) + 1j,
            dates=lambda g: np.asarray(g).astype("M8[D]"),
        ),
        Unusual("one missing", lambda g: np.append(g, np.nan), lambda g: np.append(g, np.nan)),
    ],
    "line": [*SAMPLES[:-3], *wrong(text=_text, two_columns=lambda good: np.stack([good, good], 1))],
    "matrix": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_word=lambda _: "ab",
            a_number=lambda _: 3.0,
            nan=one_entry(np.nan),
            infinity=one_entry(np.inf),
            text=lambda good: good.astype(str),
            ragged=lambda _: [[1], [1, 2]],
            complex=lambda good: good + 1j,
            other_shape=lambda good: good[..., :2],
            masked=_masked,
            empty=lambda good: good[:0],
            a_dict=lambda good: {"a": good},
        ),
        Unusual("a list", lambda good: good.tolist(), np.asarray),
    ],
    "words": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            unknown=lambda _: ["nonsense"],
            numbers=lambda _: [1, 2],
            none_named=lambda _: [],
            nones=lambda _: [None],
            nested=lambda good: [good],
            a_word=lambda _: "nonsense",
        ),
    ],
    "reals": [
        *STRANGE,
        *wrong(
            a_word=lambda _: "0.5",
            texts=lambda _: ["a"],
            nones=lambda _: [None],
            none=lambda _: None,
            nan=lambda _: [np.nan],
            nested=lambda _: [[0.1, 0.2], [0.3, 0.4]],
            a_dict=lambda _: {"a": 0.1},
            complex=lambda _: [0.1j],
            trues=lambda _: [True],
            infinity=lambda _: [np.inf],
            ragged=lambda _: [[0.1], [0.1, 0.2]],
        ),
        Unusual("one number", lambda good: good[0], lambda good: [good[0]]),
        Unusual("an array", np.array, list),
    ],
    "delays": wrong(
        a_number=lambda _: 3,
        three=lambda _: (1, 2, 3),
        halves=lambda _: (0.5, 1.5),
        zero=lambda _: (0, 1),
        none=lambda _: None,
        text=lambda _: "12",
        an_object=lambda _: object(),
        nan=lambda _: (np.nan, 1),
        a_set=lambda _: {1},
        a_dict=lambda _: {1: 2},
    ),
    "things": wrong(
        none=lambda _: None,
        a_number=lambda _: 3,
        a_word=lambda _: "abc",
        numbers=lambda _: [1, 2],
        an_object=lambda _: object(),
        one_alone=lambda good: good[0],
        nones=lambda _: [None],
        bytes=lambda _: b"abc",
        classes=lambda _: [isc.KSG],
        a_dict=lambda _: {"a": 1},
    ),
    "blocks": [
        *without(NOT_ARRAYS, "none", "a dict", "a Dataset"),  # a mapping holds layers
        *NOT_FINITE,
        *wrong(
            a_number=lambda _: 3.0,
            text=lambda good: good.astype(str),
            empty=lambda good: good[:0],
            no_nodes=lambda good: good[..., :0],
            one_axis_less=lambda good: good[0],
            one_axis_more=lambda good: good[np.newaxis],
            one_step_less=lambda good: good[..., 1:, :],
        ),
        *NUMBERS_IN_DISGUISE[:-1],
    ],
    "days": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            a_word=lambda _: "abc",
            short=lambda good: good[:1],
            nan=one_entry(np.nan),
            infinity=one_entry(np.inf),
            complex=lambda good: good + 1j,
            text=lambda good: np.full(good.shape, "soon"),
            ragged=lambda _: [[1], [1, 2]],
            a_dict=lambda good: {"a": good},
            masked=_masked,
            bools=lambda good: good > 3,
        ),
        Unusual("a list", lambda good: good.tolist(), np.asarray),
    ],
    "names": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            a_word=lambda _: "ab",
            a_list=lambda _: ["a", "b"],
            number_inside=lambda _: {"hidden": 3},
            unknown=lambda _: {"nodes": ["a", "b"]},
            too_few=lambda _: {"inputs": ["a"]},
            twice=lambda _: {"inputs": ["a", "a"]},
            none_inside=lambda _: {"inputs": None},
            word_inside=lambda _: {"inputs": "ab"},
            taken=lambda _: {"inputs": ["h0", "h1"]},
            nones=lambda _: {"inputs": [None, None]},
            ends_in_nul=lambda _: {"inputs": ["a", "b" + chr(0)]},
        ),
    ],
    "new epochs": [
        *STRANGE,
        *wrong(
            a_number=lambda _: 3,
            a_word=lambda _: "ab",
            halves=lambda _: [0.5, 1.5],
            text=lambda _: ["a", "b"],
            decreasing=lambda _: [1, 0],
            negative=lambda _: [-1, 0],
            too_few=lambda _: [0],
            square=lambda _: [[0, 1]],
            empty=lambda _: [],
            trues=lambda _: [False, True],
            ragged=lambda _: [[0], [0, 1]],
            nan=lambda _: [0, np.nan],
            a_dict=lambda _: {0: 1, 1: 2},
            nones=lambda _: [None, None],
            huge=lambda _: [0, 10**30],
        ),
    ],
    "new path": wrong(
        taken=lambda _: tempfile.gettempdir(),
        a_number=lambda _: 3,
        none=lambda _: None,
        an_object=lambda _: object(),
        below_a_file=lambda _: "/dev/null/new.zarr",
        a_list=lambda good: [good],
        nul=lambda _: "a" + chr(0) + "b",
        an_array=lambda _: np.zeros(3),
    ),
    "not a dataset": wrong(
        a_word=lambda _: "x",
        none=lambda _: None,
        a_number=lambda _: 3,
        an_array=lambda _: np.zeros(3),
        a_dict=lambda _: {"a": 1},
        a_DataArray=lambda _: xr.DataArray([1.0]),
        an_object=lambda _: object(),
        a_recording=lambda _: a_recording(),
    ),
    "any weights": wrong(
        a_number=lambda _: 3,
        a_word=lambda _: "w",
        a_list=lambda good: list(good.values()),
        none=lambda _: None,
        empty=lambda _: {},
        text=lambda good: dict.fromkeys(good, "a"),
        an_object=lambda _: object(),
        nan=lambda good: {**good, "W": good["W"] * np.nan},
        nones=lambda good: dict.fromkeys(good),
        complex=lambda good: {**good, "W": good["W"] * 1j},
        an_array=lambda _: np.eye(3),
    ),
    "node labels": wrong(
        a_number=lambda _: 3,
        another=lambda _: "nonsense",
        short=lambda _: ["a"],
        an_object=lambda _: object(),
        missing=lambda _: [None] * 5,
        a_dict=lambda _: {"x0": 1},
        square=lambda _: np.zeros((5, 2)),
        a_class=lambda _: isc.KSG,
    ),
    "pairs": [
        *STRANGE,
        *wrong(
            none=lambda _: None,
            a_number=lambda _: 3,
            a_word=lambda _: "flow",
            an_array=lambda good: good.values,
            other_dims=lambda good: good.rename(source="a"),
            some_nodes=lambda good: good[:2, :2],
            unnamed=lambda good: good.drop_vars(["source", "target"]),
            text=lambda good: good.astype(str),
            empty=lambda _: xr.Dataset(),
            a_frame=lambda good: good.to_pandas(),
            complex=lambda good: good * 1j,
            a_recording=lambda _: a_recording(),
            other_names=lambda good: good.assign_coords(
                source=list("abcdefg"), target=list("abcdefg")
            ),
        ),
    ],
    "of seeds": wrong(
        none=lambda _: None,
        a_number=lambda _: 3,
        empty=lambda _: {},
        a_list=lambda good: list(good.values()),
        a_Dataset=lambda good: good[1],
        numbers=lambda _: {1: 2, 2: 3},
        nones=lambda _: {1: None},
        other_variables=lambda good: {**good, 3: xr.Dataset({"a": 1})},
        a_word=lambda _: "seeds",
        other_epochs=lambda good: {1: good[1], 2: good[2].isel(epoch=slice(2))},
        an_object=lambda _: object(),
    ),
    "network": wrong(
        none=lambda _: None,
        a_number=lambda _: 3,
        a_word=lambda _: "rnn",
        weights=lambda good: good.arrays(),
        an_object=lambda _: object(),
        an_array=lambda _: np.eye(3),
        a_recording=lambda _: a_recording(),
        the_class=type,
        an_estimator=lambda _: isc.KSG(),
    ),
    "settings": wrong(
        a_number=lambda _: 3,
        a_word=lambda _: "paper",
        a_dict=lambda _: {"epochs": 2},
        an_object=lambda _: object(),
        the_class=type,
        a_list=lambda good: [good],
    ),
    "dtype": wrong(
        a_word=lambda _: "float64",
        a_number=lambda _: 64,
        numpy=lambda _: np.float64,
        none=lambda _: None,
        an_object=lambda _: object(),
    ),
    "attribute": wrong(
        unknown=lambda _: "nonsense",
        a_number=lambda _: 3,
        an_object=lambda _: object(),
        a_list=lambda good: [good],
        true=lambda _: True,
        an_array=lambda _: np.ones(3),
    ),
    "classes": [
        *wrong(
            short=lambda good: good[:-1],
            none=lambda _: None,
            missing=one_entry(np.nan),
            a_word=lambda _: "abc",
        ),
        Unusual("text", lambda good: np.where(good, "yes", "no"), np.asarray),
        Unusual("a category", lambda g: pd.Categorical(np.where(g, "yes", "no")), np.asarray),
        Unusual("nullable", lambda good: pd.array(good, dtype="boolean"), np.asarray),
    ],
    "text": [],
}
KINDS["table of nodes"] = without(KINDS["table"], "a recording")
KINDS["recording or table"] = without(
    KINDS["recording"], "an array", "a frame", "a DataArray", "activations"
)
KINDS["words or none"] = without(KINDS["words"], "none named")
KINDS["mask or none"] = without(KINDS["mask"], "none true")
KINDS["not a dataset or none"] = without(KINDS["not a dataset"], "none")
KINDS["graph or list"] = without(KINDS["graph"], "a list")
