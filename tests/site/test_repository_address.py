"""The repository's address comes from the git remote where there is one."""

import doctest
import subprocess

import pytest
import repository_address as module
from repository_address import offered_buttons, repository_address, web_address

OPTIONS = {
    "use_issues_button": True,
    "use_repository_button": True,
    "use_edit_page_button": True,
    "launch_buttons": {"binderhub_url": "b", "colab_url": "c"},
}


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/ada/course",
        "https://github.com/ada/course.git",
        "https://ada:secret@github.com/ada/course.git",
        "https://token@github.com/ada/course/",
        "git@github.com:ada/course.git",
        "ssh://git@github.com:22/ada/course.git",
        "git://github.com/ada/course.git",
    ],
)
def test_every_form_of_a_remote_gives_the_same_web_address(remote):
    assert web_address(remote) == "https://github.com/ada/course"


@pytest.mark.parametrize("remote", ["", "/srv/course.git", "../course", "file:///srv/a/b", "C:\\a"])
def test_a_local_remote_is_no_web_address(remote):
    assert web_address(remote) is None


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[project.urls]\nrepository = "https://github.com/written/down"\n'
    )
    return tmp_path


def git(checkout, *arguments):
    subprocess.run(["git", "-C", str(checkout), *arguments], check=True, capture_output=True)


def test_without_git_the_address_is_the_one_in_pyproject(checkout):
    assert repository_address(checkout) == "https://github.com/written/down"


def test_without_a_remote_the_address_is_the_one_in_pyproject(checkout):
    git(checkout, "init")
    assert repository_address(checkout) == "https://github.com/written/down"


def test_a_clone_s_remote_has_the_last_word(checkout):
    git(checkout, "init")
    git(checkout, "remote", "add", "origin", "git@gitlab.com:ada/course.git")
    assert repository_address(checkout) == "https://gitlab.com/ada/course"


def test_only_github_is_offered_colab():
    assert "colab_url" in offered_buttons("https://github.com/a/b", OPTIONS)["launch_buttons"]
    assert "colab_url" not in offered_buttons("https://gitlab.com/a/b", OPTIONS)["launch_buttons"]


def test_a_host_that_the_theme_does_not_know_gets_no_buttons():
    assert offered_buttons("https://git.example.org/a/b", OPTIONS) == {}


def test_the_examples_in_the_module_run():
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
