"""What is being built: the commit, its version and its time, as git tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit

from pants.base.build_environment import get_buildroot
from pants.core.util_rules.system_binaries import MaybeGitBinary
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.util.logging import LogLevel

NO_VERSION = "0.0.0"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Revision:
    """A state of the sources.

    commit: 40 hexadecimal digits, with `-dirty` if tracked files differ from it; or `unknown`.
    version: 1.2.3 at the tag v1.2.3, 1.2.3-4-gabcdef012345 four commits later, 0.0.0-gabcdef012345
        where no such tag is known; with `-dirty` as above. Fits an image's tag.
    created: when the commit was made, as RFC 3339 in UTC; 1970 if unknown. Not the time of the
        build, so that the same commit gives the same image.
    source: the http address of the remote `origin`, without credentials; empty if it has none.
    """

    commit: str
    version: str
    created: str
    source: str


def describe_revision(commit: str, tagged: str, seconds: str, origin: str) -> Revision:
    """Make a revision of what git printed; an empty string is no answer."""
    if tagged:
        version = tagged[1:]
    elif commit:
        version = f"{NO_VERSION}-g{commit[:12]}{'-dirty' if commit.endswith('-dirty') else ''}"
    else:
        version = NO_VERSION
    created = datetime.fromtimestamp(int(seconds or 0), timezone.utc)
    return Revision(
        commit=commit or "unknown",
        version=re.sub(r"[^\w.-]", "-", version, flags=re.ASCII),
        created=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        source=_public(origin),
    )


def _public(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    return parts._replace(netloc=host, query="", fragment="").geturl().removesuffix(".git")


@rule(desc="Ask git for the revision", level=LogLevel.DEBUG)
async def find_revision(git: MaybeGitBinary) -> Revision:
    if not git.git_binary:
        return describe_revision("", "", "", "")
    questions = (
        ("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
        ("describe", "--tags", "--match=v[0-9]*", "--dirty", "--abbrev=12"),
        ("show", "--no-patch", "--format=%ct", "HEAD"),
        ("remote", "get-url", "origin"),
    )
    results = await MultiGet(
        Get(
            FallibleProcessResult,
            Process(
                (git.git_binary.path, "-C", get_buildroot(), *question),
                description=f"Ask git: {' '.join(question)}",
                level=LogLevel.DEBUG,
                timeout_seconds=TIMEOUT_SECONDS,
                # What it reads is no input that Pants knows of.
                cache_scope=ProcessCacheScope.PER_SESSION,
            ),
        )
        for question in questions
    )
    return describe_revision(
        *(each.stdout.decode().strip() if each.exit_code == 0 else "" for each in results)
    )


def rules() -> list[Rule]:
    """The rules of this module."""
    return [*collect_rules()]
