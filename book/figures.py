"""The chapters' pictures: every one carries a description made from the data that it shows.

A figure is SVG on a white card, so that it reads the same on a light and on a dark page. Its
colours are those of Okabe and Ito, which colour-blind readers can tell apart, and nothing is
said by colour alone.
"""

from __future__ import annotations

import base64
import html
import io
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
SHORT = 24  # samples: an order up to this long is read out in full

# A machine's first figure may be slow, and says so on stderr: not a thing to print in a chapter.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


@dataclass(frozen=True, repr=False)
class Figure:
    """A drawing and its description; a notebook shows it as an image with alternative text.

    >>> Figure(svg="<svg/>", alt="Nothing at all.")
    Figure: Nothing at all.
    """

    svg: str
    alt: str

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        style = "max-width: 100%; background: white; border-radius: 0.25rem"
        source = f"data:image/svg+xml;base64,{data}"
        return f'<img style="{style}" alt="{html.escape(self.alt)}" src="{source}">'


def order_picture(
    batches: Sequence[ArrayLike], title: str | None = None, dataset_size: int | None = None
) -> Figure:
    """Draw an epoch's order: each sample's index against its position, batch by batch.

    `batches` holds each batch's sample indices (integers); `dataset_size` is the number of
    samples there are, where it is not the largest index plus one.

    >>> order_picture([[0, 1], [2]])
    Figure: Order of 3 samples in 2 batches of sizes 2 and 1. The batches hold [0, 1], [2]. ...
    """
    rows = [np.asarray(batch, dtype=np.intp).ravel() for batch in batches]
    if not rows:
        raise ValueError("batches must hold at least one batch, got none")
    least_size = max((int(row.max()) + 1 for row in rows if row.size), default=0)
    size = least_size if dataset_size is None else dataset_size
    if size < least_size:
        raise ValueError(
            f"dataset_size must be above the largest index, {least_size - 1}, got {dataset_size}"
        )
    figure, axes = _axes(title, height=3.2)
    start = 0
    for number, row in enumerate(rows):
        end = start + len(row)
        if number % 2 == 0:
            axes.axvspan(start - 0.5, end - 0.5, color="0.93", linewidth=0)
        axes.plot(
            np.arange(start, end),
            row,
            linestyle="none",
            marker=MARKERS[number % len(MARKERS)],
            markersize=float(np.clip(160 / max(size, 1), 1.5, 6)),
            color=COLOURS[number % len(COLOURS)],
            rasterized=size > 500,
        )
        start = end
    axes.set(xlabel="position in the epoch", ylabel="sample index", ylim=(-0.7, size - 0.3))
    axes.set_xlim(-0.5, max(start, 1) - 0.5)
    return Figure(_svg(figure), _sentences(title, *_describe_order(rows, size)))


def bars(labels: Sequence[str], values: Sequence[float], unit: str, title: str) -> Figure:
    """Draw one horizontal bar for each label, with its value in `unit` beside it.

    >>> bars(["loop", "take"], [8, 1], unit="ms", title="Time of a batch")
    Figure: Time of a batch. Bar chart in ms: loop 8, take 1. The largest is loop.
    """
    if len(labels) != len(values) or not labels:
        raise ValueError(
            f"labels and values must have the same length, at least one, "
            f"got {len(labels)} labels and {len(values)} values"
        )
    figure, axes = _axes(title, height=0.9 + 0.42 * len(labels))
    drawn = axes.barh(labels, values, color=COLOURS[0], height=0.65)
    axes.bar_label(drawn, [f" {_number(value)} {unit}" for value in values])
    axes.invert_yaxis()
    axes.margins(x=0.18)
    axes.set_xlabel(unit)
    pairs = zip(labels, values, strict=True)
    listed = ", ".join(f"{label} {_number(value)}" for label, value in pairs)
    largest = labels[int(np.argmax(values))]
    alt = _sentences(title, f"Bar chart in {unit}: {listed}", f"The largest is {largest}")
    return Figure(_svg(figure), alt)


