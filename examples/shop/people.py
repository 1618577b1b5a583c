"""Cities and customers: who buys, in which language, and how much of the trade is theirs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from examples.shop.dice import Dice, Urn
from examples.shop.rows import LAST_DAY, City, Customer

CUSTOMERS = 4000
BUSINESS_PERCENT = 5
BUSINESS_FACTOR = 3
NO_ORDERS_PERCENT = 8
FIRST_REGISTRATION = date(2019, 1, 1)

CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
LATIN = dict(
    zip(
        CYRILLIC,
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh sch - y - e yu ya".split(),
        strict=True,
    )
)
"""How a letter of a Russian name is written in an address; the two signs are left out."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer with what the sales need to know and the table does not hold."""

    row: Customer
    country: str
    weight: int
    last_active: date


def cities(words: dict[str, Any]) -> list[City]:
    """The cities of the vocabulary, in its order."""
    return [
        City(n, name, ru, country) for n, (name, ru, country, _, _) in enumerate(words["cities"], start=1)
    ]


def buyers(dice: Dice, words: dict[str, Any]) -> list[Buyer]:
    """The customers in the order of their registration; a few of them give most of the trade."""
    urn = Urn(words["cities"], [weight for _, _, _, weight, _ in words["cities"]])
    city_ids = {city.name: city.city_id for city in cities(words)}
    names, firms = _names(dice, words["people"]), _companies(dice, words["companies"])
    days = sorted(dice.day(FIRST_REGISTRATION, LAST_DAY - timedelta(days=3)) for _ in range(CUSTOMERS))
    # Zipf's law with a softened head: no customer is a tenth of the shop
    weights = dice.shuffled([2_000_000 // (rank + 90) for rank in range(CUSTOMERS)])
    made = []
    for number, (registered, weight) in enumerate(zip(days, weights, strict=True), start=1):
        city, _, country, _, russian_percent = urn.draw(dice)
        language = "ru" if dice.chance(russian_percent) else "en"
        company = next(firms[language]) if dice.chance(BUSINESS_PERCENT) else None
        row = _customer(dice, number, next(names[language]), company, city_ids[city], language, registered)
        weight = 0 if dice.chance(NO_ORDERS_PERCENT) else weight * (BUSINESS_FACTOR if company else 1)
        made.append(Buyer(row, country, weight, _last_active(dice, registered)))
    return made


def _customer(
    dice: Dice, number: int, name: str, company: str | None, city_id: int, language: str, registered: date
) -> Customer:
    return Customer(
        customer_id=number,
        full_name=name,
        email=f"{_latin(name)}{number}@example.{dice.pick(('com', 'net', 'org'))}",
        segment="business" if company else "private",
        company=company,
        city_id=city_id,
        language=language,
        birth_date=None if company or dice.chance(30) else dice.day(date(1948, 1, 1), date(2006, 12, 31)),
        registered_on=registered,
        accepts_marketing=dice.chance(58),
    )


def _last_active(dice: Dice, registered: date) -> date:
    """The last day on which the customer might order: every third stays for two years at most."""
    if dice.chance(67):
        return LAST_DAY
    return min(LAST_DAY, registered + timedelta(days=dice.between(60, 700)))


def _names(dice: Dice, people: dict[str, Any]) -> dict[str, Iterator[str]]:
    """Full names per language, none twice: a question about a name then means one customer."""
    names: dict[str, Iterator[str]] = {}
    for language, pool in people.items():
        men = [f"{first} {last}" for first in pool["male"] for last in pool["last"]]
        women = [f"{first} {_feminine(last)}" for first in pool["female"] for last in pool["last"]]
        names[language] = iter(dice.shuffled(list(dict.fromkeys(men + women))))
    return names


def _feminine(last_name: str) -> str:
    """The feminine form of a Russian surname; any other name stays as it is."""
    if last_name.endswith("ий"):
        return last_name.removesuffix("ий") + "ая"
    return last_name + "а" if last_name[-1] in "вн" else last_name


def _companies(dice: Dice, words: dict[str, list[str]]) -> dict[str, Iterator[str]]:
    english = [f"{first} {kind}" for first in words["en_first"] for kind in words["en_kind"]]
    russian = [kind.format(first) for first in words["ru_first"] for kind in words["ru_kind"]]
    return {"en": iter(dice.shuffled(english)), "ru": iter(dice.shuffled(russian))}


def _latin(name: str) -> str:
    """A name as the local part of an address: Latin letters, words joined by a full stop."""
    letters = "".join(LATIN.get(letter, letter) for letter in name.lower())
    return ".".join("".join(c for c in word if c.isalnum()) for word in letters.split())
