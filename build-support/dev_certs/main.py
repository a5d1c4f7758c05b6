"""Makes certificates for development: an authority, and one for each service.

Exit codes: 0 done, 1 the folder cannot be used, 2 wrong usage.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dev_certs.folder import SecretFolder, UnusableFolder
from dev_certs.renewal import SERVICES, UnreadableAuthority, renew

_DEFAULT_FOLDER = Path("dist/dev-certs")
_DEFAULT_DAYS, _MAX_DAYS = 30, 90


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says, and tell on the standard output what was done."""
    arguments = _parser().parse_args(argv)
    path: Path = arguments.out
    lifetime = timedelta(days=arguments.days)
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        renewed = renew(SecretFolder(path), lifetime, now, force=arguments.force)
    except (UnusableFolder, UnreadableAuthority) as error:
        sys.stderr.write(f"dev-certs: {error}\n")
        return 1
    verb = "made" if renewed.authority_is_new else "kept"
    lines = [f"{verb} the authority {path / 'ca.crt'}, valid until {_day(renewed.authority_end)}"]
    lines += [f"made {path / service}, valid until {_day(renewed.end)}" for service in SERVICES]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "dev-certs",
        description="Makes certificates for development: an authority, and one for each service."
        " Called again, it renews those of the services and keeps the authority as long as it"
        " lasts. They are for machines of developers alone: the authority's key lies beside them.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=_DEFAULT_FOLDER,
        metavar="FOLDER",
        help="where to put them: a new or an empty folder, or one of an earlier call"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--days",
        type=_days,
        default=_DEFAULT_DAYS,
        metavar="DAYS",
        help=f"how long the services' certificates are valid, 1 to {_MAX_DAYS}"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="make a new authority, and trust no former one any more",
    )
    return parser


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MAX_DAYS):
        raise argparse.ArgumentTypeError(f"{text!r} is not from 1 to {_MAX_DAYS}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
