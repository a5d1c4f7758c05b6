"""A view of one line under the marketplace's own gunicorn: the ceiling of any page there.

Takes the marketplace's settings from the environment.
"""

import os
import sys

from flask import Flask

from chassis.logs import configure_logs
from chassis.port_file import port_file
from chassis.settings import load_settings
from marketplace.gunicorn_conf import gunicorn_options
from marketplace.gunicorn_server import Application, DrainingArbiter
from marketplace.listener import listen
from marketplace.server import serve
from marketplace.settings import MarketplaceSettings
from marketplace.shared_flag import SharedFlag


def make() -> Flask:
    """Make the application."""
    app = Flask(__name__)

    @app.get("/")
    def home() -> str:
        return "Books for you."

    return app


def main() -> int:
    """Serve until told to stop, and give the exit code."""
    settings = load_settings(MarketplaceSettings, os.environ, {})
    configure_logs(settings.log_level, settings.log_format)
    with listen(settings.listen_host, settings.listen_port) as listener:
        port = listener.getsockname()[1]
        options = gunicorn_options(settings, listener.detach())
        arbiter = DrainingArbiter(Application(make, options), SharedFlag(), settings.drain_seconds)
        with port_file(settings.port_file, port):
            return serve(arbiter)


if __name__ == "__main__":
    sys.exit(main())
