"""Two texts are one fact where they have the same words; one that says otherwise never is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_runner.memory.fact import MOST_CONFIDENCE, confirmed
from ankus_runner.memory.likeness import normal, same_words

SAME = [
    ("The fiscal year begins in April.", "fiscal year begins in april"),
    ("«Отчёты» нужны в рублях", "Отчеты нужны в рублях!"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_case_punctuation_and_articles_make_no_other_fact(one: str, other: str) -> None:
    assert normal(one) == normal(other)


FORMS = [
    ("The user likes long reports", "The user likes long report"),
    ("Показывать таблицы заказов", "Показывать таблицу заказов"),
]


@pytest.mark.parametrize(("one", "other"), FORMS)
def test_endings_make_no_other_words(one: str, other: str) -> None:
    assert normal(one) != normal(other)
    assert same_words(one, other)


OTHER = [
    ("The limit is 100 rows", "The limit is 200 rows"),
    ("backups start before midnight", "backups start after midnight"),
    ("Ann manages Bob", "Bob manages Ann"),
    ("The user likes tea", "The user doesn't like tea"),
    ("Суммы с налогами", "Суммы без налогов"),
    ("Отчёты нужны в рублях", "Отчёты не нужны в рублях"),
    ("Проект ведёт Иванов", "Проект ведёт Иванова"),
    ("keys are in app1_prod", "keys are in app2_prod"),
]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_fact_that_says_otherwise_is_another(one: str, other: str) -> None:
    assert normal(one) != normal(other)
    assert not same_words(one, other)


@settings(max_examples=50)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_fact_that_is_told_again_is_surer_but_never_quite_sure(old: float, new: float) -> None:
    assert max(old, min(new, MOST_CONFIDENCE)) - 1e-9 <= confirmed(old, new) <= MOST_CONFIDENCE
