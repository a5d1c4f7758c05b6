"""For tests: a repository with a small API, and git."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from pants.core.goals.lint import LintResult
from pants.core.util_rules.partitions import Partitions
from pants.engine.goal import Goal
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from buf_breaking.git_history import git_executable
from buf_breaking.rules import BufBreakingRequest

IMAGE = "protos/released.json"
LOANS = "protos/library/v1/loans.proto"
MEMBERS = "protos/library/v1/members.proto"
FROZEN = "protos/frozen.proto"

FILES = {
    "protos/buf.yaml": "version: v2\nbreaking:\n  use:\n    - FILE\n",
    "protos/BUILD": "protobuf_sources()",
    FROZEN: dedent("""\
        syntax = "proto3";

        message Stamp {
          string text = 1;
        }
        """),
    "protos/library/v1/BUILD": "protobuf_sources()",
    LOANS: dedent("""\
        syntax = "proto3";

        package library.v1;

        import "library/v1/members.proto";

        service LoansService {
          rpc Lend(LendRequest) returns (LendResponse);
          rpc Return(LendRequest) returns (LendResponse);
        }

        message LendRequest {
          Member member = 1;
          int32 days = 2;
        }

        message LendResponse {}
        """),
    MEMBERS: dedent("""\
        syntax = "proto3";

        package library.v1;

        message Member {
          string name = 1;
          Age age = 2;
        }

        enum Age {
          AGE_UNSPECIFIED = 0;
          AGE_CHILD = 1;
          AGE_ADULT = 2;
        }
        """),
}


@dataclass(frozen=True)
class Repository:
    """A build root in which the backend runs."""

    runner: RuleRunner
    buf: tuple[str, ...]

    @property
    def root(self) -> Path:
        return Path(self.runner.build_root)

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces the one occurrence of `old`."""
        before = self.read(path).decode()
        if before.count(old) != 1:
            raise ValueError(f"{path} holds {old!r} {before.count(old)} times")
        self.runner.write_files({path: before.replace(old, new)})

    def delete(self, path: str) -> None:
        (self.root / path).unlink()
        # Tells the engine: it watches no files in tests.
        self.runner.scheduler.invalidate_files({path, str(Path(path).parent)})

    def partition(self, *files: str, args: tuple[str, ...] = ()) -> Partitions[str, Any]:
        """What the linter is asked to run on when the files are linted."""
        self.runner.set_options([*self.buf, *args])
        return self.runner.request(Partitions, [BufBreakingRequest.PartitionRequest(files)])

    def lint(self, *files: str, args: tuple[str, ...] = ()) -> tuple[LintResult, ...]:
        """What the linter says of the files, or of all: a result for each run of it."""
        partitions = self.partition(*(files or FILES), args=args)
        return tuple(
            self.runner.request(
                LintResult,
                [BufBreakingRequest.Batch("", partition.elements, partition.metadata)],
            )
            for partition in partitions
        )

    def run(self, goal: type[Goal], *args: str) -> GoalRuleResult:
        """Runs the goal as from the command line. `args` may end with specs."""
        return self.runner.run_goal_rule(
            goal, global_args=self.buf, args=args, env_inherit={"PATH"}
        )


@dataclass(frozen=True)
class Git:
    """A git repository in a folder, untouched by the configuration of whoever runs the tests."""

    directory: Path

    def __call__(self, *args: str) -> str:
        """What git prints."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        identity = ("-c", "user.name=Tester", "-c", "user.email=tester@localhost")
        done = subprocess.run(
            [git_executable(), *identity, *args],
            cwd=self.directory,
            env={**environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commits every file. Returns the hash."""
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "--message", message)
        return self("rev-parse", "HEAD")
