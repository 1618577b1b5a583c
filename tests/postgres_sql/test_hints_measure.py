"""Only a real gain is called one: the statistics on made-up times, and measurements on real servers."""

import random
import time
from collections.abc import Sequence

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints.arms import Arm
from ankus_postgres_sql.hints.measure import Judgement, Measurement, Runner, Trial, measure
from ankus_postgres_sql.hints.report import measure_hints
from ankus_postgres_sql.hints.stats import DEAD_ZONE, MIN_PAIRS, Ratio, ratio
from ankus_postgres_sql.plans.explain import explainable
from ankus_postgres_sql.plans.rows import Bag
from ankus_postgres_sql.query import guarded
from ankus_postgres_sql.results.bind import Bound
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open

TIMES = st.lists(st.floats(0.1, 1e4), min_size=1, max_size=15)


def times(generator: random.Random, typical: float, spread: float, count: int = MIN_PAIRS) -> list[float]:
    """Run times about a typical one, with the long tail that machines have."""
    return [typical * generator.lognormvariate(0, spread) for _ in range(count)]


@given(TIMES)
def test_times_against_themselves_have_a_ratio_of_one(values: list[float]) -> None:
    found = ratio(values, values)
    assert (found.value, found.low, found.high) == (1, 1, 1)
    assert found.result == ("same" if len(values) >= MIN_PAIRS else "unknown")


@given(TIMES, st.floats(0.1, 10))
def test_a_constant_factor_is_found_exactly(values: list[float], factor: float) -> None:
    found = ratio(values, [value / factor for value in values])
    assert found.value == pytest.approx(factor)
    assert found.low == pytest.approx(factor)
    assert found.low <= found.value <= found.high or found.high == pytest.approx(factor)


def test_noise_alone_is_hardly_ever_a_gain() -> None:
    generator = random.Random(1)
    verdicts = [ratio(times(generator, 10, 0.1), times(generator, 10, 0.1)).result for _ in range(200)]
    assert verdicts.count("faster") <= 4
    assert verdicts.count("slower") <= 4


def test_half_the_time_is_found_in_noise() -> None:
    generator = random.Random(2)
    found = [ratio(times(generator, 10, 0.15), times(generator, 5, 0.15)) for _ in range(50)]
    assert [ratio.result for ratio in found].count("faster") >= 48


def test_a_small_gain_is_in_the_dead_zone_and_few_runs_say_nothing() -> None:
    assert ratio([11.0] * 9, [10.0] * 9).result == "same"
    assert ratio([10.0] * 9, [20.0] * 9).result == "slower"
    assert ratio([20.0] * 8, [10.0] * 8).result == "unknown"
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def judged(first: float, retest: float | None, same_rows: bool = True, blocks: int = 1) -> Judgement:
    """A judgement with sharp ratios."""
    trial = Trial(Arm(), f"{first}/{retest}/{blocks}", times=[1.0], blocks=blocks, bag=Bag(1, 1))
    sharp = [None if value is None else Ratio(value, value, value, MIN_PAIRS) for value in (first, retest)]
    return Judgement(trial, sharp[0], sharp[1], same_rows, fewer_blocks=False)


def test_only_a_gain_that_the_retest_confirms_with_the_same_rows_is_one() -> None:
    assert judged(2, 2).result == "faster"
    assert judged(2, 1.1).result == "same"
    assert judged(2, None).result == "unknown"
    assert judged(2, 2, same_rows=False).result == "same"
    assert judged(1.1, None).result == "same"
    assert judged(0.5, None).result == "slower"


def test_of_winners_alike_the_one_with_fewest_blocks_is_best() -> None:
    found = Measurement(Trial(Arm(), ""), [judged(2, 2, blocks=90), judged(2, 1.9, blocks=5), judged(2, 1.5)])
    best = found.best()
    assert best is not None
    assert best.trial.blocks == 5
    assert Measurement(Trial(Arm(), ""), [judged(1, None)]).best() is None


