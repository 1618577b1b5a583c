"""The statements over facts; each names the owner, and runs in a transaction that sees no other's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import dict_row

from ankus_runner.memory.fact import DAY_SECONDS, Fact, Found, Owner
from ankus_runner.memory.meaning import Vector
from ankus_shared.postgres import Connection

COLUMNS = "id profile text source run_id confidence made_at confirmed_at recalled_at times_seen".split()
_PARTS = {
    "columns": sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
    "own": sql.SQL("owner = %(owner)s AND profile = %(profile)s"),
    "chosen": sql.SQL(
        "owner = %(owner)s AND (%(profile)s::text IS NULL OR profile = %(profile)s)"
        " AND (%(id)s::bigint IS NULL OR id = %(id)s)"
    ),
    "strength": sql.SQL(
        "(confidence * power(0.5, greatest(extract(epoch FROM %(now)s - confirmed_at), 0)::float8"
        " / %(half_life)s::float8))"
    ),
    # NULL where another model made the vector: the branch is not taken, whatever its dimension
    "cosine": sql.SQL("CASE WHEN model = %(model)s THEN 1 - (embedding <=> %(vector)s::vector) END"),
}


def _statement(text: LiteralString) -> sql.Composed:
    return sql.SQL(text).format(**_PARTS)


_LOCK = _statement(
    "SELECT pg_advisory_xact_lock(hashtextextended(%(owner)s, hashtextextended(%(profile)s, 0)))"
)
_COUNT = _statement("SELECT count(*) AS number FROM fact WHERE {own}")
_ADD = _statement("""
INSERT INTO fact (owner, profile, text, normal, source, run_id, confidence, made_at, confirmed_at,
                  model, embedding)
VALUES (%(owner)s, %(profile)s, %(text)s, %(normal)s, %(source)s, %(run)s, %(confidence)s, %(now)s, %(now)s,
        %(model)s, %(vector)s::vector)
