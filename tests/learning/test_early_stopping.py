import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoscope._errors import InputError
from infoscope.learning.early_stopping import best_epoch


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30))
def test_without_patience_it_is_the_first_minimum(errors):
    epochs = [3 * place for place in range(len(errors))]
    assert best_epoch(epochs, errors) == epochs[int(np.argmin(errors))]


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30), st.integers(0, 40))
def test_patience_ends_the_search_as_stopped_training_would(errors, patience):
    epochs = [place + place // 3 for place in range(len(errors))]
    best, best_error = epochs[0], errors[0]
    for epoch, error in zip(epochs, errors, strict=True):
        if epoch > best + patience:
            break
        if error < best_error:
            best, best_error = epoch, error
    assert best_epoch(epochs, errors, patience=patience) == best


@pytest.mark.parametrize(
    ("epochs", "errors", "patience", "said"),
    [
        ([0, 1], [1.0], 1, "errors must have one number per epoch"),
        ([], [], 1, "errors must have one number per epoch"),
        ([1, 0], [1.0, 2.0], 1, "epochs must increase"),
        ([0, 1], [1.0, np.nan], 1, "errors must be finite"),
        ([0, 1], [1.0, 2.0], -1, "patience must be"),
    ],
)
def test_bad_curves_are_named(epochs, errors, patience, said):
    with pytest.raises(InputError, match=said):
        best_epoch(epochs, errors, patience=patience)
