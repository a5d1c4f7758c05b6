"""Unpacks a PEX file into layers of an image: `python3.11 unpack.py deps|srcs FILE.pex FOLDER`.

Runs where an image is built, with no shell to hand. FOLDER gets `third-party` of `deps`, or of
`srcs` `shared` (what services of ours have in common) and `service`, each to be copied to `/`. What
a layer holds decides all of its bytes, whatever changes in others.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from shared_object import loaded_part

TIMEOUT_SECONDS = 300.0
APP = Path("/app")
SITE = "lib/python3.11/site-packages"
# A layer is for running, not for type checkers, compilers of protocols or testers.
UNUSED_FILES = ("*.c", "*.h", "*.proto", "*.pxd", "*.pxi", "*.pyi", "*.pyx", "conftest.py")
# What comes compiled depends on what the machine that packed it has imported. Of gunicorn, kinds of
# workers that we have none of; the last two serve who has not moved on.
UNUSED_FOLDERS = (
    *("__pycache__", "include", "test", "testdata", "tests"),
    *("alembic/testing", "mako/testing", "sqlalchemy/testing", "gunicorn/asgi", "gunicorn/dirty"),
    *("grpc/beta", "grpc/framework"),
)
# Left to be compiled when imported, if ever: for space.
RARELY_IMPORTED = (
    r"/(click/(_termui_impl|_winconsole|shell_completion|testing)|cffi"
    r"|google/protobuf/(compiler|internal/(.*_benchmark|testing)|json_format|service_reflection)"
    r"|gunicorn/(ctl|uwsgi|workers/(_?gevent|geventlet|gasgi|ggevent|gtornado))"
    r"|jinja2/(ext|meta|sandbox|nativetypes)"
    r"|prometheus_client/(bridge|openmetrics/parser|parser|twisted)|pycparser"
    r"|secure/middleware|tqdm/(contrib|keras|notebook|rich|tk)"
    r"|werkzeug/(_reloader|debug|middleware|testapp))\b"
)
# Authorities: those that the base trusts, renewed with it, and those of the day of gRPC's release.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
GRPC_CERTIFICATES = "grpc/_cython/_credentials/roots.pem"
# Of every file: 1980-01-02, as in PEX files.
MODIFIED_SECONDS = 315_619_200


def unpack(pex: Path, scope: str) -> None:
    """Unpack the third-party packages of the PEX, `deps`, or our own, `srcs`, into /app.

    Raises subprocess.CalledProcessError and TimeoutExpired.
    """
    with tempfile.TemporaryDirectory() as cache:
        arguments = ("venv", f"--scope={scope}", str(APP))
        _run(str(pex), *arguments, PEX_ROOT=cache, PEX_TOOLS="1")


def take(layer: Path) -> None:
    """Make a layer of all that is in /app."""
    _thin_out(APP)
    _cut_down(APP)
    layer.mkdir(parents=True)
    shutil.move(APP, layer)


def split_off_shared(service: Path, shared: Path) -> None:
    """Make a layer of what does not belong to the service's own package, as its start names it."""
    info = json.loads((service / "app/PEX-INFO").read_text("utf-8"))
    own = info["entry_point"].partition(".")[0]
    target = shared / "app" / SITE
    target.mkdir(parents=True)
    for path in (service / "app" / SITE).iterdir():
        if path.is_dir() and path.name != own:
            shutil.move(path, target)


def compile_all(layer: Path) -> None:
    """Compile, so that a read-only root does not cost each start its compilation.

    Unchecked, because nothing changes in a layer; in a process of its own, because what it has
    compiled before shows in files. Raises subprocess.CalledProcessError and TimeoutExpired.
    """
    compiler = ("-m", "compileall", "-q", "-x", RARELY_IMPORTED)
    _run(*compiler, "--invalidation-mode=unchecked-hash", "-s", str(layer), "-p/", str(layer))


def forget_times(layer: Path) -> None:
    """Give all files and folders one time."""
    for path in layer.rglob("*"):
        os.utime(path, (MODIFIED_SECONDS, MODIFIED_SECONDS), follow_symlinks=False)


def _run(*arguments: str, **environ: str) -> None:
    subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environ},
        check=True,
        timeout=TIMEOUT_SECONDS,
    )


def _thin_out(app: Path) -> None:
    """Remove what no service needs: also scripts, of which a service has one, `/app/pex`."""
    for pattern in UNUSED_FILES:
        for file in app.rglob(pattern):
            file.unlink()
    for name in UNUSED_FOLDERS:
        for folder in [path for path in app.rglob(name) if path.is_dir()]:
            shutil.rmtree(folder)
    for script in (app / "bin").iterdir():
        if not script.name.startswith("python"):
            script.unlink()


def _cut_down(app: Path) -> None:
    """Keep what is loaded of shared objects, and one collection of certificates."""
    for file in app.rglob("*.so*"):
        file.write_bytes(loaded_part(file.read_bytes()))
    for file in app.rglob(GRPC_CERTIFICATES):
        if CERTIFICATES.exists():
            file.unlink()
            file.symlink_to(CERTIFICATES)


def main(scope: str, pex: Path, folder: Path) -> None:
    """Unpack what the PEX holds of the scope into layers in the folder."""
    unpack(pex, scope)
    if scope == "deps":
        take(folder / "third-party")
    else:
        take(folder / "service")
        split_off_shared(folder / "service", folder / "shared")
    for layer in folder.iterdir():
        compile_all(layer)
        forget_times(layer)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
