"""What comes after the parcel: returns and reviews."""

from datetime import timedelta
from typing import Any

from examples.shop.dice import Dice, Urn
from examples.shop.goods import CENT
from examples.shop.rows import LAST_DAY, OrderItem, Return, Review
from examples.shop.sales import Sale, line_total

RETURN_PERCENT = 5
REVIEW_PERCENT = 17
NO_TEXT_PERCENT = 46
DAYS_TO_DECIDE = 9

REASONS = Urn(("changed mind", "damaged", "not as described", "wrong item", "too late"), (38, 24, 18, 12, 8))
RATINGS = Urn((5, 4, 3, 2, 1), (46, 27, 13, 7, 7))
TONES = {5: "good", 4: "good", 3: "fair", 2: "poor", 1: "poor"}


def returns(dice: Dice, sales: list[Sale]) -> list[Return]:
    """One item of twenty comes back within a month of its delivery."""
    made: list[Return] = []
    for sale in sales:
        for item in sale.items:
            if sale.order.delivered_on is None or not dice.chance(RETURN_PERCENT):
                continue
            returned_on = sale.order.delivered_on + timedelta(days=dice.between(1, 30))
            if returned_on <= LAST_DAY:
                age = (LAST_DAY - returned_on).days
                made.append(_return(dice, len(made) + 1, item, age))
    return made


def _return(dice: Dice, number: int, item: OrderItem, age: int) -> Return:
    """One return, `age` days before the last day: young ones are not decided yet."""
    status = "rejected" if dice.chance(8) else "refunded"
    if age < dice.between(0, DAYS_TO_DECIDE):
        status = "requested"
    quantity = dice.between(1, item.quantity)
    refund = (line_total(item) * quantity / item.quantity).quantize(CENT)
    return Return(
        return_id=number,
        order_item_id=item.order_item_id,
        quantity=quantity,
        reason=REASONS.draw(dice),
        status=status,
        returned_on=LAST_DAY - timedelta(days=age),
        refund_amount=refund if status == "refunded" else None,
    )


def reviews(dice: Dice, sales: list[Sale], words: dict[str, Any]) -> list[Review]:
    """Ratings by customers who have the product, half of them with a sentence in their language."""
    made: list[Review] = []
    seen: set[tuple[int, int]] = set()
    for sale in sales:
        for item in sale.items:
            pair = (sale.order.customer_id, item.product_id)
            if sale.order.delivered_on is None or pair in seen or not dice.chance(REVIEW_PERCENT):
                continue
            reviewed_on = sale.order.delivered_on + timedelta(days=dice.between(1, 45))
            if reviewed_on <= LAST_DAY:
                seen.add(pair)
                rating = RATINGS.draw(dice)
                spoken = words["reviews"][sale.buyer.row.language][TONES[rating]]
                body = None if dice.chance(NO_TEXT_PERCENT) else dice.pick(spoken)
                made.append(Review(len(made) + 1, item.product_id, pair[0], rating, body, reviewed_on))
    return made
