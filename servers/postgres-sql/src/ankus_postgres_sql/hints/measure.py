"""Hint sets measured against the bare statement, so that only a real gain is called one.

All runs are `EXPLAIN (ANALYZE, TIMING OFF, BUFFERS)` in one read-only transaction, so that they see the
same data: planning and execution time as the server measures them, without the network. In each round
every arm runs once beside the original, in an order that turns from round to round. What wins is measured
once more, on fresh runs alone, and only what wins there too is called faster.
"""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

import psycopg
from psycopg.errors import QueryCanceled

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints.arms import Arm
from ankus_postgres_sql.hints.stats import DEAD_ZONE, MIN_PAIRS, Ratio, Result, ratio
from ankus_postgres_sql.plans.explain import explain_prefix
from ankus_postgres_sql.plans.model import Plan, parse_plan
from ankus_postgres_sql.plans.rows import Bag, bag_of
from ankus_postgres_sql.plans.run import under_settings
from ankus_postgres_sql.query import run
from ankus_postgres_sql.results.bind import Bound
from ankus_shared.postgres import Connection

PATIENCE = 3
"""An arm may take so many times as long as the original."""
LEAST_MILLISECONDS = 100
"""… but never is one stopped before this, as short runs vary."""

Progress = Callable[[int, int, str], Awaitable[None]]


@dataclass
class Trial:
    """What was seen of one arm."""

    arm: Arm
    name: str
    times: list[float] = field(default_factory=list)
    """Milliseconds of planning and execution, one a round."""
    blocks: int = 0
    shape: tuple[str, ...] = ()
    bag: Bag | None = None
    stopped: bool = False
    """Whether it took more than `PATIENCE` times as long as the original."""
    failure: str = ""

    @property
    def out(self) -> bool:
        """Whether it need not be run again."""
        return self.stopped or bool(self.failure)


@dataclass(frozen=True)
class Judgement:
    """What the measurement says of one arm."""

    trial: Trial
    first: Ratio | None
    """Against the original, in the first rounds; None where it did not run."""
    retest: Ratio | None
    """On fresh runs; None where the first rounds did not win."""
    same_rows: bool | None
    fewer_blocks: bool

    @property
    def result(self) -> Result:
        """Faster only if the retest says so too, and the rows are the same."""
        if self.trial.stopped:
            return "slower"
        if self.first is None or self.same_rows is None:
            return "unknown"
        if self.first.result != "faster":
            return self.first.result
        if self.retest is None:
            return "unknown"
        return "faster" if self.retest.result == "faster" and self.same_rows else "same"


@dataclass(frozen=True)
class Measurement:
    """A whole measurement."""

    original: Trial
    judgements: list[Judgement]

    def best(self) -> Judgement | None:
        """The fastest real winner; of those near it, the one that touches fewest blocks."""
        winners = [judged for judged in self.judgements if judged.result == "faster" and judged.retest]
        if not winners:
            return None
        top = max(judged.retest.value for judged in winners if judged.retest)
        near = [judged for judged in winners if judged.retest and judged.retest.value >= top / DEAD_ZONE]
        return min(near, key=lambda judged: judged.trial.blocks)


@dataclass
class Runner:
    """Runs one statement in the ways of its arms, within a time budget."""

    database: Database
    connection: Connection
    query: Bound
    deadline: float
    """On the monotonic clock."""
    limit_ms: float = 0.0
    """How long one run of an arm may take; 0 for the statement timeout."""

    def in_time(self) -> bool:
        """Whether another round may begin."""
        return time.monotonic() < self.deadline

    async def time(self, trial: Trial, keep: bool = True) -> None:
        """Run once and note the time, or that it was stopped or failed."""
        if trial.out:
            return
        prefix = trial.arm.comment + original_prefix()
        try:
            async with under_settings(self.connection, trial.arm.settings | self._limit()):
                text = prefix + self.query.text
                answer = await run(self.database, self.connection, text, 1, self.query.parameters)
        except QueryCanceled:
            if not trial.name:
                raise
            trial.stopped = True
            return
        except psycopg.Error as error:
            if not trial.name:
                raise
            trial.failure = error.diag.message_primary or str(error)
            return
        if keep:
            _note(trial, parse_plan(json.loads(answer.rows[0][0] or b"[]")))

    async def sum_up(self, trial: Trial) -> None:
        """Note the trial's rows as a bag; an arm that is stopped while it does so has none."""
        if trial.out:
            return
        try:
            async with under_settings(self.connection, trial.arm.settings):
                trial.bag = await bag_of(
                    self.database, self.connection, self.query.text, trial.arm.comment, self.query.parameters
                )
        except QueryCanceled:
            trial.bag = None

    def _limit(self) -> dict[str, str]:
        most = 1000.0 * self.database.settings.statement_timeout
        return {"statement_timeout": f"{min(self.limit_ms, most):.0f}ms"} if self.limit_ms else {}


