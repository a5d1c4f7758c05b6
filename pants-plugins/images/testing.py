"""An engine to test with: a docker command that does as it is told and notes how it was called."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent


@dataclass(frozen=True)
class ScriptedEngine:
    """A docker command in `folder`.

    Answers come from `answers.json`, by the first argument: an exit code and a text for standard
    error. A command without one succeeds and says nothing.
    """

    folder: Path

    def install(self) -> None:
        """Write the command."""
        command = self.folder / "docker"
        command.write_text(dedent(f"""\
                #!{sys.executable}
                import json, pathlib, sys
                folder = pathlib.Path({str(self.folder)!r})
                with (folder / "calls.jsonl").open("a") as calls:
                    calls.write(json.dumps(sys.argv[1:]) + "\\n")
                answers = json.loads((folder / "answers.json").read_text())
                code, words = answers.get(sys.argv[1], (0, ""))
                sys.stderr.write(words)
                sys.exit(code)
                """))
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        self.answer({})

    def answer(self, answers: dict[str, tuple[int, str]]) -> None:
        """Set the answers."""
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def calls(self, command: str) -> list[list[str]]:
        """The arguments of all calls of `docker COMMAND` so far."""
        log = self.folder / "calls.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return [call for call in map(json.loads, lines) if call[0] == command]
