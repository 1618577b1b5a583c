"""One row class per table: the fields are the columns that are loaded, in their order."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

FIRST_DAY = date(2022, 1, 1)
LAST_DAY = date(2026, 9, 30)
"""Orders are placed from the first to the last day; every status is as of the evening of the last."""


@dataclass(frozen=True, slots=True)
class City:
    city_id: int
    name: str
    name_ru: str
    country: str


@dataclass(frozen=True, slots=True)
class Customer:
    customer_id: int
    full_name: str
    email: str
    segment: str
    company: str | None
    city_id: int
    language: str
    birth_date: date | None
    registered_on: date
    accepts_marketing: bool


@dataclass(frozen=True, slots=True)
class Category:
    category_id: int
    parent_id: int | None
    name: str
    name_ru: str


@dataclass(frozen=True, slots=True)
class Supplier:
    supplier_id: int
    name: str
    country: str
    lead_time_days: int


@dataclass(frozen=True, slots=True)
class Product:
    product_id: int
    category_id: int
    supplier_id: int
    sku: str
    name: str
    name_ru: str
    price: Decimal
    cost: Decimal
    introduced_on: date
    discontinued_on: date | None


@dataclass(frozen=True, slots=True)
class Warehouse:
    warehouse_id: int
    city_id: int
    name: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class Stock:
    warehouse_id: int
    product_id: int
    quantity: int
    reorder_level: int


@dataclass(frozen=True, slots=True)
class Order:
    order_id: int
    customer_id: int
    warehouse_id: int
    channel: str
    status: str
    ordered_at: datetime
    shipped_on: date | None
    delivered_on: date | None
    shipping_fee: Decimal
    total_amount: Decimal


@dataclass(frozen=True, slots=True)
class OrderItem:
    order_item_id: int
    order_id: int
    product_id: int
    quantity: int
    unit_price: Decimal
    discount_percent: int


@dataclass(frozen=True, slots=True)
class Payment:
    payment_id: int
    order_id: int
    method: str
    status: str
    amount: Decimal
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Return:
    return_id: int
    order_item_id: int
    quantity: int
    reason: str
    status: str
    returned_on: date
    refund_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Review:
    review_id: int
    product_id: int
    customer_id: int
    rating: int
    body: str | None
    reviewed_on: date
