"""The tables, as this version of the code expects them. `migrations` tells how they came about."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0001"
"""The migration after which the tables are as below. Versions are numbered in their order."""

CATALOGUE = "catalogue"
"""The name in `changes` of the books."""
IMPORTED_INTERACTIONS = "interactions"
"""The name in `changes` of interactions that came from files, not one by one."""

# SQLite numbers rows of an INTEGER key alone.
_RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, with a time zone outside the database, in UTC within."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC: SQLite keeps no time zone."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can drop it on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CategoryRow(Base):
    """A category; `name` is the value of `book.Category`."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40), unique=True)


class BookRow(Base):
    """A book; see `book.Book`, whose rules every row keeps. `authors` is a list of names."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    authors: Mapped[list[str]] = mapped_column(JSON)
    publication_year: Mapped[int] = mapped_column(SmallInteger)
    featured: Mapped[bool] = mapped_column()


class BookCategoryRow(Base):
    """A category of a book; position 0 is the most telling one."""

    __tablename__ = "book_categories"
    __table_args__ = (
        UniqueConstraint("book_id", "category_id"),
        {"sqlite_with_rowid": False},
    )

    book_id: Mapped[int] = mapped_column(
        ForeignKey("books.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    category_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("categories.id"))


class InteractionRow(Base):
    """What a reader did with a book; see `interaction.Interaction`.

    id: grows with each row and is never given again, so that new rows can be told by it.
    idempotency_key: what makes two reports of one reader one; see `Interactions`.

    Nothing ties `book_id` to `books`: what readers did is worth knowing also when the shop drops
    the book, and a new row should not have to look.
    """

    __tablename__ = "interactions"
    __table_args__ = (
        # Also finds all rows of a reader.
        UniqueConstraint("reader_id", "idempotency_key"),
        CheckConstraint("kind IN ('viewed', 'wished', 'bought')", name="kind"),
        CheckConstraint("reader_id > 0", name="reader"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_RowId, primary_key=True)
    reader_id: Mapped[int] = mapped_column(BigInteger)
    book_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    idempotency_key: Mapped[str] = mapped_column(String(64))


class ForgottenReaderRow(Base):
    """A reader whose interactions were deleted, until every process has noticed.

    up_to_id: the highest id that an interaction had then. What the reader does later counts again.
    """

    __tablename__ = "forgotten_readers"
    __table_args__ = (Index(None, "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(_RowId, primary_key=True)
    reader_id: Mapped[int] = mapped_column(BigInteger)
    up_to_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ModelRow(Base):
    """A learned model; see `learning.model.ModelInfo`. Versions are never given again."""

    __tablename__ = "models"
    __table_args__ = ({"sqlite_autoincrement": True},)

    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    method: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, float]] = mapped_column(JSON)
    seed: Mapped[int] = mapped_column(BigInteger)
    trained_at: Mapped[datetime] = mapped_column(UtcDateTime)
    readers: Mapped[int] = mapped_column(Integer)
    interactions: Mapped[int] = mapped_column(BigInteger)


class LearnedBookRow(Base):
    """What a model knows of one book; see `learning.model.ModelRow`.

    similar: ids as little-endian int32. scores: as little-endian float32, as many. A row for each
    pair of books would be fifty times as many, and all are read together or not at all.
    """

    __tablename__ = "learned_books"
    __table_args__ = ({"sqlite_with_rowid": False},)

    model_version: Mapped[int] = mapped_column(
        ForeignKey("models.version", ondelete="CASCADE"), primary_key=True
    )
    book_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    readers: Mapped[int] = mapped_column(Integer)
    similar: Mapped[bytes] = mapped_column(LargeBinary)
    scores: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """A file that was imported, by its content."""

    __tablename__ = "imports"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_name: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChangeRow(Base):
    """Counts the changes of something, so that whoever holds a copy sees cheaply that it is old."""

    __tablename__ = "changes"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
