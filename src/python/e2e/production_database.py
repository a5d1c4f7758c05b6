"""A database as docs/deploy.md tells production to make it: two users, and what each may do."""

from dataclasses import dataclass
from pathlib import Path

import psycopg

from chassis.testing.postgresql import PostgresServer

DEPLOY = Path("docs/deploy.md")
NAME = "onlinebooks"


@dataclass(frozen=True)
class Database:
    """The two addresses of an empty database."""

    url: str
    """For what serves and learns."""
    migration_url: str
    """For what makes tables."""


def make_database(server: PostgresServer) -> Database:
    """Do what the document says, as the administrator."""
    script = DEPLOY.read_text().split("```sql\n")[1].split("```")[0]
    first, second = script.split(f"\\c {NAME}\n")
    for url, commands in ((server.url(), first), (server.url(NAME), second)):
        with psycopg.connect(plain(url), autocommit=True) as connection:
            for command in commands.split(";\n"):
                connection.execute(command.encode())
    return Database(server.url(NAME, NAME), server.url(NAME, f"{NAME}_owner"))


def plain(url: str) -> str:
    """Give a URL of SQLAlchemy as PostgreSQL's own library takes it."""
    return url.replace("+psycopg", "")
