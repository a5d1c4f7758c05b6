"""Books with their categories, what readers did, and what was learned from it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_CATEGORIES = (
    "mystery",
    "science-fiction",
    "self-help",
    "fantasy",
    "history",
    "biography",
    "romance",
    "thriller",
)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, with the categories and a first count of changes in them."""
    categories = op.create_table(
        "categories",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.UniqueConstraint("name", name="uq_categories_name"),
    )
    op.bulk_insert(
        categories, [{"id": number, "name": name} for number, name in enumerate(_CATEGORIES, 1)]
    )
    op.create_table(
        "books",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("publication_year", sa.SmallInteger(), nullable=False),
        sa.Column("featured", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_books"),
    )
    op.create_table(
        "book_categories",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("category_id", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "position", name="pk_book_categories"),
        sa.UniqueConstraint(
            "book_id", "category_id", name="uq_book_categories_book_id_category_id"
        ),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["books.id"],
            name="fk_book_categories_book_id_books",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name="fk_book_categories_category_id_categories"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interactions",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at", _MOMENT, nullable=True),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interactions"),
        sa.UniqueConstraint(
            "reader_id", "idempotency_key", name="uq_interactions_reader_id_idempotency_key"
        ),
        sa.CheckConstraint("kind IN ('viewed', 'wished', 'bought')", name="kind"),
        sa.CheckConstraint("reader_id > 0", name="reader"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "forgotten_readers",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("up_to_id", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forgotten_readers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_forgotten_readers_at", "forgotten_readers", ["at"])
    op.create_table(
        "models",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("trained_at", _MOMENT, nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("interactions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_models"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "learned_books",
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("similar", sa.LargeBinary(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model_version", "book_id", name="pk_learned_books"),
        sa.ForeignKeyConstraint(
            ["model_version"],
            ["models.version"],
            name="fk_learned_books_model_version_models",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "imports",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("form", sa.String(20), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_imports"),
    )
    changes = op.create_table(
        "changes",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_changes"),
    )
    op.bulk_insert(changes, [{"name": name, "count": 0} for name in ("catalogue", "interactions")])


def downgrade() -> None:
    """Drop the tables and all that is in them."""
    for table in (
        "changes",
        "imports",
        "learned_books",
        "models",
        "forgotten_readers",
        "interactions",
        "book_categories",
        "books",
        "categories",
    ):
        op.drop_table(table)
