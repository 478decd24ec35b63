"""One data set over several processes: each rank has its part, and together they have it all."""

import json
import os
import subprocess
import sys

import pytest

LENGTH = 101
RANKS = 2

# A rank's order in two epochs, with rank and world size read from the environment.
ORDERS = """
import json, os, sys
from reference_impl import DistributedSampler
sampler = DistributedSampler(range(int(sys.argv[1])), seed=7)
orders = []
for epoch in (0, 1):
    sampler.set_epoch(epoch)
    orders.append(list(sampler))
"""
PLAIN = ORDERS + "print(json.dumps(orders))"
GLOO = (
    ORDERS
    + """
import torch.distributed as distributed
distributed.init_process_group("gloo")
gathered = [None] * distributed.get_world_size()
distributed.all_gather_object(gathered, orders)
if distributed.get_rank() == 0:
    print(json.dumps(gathered))
distributed.destroy_process_group()
"""
)


def assert_the_ranks_share_the_data(by_rank):
    for epoch in (0, 1):
        parts = [orders[epoch] for orders in by_rank]
        assert {len(part) for part in parts} == {-(-LENGTH // RANKS)}
        visited = sorted(index for part in parts for index in part)
        assert set(visited) == set(range(LENGTH))
        assert len(visited) == LENGTH + 1, "one sample comes twice, to make the parts equal"
    assert by_rank[0][0] != by_rank[0][1], "epochs have orders of their own"


def run(command, **variables):
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ranks_in_plain_processes_share_the_data():
    command = [sys.executable, "-c", PLAIN, str(LENGTH)]
    by_rank = [
        json.loads(run(command, RANK=str(rank), WORLD_SIZE=str(RANKS))) for rank in range(RANKS)
    ]
    assert_the_ranks_share_the_data(by_rank)


def test_ranks_under_torchrun_share_the_data(tmp_path):
    pytest.importorskip("torch")
    script = tmp_path / "ranks.py"
    script.write_text(GLOO)
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={RANKS}"]
    local = ["--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0"]
    printed = run([*torchrun, *local, str(script), str(LENGTH)], OMP_NUM_THREADS="1")
    assert_the_ranks_share_the_data(json.loads(printed.splitlines()[-1]))
