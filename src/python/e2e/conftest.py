"""The services, running from their PEX files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import httpx
import pytest

from chassis.testing.kept_port import kept_port
from e2e.service_process import HOST, MARKETPLACE, PATIENT, RECOMMENDATIONS, Machine, ServiceProcess

SECONDS = 60.0
Start = Callable[..., ServiceProcess]


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with Python 3.11, our PEX files, and nothing else."""
    programs = tmp_path_factory.mktemp("bin")
    (programs / "python3.11").symlink_to(Path(sys.executable).resolve())
    return Machine(pex_folder(), programs, tmp_path_factory.mktemp("home"))


def pex_folder() -> Path:
    """Where the PEX files are: here in Pants' sandbox, in dist/ after `./pants package ::`."""
    for folder in (Path.cwd(), Path.cwd() / "dist"):
        if (folder / "recommendations.pex").exists():
            return folder
    raise FileNotFoundError("no recommendations.pex here or in dist/: run ./pants package :: first")


@pytest.fixture()
def start(machine: Machine, tmp_path: Path) -> Iterator[Start]:
    """Starts services for one test alone: their name, their flags, and settings by keyword."""
    with ExitStack() as running:

        def start_one(name: str, *flags: str, **environ: str) -> ServiceProcess:
            folder = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return running.enter_context(machine.start(name, folder, *flags, environ=environ))

        yield start_one


@pytest.fixture(scope="session")
def recommendations(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """The recommendations service, ready, for tests that leave it as it is."""
    with machine.start(RECOMMENDATIONS, tmp_path_factory.mktemp(RECOMMENDATIONS)) as service:
        yield service.wait_until_ready()


@pytest.fixture(
    scope="session",
    params=[(kind, workers) for kind in ("threads", "asyncio") for workers in (1, 2)],
    ids=lambda variant: f"{variant[0]}-{variant[1]}",
)
def each_recommendations(
    request: pytest.FixtureRequest, machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """The recommendations service, ready, on either kind of server, as one process and as two."""
    kind, workers = request.param
    environ = {"SERVER_KIND": kind, "WORKERS": str(workers)}
    folder = tmp_path_factory.mktemp(RECOMMENDATIONS)
    with machine.start(RECOMMENDATIONS, folder, environ=environ) as service:
        yield service.wait_until_ready()


@pytest.fixture(scope="session")
def marketplace(
    machine: Machine, recommendations: ServiceProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """The shop, ready, with recommendations, for tests that leave both as they are."""
    environ = {"RECOMMENDATIONS_HOST": recommendations.address(), **PATIENT}
    folder = tmp_path_factory.mktemp(MARKETPLACE)
    with machine.start(MARKETPLACE, folder, environ=environ) as service:
        yield service.wait_until_ready()


@pytest.fixture()
def unused_port() -> Iterator[int]:
    """A port at which nobody listens but whom the test tells to: it is kept from all others."""
    with kept_port(HOST) as port:
        yield port


@pytest.fixture()
def channel(each_recommendations: ServiceProcess) -> Iterator[grpc.Channel]:
    """A channel to each way to run the recommendations service, on a connection of its own."""
    alone = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(each_recommendations.address(), alone) as channel:
        yield channel


@pytest.fixture()
def shop(marketplace: ServiceProcess) -> Iterator[httpx.Client]:
    """A browser's view of the shop, without the browser."""
    base_url = f"http://{HOST}:{marketplace.port()}"
    with httpx.Client(base_url=base_url, timeout=SECONDS, trust_env=False) as client:
        yield client
