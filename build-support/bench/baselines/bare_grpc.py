"""The least that is a gRPC server in Python: grpcio, and nothing that is not in every Python.

What any service on grpcio takes to start, and of memory. Gives the same bytes to every call of one
method; they are its argument, in hexadecimal. Writes its port to PORT_FILE and stops at SIGTERM.
"""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

THREADS = 10


def main() -> None:
    """Serve until told to stop."""
    reply = bytes.fromhex(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: server.stop(0))
    server = grpc.server(ThreadPoolExecutor(THREADS))
    handler: Any = grpc.unary_unary_rpc_method_handler(lambda _, __: reply)
    service = grpc.method_handlers_generic_handler("Recommendations", {"Recommend": handler})
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    file = os.environ["PORT_FILE"]
    with open(f"{file}.new", "w", encoding="ascii") as new:
        new.write(str(port))
    os.replace(f"{file}.new", file)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
