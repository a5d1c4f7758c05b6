"""Load on a web server, by wrk: requests one after the other on several connections."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load, LoadError, output_of, require

PROGRAM = "wrk"
PACKAGE = "wrk"
_MARKER = "wrk-says "

# wrk itself takes any answer below 400 for a good one.
_SCRIPT = """\
local threads = {}
bad, seen = 0, ""
local wanted = {%s}

function setup(thread)
  table.insert(threads, thread)
end

function response(status, _, body)
  local good = status == 200
  for _, text in ipairs(wanted) do
    good = good and string.find(body, text, 1, true) ~= nil
  end
  if not good then
    bad = bad + 1
    seen = tostring(status)
  end
end

function done(summary, latency, _)
  local lost = summary.errors
  local bad, seen = 0, ""
  for _, thread in ipairs(threads) do
    bad = bad + thread:get("bad")
    seen = thread:get("seen")
  end
  io.write(string.format(
    '\\n%%s{"requests": %%d, "micros": %%d, "p50": %%d, "p99": %%d, "lost": %%d, "bad": %%d,' ..
    ' "seen": "%%s"}\\n',
    "%s", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    lost.connect + lost.read + lost.write + lost.timeout, bad, seen))
end
"""


@dataclass(frozen=True, slots=True)
class Wrk:
    """Requests from another process.

    connections: how many, with one request at a time on each.
    cookie: "name=value", sent with each request.
    threads: of wrk itself.
    """

    connections: int = 16
    cookie: str = ""
    threads: int = 1
    timeout_seconds: float = 120.0

    def check(self) -> None:
        """Raise LoadError unless the program is there."""
        require(PROGRAM, PACKAGE)

    def drive(self, url: str, texts: tuple[str, ...], seconds: int) -> Load:
        """Ask for a page for so long.

        texts: what every page must contain.

        Raises LoadError if an answer was not 200 or lacked a text, a connection failed, or there
        was no answer at all.
        """
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            script = Path(folder) / "script.lua"
            # JSON's strings are Lua's, for printable text.
            script.write_text(
                _SCRIPT % (", ".join(json.dumps(text) for text in texts), _MARKER), "ascii"
            )
            cookie = ("-H", f"Cookie: {self.cookie}") if self.cookie else ()
            command = [
                *(PROGRAM, "-t", str(self.threads), "-c", str(self.connections), *cookie),
                *("-d", f"{seconds}s", "--timeout", "10s", "-s", str(script), url),
            ]
            output = output_of(command, self.timeout_seconds)
        return _read(output)


def _read(output: str) -> Load:
    found = output.rpartition(_MARKER)[2]
    said = json.loads(found)
    if said["bad"] or said["lost"] or not said["requests"]:
        raise LoadError(
            f"not all requests went well: of {said['requests']}, {said['bad']} had another answer"
            f" (status {said['seen'] or 'none'}), and {said['lost']} were lost"
        )
    return Load(said["requests"], said["micros"] / 1e6, said["p50"] / 1e6, said["p99"] / 1e6)
