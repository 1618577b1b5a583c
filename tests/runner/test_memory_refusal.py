"""Secrets are never remembered, in whatever words; what only tells of them is."""

import pytest

from ankus_runner.memory.errors import BadFact, SecretRefused
from ankus_runner.memory.refusal import Refusal
from ankus_runner.traces.redact import redactor

REFUSAL = Refusal(400, redactor(["own-Key-of-the-runner"]))

SECRETS = [
    ("The password of the staging database is hunter2", "hunter2"),
    ("My password is swordfish.", "swordfish"),
    ("pass\u200bword is swordfish", "swordfish"),
    ("Пароль от базы — Тигр2019", "Тигр2019"),
    ("пароль: абвгд", "абвгд"),
    ("my PIN is 4711", "4711"),
    ("postgresql://olga:tiger@db/shop is the database", "tiger"),
    ("use sk-abcdefghijklmnopqrstuvwx for the gateway", "sk-"),
    ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA", "MIIE"),
    ("The company card is 4111 1111 1111 1111", "4111"),
    ("the key AbC1dE2fG3hI4jK5lM6nO7pQ8 opens it", "AbC1"),
    ("it answers to own-Key-of-the-runner", "own-Key"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_refused_and_not_repeated(text: str, secret: str) -> None:
    with pytest.raises(SecretRefused) as caught:
        REFUSAL.checked(text)

    assert secret not in str(caught.value)
    assert "never remembered" in caught.value.message
    assert "Leave it out" in caught.value.hint


HARMLESS = [
    "The password is kept in vault2.",
    "Пароли хранятся в Vault.",
    "The token limit is 4096.",
    "The primary key of orders is order_id.",
    "Ключ таблицы orders - order_id",
    "Order 4111 1111 1111 1112 was returned",
    "commit 1571fc9827503943b6bb2e2c03c071f70a14f6e8 broke it",
    "The report is at https://example.com/Reports2025/Q1Summary3/viewXyz12345",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_kept(text: str) -> None:
    assert REFUSAL.checked(text) == text


def test_a_fact_is_one_visible_line() -> None:
    assert REFUSAL.checked(" Tea,\n\x1b[31m not\u202e coffee\0 ") == "Tea, [31m not coffee"


@pytest.mark.parametrize("text", ["", " \n\u200b", "x" * 401])
def test_nothing_and_a_whole_page_are_no_facts(text: str) -> None:
    with pytest.raises(BadFact):
        REFUSAL.checked(text)
