"""Two sets of runs, measure by measure: what each has, the difference, and how sure it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import unified_diff
from typing import LiteralString

from ankus_runner.traces.compare import intervals
from ankus_runner.traces.compare.intervals import Interval, Statistic
from ankus_runner.traces.reading import Row, Wanted, rows
from ankus_runner.traces.store import Connection
from ankus_shared.errors import SettingsError

KEYS = ("prompt", "profile", "model", "days")
SHORTEST_HASH = 6
"""Letters that the beginning of a prompt's hash has at least; less are a version's name only."""
FEWEST = 2
"""Runs of each set, without which there is no interval."""
MEASURES: Mapping[str, tuple[str, Statistic]] = {
    "steps": ("steps", intervals.mean),
    "tokens read": ("prompt_tokens", intervals.mean),
    "tokens from the cache": ("cached_tokens", intervals.mean),
    "tokens written": ("completion_tokens", intervals.mean),
    "cost": ("cost", intervals.mean),
    "seconds, median": ("seconds", intervals.median),
    "seconds, p95": ("seconds", intervals.p95),
    "first token s, median": ("first_token_seconds", intervals.median),
}
"""A run's column, and what is made of it."""


@dataclass(frozen=True)
class Chosen:
    """Which runs are of a set, besides those that both are of."""

    prompt: str | None = None
    """A version's name, or the beginning of a hash."""
    profile: str | None = None
    model: str | None = None
    days: int | None = None


@dataclass(frozen=True)
class Runs:
    """A set of runs that ended by themselves."""

    runs: list[Row]
    scores: Mapping[str, list[float]] = field(default_factory=dict)
    """Of each name, the mean score of each run that has one."""

    @property
    def answered(self) -> int:
        """How many have an answer."""
        return sum(run["status"] == "ok" for run in self.runs)

    def values(self, column: str) -> list[float]:
        """What is known in a column."""
        return [float(run[column]) for run in self.runs if run[column] is not None]

    def prompts(self) -> list[Row]:
        """Which prompts they saw, and how many saw each."""
        seen = Counter((run["prompt_version"], run["prompt_hash"]) for run in self.runs)
        return [
            {"version": version, "hash": digest, "runs": count} for (version, digest), count in seen.items()
        ]

    def errors(self) -> dict[str, int]:
        """How many had no answer, by the code of the error."""
        return dict(Counter(run["error"] for run in self.runs if run["error"]).most_common())


@dataclass(frozen=True)
class Measure:
    """One measure of both sets."""

    name: str
    before: float | None
    after: float | None
    interval: Interval | None = None
    """95% of the difference; None where a set is too small."""

    @property
    def difference(self) -> float | None:
        """How much more the second set has."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def sure(self) -> bool:
        """Whether there is a difference by chance in fewer than 5% of such sets."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True)
class Compared:
    """Two sets beside each other."""

    sets: tuple[Runs, Runs]
    measures: list[Measure]
    prompt: list[str]
    """What differs between their prompts, as a unified diff, where each set has seen a single one."""


def chosen(text: str) -> Chosen | None:
    """What `prompt=2,days=7` chooses; None for what has no such form.

    Raises:
        SettingsError: It names what nothing is chosen by.
    """
    if "=" not in text:
        return None
    parts = {key.strip(): value for key, _, value in (part.partition("=") for part in text.split(","))}
    unknown = next((key for key in parts if key not in KEYS), None)
    if unknown is not None:
        raise SettingsError(f"Runs are not chosen by '{unknown}'.", hint=f"By {', '.join(KEYS)}.")
    days = parts.pop("days", None)
    if days is not None and not (days.isdecimal() and 0 < int(days) < 100_000):
        raise SettingsError(f"'{days}' is no number of days.")
    return Chosen(**parts, days=int(days) if days else None)


def compare(connection: Connection, which: tuple[Chosen, Chosen], common: Wanted) -> Compared:
    """Two sets of runs, each of the newest that are of it and of what both are of."""
    before, after = (_read(connection, each, common) for each in which)
    return Compared((before, after), _measures(before, after), _changes(connection, before, after))


