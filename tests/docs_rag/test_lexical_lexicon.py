"""Words of one language stand for words of another: learnt from translations, or written by hand."""

import random
import struct
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.lexical import learn as command
from ankus_docs_rag.lexical.lexicon import (
    PARAPHRASED,
    TRANSLATED,
    Meaning,
    catalogue_pairs,
    expand,
    find_catalogues,
    learn,
    lexicon_of,
    read_glossary,
    read_learnt,
    shipped_lexicon,
    swapped,
    translate,
)
from ankus_docs_rag.lexical.words import is_cyrillic, terms_of

DATA = resources.files("ankus_docs_rag").joinpath("data")
WORDS = {
    "table": "таблица",
    "index": "индекс",
    "lock": "блокировка",
    "server": "сервер",
    "query": "запрос",
    "error": "ошибка",
    "file": "файл",
    "key": "ключ",
}


def aligned(seed: int, sentences: int = 200) -> list[tuple[str, str]]:
    """Sentences of 2 to 5 words, and the same in the other language in another order."""
    chance = random.Random(seed)
    pairs = []
    for _ in range(sentences):
        words = chance.sample(sorted(WORDS), chance.randint(2, 5))
        translated = [WORDS[word] for word in words]
        chance.shuffle(translated)
        pairs.append((" ".join(words), " ".join(translated)))
    return pairs


@given(st.integers(0, 50))
def test_learning_recovers_the_words_that_sentences_were_made_of(seed: int) -> None:
    pairs = aligned(seed)

    for found, expected in ((learn(pairs), WORDS), (learn(swapped(pairs)), {v: k for k, v in WORDS.items()})):
        best = {meaning.word: meaning.meaning for meaning in reversed(found)}
        assert best == {terms_of(word)[0]: terms_of(meaning)[0] for word, meaning in expected.items()}


def test_what_is_learnt_are_probabilities_the_likeliest_first() -> None:
    found = learn(aligned(1))

    assert all(0 < meaning.probability <= 1 for meaning in found)
    assert found == sorted(found, key=lambda meaning: (meaning.word, -meaning.probability, meaning.meaning))


def test_what_stands_in_both_texts_is_no_translation() -> None:
    pairs = [("reload pg_hba.conf", "перезагрузите pg_hba.conf")] * 5

    assert {(found.word, found.meaning) for found in learn(pairs)} == {("reload", "перезагруз")}


@pytest.mark.parametrize("pairs", [[], [("", "")], [("the", "и")], [("table", "")], [("table", "таблица")]])
def test_too_little_to_learn_from_gives_nothing(pairs: list[tuple[str, str]]) -> None:
    assert learn(pairs) == []


def catalogue(path: Path, messages: dict[str, str]) -> Path:
    """A compiled catalogue as GNU gettext's manual lays it out."""
    header = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n"
    entries = sorted({"": header, **messages}.items())
    keys, values = [[pair[side].encode() for pair in entries] for side in (0, 1)]
    count, tables, strings, at = len(entries), b"", b"", 28 + 16 * len(entries)
    for texts in (keys, values):
        for text in texts:
            tables += struct.pack("<II", len(text), at + len(strings))
            strings += text + b"\0"
    path.write_bytes(struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + tables + strings)
    return path


def test_a_catalogue_is_read_with_contexts_and_plurals_and_without_format_codes(tmp_path: Path) -> None:
    messages = {
        'could not open file "%s": %m': 'не удалось открыть файл "%s": %m',
        "menu\x04lock": "блокировка",
        "%d row\0%d rows": "%d строка\0%d строк",
        "%2$s of %1$*3$d": "",
    }
    path = catalogue(tmp_path / "postgres-15.mo", messages)

    assert catalogue_pairs([path, path]) == [
        ('could not open file " ":', 'не удалось открыть файл " ":'),
        ("lock", "блокировка"),
        ("row", "строк"),
        ("row", "строка"),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\xde\x12\x04\x95" + b"\0" * 10, b"\xde\x12\x04\x95" + b"\xff" * 40]
)
def test_a_file_that_is_no_catalogue_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "psql-15.mo"
    path.write_bytes(content)

    with pytest.raises(BadSource, match=r"psql-15\.mo is no message catalogue"):
        catalogue_pairs([path])


