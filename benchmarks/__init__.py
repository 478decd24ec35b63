"""The loader side by side with its peers.

`python -m benchmarks` measures every workload, `python -m benchmarks W1 W5a` those two. A good
order to read in:

- `measure`: contestants that do one job, checked equal, then timed in turns
- `workloads`: the jobs, one function each
- `costs`: what the package costs at import, in memory, and after its trainer was killed
- `report`: results.json, and the tables made from it
"""
