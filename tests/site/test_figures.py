"""A figure's description says what its data say."""

import doctest

import figures
import numpy as np
import pytest
from figures import bars, image_grid, lines, order_picture
from hypothesis import given, settings
from hypothesis import strategies as st


def test_the_examples_in_the_module_run():
    result = doctest.testmod(figures, optionflags=doctest.ELLIPSIS)
    assert result.attempted and not result.failed


def test_a_notebook_shows_an_image_with_its_description():
    shown = bars(['a "quoted" <name>'], [1], unit="ms", title="Time")._repr_html_()
    assert shown.startswith("<img ")
    assert 'alt="Time. Bar chart in ms: a &quot;quoted&quot; &lt;name&gt; 1.' in shown
    assert 'src="data:image/svg+xml;base64,' in shown


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(0, 2**32 - 1))
def test_an_order_s_description_counts_batches_and_samples(sizes, seed):
    order = np.random.default_rng(seed).permutation(sum(sizes))
    alt = order_picture(np.split(order, np.cumsum(sizes)[:-1])).alt
    assert f"Order of {sum(sizes)} sample" in alt
    assert f"in {len(sizes)} batch" in alt
    assert "Each sample appears once." in alt


def test_an_order_s_description_tells_mixed_from_sequential():
    assert "in the order of their indices" in order_picture([[0, 1], [2, 3]]).alt
    assert "The order is mixed: 1 of 3 steps" in order_picture([[0, 1], [3, 2]]).alt


def test_an_order_s_description_counts_missing_and_repeated_samples():
    alt = order_picture([[0, 0], [3, 1]], dataset_size=6).alt
    assert "3 of 6 samples never appear." in alt
    assert "1 of 6 samples appear more than once." in alt


def test_a_bar_chart_s_description_names_the_largest():
    assert "The largest is b." in bars(["a", "b", "c"], [1, 3, 2], unit="s", title="T").alt


def test_a_line_chart_s_description_says_where_a_line_turns():
    alt = lines([1, 2, 4], {"loop": [9, 3, 5], "flat": [1, 1, 1]}, "batch size", "ms").alt
    assert "with its least, 3, at 2 and its most, 9, at 1" in alt
    assert "flat stays at 1" in alt


def test_log_scales_are_drawn():
    plain = lines([1, 10, 100], {"a": [1, 10, 100]}, "x", "y")
    assert plain.svg != lines([1, 10, 100], {"a": [1, 10, 100]}, "x", "y", logx=True, logy=True).svg


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, 1, 8, 8), (3, 3, 8, 8)])
def test_an_image_grid_takes_grey_and_colour_images(shape):
    assert image_grid(np.ones(shape), labels="abc").alt == (
        "3 images of 8 by 8 pixels, labelled a, b, c."
    )


def test_the_same_data_gives_the_same_bytes():
    assert order_picture([[1, 0]]).svg == order_picture([[1, 0]]).svg


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: order_picture([]), "at least one batch"),
        (lambda: order_picture([[7]], dataset_size=3), "above the largest index, 7, got 3"),
        (lambda: bars(["a"], [1, 2], unit="s", title="T"), "1 labels and 2 values"),
        (lambda: lines([1, 2], {"a": [1]}, "x", "y"), "series 'a' must have one value"),
        (lambda: image_grid(np.ones((2, 4, 4)), labels=[1]), "one entry for each image, 2, got 1"),
        (lambda: image_grid(np.ones((2, 5, 4, 4))), r"got \(2, 5, 4, 4\)"),
    ],
)
def test_data_that_cannot_be_drawn_are_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
