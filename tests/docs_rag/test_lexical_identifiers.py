"""Which names a text has, and which of a question's the documents ought to have."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.lexical.identifiers import (
    asked_identifiers,
    asked_phrases,
    asked_words,
    identifiers_of,
    spellings_of,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Set max_wal_size in postgresql.conf.", {"max_wal_size", "postgresql.conf"}),
        ("The catalog pg_catalog.pg_class", {"pg_catalog.pg_class", "pg_catalog", "pg_class"}),
        ("pg_restore -O or --no-owner", {"pg_restore", "-O", "--no-owner"}),
        ("raises 42P01 (undefined_table)", {"42P01", "undefined_table"}),
        ("class 23, 23505 unique_violation", {"23505", "unique_violation"}),
        ("lower ( text ) → text", {"lower"}),
        ("AS 'MODULE_PATHNAME', '$libdir/foo'", {"MODULE_PATHNAME", "$libdir"}),
        ("the PQexecParams and LWLockTranche", {"PQexecParams", "LWLockTranche"}),
        ("MERGE, then int4 and a `plain` one", {"MERGE", "int4", "plain"}),
        ("called «turbo» or “nitro”", {"turbo", "nitro"}),
        ("сделай pg_dumpом", {"pg_dump"}),
    ],
)
def test_a_text_has_the_names_that_are_spelt_in_it(text: str, names: set[str]) -> None:
    assert names <= identifiers_of(text)


def test_ordinary_prose_has_no_names() -> None:
    assert identifiers_of("The server writes its log, and a client reads it. Version 15.2 is out.") == set()


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How do I use pg_autoscale?", ["pg_autoscale"]),
        ("What does the setting turbo_mode do?", ["turbo_mode"]),
        ("Что делает параметр wal_turbo и max_wal_size?", ["wal_turbo", "max_wal_size"]),
        ("What is SQLSTATE 99X99?", ["99X99"]),
        ("Что значит код ошибки 23505?", ["23505"]),
        ("pg_restore --no-owner, --turbo-mode", ["pg_restore", "--no-owner", "--turbo-mode"]),
        ("Is there a function decode_hex()?", ["decode_hex"]),
        ("the function frobnicate(x)", ["frobnicate"]),
        ("auto_explain.log_turbo", ["auto_explain", "log_turbo"]),
        ("Where is postgresql.conf?", ["postgresql.conf"]),
        ("Does uuidv7 sort by time?", ["uuidv7"]),
        ("AUTO_INCREMENT вместо serial", ["AUTO_INCREMENT"]),
        ("What does DBMS_OUTPUT.PUT_LINE map to?", ["DBMS_OUTPUT", "PUT_LINE"]),
        ("Can PQfrobnicate block?", ["PQfrobnicate"]),
        ("зачем нужен enableTurbo", ["enableTurbo"]),
    ],
)
def test_a_question_asks_for_its_names(question: str, names: list[str]) -> None:
    assert asked_identifiers(question) == names


@pytest.mark.parametrize(
    "question",
    [
        "How do I speed up a slow query in PostgreSQL 15.2 on Linux?",
        "Как сделать бэкап базы в Windows через pgAdmin4?",
        "Does PG15 run on x86_64 or arm64 with 8GB of RAM and 100ms pings?",
        "How do I connect with SSL, LDAP or SHA256 over IPv6?",
        "Can I store JSON in UTF8 or base64, and get a UUID by an API?",
        "How do I add an index on the user_id column?",
        "Почему таблица order_items так выросла?",
        'Why does it say relation "foo_bar" does not exist?',
        'ERROR: duplicate key value violates unique constraint "accounts_email_key"',
        "How can I make SELECT total_price FROM sales_report faster?",
        "Why is INSERT INTO big_list (a_b) VALUES (1) slow?",
        "How do I run my dump.sql or data.csv?",
        "Port 54321 is taken; is 65432 free?",
        "What's new since version 9.6? Is Node.js or psycopg2 supported?",
        "two table(s) or more",
        "",
    ],
)
def test_a_question_without_names_of_the_documents_asks_for_none(question: str) -> None:
    assert asked_identifiers(question) == []


def test_a_system_name_is_asked_for_even_beside_a_table() -> None:
    assert asked_identifiers("Which columns has the table pg_turbo?") == ["pg_turbo"]
    assert asked_identifiers("SELECT * FROM pg_turbo;") == ["pg_turbo"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What does the `frobnicate` setting do?", ["frobnicate"]),
        ("What is the NVL function?", ["NVL"]),
        ("Как включить расширение pgturbo?", ["pgturbo"]),
        ("How do I install the turbo extension?", ["turbo"]),
        ("How do I use SSL, JSON, WAL and GUCs over TCP on PG15?", []),
        ("HOW DO I SPEED UP A QUERY", []),
        ('FATAL: password authentication failed for user "joe"', []),
    ],
)
def test_plain_words_are_asked_for_where_they_are_used_as_names(question: str, words: list[str]) -> None:
    assert asked_words(question) == words


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("How does CREATE ASSERTION work?", ["CREATE ASSERTION"]),
        ("CREATE TEMPERATURE TABLE", ["CREATE TEMPERATURE"]),
        ("Is CREATE MATERIALIZED CUBE there?", ["CREATE MATERIALIZED CUBE"]),
        ("Как работает ALTER SYSTEM RESET ALL?", ["ALTER SYSTEM"]),
        ("MERGE INTO or ON CONFLICT DO NOTHING?", ["MERGE INTO", "ON CONFLICT"]),
        ("Is there INSERT IGNORE or SELECT TOP?", ["INSERT IGNORE", "SELECT TOP"]),
        ("INSERT SELECT, and UPDATE JOIN", []),
        ("What is a REST API over JSON SSL?", []),
        ("CREATE JSON", []),
        ("ALTER  a table", []),
        ("DELETE LIMIT FROM t; SELECT TOP x FROM t", []),
    ],
)
def test_statements_in_capitals_are_asked_for_as_phrases(question: str, phrases: list[str]) -> None:
    assert asked_phrases(question) == phrases


def test_a_name_may_be_spelt_in_another_case() -> None:
    assert spellings_of("Pg_Class") == {"Pg_Class", "pg_class", "PG_CLASS"}
    assert "to_char" in spellings_of("to_char()")


written = st.text(alphabet=st.sampled_from("abcxyzABCXYZ019_$.-()`\"' \n«»,;фы"), max_size=60)


@given(written)
def test_whatever_is_asked_for_is_found_in_a_text_that_says_it_so(text: str) -> None:
    assert set(asked_identifiers(text)) <= identifiers_of(text)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for name in [*identifiers_of(text), *asked_identifiers(text), *asked_words(text), *asked_phrases(text)]:
        assert name
        assert name == name.strip()


@pytest.mark.parametrize(
    "part", ["select ", "a_b ", '"', "CREATE ", "a.", "--x", "ошибка 23505 ", "(", "x_1.y_2-"]
)
def test_ten_thousand_words_are_read_in_time(part: str) -> None:
    started = time.process_time()

    asked_identifiers(part * 10_000)
    asked_words(part * 10_000)
    asked_phrases(part * 10_000)
    identifiers_of(part * 10_000)

    assert time.process_time() - started < 2
