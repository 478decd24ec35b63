"""results.json, the table, and the command that writes both."""

import json

import pytest

from benchmarks import report
from benchmarks.run import main


def entry(**more):
    seconds = {"torch": [4.0, 6.0], "ours": [1.0, 2.0], "copy": [0.5, 1.0]}
    plain = {
        "title": "a job",
        "base": "torch",
        "limits": ["copy"],
        "rounds": 2,
        "seconds": seconds,
        "left_out": {},
        "targets": [{"contestant": "ours", "at_least": 3, "of": None}],
        "date": "2000-01-01",
        "quick": False,
    }
    return plain | more


def table(**more):
    return report.markdown(report.add({"entries": {}}, "W", entry(**more)))


def test_the_table_says_what_was_wanted_reached_and_possible():
    assert "| W | ours | torch | 3.5 (3 to 4) | 3 | yes | 7 |" in table()


def test_the_table_says_what_was_missed():
    targets = [{"contestant": "ours", "at_least": 0.75, "of": "copy"}]
    assert "| W | ours | copy | 0.5 (0.5 to 0.5) | 0.75 | no |  |" in table(targets=targets)


def test_without_the_base_line_nothing_is_claimed():
    text = table(seconds={"ours": [1.0]}, left_out={"torch": "torch is not installed"})
    assert "| W | ours | torch | not measured | 3 |  |  |" in text
    assert "Left out: torch (torch is not installed)." in text


def test_costs_are_compared_with_the_most_that_is_wanted():
    figures = [
        {"name": "ours", "value": 1.3, "at_most": 1.2},
        {"name": "torch", "value": 5.0, "at_most": None},
    ]
    cost = {"title": "importing", "figures": figures}
    text = report.markdown(report.add({"entries": {}}, "import", cost))
    assert "| import | importing | ours | 1.3 | 1.2 | no |" in text
    assert "| import | importing | torch | 5 |  |  |" in text


def test_the_command_keeps_what_was_measured_before(tmp_path):
    report.write(report.add({"entries": {}}, "W", entry()), tmp_path)
    main(["W7", "--quick", "--rounds", "1", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert list(results["entries"]) == ["W", "W7"]
    assert results["entries"]["W7"]["quick"]
    assert {"cpus", "processor", "system"} <= results["machine"].keys()
    assert {"python", "numpy"} <= results["versions"].keys()
    assert (tmp_path / "results.md").read_text() == report.markdown(results)


def test_a_name_that_is_no_workload_is_an_error_that_lists_them(capsys):
    with pytest.raises(SystemExit):
        main(["W99"])
    assert "NAME must be one of W1, " in capsys.readouterr().err
