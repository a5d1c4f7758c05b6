"""The page in a real browser, headless Chromium.

Where there is none the tests are skipped, except on CI. With SCREENSHOTS_FOLDER set, pictures of
the page are kept there.
"""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from e2e.service_process import HOST, ServiceProcess

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 120
WIDTH, HEIGHT = 1280, 900


@pytest.fixture(scope="session")
def browser() -> str:
    """The path of a Chromium."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    missing = f"none of {', '.join(BROWSERS)} is on PATH"
    if os.environ.get("CI"):
        pytest.fail(f"{missing}, and CI must not skip this")
    pytest.skip(missing)


@pytest.fixture()
def page(marketplace: ServiceProcess) -> str:
    """The address of the home page."""
    return f"http://{HOST}:{marketplace.port()}/"


def browse(browser: str, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the browser once, with a fresh profile."""
    return subprocess.run(
        (
            *(browser, "--headless=new", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--no-first-run", "--disable-background-networking", "--disable-extensions"),
            # Containers, where tests run as root, offer no sandbox; the page is our own.
            "--no-sandbox",
            f"--user-data-dir={profile}",
            "--enable-logging=stderr",
            *arguments,
        ),
        env={**os.environ, "HOME": str(profile)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )


def test_the_browser_shows_the_tutorials_page_and_has_no_complaints(
    browser: str, page: str, tmp_path: Path
) -> None:
    """Blocked style sheets, missing files and the like would be on its console."""
    result = browse(browser, tmp_path, "--dump-dom", page)
    dom = BeautifulSoup(result.stdout, "html.parser")
    assert dom.title is not None
    assert "Online Books For You" == dom.title.string
    assert ["Mystery books you may like"] == [heading.string for heading in dom.select("h1")]
    assert 3 == len(dom.select("li:not([class])"))
    assert [] == [line for line in result.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_page_is_painted(browser: str, page: str, look: str, tmp_path: Path) -> None:
    """Much more than an empty page, of the size of the window."""
    folder = Path(os.environ.get("SCREENSHOTS_FOLDER") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    flags = ("--blink-settings=preferredColorScheme=" + {"dark": "0", "light": "1"}[look],)
    picture = screenshot(browser, tmp_path / "profile", folder / f"home-{look}.png", page, *flags)
    empty = screenshot(browser, tmp_path / "profile", tmp_path / "empty.png", "about:blank")
    assert (WIDTH, HEIGHT) == struct.unpack(">II", picture[16:24])
    assert len(picture) > 5 * len(empty)


def screenshot(browser: str, profile: Path, file: Path, address: str, *flags: str) -> bytes:
    """A picture of the page in the PNG format."""
    browse(
        browser,
        profile,
        *(f"--window-size={WIDTH},{HEIGHT}", "--hide-scrollbars", f"--screenshot={file}"),
        *flags,
        address,
    )
    return file.read_bytes()
