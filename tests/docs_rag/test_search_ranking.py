"""Ranking from end to end: every fusion method, discounts, boosts and the reranker over features."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from ankus_docs_rag.model import Alias, Page
from ankus_docs_rag.search.config import (
    Boosts,
    Discounts,
    Fusion,
    Method,
    Rerank,
    SearchConfig,
    load_config,
)
from ankus_docs_rag.search.factors import version_numbers
from ankus_docs_rag.search.features import FEATURES
from ankus_docs_rag.store.docs import Docs
from ankus_docs_rag.store.writer import Writer
from ankus_shared.errors import SettingsError
from tests.docs_rag.made import page
from tests.docs_rag.searching import anchors, fill, find

OWLS = {
    "owls": "The owl hunts mice at night.",
    "mice": "The mouse hides from the cat.",
    "cats": "A cat sleeps.",
}


@pytest.mark.parametrize("method", get_args(Method))
async def test_every_fusion_method_finds_the_passage_first(
    writer: Writer, docs: Docs, method: Method
) -> None:
    fill(writer, [page("zoo", OWLS)])

    found = await anchors(docs, "owl at night", SearchConfig(fusion=Fusion(method=method)))

    assert found[0] == "owls"
    assert len(found) == 3


async def test_a_passage_without_a_common_word_has_no_lexical_rank(writer: Writer, docs: Docs) -> None:
    fill(writer, [page("zoo", OWLS)])

    found = await find(docs, "owl night", SearchConfig(fusion=Fusion(method="rrf")))

    [owls, *others] = found.hits
    assert set(owls.arms) == {"dense", "tokens", "words"}
    assert all(set(hit.arms) == {"dense"} for hit in others)
    assert all(hit.score < 1 / 60 for hit in others)  # of the dense arm alone


def twins(**second: Any) -> list[Page]:
    """Two pages that say the same, of which the first is a little nearer, and one that has nothing of it."""
    first, third = page("first", {"first": "owl owl night"}), page("third", {"third": "bear sleeps"})
    return [first, replace(page("second", {"second": "owl night bird"}), **second), third]


async def order(docs: Docs, **parts: Any) -> list[str]:
    return (await anchors(docs, "owl night", SearchConfig(**parts)))[:2]


async def test_a_kind_is_discounted(writer: Writer, docs: Docs) -> None:
    first, second, third = twins(kind="book")
    fill(writer, [replace(first, kind="web"), second, third])

    assert await order(docs) == ["first", "second"]
    assert await order(docs, discounts=Discounts(kinds={"web": 0.1})) == ["second", "first"]


async def test_age_is_discounted_by_the_year(writer: Writer, docs: Docs) -> None:
    today = date.today()
    first, *others = twins(date=today)
    fill(writer, [replace(first, date=today - timedelta(days=3653)), *others])

    found = await find(docs, "owl night", SearchConfig(discounts=Discounts(yearly=0.8)))
    plain = await find(docs, "owl night", SearchConfig())

    assert [hit.candidate.anchor for hit in plain.hits[:2]] == ["first", "second"]
    assert [hit.candidate.anchor for hit in found.hits[:2]] == ["second", "first"]
    old = found.hits[1].score / plain.hits[0].score
    assert old == pytest.approx(0.8 ** (3653 / 365.25))


async def test_a_day_to_come_is_no_bonus(writer: Writer, docs: Docs) -> None:
    fill(writer, twins(date=date.today() + timedelta(days=10_000)))

    assert await order(docs, discounts=Discounts(yearly=0.5)) == ["first", "second"]


async def test_only_what_is_there_in_a_newer_version_is_discounted(writer: Writer, docs: Docs) -> None:
    fill(writer, [page("zoo", {"owls": "owl owl night"})], "zoo9", version="9.6")
    fill(writer, [page("zoo", {"owls": "owl night bird"})], "zoo15", version="15")
    fill(writer, [page("psycopg", {"other": "owl night"})], "psycopg", version="3.2")
    config = SearchConfig(discounts=Discounts(old_versions=0.01))

    plain = {hit.candidate.version: hit.score for hit in (await find(docs, "owl night")).hits}
    found = {hit.candidate.version: hit.score for hit in (await find(docs, "owl night", config)).hits}
    asked = await find(docs, "owl night", config, filters={"version": ("9.6",)})

    assert found["9.6"] == pytest.approx(plain["9.6"] * 0.01)
    assert (found["15"], found["3.2"]) == (plain["15"], plain["3.2"])
    [old] = asked.hits
    alone = await find(docs, "owl night", filters={"version": ("9.6",)})
    assert old.score == alone.hits[0].score


def test_versions_are_compared_by_their_numbers() -> None:
    ordered = ["", "9.6", "15", "15.4", "15.10", "v16", "17beta1"]

    assert sorted(reversed(ordered), key=version_numbers) == ordered


async def test_a_passage_that_defines_a_name_is_boosted(writer: Writer, docs: Docs) -> None:
    uses = page("uses", {"uses": "owl_hunt owl_hunt night"})
    defines = page("defines", {"owl_hunt": "hunts at night for long"})
    fill(writer, [uses, defines])

    plain = {h.candidate.anchor: h.score for h in (await find(docs, "owl_hunt night")).hits}
    config = SearchConfig(boosts=Boosts(names=1.0))
    found = await find(docs, "owl_hunt night", config)

    for hit in found.hits:
        defined = "owl_hunt" in hit.candidate.names
        assert hit.score == pytest.approx(plain[hit.candidate.anchor] * (2.0 if defined else 1.0))


async def test_a_passage_to_which_an_index_leads_is_boosted(writer: Writer, docs: Docs) -> None:
    leads = page("index", {"x": "see elsewhere"}, [Alias("night bird", "second", "second")])
    fill(writer, [*twins(), leads])

    plain = {h.candidate.anchor: h.score for h in (await find(docs, "night bird")).hits}
    found = await find(docs, "night bird", SearchConfig(boosts=Boosts(aliases=3.0)))
    factors = {h.candidate.anchor: h.score / plain[h.candidate.anchor] for h in found.hits if h.score}

    assert factors["second"] == pytest.approx(4.0)
    assert factors["first"] == pytest.approx(1.0)


async def test_a_heading_with_the_questions_words_is_boosted(writer: Writer, docs: Docs) -> None:
    fill(writer, [page("birds", {"owls": "It hunts mice."}), page("mice", {"x": "owl owl owl"})])

    plain = {h.candidate.anchor: h.score for h in (await find(docs, "owl")).hits}
    found = await find(docs, "owl", SearchConfig(boosts=Boosts(headings=2.0)))
    factors = {h.candidate.anchor: h.score / plain[h.candidate.anchor] for h in found.hits if h.score}

    assert factors.get("owls", 3.0) == pytest.approx(3.0)
    assert factors["x"] == pytest.approx(1.0)


async def test_features_rank_the_first_and_leave_the_rest_behind_them(writer: Writer, docs: Docs) -> None:
    fill(writer, [page("zoo", {"long": "owl night " * 30, "brief": "owl night bird", "last": "bear"})])

    async def found(method: Any, depth: int) -> list[str]:
        rerank = Rerank(method=method, depth=depth, weights={"short": 1.0})
        return await anchors(docs, "owl night", SearchConfig(rerank=rerank))

    assert await found("none", 2) == ["long", "brief", "last"]
    assert await found("features", 1) == ["long", "brief", "last"]
    assert await found("features", 2) == ["brief", "long", "last"]
    assert await found("features", 3) == ["brief", "last", "long"]


def test_the_default_configuration_names_features_that_there_are() -> None:
    config = load_config()

    assert set(config.rerank.weights) <= set(FEATURES)
    assert config.arms.used()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[arms]\ndens = 1", "arms.dens"),
        ("[fusion]\nmethod = 'sum'", "fusion.method"),
        ("[arms]\ncandidates = 1", "arms.candidates"),
        ("[arms", "no TOML"),
    ],
)
def test_a_wrong_configuration_is_told_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "search.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=where):
        load_config(path)


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        load_config(tmp_path / "none.toml")


def test_a_configuration_says_what_is_otherwise_than_in_the_package(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text("[arms]\ndense = 0\n[rerank.weights]\nshort = 0.5\n", encoding="utf-8")
    shipped = load_config()

    own = load_config(path)

    assert own.arms == shipped.arms.model_copy(update={"dense": 0})
    assert own.fusion == shipped.fusion
    assert own.rerank.weights == shipped.rerank.weights | {"short": 0.5}
