"""Randomness: numbers and orders as functions of (seed, epoch, position), in any order.

A generator such as `np.random.default_rng` must be asked in turn, so what a sample gets depends on
who asked before. Here a sample's numbers are a hash of its index: one sample alone, a batch and
eight workers get the very same bits. The hash is the finalizer of SplitMix64 (Steele, Lea and
Flood, "Fast splittable pseudorandom number generators", 2014), which passes BigCrush as a
generator of consecutive states. Not for secrets.
"""

from functools import lru_cache
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import Indices

Words = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
HALF = np.uint64(32)
ROUNDS = 6  # with 4, indices one `side` apart were seen to correlate
SMALL = 4096


def uniforms(seed: int, epoch: int, indices: Indices, count: int) -> NDArray[np.float64]:
    """`count` numbers in [0, 1) for each index, float64 of shape (len(indices), count).

    A row depends on seed, epoch and its index only, and a number on its column, not on `count`.

    >>> batch = uniforms(0, 3, [7, 2], count=4)
    >>> batch.shape, bool((batch[1:] == uniforms(0, 3, [2], count=4)).all())
    ((2, 4), True)
    """
    key = _keys(seed, epoch, 1)
    starts = _mix(np.asarray(indices).astype(np.uint64) * GOLDEN + key)
    steps = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    bits = _mix(starts[:, None] + steps)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def shuffled(seed: int, epoch: int, positions: Indices, length: int) -> NDArray[np.int64]:
    """The indices at `positions` of a random order of `range(length)`, without making the order.

    A Feistel network is a bijection whatever its round function is (Luby and Rackoff, 1988). This
    one works on pairs (left, right) below `side`, and side * side is `length` or little more; a
    result beyond `length` is sent through again until it lies within (cycle walking, Black and
    Rogaway, 2002), which keeps the bijection.

    >>> order = shuffled(0, 0, np.arange(5000), 5000)
    >>> sorted(order.tolist()) == list(range(5000)), bool(order[3] == shuffled(0, 0, [3], 5000))
    (True, True)
    """
    if length <= SMALL:  # too few pairs to mix well, and the whole order is cheap
        order = np.random.default_rng([seed, epoch]).permutation(length)
        return order[np.asarray(positions, np.int64)]
    side = np.uint64(isqrt(length - 1) + 1)
    keys = _keys(seed, epoch, ROUNDS)
    out = _feistel(np.asarray(positions).astype(np.uint64), side, keys)
    while len(beyond := np.flatnonzero(out >= np.uint64(length))):
        out[beyond] = _feistel(out[beyond], side, keys)
    return out.astype(np.int64)


def _feistel(numbers: Words, side: np.uint64, keys: Words) -> Words:
    left, right = np.divmod(numbers, side)
    for key in keys:
        hashed = (right ^ key) * GOLDEN
        hashed ^= hashed >> HALF
        hashed *= FIRST
        hashed >>= HALF
        hashed *= side
        hashed >>= HALF
        hashed += left
        left, right = right, np.minimum(hashed, hashed - side)  # below 0 wraps to far above
    return left * side + right


@lru_cache(maxsize=64)
def _keys(seed: int, epoch: int, count: int) -> Words:
    sequence = np.random.SeedSequence(seed, spawn_key=(epoch,))
    return sequence.generate_state(count, np.uint64).astype(np.uint64)


def _mix(z: Words) -> Words:
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return z ^ (z >> np.uint64(31))
