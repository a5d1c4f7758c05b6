"""Runs tests inside the shop's own container, unchanged from what production runs."""

from pathlib import Path

from stack.compose import Compose

SERVICE = "marketplace"
PYTHON = "/app/bin/python"
# The one place that can be written to, in memory; gone with the container.
PEX = "/tmp/tests.pex"  # noqa: S108 # Inside the container, where nobody else is.
MODULE = "stack.inside.shop_test"
RECEIVE = f"import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, open({PEX!r}, 'wb'))"

SEND_SECONDS = 60.0
TEST_SECONDS = 120.0


def run_shop_tests(compose: Compose, tests: Path) -> None:
    """Send the tests into the running container and run them there. Raises StackError if any fails.

    Its image holds no tests, and no shell or package manager to get them with: they come through
    standard input, and find all but pytest in the container itself.
    """
    compose.execute(SERVICE, [PYTHON, "-c", RECEIVE], SEND_SECONDS, stdin=tests)
    compose.execute(
        SERVICE,
        [PYTHON, PEX, "-p", "no:cacheprovider", "--pyargs", MODULE],
        TEST_SECONDS,
        environ={"PEX_ROOT": f"{PEX}-root"},
    )
