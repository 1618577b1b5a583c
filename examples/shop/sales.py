"""Orders, their items and their payments, with the seasons of a week and a year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from examples.shop.dice import Dice, Urn
from examples.shop.goods import CENT, Article
from examples.shop.people import Buyer
from examples.shop.rows import FIRST_DAY, LAST_DAY, Order, OrderItem, Payment

ORDERS = 15_000
CANCELLED_PERCENT = 5.5
LOST_PERCENT = 0.15
FAILED_ATTEMPT_PERCENT = 4
FREE_SHIPPING_FROM = Decimal(90)

WEEKDAYS = (96, 92, 90, 97, 108, 124, 131)  # Monday first
MONTHS = (84, 80, 92, 95, 98, 93, 86, 90, 104, 108, 142, 168)
YEARS = {2022: 70, 2023: 84, 2024: 96, 2025: 108, 2026: 118}
HOURS = (6, 3, 2, 1, 1, 2, 5, 12, 24, 36, 44, 48, 52, 50, 46, 44, 46, 52, 62, 72, 78, 70, 44, 20)
PRICE_LEVEL = {2022: 86, 2023: 90, 2024: 94, 2025: 97, 2026: 100}
"""Share of today's list price in percent, by year."""

CHANNELS: Urn[str] = Urn(("web", "app", "phone"), (56, 37, 7))
BASKETS = Urn((1, 2, 3, 4, 5, 6), (38, 27, 17, 10, 5, 3))
QUANTITIES = {
    "private": Urn((1, 2, 3, 4), (80, 14, 4, 2)),
    "business": Urn((1, 2, 4, 6, 10, 20), (30, 25, 20, 12, 9, 4)),
}
METHODS = {
    "private": Urn(("card", "paypal", "gift card", "bank transfer"), (64, 24, 7, 5)),
    "business": Urn(("bank transfer", "card", "paypal"), (68, 27, 5)),
}  # fmt: skip
FEES = {"United Kingdom": "4.90", "Ireland": "5.90", "Cyprus": "7.50", "Russia": "6.50", "Kazakhstan": "8.90"}
TRAVEL_DAYS = {
    "United Kingdom": (1, 4),
    "Ireland": (1, 4),
    "Cyprus": (1, 5),
    "Russia": (2, 9),
    "Kazakhstan": (2, 11),
}


@dataclass(frozen=True, slots=True)
class Sale:
    """An order with its items, its payments and its buyer."""

    order: Order
    items: list[OrderItem]
    payments: list[Payment]
    buyer: Buyer


@dataclass(frozen=True, slots=True)
class Course:
    """How one order went: its status on the last day, and the days on which it moved."""

    status: str
    paid_at: datetime | None
    shipped_on: date | None
    delivered_on: date | None


def sales(dice: Dice, words: dict[str, Any], buyers: list[Buyer], articles: list[Article]) -> list[Sale]:
    """All orders in the order of their time."""
    served = {country: n for n, (*_, lands) in enumerate(words["warehouses"], start=1) for country in lands}
    shelves = _shelves(articles)
    made: list[Sale] = []
    item_id = payment_id = 1
    for number, (moment, buyer) in enumerate(_visits(dice, buyers), start=1):
        items = _items(dice, number, item_id, moment.date(), buyer, shelves)
        method = METHODS[buyer.row.segment].draw(dice)
        course = _course(dice, moment, method, buyer.country)
        order = _order(dice, number, moment, buyer, served[buyer.country], course, items)
        payments = _payments(dice, payment_id, order, method, course)
        item_id, payment_id = item_id + len(items), payment_id + len(payments)
        made.append(Sale(order, items, payments, buyer))
    return made


def line_total(item: OrderItem) -> Decimal:
    """The item's price after its discount, rounded as the generated column rounds it."""
    exact = item.quantity * item.unit_price * (100 - item.discount_percent) / 100
    return exact.quantize(CENT, ROUND_HALF_UP)


def _visits(dice: Dice, buyers: list[Buyer]) -> list[tuple[datetime, Buyer]]:
    """When somebody orders, and who, in the order of time."""
    calendar = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    days = Urn(calendar, [_demand(day) for day in calendar])
    hours = Urn(range(24), HOURS)
    who = Urn(buyers, [_share_of_orders(buyer) for buyer in buyers])
    visits = []
    for _ in range(ORDERS):
        buyer = who.draw(dice)
        first = max(0, (buyer.row.registered_on - FIRST_DAY).days)
        day = days.draw_between(dice, first, (buyer.last_active - FIRST_DAY).days)
        clock = time(hours.draw(dice), dice.below(60), dice.below(60), tzinfo=UTC)
        visits.append((datetime.combine(day, clock), buyer))
    return sorted(visits, key=lambda visit: (visit[0], visit[1].row.customer_id))


