"""What the shop sells: departments and categories, suppliers, products, and what lies in the warehouses."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from examples.shop.dice import Dice
from examples.shop.rows import FIRST_DAY, LAST_DAY, Category, City, Product, Stock, Supplier, Warehouse

CENT = Decimal("0.01")
KEPT_PERCENT = 82


@dataclass(frozen=True, slots=True)
class Article:
    """A product with what the sales need to know and the table does not hold."""

    row: Product
    weight: int
    season: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product, such as a table lamp, before brands and series make products of it."""

    department: dict[str, Any]
    category_id: int
    low: int
    high: int
    name: str
    name_ru: str


def categories(words: dict[str, Any]) -> list[Category]:
    """The departments first, then the categories of each."""
    departments = words["departments"]
    made = [Category(n, None, d["name"], d["name_ru"]) for n, d in enumerate(departments, start=1)]
    for parent, department in enumerate(departments, start=1):
        for name, name_ru, *_ in department["categories"]:
            made.append(Category(len(made) + 1, parent, name, name_ru))
    return made


def suppliers(words: dict[str, Any]) -> list[Supplier]:
    """The suppliers of the vocabulary, in its order."""
    return [Supplier(n, *fields) for n, fields in enumerate(words["suppliers"], start=1)]


def warehouses(words: dict[str, Any], cities: list[City]) -> list[Warehouse]:
    """The warehouses of the vocabulary, in its order."""
    ids = {city.name: city.city_id for city in cities}
    return [
        Warehouse(n, ids[city], name, date.fromisoformat(opened))
        for n, (name, city, opened, _) in enumerate(words["warehouses"], start=1)
    ]


def articles(dice: Dice, words: dict[str, Any]) -> list[Article]:
    """Four or five products of each kind, the most popular selling far more than the rest."""
    supplier_ids = {supplier.name: supplier.supplier_id for supplier in suppliers(words)}
    drawn = [(kind, *model) for kind in _kinds(words) for model in _models(dice, kind.department)]
    weights = dice.shuffled([100_000_000 // (rank + 25) for rank in range(len(drawn))])
    made = []
    for number, ((kind, brand, series), weight) in enumerate(zip(drawn, weights, strict=True), start=1):
        supplier_id = supplier_ids[dice.pick(kind.department["suppliers"])]
        row = _product(dice, number, kind, brand, series, supplier_id)
        # what is dear sells less often
        made.append(Article(row, weight // int(row.price + 60), tuple(kind.department["season"])))
    return made


def _kinds(words: dict[str, Any]) -> list[Kind]:
    ids = {category.name: category.category_id for category in categories(words)}
    return [
        Kind(department, ids[category], low, high, name, name_ru)
        for department in words["departments"]
        for category, _, low, high, kinds in department["categories"]
        for name, name_ru in kinds
    ]


def _models(dice: Dice, department: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [(brand, series) for brand in department["brands"] for series in department["series"]]
    return sorted(dice.shuffled(pairs)[: dice.between(4, 5)])


def _product(dice: Dice, number: int, kind: Kind, brand: str, series: str, supplier_id: int) -> Product:
    # the square of a draw: most products are near the cheap end of their category
    step = dice.below(100) * dice.below(100)
    price = Decimal(kind.low + (kind.high - kind.low) * step // 9801) + dice.pick(
        (Decimal("0.90"), Decimal("0.50"), Decimal("0.99"), Decimal("0.00"))
    )
    introduced = (
        FIRST_DAY - timedelta(days=300) if dice.chance(60) else dice.day(FIRST_DAY, date(2026, 6, 30))
    )
    gone = introduced + timedelta(days=dice.between(400, 1400)) if dice.chance(22) else None
    return Product(
        product_id=number,
        category_id=kind.category_id,
        supplier_id=supplier_id,
        sku=f"{brand[:2].upper()}{kind.category_id:02d}-{number:04d}",
        name=f"{brand} {kind.name} {series}",
        name_ru=f"{kind.name_ru} {brand} {series}",
        price=price,
        cost=(price * dice.between(38, 74) / 100).quantize(CENT),
        introduced_on=introduced - timedelta(days=dice.below(200)),
        discontinued_on=gone if gone and gone < LAST_DAY else None,
    )


def stock(dice: Dice, sold: list[Article], places: list[Warehouse]) -> list[Stock]:
    """What lies where today; a discontinued product is kept only until its rest is sold."""
    made = []
    for place in places:
        for article in sold:
            if not dice.chance(KEPT_PERCENT):
                continue
            level = 4 + article.weight // 700
            gone = article.row.discontinued_on is not None
            quantity = dice.below(8) if gone else max(0, dice.between(-level // 4, 4 * level))
            made.append(Stock(place.warehouse_id, article.row.product_id, quantity, 0 if gone else level))
    return made