def lines(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    xlabel: str,
    ylabel: str,
    logx: bool = False,
    logy: bool = False,
    title: str | None = None,
) -> Figure:
    """Draw each named series of values against `x`; `logx` and `logy` choose log scales.

    >>> lines([1, 2, 4], {"loop": [9, 5, 3]}, xlabel="batch size", ylabel="ms")
    Figure: Line chart of ms against batch size, from 1 to 4. loop falls from 9 to 3.
    """
    for name, y in series.items():
        if len(y) != len(x):
            raise ValueError(
                f"series {name!r} must have one value for each of the {len(x)} x, got {len(y)}"
            )
    figure, axes = _axes(title, height=3.4)
    for number, (name, y) in enumerate(series.items()):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        axes.plot(x, y, color=colour, marker=marker, markersize=5, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if logx:
        axes.set_xscale("log")
        axes.set_xticks(x, [_number(value) for value in x], minor=False)
        axes.minorticks_off()
    if logy:
        axes.set_yscale("log")
    if len(series) > 1:
        axes.legend(frameon=False)
    chart = f"Line chart of {ylabel} against {xlabel}, from {_number(x[0])} to {_number(x[-1])}"
    described = [_describe_line(name, x, y) for name, y in series.items()]
    return Figure(_svg(figure), _sentences(title, chart, *described))


def image_grid(
    images: ArrayLike, labels: Sequence[object] | None = None, title: str | None = None
) -> Figure:
    """Draw small images in rows of eight, each under its label.

    `images` is (N, H, W) for grey or (N, C, H, W) with one or three channels, of any numeric
    dtype. Values other than uint8 are stretched so that the smallest is black, the largest white.

    >>> image_grid(np.zeros((2, 8, 8)), labels=[3, 7])
    Figure: 2 images of 8 by 8 pixels, labelled 3, 7.
    """
    pixels = _pixels(np.asarray(images))
    count, height, width = pixels.shape[:3]
    if labels is not None and len(labels) != count:
        raise ValueError(f"labels must have one entry for each image, {count}, got {len(labels)}")
    columns = min(count, 8)
    rows = -(-count // columns)
    drawing = matplotlib.figure.Figure(figsize=(0.85 * columns + 0.2, 1.05 * rows + 0.2))
    if title:
        drawing.suptitle(title, fontsize=11)
    for place, image in enumerate(pixels):
        axes = drawing.add_subplot(rows, columns, place + 1)
        axes.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes.set_axis_off()
        if labels is not None:
            axes.set_title(str(labels[place]), fontsize=9)
    alt = f"{_count(count, 'image')} of {height} by {width} pixels"
    if labels is not None:
        alt += ", labelled " + ", ".join(str(label) for label in labels)
    return Figure(_svg(drawing), _sentences(title, alt))


def _axes(title: str | None, height: float) -> tuple[matplotlib.figure.Figure, Axes]:
    figure = matplotlib.figure.Figure(figsize=(7.2, height))
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(title, fontsize=11, loc="left")
    return figure, axes


def _svg(figure: matplotlib.figure.Figure) -> str:
    figure.set_layout_engine("tight")
    buffer = io.StringIO()
    # A fixed salt and no date: the same data gives the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "course"}):
        figure.savefig(buffer, format="svg", dpi=150, metadata={"Date": None})
    return buffer.getvalue()


def _pixels(images: NDArray[np.generic]) -> NDArray[np.float64]:
    if images.ndim == 4 and images.shape[1] in (1, 3):
        images = np.moveaxis(images, 1, -1)
    elif images.ndim != 3:
        raise ValueError(
            "images must have shape (N, H, W) or (N, C, H, W) with one or three channels, "
            f"got {images.shape}"
        )
    if not len(images):
        raise ValueError(f"images must hold at least one image, got shape {images.shape}")
    values = images.astype(np.float64)
    if images.dtype == np.uint8:
        return values / 255
    low, high = values.min(), values.max()
    scaled: NDArray[np.float64] = (values - low) / ((high - low) or 1)
    return scaled


def _describe_order(rows: list[NDArray[np.intp]], size: int) -> list[str]:
    order = np.concatenate(rows)
    described = [f"Order of {_count(len(order), 'sample')} in {_describe_sizes(rows)}"]
    if len(order) <= SHORT:
        described.append("The batches hold " + ", ".join(str(row.tolist()) for row in rows))
    steps = np.diff(order)
    if np.all(steps == 1):
        described.append("The samples come in the order of their indices")
    else:
        forward = int(np.sum(steps == 1))
        described.append(
            f"The order is mixed: {forward} of {_count(len(steps), 'step')} go to the next index"
        )
    seen = Counter(order.tolist())
    missing = size - len(seen)
    repeated = sum(times > 1 for times in seen.values())
    if not missing and not repeated:
        described.append("Each sample appears once")
    if missing:
        described.append(f"{missing} of {size} samples never appear")
    if repeated:
        described.append(f"{repeated} of {size} samples appear more than once")
    return described


def _describe_sizes(rows: list[NDArray[np.intp]]) -> str:
    sizes = [len(row) for row in rows]
    if len(sizes) == 1:
        return f"1 batch of size {sizes[0]}"
    if len(set(sizes)) == 1:
        return f"{len(sizes)} batches of size {sizes[0]}"
    if len(set(sizes[:-1])) == 1 and len(sizes) > 2:
        return f"{len(sizes)} batches of size {sizes[0]}, the last of size {sizes[-1]}"
    if len(sizes) > SHORT:
        return f"{len(sizes)} batches of sizes {min(sizes)} to {max(sizes)}"
    listed = ", ".join(str(size) for size in sizes[:-1])
    return f"{len(sizes)} batches of sizes {listed} and {sizes[-1]}"


def _describe_line(name: str, x: Sequence[float], y: Sequence[float]) -> str:
    values = np.asarray(y, dtype=np.float64)
    ends = f"from {_number(values[0])} to {_number(values[-1])}"
    steps = np.diff(values)
    if np.all(values == values[0]):
        return f"{name} stays at {_number(values[0])}"
    if np.all(steps >= 0):
        return f"{name} rises {ends}"
    if np.all(steps <= 0):
        return f"{name} falls {ends}"
    low, high = int(values.argmin()), int(values.argmax())
    return (
        f"{name} goes {ends}, with its least, {_number(values[low])}, at {_number(x[low])} "
        f"and its most, {_number(values[high])}, at {_number(x[high])}"
    )


def _sentences(*parts: str | None) -> str:
    given = [part for part in parts if part]
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in given)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
