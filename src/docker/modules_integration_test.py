"""Modules of the images work: those that were cut down, and those that were compiled ahead."""

import pytest

from containers import HARDENED, Image, built_image, docker

LOADED = """
import ctypes, os, pathlib, sys
for path in sorted(pathlib.Path(sys.prefix, "lib").rglob("*.so*")):
    ctypes.CDLL(str(path), os.RTLD_NOW)
    print(path.name)
"""
# psycopg comes first, because its parts want so. Folders `*.libs` hold what modules link with.
EXTENSIONS = """
import importlib, importlib.util, pathlib, sys
from importlib.machinery import EXTENSION_SUFFIXES
if importlib.util.find_spec("psycopg"):
    import psycopg
site = pathlib.Path(sys.prefix, "lib/python3.11/site-packages")
for path in sorted(site.rglob("*.so")):
    if path.name.endswith(tuple(EXTENSION_SUFFIXES)) and path.parent.suffix != ".libs":
        name = ".".join((*path.relative_to(site).parts[:-1], path.name.partition(".")[0]))
        assert str(path) == importlib.import_module(name).__file__, name
        print(name)
"""
COMPILED = """
import importlib, pathlib, pkgutil, sys
for package in ("chassis", "{package}"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{{package}}."):
        importlib.import_module(module.name)
for name, module in sorted(sys.modules.items()):
    if (file := getattr(module, "__cached__", None)) and not pathlib.Path(file).exists():
        print(name)
"""
USES = {
    "uvloop": """
import asyncio, uvloop
async def echo(reader, writer):
    writer.write(await reader.readline())
    writer.close()
async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"done\\n")
    print((await reader.read()).decode())
uvloop.run(main())
""",
    "SQLAlchemy": """
from sqlalchemy import create_engine, text
from sqlalchemy.engine import _result_cy, _row_cy
assert _result_cy._is_compiled() and _row_cy._is_compiled()
with create_engine("sqlite://").connect() as connection:
    print(connection.execute(text("SELECT 'do' || :rest AS word"), {"rest": "ne"}).one().word)
""",
    "psycopg": """
import psycopg
assert "binary" == psycopg.pq.__impl__
try:
    psycopg.connect("host=127.0.0.1 port=1 sslmode=require gssencmode=prefer", connect_timeout=5)
except psycopg.OperationalError as refused:
    assert "refused" in str(refused), refused
    print("done")
""",
    "TLS": """
import datetime, grpc
from concurrent.futures import ThreadPoolExecutor
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
host = x509.SubjectAlternativeName([x509.DNSName("localhost")])
now = datetime.datetime.now(datetime.timezone.utc)
blank = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(1))
form = serialization.Encoding.PEM
public = blank.add_extension(host, critical=False).sign(key, hashes.SHA256()).public_bytes(form)
plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
server = grpc.server(ThreadPoolExecutor(1))
pair = (key.private_bytes(form, *plain), public)
port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
server.start()
with grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(public)) as channel:
    grpc.channel_ready_future(channel).result(timeout=30)
server.stop(None).wait(30)
print("done")
""",
    "the base's certificates in gRPC": """
import pathlib, pkgutil
theirs = pathlib.Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
assert theirs == pkgutil.get_data("grpc._cython", "_credentials/roots.pem")
print("done" if theirs.count(b"BEGIN CERTIFICATE") > 100 else "few")
""",
}
EXAMPLES = {
    "marketplace": "cygrpc",
    "recommendations": "_psycopg",
    "training": "_sparsetools",
}
HOLDS = {
    "recommendations": tuple(USES),
    "marketplace": ("TLS", "the base's certificates in gRPC"),
}


def python(image: Image, code: str) -> list[str]:
    """The lines that code prints in a container."""
    flags = ("run", "--rm", "--network=none", *HARDENED, "--entrypoint=/app/bin/python")
    return docker(*flags, image.identity, "-c", code).splitlines()


@pytest.mark.parametrize("image", EXAMPLES, indirect=True)
def test_every_shared_object_can_be_loaded_with_all_that_it_asks_for(image: Image) -> None:
    loaded = python(image, LOADED)
    assert EXAMPLES[image.service] in [name.partition(".")[0] for name in loaded]


def test_every_extension_module_of_a_service_can_be_imported(image: Image) -> None:
    """Modules of scipy, which learning uses, cannot each be imported first."""
    assert "grpc._cython.cygrpc" in python(image, EXTENSIONS)


@pytest.mark.parametrize(
    ("service", "use"), [(service, use) for service, uses in HOLDS.items() for use in uses]
)
def test_what_was_cut_down_does_its_work(service: str, use: str) -> None:
    assert ["done"] == python(built_image(service), USES[use])


def test_all_that_a_service_may_import_is_compiled_ahead(image: Image) -> None:
    """A read-only root would have it compiled at each start."""
    assert [] == python(image, COMPILED.format(package=image.package))
