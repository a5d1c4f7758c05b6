"""What several tests begin with: a service of two workers, that listen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.testing.supervised_process import SupervisedProcess


@pytest.fixture()
def service(tmp_path: Path) -> Iterator[SupervisedProcess]:
    with SupervisedProcess(tmp_path) as service:
        service.process.port()
        yield service
