"""How contestants are compared: checked equal, timed in turns, left out with a reason."""

import numpy as np
import pytest

from benchmarks.measure import Contestant, Target, Workload, fingerprints, measure, ratio


def workload(*contestants, **more):
    return Workload("W", "a job", list(contestants), **more)


def yields(values, name="someone", **more):
    return Contestant(name, lambda: [np.array(values)], **more)


def test_every_contestant_runs_one_epoch_a_round_and_one_before():
    runs = []

    class Loader:
        def __init__(self, name):
            self.name = name

        def __iter__(self):
            runs.append(self.name)
            return iter([np.arange(3)])

    names = ("a", "b", "c")
    job = workload(*(Contestant(name, lambda name=name: Loader(name)) for name in names))
    found = measure(job, rounds=2)
    assert runs == ["a", "b", "c", "a", "b", "c", "b", "c", "a"]
    assert {name: len(seconds) for name, seconds in found["seconds"].items()} == dict.fromkeys(
        names, 2
    )


def test_the_order_of_samples_does_not_matter():
    found = measure(workload(yields([1, 2, 3], "a"), yields([3, 1, 2], "b")), rounds=1)
    assert list(found["seconds"]) == ["a", "b"]


@pytest.mark.parametrize("values", [[1, 2], [1, 2, 2], [1.0, 2.0, 3.0]])
def test_a_contestant_that_yields_other_samples_is_an_error(values):
    with pytest.raises(ValueError, match="W: b yields other samples"):
        measure(workload(yields([1, 2, 3], "a"), yields(values, "b")), rounds=1)


def test_a_limit_may_yield_anything():
    found = measure(workload(yields([1, 2], "a"), yields([0], "b", limit=True)), rounds=1)
    assert found["limits"] == ["b"]


def test_who_is_not_installed_or_fails_is_left_out_with_the_reason():
    def fail():
        raise OSError("no room\nat all")

    job = workload(
        yields([1], "a", needs="no_such_package"), Contestant("b", fail), yields([1], "c")
    )
    found = measure(job, rounds=1)
    assert found["left_out"] == {"a": "no_such_package is not installed", "b": "OSError: no room"}
    assert list(found["seconds"]) == ["c"]


def test_before_runs_ahead_of_each_epoch_and_step_with_each_batch():
    calls = []
    job = workload(
        Contestant("a", lambda: [np.arange(1), np.arange(2)]),
        before=lambda: calls.append("before"),
        step=lambda batch: calls.append(len(batch)),
    )
    measure(job, rounds=2)
    assert calls == ["before", "before", 1, 2, "before", 1, 2]


def test_a_sample_is_all_its_fields():
    images, labels = np.zeros((2, 3)), np.array([5, 6])
    same, other = fingerprints((images, labels)), fingerprints((images, labels[::-1]))
    assert same[0] == other[1] and same[0] != other[0]


def test_a_ratio_is_taken_within_each_round():
    seconds = {"base": [1.0, 10.0, 1.0], "fast": [0.5, 5.0, 0.25]}
    assert ratio(seconds, "fast", "base") == {"median": 2.0, "min": 2.0, "max": 4.0}


def test_the_targets_are_reported_as_plain_values():
    found = measure(workload(yields([1], "a"), targets=[Target("a", 2)]), rounds=1)
    assert found["targets"] == [{"contestant": "a", "at_least": 2, "of": None}]