def _read(connection: Connection, which: Chosen, common: Wanted) -> Runs:
    query: LiteralString = """
SELECT trace_id, status, error, seconds, steps, prompt_tokens, cached_tokens, completion_tokens,
       first_token_seconds, cost, prompt_hash, prompt_version
  FROM ankus_trace.trace
 WHERE status IN ('ok', 'error') AND started_at >= %(since)s AND started_at >= %(also)s
   AND profile = ALL(%(profiles)s::text[]) AND model = ALL(%(models)s::text[])
   AND (%(user)s::text IS NULL OR user_name = %(user)s)
   AND (%(prompt)s::text IS NULL OR prompt_version = %(prompt)s
        OR length(%(prompt)s) >= %(shortest)s AND starts_with(prompt_hash, %(prompt)s))
 ORDER BY started_at DESC LIMIT %(limit)s"""
    wanted = {
        "since": common.since,
        "also": Wanted(days=which.days).since,
        "profiles": [name for name in (which.profile, common.profile) if name is not None],
        "models": [name for name in (which.model, common.model) if name is not None],
        "user": common.user,
        "prompt": which.prompt,
        "shortest": SHORTEST_HASH,
        "limit": common.limit,
    }
    found = rows(connection, query, wanted)
    return Runs(found, _scores(connection, [run["trace_id"] for run in found]))


def _scores(connection: Connection, traces: Sequence[str]) -> dict[str, list[float]]:
    query: LiteralString = """
SELECT name, array_agg(value ORDER BY trace_id) AS "values"
  FROM (SELECT name, trace_id, avg(value) AS value FROM ankus_trace.score
         WHERE trace_id = ANY(%(traces)s) GROUP BY name, trace_id) s
 GROUP BY name ORDER BY name"""
    return {row["name"]: row["values"] for row in rows(connection, query, {"traces": list(traces)})}


def _measures(before: Runs, after: Runs) -> list[Measure]:
    found = [_answered(before, after)]
    for name, (column, statistic) in MEASURES.items():
        found.append(_measured(name, before.values(column), after.values(column), statistic))
    for name in sorted({*before.scores, *after.scores}):
        one, other = before.scores.get(name, []), after.scores.get(name, [])
        found.append(_measured(f"score {name}", one, other, intervals.mean))
    return found


def _answered(before: Runs, after: Runs) -> Measure:
    one, other = (len(runs.runs) for runs in (before, after))
    interval = None
    if min(one, other) >= FEWEST:
        interval = intervals.share_difference(before.answered, one, after.answered, other)
    shares = before.answered / one if one else None, after.answered / other if other else None
    return Measure("answered", shares[0], shares[1], interval)


def _measured(name: str, before: list[float], after: list[float], statistic: Statistic) -> Measure:
    enough = min(len(before), len(after)) >= FEWEST
    return Measure(
        name,
        statistic(before) if before else None,
        statistic(after) if after else None,
        intervals.difference(before, after, statistic) if enough else None,
    )


def _changes(connection: Connection, before: Runs, after: Runs) -> list[str]:
    if len(before.prompts()) != 1 or len(after.prompts()) != 1:
        return []
    [old], [new] = before.prompts(), after.prompts()
    texts = [body_of(connection, prompt["hash"]).splitlines() for prompt in (old, new)]
    names = [f"{prompt['version']} {prompt['hash'][:12]}" for prompt in (old, new)]
    return list(unified_diff(texts[0], texts[1], names[0], names[1], lineterm=""))


def body_of(connection: Connection, digest: str) -> str:
    """A prompt's text as it was written; "" where it is not known."""
    query: LiteralString = "SELECT body FROM ankus_trace.prompt_version WHERE prompt_hash = %(hash)s"
    found = rows(connection, query, {"hash": digest})
    return str(found[0]["body"]) if found else ""


def as_row(compared: Compared) -> Row:
    """The same for JSON."""
    measured = [
        {**asdict(measure), "difference": measure.difference, "sure": measure.sure}
        for measure in compared.measures
    ]
    return {"sets": [_row(runs) for runs in compared.sets], "measures": measured, "prompt": compared.prompt}


def _row(runs: Runs) -> Row:
    prompts, errors = runs.prompts(), runs.errors()
    return {"runs": len(runs.runs), "answered": runs.answered, "prompts": prompts, "errors": errors}
