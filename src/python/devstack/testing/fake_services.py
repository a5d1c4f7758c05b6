"""Programs that stand for the services in tests of the supervision, under the services' names."""

from pathlib import Path

_COMMON = '''
import argparse, os, signal, sys, threading, time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--host")
parser.add_argument("--port", type=int)
parser.add_argument("--port-file", type=Path)
parser.add_argument("--catalogue")
arguments = parser.parse_args()

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1})


def tell_port(port):
    """The file appears whole."""
    unfinished = arguments.port_file.with_suffix(".unfinished")
    unfinished.write_text(str(port))
    unfinished.rename(arguments.port_file)


def serve(port):
    """Tells the port; then each signal ends it in a way of its own."""
    tell_port(port)
    print("pid", os.getpid(), flush=True)
    match signal.sigwait({signal.SIGTERM, signal.SIGINT, signal.SIGUSR1}):
        case signal.SIGTERM:
            print("stopped cleanly", flush=True)
            os._exit(0)
        case signal.SIGINT:
            print("got a SIGINT", flush=True)
            os._exit(4)
        case signal.SIGUSR1:
            os._exit(7)
'''

RECOMMENDATIONS = _COMMON + """
from concurrent.futures import ThreadPoolExecutor
import grpc
from grpc_health.v1 import health, health_pb2_grpc

servicer = health.HealthServicer()
servicer.set("", 1)
server = grpc.server(ThreadPoolExecutor(1))
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
port = server.add_insecure_port(f"{arguments.host}:{arguments.port}")
server.start()
print("catalogue", arguments.catalogue, flush=True)
serve(port)
"""

MARKETPLACE = _COMMON + """
from wsgiref.simple_server import make_server

def app(environ, start_response):
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]

server = make_server(arguments.host, arguments.port, app)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("asks", os.environ["RECOMMENDATIONS_HOST"], flush=True)
serve(server.server_port)
"""

NEVER_READY = _COMMON + "serve(9)"
IGNORES_SIGTERM = MARKETPLACE.replace(
    "serve(server.server_port)",
    """
print("stubborn pid", os.getpid(), flush=True)
tell_port(server.server_port)
while True:
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    print("ignored a signal", flush=True)
""",
)
FAILS_AT_START = """
import sys
print("catalogue line 3: no title", file=sys.stderr)
sys.exit(2)
"""


def install(
    folder: Path, recommendations: str = RECOMMENDATIONS, marketplace: str = MARKETPLACE
) -> Path:
    """Writes the programs as the modules that the services' commands name; returns the folder."""
    for name, script in (("recommendations", recommendations), ("marketplace", marketplace)):
        package = folder / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "main.py").write_text(script)
    return folder
