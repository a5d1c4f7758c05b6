"""Unpacks a part of a PEX file into /app, compiled: `python3.11 unpack.py FILE.pex deps|srcs`.

Runs where an image is built, with no shell to hand: `deps` is what others wrote, `srcs` is ours,
each to become a layer of its own. The same PEX gives the same files.
"""

import compileall
import os
import py_compile
import re
import shutil
import subprocess
import sys
from pathlib import Path

TIMEOUT_SECONDS = 300.0
APP = Path("/app")
# A layer is for running, not for type checkers, compilers of protocols or testers.
UNUSED_FILES = ("*.c", "*.h", "*.proto", "*.pxd", "*.pxi", "*.pyi", "*.pyx", "conftest.py")
# The last is a copy of another version of a package, for those who have not moved on.
UNUSED_FOLDERS = ("include", "test", "testdata", "tests", "pydantic/v1")
# Left to be compiled when imported, if ever: for space.
RARELY_IMPORTED = re.compile(
    r"/(click/(_termui_impl|_winconsole|shell_completion|testing)"
    r"|cffi|google/protobuf/(compiler|internal/testing)|gunicorn/(asgi|ctl|dirty|http2|uwsgi)"
    r"|gunicorn/workers/(_?gevent|geventlet|gasgi|gtornado)|jinja2/(ext|meta|sandbox|nativetypes)"
    r"|prometheus_client/(bridge|twisted)|pycparser|pydantic/(mypy|experimental)"
    r"|secure/middleware|werkzeug/(debug|serving|test|testapp))\b"
)


def unpack(pex: Path, scope: str) -> None:
    """Unpack the scope of the PEX.

    Raises subprocess.CalledProcessError and TimeoutExpired.
    """
    subprocess.run(
        [sys.executable, pex, "venv", f"--scope={scope}", APP],
        env={**os.environ, "PEX_TOOLS": "1"},
        check=True,
        timeout=TIMEOUT_SECONDS,
    )


def thin_out() -> None:
    """Remove what no service uses: also scripts, of which a service has one, `/app/pex`."""
    for pattern in UNUSED_FILES:
        for file in APP.rglob(pattern):
            file.unlink()
    for name in UNUSED_FOLDERS:
        for folder in APP.rglob(name):
            if folder.is_dir():
                shutil.rmtree(folder)
    for script in (APP / "bin").iterdir():
        if not script.name.startswith("python"):
            script.unlink()


def compile_all() -> bool:
    """Compile, so that a read-only root does not cost each start its compilation.

    Unchecked, because nothing changes in a layer; and so the files hold no time.
    """
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    return bool(compileall.compile_dir(APP, quiet=1, rx=RARELY_IMPORTED, invalidation_mode=mode))


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), sys.argv[2])
    thin_out()
    sys.exit(0 if compile_all() else 1)
