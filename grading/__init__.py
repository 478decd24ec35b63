"""An instructor's command: a folder of submissions in, marks out.

`python -m grading labs/lab01 SUBMISSIONS --out RESULTS`. The lab's own checks are called here,
with an `env` whose names live in a confined process (`sandbox`, `environment`), so the checks,
their data, the clock and the memory meter are out of reach of the code that is marked.
"""