def test_only_catalogues_of_postgresql_are_found_of_any_version(tmp_path: Path) -> None:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for name in ("postgres-15.mo", "psql-17.mo", "pg_dump-9.6.mo", "libpq5-15.mo", "iso_15924.mo", "bash.mo"):
        (folder / name).touch()

    found = [path.name for path in find_catalogues("ru", [tmp_path, tmp_path / "none"])]

    assert found == ["libpq5-15.mo", "pg_dump-9.6.mo", "postgres-15.mo", "psql-17.mo"]
    assert find_catalogues("de", [tmp_path]) == []


def test_the_command_writes_equal_files_for_equal_catalogues(tmp_path: Path) -> None:
    messages = {english: russian for english, russian in aligned(3)}
    source = catalogue(tmp_path / "postgres-15.mo", messages)
    first, second = tmp_path / "first.tsv", tmp_path / "second.tsv"

    assert command.main(["--output", str(first), str(source)]) == 0
    assert command.main(["--output", str(second), str(source)]) == 0

    assert first.read_bytes() == second.read_bytes()
    likeliest = lexicon_of(entry.meaning for entry in read_learnt(first.read_text().splitlines()))
    assert likeliest.meanings("таблиц")[0].meaning == "tabl"


def test_the_shipped_lexicon_is_what_the_command_makes_here(tmp_path: Path) -> None:
    shipped = Path("/usr/share/locale/ru/LC_MESSAGES/postgres-15.mo")
    if not shipped.exists():
        pytest.skip(f"there is no {shipped}: apt install postgresql-15 postgresql-client-15")
    written = tmp_path / "lexicon.tsv"

    assert command.main(["--output", str(written)]) == 0

    # another minor release has a few other messages
    made, known = (set(text.splitlines()) for text in (written.read_text(), _text("lexicon.en-ru.tsv")))
    words = [{line.rsplit("\t", 2)[0] for line in lines} for lines in (made, known)]
    assert len(words[0] & words[1]) > 0.9 * len(words[0] | words[1])


LOOKUP = lexicon_of(
    [
        Meaning("ключ", "key", 1.0),
        Meaning("внешн", "extern", 0.6),
        Meaning("внешн", "outer", 0.4),
        Meaning("внешн ключ", "foreign key", 1.0),
        Meaning("прав", "privileg", 1.0),
        Meaning("прав", "grant", 1.0),
        Meaning("прав", "permiss", 1.0),
    ]
)


def test_a_phrase_goes_before_its_words() -> None:
    expanded = expand(["внешн", "ключ"], LOOKUP.meanings, weight=1.0)

    assert expanded == {"foreign": pytest.approx(0.707, abs=0.001), "key": pytest.approx(0.707, abs=0.001)}


def test_words_that_are_no_phrase_are_taken_one_by_one() -> None:
    assert expand(["ключ", "внешн"], LOOKUP.meanings, weight=0.5) == {"key": 0.5, "extern": 0.3, "outer": 0.2}


def test_meanings_of_a_term_share_its_weight_and_the_unlikely_are_left_out() -> None:
    assert expand(["прав"], LOOKUP.meanings, most=2, weight=1.0) == {"privileg": 0.5, "grant": 0.5}


def test_latin_terms_stay_and_unknown_cyrillic_ones_go() -> None:
    assert expand(["pg_hba.conf", "абракадабр"], LOOKUP.meanings) == {"pg_hba.conf": 1.0}


