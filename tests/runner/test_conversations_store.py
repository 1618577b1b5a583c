"""The store of conversations: what is kept comes back, to its user alone, and to one process at a time."""

from collections.abc import AsyncIterator

import anyio
import pytest

from ankus_runner.conversation import Exchange, History, Turn
from ankus_runner.conversations.errors import (
    BusyConversationError,
    UnknownConversationError,
    UnreadableConversationError,
)
from ankus_runner.conversations.state import State
from ankus_runner.conversations.store import ConversationStore, open_store
from ankus_runner.results import Results
from tests.fixtures.db import Clone

NASTY = "\0 \ud800 @t \\u0000 ж"


def state(question: str = "How many?", result: str = "12") -> State:
    """A conversation of one answered question."""
    turn = Turn("Look.", f"Observation: {result[:20]}", tool="toy__look_up", handle="obs1")
    return State(History([Exchange(question, (turn,), "12.")], results=Results({"obs1": result}, 1)))


@pytest.fixture
async def store(clone: Clone) -> AsyncIterator[ConversationStore]:
    """An empty store."""
    async with open_store(clone.admin_url) as opened:
        yield opened


async def test_what_is_saved_is_loaded_whatever_it_holds(store: ConversationStore) -> None:
    kept = state(NASTY, f"{NASTY}{'x' * 1_000_000}")
    begun = await store.open("ann", "analyst")
    async with store.hold("ann", begun) as held:
        assert held.loaded.state == State()
        await held.save(kept)
        kept.history.left_out = 3
        await held.save(kept)
    loaded = await store.load("ann", begun)
    assert (loaded.profile, loaded.state) == ("analyst", kept)
    async with store.hold("ann", begun) as held:
        assert held.loaded == loaded


async def test_a_result_is_written_once_and_goes_with_the_last_that_names_it(
    store: ConversationStore, clone: Clone
) -> None:
    begun = await store.open("ann", "analyst")
    async with store.hold("ann", begun) as held:
        await held.save(state(result="x" * 1_000_000))
        with clone.admin() as connection:
            first = connection.execute("SELECT xmin, length(body) FROM ankus_conversation.body").fetchall()
            await held.save(state(result="x" * 1_000_000))
            again = connection.execute("SELECT xmin, length(body) FROM ankus_conversation.body").fetchall()
            await held.save(State())
            left = connection.execute("SELECT count(*) FROM ankus_conversation.body").fetchone()
    assert first == again
    assert [length for _, length in first] == [1_000_000]
    assert left == (0,)


async def test_another_user_finds_nothing_of_it(store: ConversationStore) -> None:
    begun = await store.open("ann", "analyst")
    async with store.hold("ann", begun) as held:
        await held.save(state())
        for conversation in (begun, "0" * 16, "", "\0", "'; --"):
            with pytest.raises(UnknownConversationError, match="ankus conversations list"):
                await store.load("bob", conversation)
            with pytest.raises(UnknownConversationError):
                await store.rename("bob", conversation, "mine")
            with pytest.raises(UnknownConversationError):
                await store.delete("bob", conversation)
            with pytest.raises(UnknownConversationError):
                async with store.hold("bob", conversation):
                    pytest.fail("it was given")
    assert await store.list_of("bob") == []
    assert (await store.load("ann", begun)).state == state()


async def test_a_list_has_titles_and_what_is_deleted_or_old_is_gone(store: ConversationStore) -> None:
    old, renamed, deleted = [await store.open("ann", "analyst") for _ in range(3)]
    other = await store.open("bob", "analyst", "Bob's")
    async with store.hold("ann", old) as held:
        await held.save(state(f"Question: {NASTY} orders?\n" + "x" * 200))
    await store.rename("ann", renamed, "Orders")
    await store.delete("ann", deleted)
    listed = await store.list_of("ann")
    assert [(each.id, each.title[:24]) for each in listed] == [
        (old, "@t \\u0000 ж orders? xxxx"),
        (renamed, "Orders"),
    ]
    assert await store.purge(1) == 0
    assert await store.purge(0, "ann") == 2
    assert [each.id for each in await store.list_of("bob")] == [other]


async def test_one_process_at_a_time_goes_on_with_a_conversation(
    store: ConversationStore, clone: Clone
) -> None:
    begun = await store.open("ann", "analyst")
    async with open_store(clone.admin_url) as elsewhere:
        async with store.hold("ann", begun):
            for other in (store, elsewhere):
                with pytest.raises(BusyConversationError):
                    async with other.hold("ann", begun):
                        pytest.fail("it was given twice")
        async with elsewhere.hold("ann", begun):
            pass


async def test_who_has_lost_a_conversation_cannot_write_to_it(store: ConversationStore, clone: Clone) -> None:
    begun = await store.open("ann", "analyst")
    async with open_store(clone.admin_url) as elsewhere, store.hold("ann", begun) as held:
        with clone.admin() as connection:
            connection.execute(_END_LOCKS)  # as a broken network does
        async with elsewhere.hold("ann", begun) as taken:
            await taken.save(state())
            with pytest.raises(BusyConversationError, match="taken over"):
                await held.save(State())
        await elsewhere.delete("ann", begun)
        with pytest.raises(UnknownConversationError):
            await held.save(State())


async def test_a_save_outlives_a_restart_of_the_server(store: ConversationStore, clone: Clone) -> None:
    begun = await store.open("ann", "analyst")
    async with store.hold("ann", begun) as held:
        with clone.admin() as connection:
            connection.execute(_END_ALL)
        await held.save(state())
        async with open_store(clone.admin_url) as elsewhere:
            with pytest.raises(BusyConversationError):  # the lock was taken again too
                async with elsewhere.hold("ann", begun):
                    pytest.fail("it was given twice")
    assert (await store.load("ann", begun)).state == state()


async def test_a_hundred_conversations_are_saved_at_once(store: ConversationStore) -> None:
    async def one(number: int) -> None:
        begun = await store.open("ann", "analyst")
        async with store.hold("ann", begun) as held:
            for _ in range(3):
                await held.save(state(f"Question {number}?"))

    async with anyio.create_task_group() as group:
        for number in range(100):
            group.start_soon(one, number)
    titles = {listed.title for listed in await store.list_of("ann", 200)}
    assert titles == {f"Question {number}?" for number in range(100)}


async def test_an_interrupted_save_is_whole_and_the_conversation_is_free(store: ConversationStore) -> None:
    begun = await store.open("ann", "analyst")
    async with anyio.create_task_group() as group:
        async with store.hold("ann", begun) as held:
            group.cancel_scope.cancel()
            await held.save(state())
    async with store.hold("ann", begun) as held:
        assert held.loaded.state == state()


async def test_what_a_newer_version_kept_is_left_alone(store: ConversationStore, clone: Clone) -> None:
    begun = await store.open("ann", "analyst")
    for kept, said in (('{"v": 2}', "newer|form 2"), ('{"history": "@tff"}', "damaged")):
        with clone.admin() as connection:
            connection.execute("UPDATE ankus_conversation.conversation SET state = %s::json", [kept])
        with pytest.raises(UnreadableConversationError, match=said):
            async with store.hold("ann", begun):
                pytest.fail("it was given")


_END_ALL = (
    "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE 'ankus-conversations%'"
)
_END_LOCKS = _END_ALL + " AND application_name LIKE '%locks'"
