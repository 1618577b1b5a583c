"""The rows of the example shop: the same bytes on every machine and every version of Python.

python -m examples.shop.generate          print the number of rows of each table, and the digest
"""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from examples.shop import aftersales, goods, people, sales
from examples.shop.dice import Dice

FOLDER = Path(__file__).parent
SCHEMA = FOLDER / "schema.sql"
VOCABULARY = FOLDER / "vocabulary.toml"
SEED = "shop 4"
"""One of few by which the fifth of the best customers of a year is far ahead of the sixth."""

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Table:
    """A table with its rows, which are instances of one dataclass whose fields are the columns."""

    name: str
    rows: Sequence[Any]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that are loaded; generated columns are not among them."""
        return tuple(field.name for field in fields(self.rows[0]))

    @cached_property
    def copy_text(self) -> bytes:
        """All rows in the text format of COPY (PostgreSQL's manual, COPY, "Text Format"), UTF-8."""
        cells = attrgetter(*self.columns)
        return "".join("\t".join(map(_cell, cells(row))) + "\n" for row in self.rows).encode()


def tables() -> list[Table]:
    """Every table with its rows, in an order in which foreign keys hold."""
    words = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))
    cities = people.cities(words)
    buyers = people.buyers(_dice("customers"), words)
    articles = goods.articles(_dice("products"), words)
    places = goods.warehouses(words, cities)
    sold = sales.sales(_dice("orders"), words, buyers, articles)
    return [
        Table("cities", cities),
        Table("customers", [buyer.row for buyer in buyers]),
        Table("categories", goods.categories(words)),
        Table("suppliers", goods.suppliers(words)),
        Table("products", [article.row for article in articles]),
        Table("warehouses", places),
        Table("stock", goods.stock(_dice("stock"), articles, places)),
        Table("orders", [sale.order for sale in sold]),
        Table("order_items", [item for sale in sold for item in sale.items]),
        Table("payments", [payment for sale in sold for payment in sale.payments]),
        Table("returns", aftersales.returns(_dice("returns"), sold)),
        Table("reviews", aftersales.reviews(_dice("reviews"), sold, words)),
    ]


def digest(made: Sequence[Table]) -> str:
    """SHA-256 in hexadecimal of the schema and of all rows: the identity of the example database."""
    seen = hashlib.sha256(SCHEMA.read_bytes())
    for table in made:
        seen.update(f"{table.name}({','.join(table.columns)})\n".encode())
        seen.update(table.copy_text)
    return seen.hexdigest()


def _dice(table: str) -> Dice:
    return Dice(f"{SEED}:{table}")


def _cell(value: str | int | bool | Decimal | date | datetime | None) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(ESCAPES)


if __name__ == "__main__":
    made = tables()
    for table in made:
        print(f"{len(table.rows):>7}  {table.name}")
    print(f"{sum(len(table.rows) for table in made):>7}  in all, digest {digest(made)}")