RETURNING {columns}""")
_CONFIRM = _statement("""
UPDATE fact SET confidence = %(confidence)s, confirmed_at = %(now)s, run_id = %(run)s,
                times_seen = times_seen + 1
 WHERE {own} AND id = %(id)s RETURNING {columns}""")
_NEAR = _statement("""
SELECT {columns}, normal = %(normal)s AS equal, coalesce({cosine}, 0) AS cosine FROM fact
 WHERE {own} ORDER BY equal DESC, cosine DESC, id LIMIT %(most)s""")
_RECALL = _statement("""
WITH compared AS (
    SELECT f.*, {cosine} AS cosine, {strength} AS strength,
           (SELECT count(*) FROM unnest(%(lexemes)s::text[], %(patterns)s::text[]) AS w (lexeme, pattern)
             WHERE f.words @@ to_tsquery('simple', w.lexeme) OR f.text ILIKE w.pattern)::float8
           / greatest(cardinality(%(lexemes)s::text[]), 1) AS worded
      FROM fact f WHERE {own}
), likened AS (
    SELECT *, CASE WHEN cosine IS NULL THEN worded
                   ELSE least(greatest((cosine - %(low)s) / (%(high)s::float8 - %(low)s::float8), 0), 1)
              END AS likeness
      FROM compared WHERE strength >= %(floor)s
)
SELECT {columns}, likeness, likeness * strength AS score FROM likened
 WHERE CASE WHEN cosine IS NULL THEN likeness > 0 ELSE likeness >= %(least)s END
 ORDER BY score DESC, id LIMIT %(most)s""")
_RECALLED = _statement("UPDATE fact SET recalled_at = %(now)s WHERE {own} AND id = ANY (%(ids)s)")
_UNEMBEDDED = _statement("""
SELECT id, text FROM fact WHERE {own} AND model IS DISTINCT FROM %(model)s
 ORDER BY confirmed_at DESC LIMIT %(most)s""")
_EMBED = _statement(
    "UPDATE fact SET model = %(model)s, embedding = %(vector)s::vector WHERE {own} AND id = %(id)s"
)
_FADE = _statement("DELETE FROM fact WHERE {own} AND {strength} < %(floor)s RETURNING {columns}")
_SOME = _statement("SELECT {columns} FROM fact WHERE {chosen} ORDER BY confirmed_at DESC, id DESC")
_REMOVE = _statement("DELETE FROM fact WHERE {chosen} RETURNING {columns}")


@dataclass(frozen=True)
class Near:
    """A fact, and how near it is to a text."""

    fact: Fact
    equal: bool
    cosine: float


@dataclass(frozen=True)
class Wanted:
    """What is asked, in every way that a fact can be found by."""

    model: str
    vector: str | None
    low: float
    """Cosine of texts that have nothing to do with each other, by this model."""
    high: float
    """Cosine from which a text is taken to answer a question."""
    lexemes: list[str]
    patterns: list[str]


@dataclass(frozen=True)
class Fading:
    """How facts fade, and now."""

    now: datetime
    half_life_days: float
    floor: float

    def parameters(self) -> dict[str, Any]:
        """Of the statements."""
        return {"now": self.now, "half_life": self.half_life_days * DAY_SECONDS, "floor": self.floor}


async def lock(connection: Connection, owner: Owner) -> None:
    """Two runs that remember the same at once do so one after the other."""
    await connection.execute(_LOCK, _named(owner))


async def near(
    connection: Connection, owner: Owner, normal: str, vector: Vector | None, most: int
) -> list[Near]:
    """The facts nearest to a text: an equal one, then by cosine."""
    more = {"normal": normal, "most": most, **_vector(vector)}
    rows = await _rows(connection, _NEAR, _named(owner) | more)
    return [Near(_fact(row), row["equal"], row["cosine"]) for row in rows]


async def add(
    connection: Connection, owner: Owner, text: str, normal: str, vector: Vector | None, **more: Any
) -> Fact:
    """A new fact.

    Args:
        more: confidence, source, run, now.
    """
    values = _named(owner) | {"text": text, "normal": normal} | _vector(vector) | more
    [row] = await _rows(connection, _ADD, values)
    return _fact(row)


async def confirm(connection: Connection, owner: Owner, fact: int, **more: Any) -> Fact:
    """A fact that was told again.

    Args:
        more: confidence, run, now.
    """
    [row] = await _rows(connection, _CONFIRM, {**_named(owner), "id": fact, **more})
    return _fact(row)


async def recall(
    connection: Connection, owner: Owner, wanted: Wanted, fading: Fading, least: float, most: int
) -> list[Found]:
    """What is likest to what is asked, weighed by confidence and age; it has been recalled now."""
    values = _named(owner) | vars(wanted) | fading.parameters() | {"least": least, "most": most}
    rows = await _rows(connection, _RECALL, values)
    ids = [row["id"] for row in rows]
    await connection.execute(_RECALLED, {**_named(owner), "now": fading.now, "ids": ids})
    return [Found(_fact(row), row["likeness"], row["score"]) for row in rows]


async def unembedded(connection: Connection, owner: Owner, model: str, most: int) -> list[tuple[int, str]]:
    """Facts that have no vector of a model yet, by id."""
    rows = await _rows(connection, _UNEMBEDDED, {**_named(owner), "model": model, "most": most})
    return [(row["id"], row["text"]) for row in rows]


async def embed(connection: Connection, owner: Owner, fact: int, vector: Vector) -> None:
    """Give a fact the vector of the present model."""
    await connection.execute(_EMBED, {**_named(owner), "id": fact, **_vector(vector)})


async def fade(connection: Connection, owner: Owner, fading: Fading) -> list[Fact]:
    """Delete what has faded; what it was."""
    return list(map(_fact, await _rows(connection, _FADE, _named(owner) | fading.parameters())))


async def count(connection: Connection, owner: Owner) -> int:
    """How many facts there are."""
    [row] = await _rows(connection, _COUNT, _named(owner))
    return int(row["number"])


async def some(connection: Connection, user: str, profile: str | None, fact: int | None = None) -> list[Fact]:
    """A user's facts, the newest first, of one profile or all; or one by its id."""
    values = {"owner": user, "profile": profile, "id": fact}
    return list(map(_fact, await _rows(connection, _SOME, values)))


async def remove(connection: Connection, user: str, profile: str | None, fact: int | None) -> list[Fact]:
    """Delete one of a user's facts, or all of one profile or every one; what it was."""
    values = {"owner": user, "profile": profile, "id": fact}
    return list(map(_fact, await _rows(connection, _REMOVE, values)))


async def _rows(
    connection: Connection, query: sql.Composed, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


def _named(owner: Owner) -> dict[str, Any]:
    return {"owner": owner.user, "profile": owner.profile}


def _vector(vector: Vector | None) -> dict[str, Any]:
    return {"model": vector.model if vector else None, "vector": vector.text if vector else None}


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(**{name: _in_utc(row[name]) for name in COLUMNS})


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
