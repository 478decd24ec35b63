"""The workloads at their smallest: whoever is installed yields the same samples."""

import pytest

from benchmarks.measure import measure
from benchmarks.workloads import WORKLOADS, Setting


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_runs_and_its_targets_name_contestants(name, tmp_path):
    for workload in WORKLOADS[name](Setting(tmp_path, scale=0.001)):
        names = [contestant.name for contestant in workload.contestants]
        wanted = {t.contestant for t in workload.targets} | {t.of for t in workload.targets if t.of}
        assert len(set(names)) == len(names)
        assert wanted <= set(names)
        peers = {c.name for c in workload.contestants if c.needs}
        workload.contestants = [c for c in workload.contestants if c.name not in peers]
        found = measure(workload, rounds=1)
        assert found["left_out"] == {}
        assert all(seconds[0] > 0 for seconds in found["seconds"].values())