def _share_of_orders(buyer: Buyer) -> int:
    """A customer's weight for the days on which he may order: who came late has ordered less."""
    days = (buyer.last_active - max(FIRST_DAY, buyer.row.registered_on)).days + 1
    return buyer.weight * max(0, days)


def _demand(day: date) -> int:
    """How many orders a day brings, in relation to other days."""
    demand = WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * YEARS[day.year]
    if day.month == 11 and 23 <= day.day <= 29:  # the week of Black Friday
        return demand * 2
    return demand // 3 if (day.month, day.day) in {(1, 1), (12, 25), (12, 31)} else demand


def _shelves(articles: list[Article]) -> dict[int, Urn[Article]]:
    """What sells in each quarter of a year."""
    return {q: Urn(articles, [a.weight * a.season[q] for a in articles]) for q in range(4)}


def _items(
    dice: Dice, order_id: int, first_id: int, day: date, buyer: Buyer, shelves: dict[int, Urn[Article]]
) -> list[OrderItem]:
    wanted = BASKETS.draw(dice)
    basket: dict[int, Article] = {}
    while len(basket) < wanted:
        article = shelves[(day.month - 1) // 3].draw(dice)
        gone = article.row.discontinued_on or LAST_DAY
        if article.row.introduced_on <= day <= gone:
            basket[article.row.product_id] = article
    return [
        OrderItem(
            order_item_id=first_id + position,
            order_id=order_id,
            product_id=product_id,
            quantity=QUANTITIES[buyer.row.segment].draw(dice),
            unit_price=_price_on(day, article.row.price),
            discount_percent=_discount(dice, day, buyer),
        )
        for position, (product_id, article) in enumerate(basket.items())
    ]


def _price_on(day: date, price: Decimal) -> Decimal:
    return (price * PRICE_LEVEL[day.year] / 100).quantize(CENT)


def _discount(dice: Dice, day: date, buyer: Buyer) -> int:
    """Percent off: sales in January, July and late November, and a standing offer to companies."""
    sale = day.month in {1, 7} or (day.month == 11 and day.day >= 23)
    if dice.chance(45 if sale else 9):
        return dice.pick((10, 15, 20, 25, 30) if sale else (5, 10, 15))
    return 5 if buyer.row.segment == "business" else 0


def _order(
    dice: Dice,
    number: int,
    moment: datetime,
    buyer: Buyer,
    warehouse_id: int,
    course: Course,
    items: list[OrderItem],
) -> Order:
    goods = sum((line_total(item) for item in items), Decimal())
    fee = Decimal("0.00") if goods >= FREE_SHIPPING_FROM else Decimal(FEES[buyer.country])
    return Order(
        order_id=number,
        customer_id=buyer.row.customer_id,
        warehouse_id=warehouse_id,
        channel=CHANNELS.draw(dice),
        status=course.status,
        ordered_at=moment,
        shipped_on=course.shipped_on,
        delivered_on=course.delivered_on,
        shipping_fee=fee,
        total_amount=goods + fee,
    )


def _course(dice: Dice, moment: datetime, method: str, country: str) -> Course:
    """Let an order run until it is delivered, cancelled, lost, or the last day is over."""
    slow = method == "bank transfer"
    paid_at = moment + timedelta(minutes=dice.between(600, 3600) if slow else dice.between(0, 25))
    if dice.chance(CANCELLED_PERCENT):
        refunded = dice.chance(45) and paid_at.date() < LAST_DAY
        return Course("cancelled", paid_at if refunded else None, None, None)
    shipped_on = paid_at.date() + timedelta(days=dice.between(0, 3))
    delivered_on = shipped_on + timedelta(days=dice.between(*TRAVEL_DAYS[country]))
    if paid_at.date() > LAST_DAY or (not slow and moment.date() == LAST_DAY and dice.chance(20)):
        return Course("new", None, None, None)
    if shipped_on > LAST_DAY:
        return Course("paid", paid_at, None, None)
    if delivered_on > LAST_DAY or dice.chance(LOST_PERCENT):
        return Course("shipped", paid_at, shipped_on, None)
    return Course("delivered", paid_at, shipped_on, delivered_on)


def _payments(dice: Dice, first_id: int, order: Order, method: str, course: Course) -> list[Payment]:
    """The attempts to pay: perhaps a failed one, then what became of the money."""
    outcome = {"new": "pending", "cancelled": "refunded" if course.paid_at else "failed"}
    attempts = [outcome.get(order.status, "captured")]
    if attempts == ["failed"] and dice.chance(40):
        return []  # cancelled before anybody tried to pay
    if dice.chance(FAILED_ATTEMPT_PERCENT) and method in {"card", "paypal"}:
        attempts.insert(0, "failed")
    return [
        Payment(
            payment_id=first_id + position,
            order_id=order.order_id,
            method=method,
            status=status,
            amount=order.total_amount,
            paid_at=course.paid_at if status in {"captured", "refunded"} else None,
        )
        for position, status in enumerate(attempts)
    ]
