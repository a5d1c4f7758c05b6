"""Is there a container engine, and does it have what images are built on?"""

from __future__ import annotations

from dataclasses import dataclass

from pants.backend.docker.subsystems.docker_options import DockerOptions
from pants.core.util_rules.system_binaries import BinaryPathRequest, BinaryPaths
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import Get, Rule, collect_rules, rule
from pants.util.logging import LogLevel

TIMEOUT_SECONDS = 20
PULL_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class ContainerEngine:
    """What answers the docker command. `problem` says why nothing does, None if something does."""

    path: str
    problem: str | None


@dataclass(frozen=True)
class BaseImageRequest:
    """A wish for an image to build on."""

    name: str


@dataclass(frozen=True)
class BaseImage:
    """An image to build on. `problem` says why the engine has none, None if it has it."""

    problem: str | None


@dataclass(frozen=True)
class EngineCommand:
    """A call of the docker command. What it sees may change at any time."""

    path: str
    argv: tuple[str, ...]
    timeout_seconds: int


@rule
async def call_engine(
    command: EngineCommand, environment: DockerOptions.EnvironmentAware
) -> FallibleProcessResult:
    env = await Get(EnvironmentVars, EnvironmentVarsRequest(environment.env_vars))
    return await Get(
        FallibleProcessResult,
        Process(
            (command.path, *command.argv),
            description=f"docker {' '.join(command.argv)}",
            env=env,
            level=LogLevel.DEBUG,
            timeout_seconds=command.timeout_seconds,
            cache_scope=ProcessCacheScope.PER_SESSION,
        ),
    )


@rule(desc="Look for a container engine", level=LogLevel.DEBUG)
async def find_engine(environment: DockerOptions.EnvironmentAware) -> ContainerEngine:
    search_path = environment.executable_search_path
    paths = await Get(BinaryPaths, BinaryPathRequest(binary_name="docker", search_path=search_path))
    if not paths.first_path:
        return ContainerEngine("", "there is no docker command")
    path = paths.first_path.path
    result = await Get(
        FallibleProcessResult,
        EngineCommand(path, ("version", "--format", "{{.Server.Version}}"), TIMEOUT_SECONDS),
    )
    return ContainerEngine(path, None if result.exit_code == 0 else _said(result))


@rule(desc="Look for a base image", level=LogLevel.DEBUG)
async def find_base_image(request: BaseImageRequest, engine: ContainerEngine) -> BaseImage:
    if engine.problem:
        return BaseImage(engine.problem)
    inspected = await Get(
        FallibleProcessResult,
        EngineCommand(engine.path, ("image", "inspect", request.name), TIMEOUT_SECONDS),
    )
    if inspected.exit_code == 0:
        return BaseImage(None)
    pulled = await Get(
        FallibleProcessResult,
        EngineCommand(engine.path, ("pull", "--quiet", request.name), PULL_TIMEOUT_SECONDS),
    )
    if pulled.exit_code == 0:
        return BaseImage(None)
    return BaseImage(
        f"the base image {request.name} is not here and cannot be pulled ({_said(pulled)});"
        " docs/images.md says how to build one or name another"
    )


def _said(result: FallibleProcessResult) -> str:
    lines = result.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"docker gave exit code {result.exit_code}"


def rules() -> list[Rule]:
    """The rules of this module."""
    return [*collect_rules()]