@given(st.lists(st.sampled_from(["внешн", "ключ", "прав", "pg_dump", "key", "нет"]), max_size=12))
def test_no_expanded_term_outweighs_a_term_of_the_question(terms: list[str]) -> None:
    expanded = expand(terms, LOOKUP.meanings)

    assert all(
        0 < weight <= TRANSLATED or (term in terms and weight == 1.0) for term, weight in expanded.items()
    )


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("Как избавиться от взаимоблокировки?", {"deadlock"}),
        ("внешнего ключа", {"foreign", "key"}),
        ("бэкап базы через pg_dump", {"backup", "databas", "pg_dump"}),
        ("почему тормозит запрос", {"slow", "perform", "queri"}),
        ("раздувание таблиц", {"bloat", "vacuum", "tabl"}),
        ("выдать права юзеру", {"grant", "privileg", "user", "role"}),
        ("секционирование", {"partit"}),
        ("хранимых процедур", {"procedur"}),
    ],
)
def test_everyday_russian_becomes_the_manuals_english(question: str, terms: set[str]) -> None:
    assert terms <= expand(terms_of(question), shipped_lexicon("ru", "en").meanings).keys()


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("make it faster", {"perform"}),
        ("kill a query", {"pg_cancel_backend", "pg_terminate_backend"}),
        ("undo my last delete", {"rollback"}),
        ("insert or update", {"conflict", "merg"}),
    ],
)
def test_everyday_english_becomes_the_manuals(question: str, terms: set[str]) -> None:
    expanded = expand(terms_of(question), shipped_lexicon("en", "en").meanings, weight=PARAPHRASED)

    assert terms <= expanded.keys()
    assert all(expanded[term] <= PARAPHRASED for term in terms - set(terms_of(question)))


def test_a_translation_is_in_whole_words() -> None:
    english = translate("Как восстановить базу из бэкапа pg_restore?", shipped_lexicon("ru", "en"))

    assert english == "restore database backup pg_restore"
    assert translate("a deadlock", shipped_lexicon("en", "ru")).startswith("взаимоблокиров")


@pytest.mark.parametrize("line", ["no tab", "\tmeaning", "слово\t", "слово\tkey; ", "и\tkey", "ключ\tthe"])
def test_a_broken_line_of_a_glossary_is_named(line: str) -> None:
    with pytest.raises(BadSource, match="Line 2 of a lexicon"):
        list(read_glossary(["# note", line]))


@pytest.mark.parametrize("line", ["ключ\tkey", "ключ\tkey\t1\tx", "ключ"])
def test_a_broken_line_of_a_learnt_lexicon_is_named(line: str) -> None:
    with pytest.raises(BadSource, match="Line 1 of a lexicon"):
        list(read_learnt([line]))


@pytest.mark.parametrize(("name", "least"), [("glossary.en-ru.tsv", 500), ("synonyms.en.tsv", 250)])
def test_tables_by_hand_are_sorted_and_say_each_thing_once(name: str, least: int) -> None:
    lines = [line for line in _text(name).splitlines() if not line.startswith("#")]
    words = [" ".join(terms_of(line.split("\t")[0])) for line in lines]

    assert len(lines) >= least
    assert lines == sorted(lines)
    assert [word for word, times in Counter(words).items() if times > 1] == []
    assert all(len(word.split()) <= 4 for word in words)
    for line in lines:
        meanings = [" ".join(terms_of(part)) for part in line.split("\t")[1].split(";")]
        assert len(set(meanings)) == len(meanings), line


def test_the_glossary_goes_from_russian_to_english() -> None:
    for entry in read_glossary(_text("glossary.en-ru.tsv").splitlines()):
        assert is_cyrillic(entry.meaning.word)
        assert not is_cyrillic(entry.meaning.meaning)


def test_the_shipped_lexicon_fits_the_stores_table() -> None:
    for lexicon in (shipped_lexicon("ru", "en"), shipped_lexicon("en", "ru"), shipped_lexicon("en", "en")):
        rows = [(meaning.word, meaning.meaning) for meaning in lexicon.rows()]
        assert len(set(rows)) == len(rows) > 500
        assert all(0 < meaning.probability <= 1 for meaning in lexicon.rows())


def _text(name: str) -> str:
    return DATA.joinpath(name).read_text(encoding="utf-8")