def original_prefix() -> str:
    """What stands before the statement in each run."""
    return explain_prefix(analyze=True, timing=False)


def _note(trial: Trial, plan: Plan) -> None:
    trial.times.append(max(plan.total_ms, 0.001))
    trial.blocks = plan.blocks
    trial.shape = tuple(f"{node.depth} {node.label}" for node in plan.nodes())


async def measure(
    runner: Runner, arms: Sequence[tuple[str, Arm]], pairs: int = MIN_PAIRS, progress: Progress | None = None
) -> Measurement:
    """Measure arms, each with a name that is not empty, against the original.

    Args:
        pairs: Rounds of the measurement, and again of the retest of a winner.
        progress: Called with the rounds done, all rounds, and what is done now.

    Raises:
        psycopg.Error: If the original itself fails or exceeds the statement timeout.
    """
    original = Trial(Arm(), "")
    trials = [Trial(arm, name) for name, arm in arms]
    await _warm_up(runner, original, trials)
    tell = progress or _silent
    await _rounds(runner, original, trials, pairs, lambda done: tell(done, 2 * pairs, "first runs"))
    await runner.sum_up(original)
    for trial in trials:
        await runner.sum_up(trial)
    firsts = {trial.name: _ratio(original, trial) for trial in trials}
    winners = [trial for trial in trials if _won(firsts[trial.name])]
    retests = await _retest(runner, winners, pairs, lambda done: tell(pairs + done, 2 * pairs, "retest"))
    judged = [_judge(original, trial, firsts[trial.name], retests.get(trial.name)) for trial in trials]
    return Measurement(original, judged)


async def _silent(done: int, of: int, what: str) -> None:
    """No progress wanted."""


async def _warm_up(runner: Runner, original: Trial, trials: Sequence[Trial]) -> None:
    """Bring tables into memory, and learn how long an arm may take."""
    probe = Trial(original.arm, "")
    await runner.time(probe)
    await runner.time(probe)
    runner.limit_ms = max(LEAST_MILLISECONDS, PATIENCE * max(probe.times))
    for trial in trials:
        await runner.time(trial, keep=False)


async def _rounds(
    runner: Runner,
    original: Trial,
    trials: Sequence[Trial],
    pairs: int,
    tell: Callable[[int], Awaitable[None]],
) -> None:
    """Complete rounds only, so that every time of an arm stands beside one of the original."""
    limit, runner.limit_ms = runner.limit_ms, 0.0
    for done in range(pairs):
        if not runner.in_time():
            break
        order = [original, *trials]
        turn = done % len(order)
        for trial in order[turn:] + order[:turn]:
            runner.limit_ms = limit if trial.name else 0.0
            await runner.time(trial)
        await tell(done + 1)
    runner.limit_ms = limit


async def _retest(
    runner: Runner, winners: Sequence[Trial], pairs: int, tell: Callable[[int], Awaitable[None]]
) -> dict[str, Ratio | None]:
    original = Trial(Arm(), "")
    fresh = [Trial(winner.arm, winner.name) for winner in winners]
    if fresh:
        await _rounds(runner, original, fresh, pairs, tell)
    return {trial.name: _ratio(original, trial) for trial in fresh}


def _ratio(original: Trial, trial: Trial) -> Ratio | None:
    if trial.out or not trial.times:
        return None
    pairs = min(len(original.times), len(trial.times))
    return ratio(original.times[:pairs], trial.times[:pairs])


def _won(found: Ratio | None) -> bool:
    return found is not None and found.result == "faster"


def _judge(original: Trial, trial: Trial, first: Ratio | None, retest: Ratio | None) -> Judgement:
    same = None if trial.bag is None or original.bag is None else trial.bag == original.bag
    fewer = bool(trial.times) and trial.blocks * DEAD_ZONE <= original.blocks
    return Judgement(trial, first, retest, same, fewer)


def typical_ms(trial: Trial) -> float:
    """The median time of a trial; 0 where it did not run."""
    return median(trial.times) if trial.times else 0.0
