"""Names taken apart, words reduced to keys, and the vocabulary that joins two languages."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.linking.lexicon import lexicon, parse_lexicon
from ankus_postgres_sql.linking.similar import rank, similarity, trigrams
from ankus_postgres_sql.linking.words import keys, name_keys, split_name, written_keys

WORDS = st.text("abcdefgxyz", min_size=2, max_size=6) | st.text("абвгдежклмно", min_size=2, max_size=6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customer_id", ["customer", "id"]),
        ("CustomerID", ["customer", "id"]),
        ("HTTPServerLog", ["http", "server", "log"]),
        ("line2Address", ["line", "2", "address"]),
        ("АдресДоставки", ["адрес", "доставки"]),
        ("дата_заказа", ["дата", "заказа"]),
        ("Odd Names!", ["odd", "names"]),
        ("__x__", ["x"]),
        ("", []),
    ],
)
def test_a_name_is_taken_apart_into_its_words(name: str, words: list[str]) -> None:
    assert split_name(name) == words


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_snake_camel_and_spaced_names_are_the_same_words(words: list[str]) -> None:
    forms = ["_".join(words), " ".join(words), "".join(word.capitalize() for word in words), "-".join(words)]
    assert [split_name(form) for form in forms] == [words] * 4


@given(st.text(max_size=40))
def test_any_name_keeps_all_its_letters_and_mixes_no_digits_with_them(name: str) -> None:
    words = split_name(name)
    assert all(words)
    assert all(not any(char.isdecimal() for char in word) or word.isdecimal() for word in words)
    # in small letters; what is neither a letter nor a digit may be left out
    assert "".join(words).replace("_", "") == "".join(re.findall(r"[^\W_]+", name.replace("_", " "))).lower()


@given(st.text(min_size=1, max_size=20))
def test_any_word_has_keys_whatever_it_is_made_of(word: str) -> None:
    assert all(keys(word))
    assert keys(word) <= name_keys(word)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("клиентов", "klienty"), ("заказа", "zakazy"), ("товарам", "tovar"), ("платежей", "platezhi"),
        ("счёт", "schet"), ("Казани", "Kazan"), ("orders", "order"), ("сотрудникам", "Сотрудник"),
        ("покупок", "покупка"),
    ],
)  # fmt: skip
def test_other_forms_and_transliterations_of_a_word_meet(asked: str, name: str) -> None:
    assert keys(asked) & name_keys(name.lower())


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("клиентов", "customers"), ("клиентов", "cust"), ("заказы", "order"), ("купили", "purchase"),
        ("товар", "product"), ("товар", "item"), ("возвратов", "return"), ("складах", "warehouse"),
        ("отзывы", "review"), ("поставщика", "supplier"), ("платежи", "payment"), ("выручка", "revenue"),
        ("выручка", "amount"), ("сотрудников", "employee"), ("сотрудников", "emp"), ("отделам", "dept"),
        ("счетов", "invoice"), ("счетов", "account"), ("больницы", "hospital"), ("врачей", "doctor"),
        ("clients", "customer"), ("staff", "employee"), ("bought", "order"), ("quantity", "qty"),
        ("amount", "amt"), ("date", "dt"), ("address", "addr"), ("customers", "клиенты"),
        ("customers", "klienty"), ("product", "prdct"), ("студентов", "student"), ("zakazov", "orders"),
    ],
)  # fmt: skip
def test_a_word_finds_its_translations_synonyms_and_abbreviations(asked: str, name: str) -> None:
    assert lexicon().expand(asked).keys() & name_keys(name)


def test_a_word_says_more_than_its_synonyms_and_they_more_than_what_is_related() -> None:
    weights = lexicon().expand("customers")
    assert weights["custom"] > weights["client"] > weights["account"] > 0


def test_the_vocabulary_is_large_and_all_that_it_relates_is_in_it() -> None:
    known = lexicon()
    assert len(known.concepts) >= 300
    assert [name for concept in known.concepts for name in concept.related if not known.named(name)] == []
    russian = [c for c in known.concepts if any("а" <= char <= "я" for word in c.words for char in word)]
    assert len(russian) >= 300


def test_a_line_of_another_form_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 has not the form"):
        parse_lexicon(["customer : : клиент :", "order : заказ"])


def test_values_are_ranked_by_the_forms_of_their_words_and_by_trigrams() -> None:
    values = ["Москва", "Казань", "Нижний Новгород", "London"]
    assert rank("Казани", values)[0] == "Казань"
    assert rank("Нижнего Новгорода", values)[0] == "Нижний Новгород"
    assert rank("Lodnon", values) == [] or rank("Lodnon", values)[0] == "London"
    assert rank("Londn", values)[0] == "London"
    assert rank("zzzz", values) == []


@given(st.text(max_size=15), st.text(max_size=15))
def test_similarity_by_trigrams_is_a_share(one: str, two: str) -> None:
    assert 0.0 <= similarity(one, two) <= 1.0
    assert similarity(one, one) == 1.0 or not trigrams(one)
    assert trigrams(one) == trigrams(one.casefold())


def test_words_have_the_same_keys_in_whichever_thread() -> None:
    words = [
        f"{start}{number:b}{end}"
        for number in range(60)
        for start, end in (("order", "ings"), ("заказ", "ами"))
    ]

    def reduced(_: int) -> list[frozenset[str]]:
        return [written_keys.__wrapped__(word) for word in words]

    with ThreadPoolExecutor(4) as pool:
        assert all(found == reduced(0) for found in pool.map(reduced, range(20)))
