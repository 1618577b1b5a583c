"""What is counted over passages stays true whatever changes: it is what counting anew would give."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_docs_rag.model import Alias
from ankus_docs_rag.store import statistics
from ankus_docs_rag.store.aliases import Places
from ankus_docs_rag.store.rewrite import rewrite_tokens, rewrite_words
from ankus_docs_rag.store.rows import Means
from ankus_docs_rag.store.vectors import read_sparse
from ankus_docs_rag.store.writer import Writer
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordTokenizer
from tests.docs_rag.made import Made, file, put

COUNTED = """
SELECT s, term, passages FROM (
       SELECT 'w' AS s, term, count(*) AS passages FROM passage, unnest(word_ids) AS term GROUP BY term
       UNION ALL SELECT 't', term, count(*) FROM passage, unnest(token_ids) AS term GROUP BY term) AS c
 ORDER BY 1, 2"""
KEPT = "SELECT space::text, term, passages FROM frequency ORDER BY 1, 2"
NAMES = "SELECT name, passages FROM identifier ORDER BY name"
ALIASES = """
SELECT path, anchor, aliases FROM passage JOIN page ON page.id = page_id
 WHERE aliases <> '{}' ORDER BY 1, 2"""
WEIGHTS = """
SELECT path, place, words::text, tokens::text FROM passage JOIN page ON page.id = page_id ORDER BY 1, 2"""
OF_OWLS = "SELECT p.id FROM passage p JOIN page ON page.id = page_id WHERE path = 'owls' ORDER BY 1"

words = st.sampled_from("owl bear_trap mouse night sleep pg_owl hunts".split())
bodies = st.lists(words, min_size=1, max_size=12).map(" ".join)
sections = st.dictionaries(st.sampled_from(["food", "sleep", "fur"]), bodies, min_size=1, max_size=3)
aliases = st.lists(
    st.builds(Alias, words, st.sampled_from(["a", "b", "nowhere"]), st.sampled_from(["food", "fur", ""])),
    min_size=1,
    max_size=4,
)
edits = st.fixed_dictionaries({}, optional={"b": sections | st.none(), "index": aliases | st.none()})
histories = st.tuples(
    st.fixed_dictionaries({"a": sections, "index": aliases}, optional={"b": sections}),
    st.lists(edits, min_size=1, max_size=3),
)
"""A tree of documents, and what becomes of it: new texts, or None for what goes."""


def made(tree: Mapping[str, Any]) -> list[Made]:
    files = [file(path, parts) for path, parts in tree.items() if path != "index"]
    return [*files, file("index", {"": "see"}, tree["index"])] if "index" in tree else files


def weights(database: DocsDatabase) -> list[tuple[str, int, list[dict[int, float]]]]:
    return [
        (path, place, [{k: round(v, 4) for k, v in read_sparse(text).items()} for text in texts])
        for path, place, *texts in database.rows(WEIGHTS)
    ]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_counts_names_and_weights_are_those_of_the_documents_as_they_are(
    docs_database: DocsDatabase, writer: Writer, history: tuple[dict[str, Any], list[dict[str, Any]]]
) -> None:
    tree, changes = history
    put(writer, made(tree))
    for change in changes:
        tree = {name: value for name, value in {**tree, **change}.items() if value is not None}
        put(writer, made(tree))
    kept = [docs_database.rows(query) for query in (KEPT, NAMES, ALIASES)]
    assert kept[0] == docs_database.rows(COUNTED)
    before = weights(docs_database)
    with docs_database.admin() as admin, admin.transaction():
        means = statistics.means(admin)
        assert means is not None
        rewrite_words(admin, means)
        rewrite_tokens(admin, means, None, WordTokenizer)
    assert (weights(docs_database), docs_database.rows(KEPT)) == (before, kept[0])
    writer.drop("made")
    put(writer, made(tree))
    assert [docs_database.rows(query) for query in (KEPT, NAMES, ALIASES)] == kept


def test_an_index_names_the_passages_that_it_leads_to_and_no_others(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    owls = file("owls", {"food": "mice and moths", "fur": "none at all"})
    put(writer, [owls, file("index", {"": "see"}, [Alias("diet", "owls", "food")])])
    ids = docs_database.rows(OF_OWLS)
    report = put(writer, [owls, file("index", {"": "see"}, [Alias("coat", "owls", "fur")])])
    assert (report.changed, report.renamed) == (1, 2)
    assert docs_database.rows(ALIASES) == [("owls", "fur", ["coat"])]
    assert ids == docs_database.rows(OF_OWLS)
    assert docs_database.rows(KEPT) == docs_database.rows(COUNTED)


def test_names_stay_when_the_page_changes_that_they_lead_to(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    index = file("index", {"": "see"}, [Alias("diet", "owls", "food")])
    put(writer, [file("owls", {"food": "mice"}), index])
    put(writer, [file("owls", {"fur": "none", "food": "moths"}), index])
    assert docs_database.rows(ALIASES) == [("owls", "food", ["diet"])]


def test_all_passages_are_weighed_anew_once_their_mean_length_has_drifted(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    put(writer, [file("a", {"food": "owl bear"})], source="first")
    before = docs_database.rows("SELECT mean FROM length WHERE space = 'w'")
    put(writer, [file("b", {"food": "night " * 60})], source="second")
    with docs_database.admin() as admin:
        assert statistics.means(admin) == statistics.actual_means(admin)
    assert docs_database.rows("SELECT mean FROM length WHERE space = 'w'") > before
    assert docs_database.rows("SELECT name, snapshot FROM source ORDER BY 1") == [("first", 2), ("second", 2)]


def test_a_small_drift_changes_nothing() -> None:
    assert not statistics.has_drifted(Means(100, 50), Means(119, 41))
    assert statistics.has_drifted(Means(100, 50), Means(121, 50))
    assert statistics.has_drifted(Means(100, 50), Means(100, 39))


PLACES = Places(
    anchors={"": 0, "settings": 0, "level": 1},
    sections={"": (0, 100), "settings": (0, 60)},
    passages=[(0, ()), (20, ("wal_level",)), (40, ("wal_level_size", "Fsync")), (70, ("archive_mode",))],
)


@pytest.mark.parametrize(
    ("anchor", "term", "place"),
    [
        ("settings", "wal_level configuration parameter", 1),
        ("settings", "wal_level_size", 2),
        ("settings", "fsync, risks of", 2),
        ("settings", "wal_levels", 0),
        ("settings", "archive_mode", 0),
        ("", "archive_mode", 3),
        ("level", "anything", 1),
        ("elsewhere", "wal_level", None),
    ],
)
def test_a_term_means_the_passage_of_its_section_that_defines_it(
    anchor: str, term: str, place: int | None
) -> None:
    assert PLACES.find(anchor, term) == place
