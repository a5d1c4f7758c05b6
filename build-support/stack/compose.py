"""Docker Compose, for the project's compose.yaml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack.commands import StackError, ask, run

ANSWER_SECONDS = 30.0
START_SECONDS = 90.0
STOP_SECONDS = 120.0

NO_COMPOSE = (
    "needs Docker Compose 2, as the plugin `docker compose`; docs/images.md says how to get it"
)


@dataclass(frozen=True)
class Compose:
    """A composed project.

    name: keeps projects of one compose.yaml apart: their containers, networks and volumes.
    environ: the variables that compose.yaml takes.
    """

    name: str
    file: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def up(self, profiles: Sequence[str] = ()) -> None:
        """Start what is not running and wait until all of it is healthy.

        Raises StackError, with the last lines of every log on standard error.
        """
        chosen = [word for profile in profiles for word in ("--profile", profile)]
        wait = ("--wait", "--wait-timeout", f"{START_SECONDS:g}")
        try:
            run(
                self._command(*chosen, "up", "--detach", "--remove-orphans", *wait),
                START_SECONDS + ANSWER_SECONDS,
                self.environ,
            )
        except StackError:
            run(self._command("ps", "--all"), ANSWER_SECONDS, self.environ)
            run(self._command("logs", "--tail=30"), ANSWER_SECONDS, self.environ)
            raise

    def down(self) -> None:
        """Stop and remove everything of the project, of whatever profile. Nothing there is fine."""
        run(
            self._command("--profile", "*", "down", "--volumes", "--remove-orphans"),
            STOP_SECONDS,
            self.environ,
        )

    def address(self, service: str, port: int) -> str:
        """Where a container's port is published, as HOST:PORT."""
        return ask(self._command("port", service, str(port)), ANSWER_SECONDS, self.environ)

    def execute(
        self,
        service: str,
        command: Sequence[str],
        seconds: float,
        environ: Mapping[str, str] | None = None,
        stdin: Path | None = None,
    ) -> None:
        """Run a command inside a service's container."""
        settings = [f"--env={name}={value}" for name, value in (environ or {}).items()]
        run(
            self._command("exec", "--no-TTY", *settings, service, *command),
            seconds,
            self.environ,
            stdin,
        )

    def _command(self, *words: str) -> list[str]:
        return ["docker", "compose", f"--project-name={self.name}", f"--file={self.file}", *words]


def check_engine() -> None:
    """Raise StackError unless a container engine answers and Compose 2 is there."""
    try:
        ask(["docker", "version", "--format", "{{.Server.Version}}"], ANSWER_SECONDS)
    except StackError as error:
        raise StackError(f"no container engine: {error}") from error
    try:
        version = ask(["docker", "compose", "version", "--short"], ANSWER_SECONDS)
    except StackError as error:
        raise StackError(NO_COMPOSE) from error
    if int(version.removeprefix("v").split(".")[0]) < 2:
        raise StackError(f"{NO_COMPOSE}; this is {version}")
