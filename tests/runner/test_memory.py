"""Facts are kept once, recalled by meaning, confidence and age, fade, and are their owner's alone."""

import anyio
import psycopg
import pytest

from ankus_runner.events import Forgotten, Remembered
from ankus_runner.memory.errors import MemoryFull, UnknownFact
from ankus_runner.memory.fact import Owner
from ankus_runner.memory.meaning import Meaning
from ankus_runner.memory.memory import Memory
from ankus_runner.memory.store import DATABASE, STORE, FactStore
from ankus_shared.embed.e5 import open_e5
from ankus_shared.embed.embedder import Embedder
from ankus_shared.postgres import DatabaseUnavailable
from tests.fixtures.db import Server
from tests.fixtures.memory import BORIS, OLGA, Remembering

RAISED = "work_mem must not be raised 100% on the replica"


async def test_a_fact_is_recalled_by_its_meaning_with_source_time_and_confidence(
    remembering: Remembering,
) -> None:
    await remembering.told("each tuple has a lock", confidence=0.9)
    await remembering.told("reports are made in roubles")

    recalled = await remembering.asked("кортеж замок")

    [found] = recalled.found
    assert found.fact.text == "each tuple has a lock"
    assert (found.fact.source, found.fact.confidence) == ("the user", 0.9)
    assert found.fact.made_at == found.fact.confirmed_at == remembering.time
    assert found.score == pytest.approx(found.likeness * 0.9)
    assert recalled.by_words == ""


async def test_what_is_told_again_confirms_the_older_one(remembering: Remembering) -> None:
    first = await remembering.told("The fiscal year begins in April.", confidence=0.6)
    remembering.later(days=10)

    again = await remembering.told("fiscal year begins in april", confidence=0.5)

    assert (first.known, again.known) == (False, True)
    assert again.fact.id == first.fact.id
    assert again.fact.confidence == pytest.approx(0.8)
    assert again.fact.confirmed_at == remembering.time > again.fact.made_at
    assert again.fact.times_seen == 2
    assert len(remembering.rows()) == 1


async def test_a_run_that_repeats_itself_is_no_second_witness(remembering: Remembering) -> None:
    await remembering.told("The year begins in April.", confidence=0.6, run="r")

    again = await remembering.told("The year begins in April.", confidence=0.6, run="r")

    assert again.fact.confidence == pytest.approx(0.6)


async def test_facts_that_contradict_each_other_are_both_kept_and_shown(remembering: Remembering) -> None:
    old = await remembering.told("reports are made in roubles each month")
    remembering.later(days=40)

    new = await remembering.told("reports are made in dollars each month")

    assert not new.known
    assert [fact.id for fact in new.related] == [old.fact.id]
    assert [fact.confirmed_at for fact in (old.fact, new.fact)] == sorted(
        {old.fact.confirmed_at, remembering.time}
    )


async def test_the_same_fact_told_by_many_runs_at_once_is_one(remembering: Remembering) -> None:
    async with anyio.create_task_group() as runs:
        for _ in range(6):
            runs.start_soon(remembering.told, "Отчёты нужны в рублях")

    assert remembering.rows() == [("olga", "Отчёты нужны в рублях")]


async def test_an_old_fact_counts_less_and_one_that_faded_is_deleted_and_told(
    remembering: Remembering,
) -> None:
    remembering.policy = remembering.policy.model_copy(update={"half_life_days": 30, "floor": 0.1})
    old = await remembering.told("memory of the replica is 8 GB")
    remembering.later(days=60)
    await remembering.told("memory of the replica is 16 GB")

    found = (await remembering.asked("memory of the replica")).found
    remembering.later(days=30)
    assert await remembering.texts("memory of the replica") == ["memory of the replica is 16 GB"]
    await remembering.told("tea")

    assert [one.fact.text[-5:] for one in found] == ["16 GB", " 8 GB"]
    assert found[1].score == pytest.approx(found[1].likeness * 0.7 / 4)
    assert Forgotten(old.fact.id, "faded") in remembering.changes()
    assert len(remembering.rows()) == 2


async def test_a_clock_that_was_set_back_makes_no_fact_stronger(remembering: Remembering) -> None:
    await remembering.told("memory is 8 GB", confidence=0.5)
    remembering.later(days=-400)

    [found] = (await remembering.asked("memory is 8 GB")).found

    assert found.score == pytest.approx(found.likeness * 0.5)


async def test_no_more_facts_are_kept_than_the_profile_says(remembering: Remembering) -> None:
    remembering.policy = remembering.policy.model_copy(update={"facts": 2})
    await remembering.told("tea")
    await remembering.told("coffee")
    await remembering.told("milk", BORIS)

    with pytest.raises(MemoryFull) as caught:
        await remembering.told("water")
    assert "ankus memory forget" in caught.value.hint

    assert (await remembering.told("tea")).known


async def test_another_user_can_neither_recall_confirm_nor_forget(remembering: Remembering) -> None:
    kept = await remembering.told("the insert lock is Olga's", OLGA)
    others = [BORIS, Owner("olga", "assistant"), Owner("", "analyst"), Owner("olga' OR true --", "analyst")]

    for other in others:
        assert await remembering.texts("the insert lock is Olga's", other) == []
        with pytest.raises(UnknownFact):
            await remembering.memory.forget(other, kept.fact.id, "no", remembering.events.append)
    assert not (await remembering.told("the insert lock is Olga's", BORIS)).known

    gone = await remembering.memory.forget(OLGA, kept.fact.id, "asked", remembering.events.append)
    assert gone.id == kept.fact.id
    assert remembering.rows() == [("boris", "the insert lock is Olga's")]


