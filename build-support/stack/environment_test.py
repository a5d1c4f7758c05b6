"""What Pants' cache is asked with does not depend on who runs Pants."""

from stack.environment import outer_environment

USERS = {"HOME": "/home/somebody", "PATH": "/usr/local/bin:/usr/bin"}
PEX = {
    **USERS,
    "PATH": f"/pex/venvs/1/bin:{USERS['PATH']}",
    "PEX": "/somewhere/stack.pex",
    "PYTHONPATH": "src/python",
    "VIRTUAL_ENV": "/pex/venvs/1",
}


def test_what_a_pex_file_has_put_in_is_taken_out() -> None:
    assert USERS == outer_environment(PEX)


def test_a_persons_own_environment_stays_with_its_programs() -> None:
    own = {**USERS, "PATH": f"/own/bin:{USERS['PATH']}", "VIRTUAL_ENV": "/own"}
    assert own == outer_environment(own)


def test_without_a_path_there_is_none() -> None:
    assert {"PATH": ""} == outer_environment({"PEX": "/stack.pex", "VIRTUAL_ENV": "/pex/venvs/1"})
