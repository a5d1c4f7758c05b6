"""Changes a module, and sees what that costs."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from bench.change.checkout import BuildError, Checkout
from bench.change.images import image_built, layers_of
from bench.change.reports import Reports, Tally, files, ran_between, read_reports, tally

_REPORTS = Path("dist/reports")


@dataclass(frozen=True, slots=True)
class Rerun:
    """A run of the tests after a change.

    ran, cached: what had to run, and what came from the cache.
    needless: files whose tests ran though neither they nor one that shared their process depends
        on the change.
    seconds: of the run; unchanged_seconds: of one just before the change.
    """

    ran: Tally
    cached: Tally
    needless: tuple[str, ...]
    seconds: float
    unchanged_seconds: float


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """An image after a change.

    seconds: how long it took. layers: how many it has.
    replaced: the bytes in the files of each layer that is another than before.
    """

    seconds: float
    layers: int
    replaced: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a change cost; rebuilt is None where Pants left out the image."""

    rerun: Rerun
    rebuilt: Rebuilt | None


def measure(checkout: Checkout, targets: list[str], module: str, image: str) -> Measurement:
    """Test, change and test again. Raises BuildError."""
    file = checkout.folder / module
    if not file.is_file():
        raise BuildError(f"the last commit has no {module}")
    checkout.start_pants()
    _test(checkout, targets)  # What is not in the cache yet.
    before, unchanged_seconds = _test(checkout, targets)
    checkout.pants("package", image)
    original = image_built(checkout.folder, image)
    with file.open("a", encoding="utf-8") as stream:
        # Another text each time: what was tested once is in the cache.
        stream.write(f'\n_CHANGED = "{uuid.uuid4()}"\n')
    rebuilt = None if original is None else _rebuild(checkout, image, original)
    after, seconds = _test(checkout, targets)
    ran = ran_between(before, after)
    cached = {name: report for name, report in after.items() if name not in ran}
    needless = _needless(ran, _dependents(checkout, module))
    return Measurement(
        Rerun(tally(ran), tally(cached), needless, seconds, unchanged_seconds), rebuilt
    )


def _test(checkout: Checkout, targets: list[str]) -> tuple[Reports, float]:
    options = ("--test-report", f"--test-report-dir={_REPORTS}")
    seconds = checkout.pants("test", *options, *targets)
    return read_reports(checkout.folder / _REPORTS), seconds


def _rebuild(checkout: Checkout, target: str, original: str) -> Rebuilt:
    seconds = checkout.pants("package", target)
    changed = image_built(checkout.folder, target)
    if changed is None or changed == original:
        raise BuildError(f"the change left {target} as it was")
    layers = layers_of(changed)
    return Rebuilt(seconds, len(layers.digests), layers.beyond(layers_of(original)))


def _dependents(checkout: Checkout, module: str) -> frozenset[str]:
    """Give the files that depend on a module, as Pants lists them."""
    lines = checkout.ask("./pants", "dependents", "--transitive", module).splitlines()
    return frozenset(line.partition(":")[0] for line in lines)


def _needless(ran: Reports, dependents: frozenset[str]) -> tuple[str, ...]:
    processes = [files([report]) for report in ran.values()]
    return tuple(sorted(file for each in processes if not each & dependents for file in each))