async def test_a_slow_plan_loses_and_a_fast_one_is_confirmed_on_fresh_runs(
    server_clone: Clone, open_clone: Open
) -> None:
    role = "ankus_reader"
    with server_clone.admin() as admin:
        admin.execute(f"ALTER ROLE {role} IN DATABASE {server_clone.name} SET enable_hashjoin = off".encode())
        admin.execute(
            f"ALTER ROLE {role} IN DATABASE {server_clone.name} SET enable_mergejoin = off".encode()
        )
    query = "SELECT count(*) FROM orders a JOIN orders b ON b.id + 0 = a.id + 0 WHERE a.id <= 150"
    database = await open_clone(server_clone)
    sets = ["Set(enable_hashjoin on)", "Set(enable_material off)", ""]
    answer = await measure_hints(database, query, sets, seconds=60)
    results = {row["hints"]: row for row in answer.structured["results"]}
    assert answer.structured["best"] == "Set(enable_hashjoin on)"
    assert results["Set(enable_hashjoin on)"]["ratio"] >= DEAD_ZONE
    assert "retest" in answer.text
    assert results["no hints"]["result"] == "same"
    assert all(row["same_rows"] is not False for row in results.values())


async def test_what_exceeds_three_times_the_original_is_stopped(database: Database) -> None:
    slow = "SELECT count(*) FROM orders a JOIN orders b ON b.id + 0 = a.id + 0"
    answer = await measure_hints(database, slow, ["NestLoop(a b)"], seconds=60)
    row = answer.structured["results"][0]
    assert row["result"] == "slower"
    assert row["same_rows"] is None
    assert "stopped at three times" in answer.text


async def test_too_little_time_claims_nothing(database: Database) -> None:
    statement, _ = explainable("SELECT count(*) FROM orders")
    async with guarded(database, statement) as connection:
        runner = Runner(database, connection, Bound(statement.text), deadline=time.monotonic())
        found = await measure(runner, [("Set(jit off)", Arm(settings={"jit": "off"}))])
    assert found.original.times == []
    assert [judgement.result for judgement in found.judgements] == ["unknown"]
    assert found.best() is None


async def test_progress_goes_up_to_the_end(database: Database) -> None:
    seen: list[tuple[int, int, str]] = []

    async def note(done: int, of: int, what: str) -> None:
        seen.append((done, of, what))

    statement, _ = explainable("SELECT 1")
    async with guarded(database, statement) as connection:
        runner = Runner(database, connection, Bound(statement.text), deadline=time.monotonic() + 60)
        await measure(runner, [("Set(jit off)", Arm(settings={"jit": "off"}))], progress=note)
    assert [done for done, _, _ in seen][:9] == list(range(1, 10))
    assert {of for _, of, _ in seen} == {2 * MIN_PAIRS}


async def test_a_cancelled_measurement_leaves_the_server_in_order(database: Database) -> None:
    slow = "SELECT count(*) FROM order_items a, order_items b, order_items c"
    with anyio.move_on_after(0.5) as scope:
        await measure_hints(database, slow, ["Set(jit off)"])
    assert scope.cancelled_caught
    async with database.reading() as connection:
        rows = await (await connection.execute("SHOW enable_hashjoin")).fetchone()
    assert rows == ("on",)


@pytest.mark.parametrize(
    ("sets", "code"),
    [
        (["SeqScan(o, c)"], "hint_syntax"),
        (["Set(statement_timeout 0)"], "hint_refused"),
        (["Foo(o)"], "hint_syntax"),
    ],
)
async def test_wrong_hints_are_not_measured(database: Database, sets: Sequence[str], code: str) -> None:
    with pytest.raises(AnkusError) as caught:
        await measure_hints(database, "SELECT * FROM orders o", sets)
    assert caught.value.code == code
    assert caught.value.hint


async def test_an_original_that_fails_teaches(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await measure_hints(database, "SELECT nam FROM customers", ["Set(jit off)"])
    assert caught.value.hint == "Nearest: customers.name."