async def test_a_statement_that_names_no_owner_sees_only_the_present_ones(remembering: Remembering) -> None:
    await remembering.told("olga's", OLGA)
    await remembering.told("boris's", BORIS)

    async with remembering.memory.store.of(BORIS) as connection:
        seen = await (await connection.execute("SELECT owner FROM fact")).fetchall()
        changed = await connection.execute("UPDATE fact SET owner = 'boris'")
    with pytest.raises(Exception, match="row-level security"):
        async with remembering.memory.store.of(BORIS) as connection:
            await connection.execute("UPDATE fact SET owner = 'olga'")

    assert seen == [("boris",)]
    assert changed.rowcount == 1


async def test_every_change_is_told_and_what_cannot_be_told_is_not_kept(remembering: Remembering) -> None:
    kept = await remembering.told("tea")
    await remembering.told("Tea!")

    assert remembering.changes() == [
        Remembered(kept.fact.id, "tea", "the user", 0.7, False),
        Remembered(kept.fact.id, "tea", "the user", 0.91, True),
    ]
    told, remembering.events = remembering.events, _Deaf()
    with pytest.raises(RuntimeError):
        await remembering.told("coffee")
    remembering.events = told
    assert await remembering.texts("coffee") == []


class _Deaf(list):  # type: ignore[type-arg]
    def append(self, _: object) -> None:
        raise RuntimeError("nobody listens")


async def test_without_an_embedder_words_are_compared_in_both_languages_and_that_is_said(
    remembering: Remembering,
) -> None:
    words = remembering.opened(remembering.url, meaning=False)
    await remembering.told("Отчёты нужны в рублях", memory=words)
    await remembering.told(RAISED, memory=words)

    try:
        recalled = await remembering.asked("В какой валюте рубли и отчёт?", memory=words)
        assert [one.fact.text for one in recalled.found] == ["Отчёты нужны в рублях"]
        assert "127.0.0.1:1" in recalled.by_words
        assert await remembering.texts("may I raise work_mem?", memory=words) != []
        assert await remembering.texts("what about % and _?", memory=words) == []
        # the model is back: what has no vector gets one
        assert await remembering.texts("replica raised on") == [RAISED]
    finally:
        await words.aclose()


async def test_a_library_that_is_not_installed_is_told_with_the_command(remembering: Remembering) -> None:
    def missing() -> Embedder:
        raise ImportError(name="onnxruntime")

    memory = Memory(FactStore(remembering.url), Meaning(missing))
    try:
        recalled = await remembering.asked("tea", memory=memory)
    finally:
        await memory.aclose()

    assert recalled.by_words == (
        "The library onnxruntime is not installed: pip install 'ankus-runner[memory]'"
    )


async def test_vectors_of_another_model_are_made_anew_before_they_are_compared(
    remembering: Remembering,
) -> None:
    await remembering.told("each tuple has a lock")
    other = remembering.opened(remembering.url, model="other")

    try:
        assert await remembering.texts("кортеж замок", memory=other) == ["each tuple has a lock"]
    finally:
        await other.aclose()


async def test_a_database_that_is_down_is_told_and_found_again_when_it_is_back(
    remembering: Remembering, embedded: Server
) -> None:
    await remembering.told("tea")
    with embedded.admin() as connection:
        connection.execute("ALTER DATABASE memory ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'memory'")
    try:
        with pytest.raises(DatabaseUnavailable):
            await remembering.told("coffee")
    finally:
        with embedded.admin() as connection:
            connection.execute("ALTER DATABASE memory ALLOW_CONNECTIONS true")

    assert await remembering.texts("tea") == ["tea"]


async def test_the_embedded_server_keeps_facts_by_a_role_that_sees_only_its_owners(
    remembering: Remembering, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("data")
    folder.chmod(0o755)
    monkeypatch.setenv("ANKUS_DATA_DIR", str(folder))
    memory = remembering.opened(None)

    try:
        await remembering.told("tea", memory=memory)
        assert await remembering.texts("tea", memory=memory) == ["tea"]
        async with memory.store.of(BORIS) as connection:
            row = await (await connection.execute("SELECT current_user, count(*) FROM fact")).fetchone()
        with STORE.embedded() as server, psycopg.connect(server.url(DATABASE)) as admin:
            assert admin.execute("SELECT owner FROM ankus_memory.fact").fetchall() == [("olga",)]
    finally:
        await memory.aclose()
    assert row == ("ankus_memory_agent", 0)


async def test_e5_finds_what_a_question_is_about_in_the_other_language_and_nothing_else(
    remembering: Remembering,
) -> None:
    memory = Memory(FactStore(remembering.url), Meaning(lambda: open_e5(threads=1)))
    for text in ("The fiscal year begins in April.", "Отчёты нужны в рублях.", "The user likes tea."):
        await remembering.told(text, memory=memory)
    try:
        first = [
            (await remembering.texts(question, memory=memory))[0]
            for question in ("Когда начинается финансовый год?", "в какой валюте делать отчёт?")
        ]
        assert first == ["The fiscal year begins in April.", "Отчёты нужны в рублях."]
        assert await remembering.texts("What is the weather like?", memory=memory) == []
        assert (await remembering.told("Отчёты нужны в рубле.", memory=memory)).known
    finally:
        await memory.aclose()
