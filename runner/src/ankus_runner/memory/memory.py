"""Remember, recall and forget: what the tools, the beginning of a question and `ankus memory` do.

A change is told to the run's listener within its transaction: what could not be told is not kept either.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ankus_runner.events import Forgotten, Listener, Remembered
from ankus_runner.memory import facts
from ankus_runner.memory.errors import MemoryFull, UnknownFact
from ankus_runner.memory.fact import Fact, Found, Owner, confirmed
from ankus_runner.memory.facts import Fading, Near, Wanted
from ankus_runner.memory.likeness import normal, same_words
from ankus_runner.memory.meaning import Embedded, Meaning
from ankus_runner.memory.policy import MemoryPolicy
from ankus_runner.memory.refusal import Refusal
from ankus_runner.memory.store import FactStore
from ankus_runner.traces.redact import Redactor
from ankus_shared.postgres import Connection

NEAREST = 5
"""Known facts that a new one is compared with."""
RELATED = 0.5
"""Likeness from which a known fact is shown beside a new one, which may contradict it."""
RENEWED = 64
"""Facts that one recall gives the vector of another model."""
MOST_WORDS = 20
_WORD = re.compile(r"\w+")
_SHORTEST_WORD = 3
_ASKING = frozenset(
    "the and are was were how what when which who where why for with from does did have has this that there"
    " как что где когда кто это для или при был была было были есть какой какая какие сколько почему".split()
)


@dataclass(frozen=True)
class Told:
    """Something to remember."""

    text: str
    confidence: float
    source: str
    run_id: str


@dataclass(frozen=True)
class Kept:
    """A fact that is kept, whether it was known, and what it may contradict."""

    fact: Fact
    known: bool
    related: tuple[Fact, ...]


@dataclass(frozen=True)
class Recalled:
    """Facts, the best first, and why they were only searched by words."""

    found: list[Found]
    by_words: str = ""


@dataclass
class Memory:
    """What one program remembers, for all of its runs."""

    store: FactStore
    meaning: Meaning
    redactor: Redactor = field(default_factory=Redactor)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def remember(self, owner: Owner, policy: MemoryPolicy, told: Told, tell: Listener) -> Kept:
        """Keep a fact; one that is known is confirmed.

        Raises:
            BadFact, SecretRefused: It must not be kept.
            MemoryFull: There are as many as are kept, and none has faded.
            DatabaseUnavailable, MemoryFailed, NoVectors: It cannot be kept.
        """
        text = Refusal(policy.fact_chars, self.redactor).checked(told.text)
        made = await self.meaning.of_facts([text])
        vector = made.vectors[0] if made.vectors else None
        async with self.store.of(owner) as connection:
            await facts.lock(connection, owner)
            near = await facts.near(connection, owner, normal(text), vector, NEAREST)
            again = next((one for one in near if _same(one, text, policy.same)), None)
            if again is not None:
                return Kept(await self._confirm(connection, owner, again.fact, told, tell), True, ())
            for faded in await facts.fade(connection, owner, self._fading(policy)):
                tell(Forgotten(faded.id, "faded"))
            await _check_room(connection, owner, policy)
            more = {"confidence": told.confidence, "source": told.source, "run": told.run_id}
            fact = await facts.add(connection, owner, text, normal(text), vector, **more, now=self.now())
            tell(Remembered(fact.id, fact.text, fact.source, fact.confidence, False))
        return Kept(fact, False, _related(near, made))

    async def recall(
        self, owner: Owner, policy: MemoryPolicy, question: str, most: int | None = None
    ) -> Recalled:
        """What is known and likest to a question, weighed by confidence and age.

        Raises:
            DatabaseUnavailable, MemoryFailed, NoVectors: It cannot be read.
        """
        asked = await self.meaning.of_questions([question])
        if asked.vectors:
            await self._renew(owner, asked.vectors[0].model)
        async with self.store.of(owner) as connection:
            found = await facts.recall(
                connection,
                owner,
                _wanted(question, asked),
                self._fading(policy),
                policy.least,
                min(most or policy.most, policy.most),
            )
        return Recalled(found, asked.missing)

    async def forget(self, owner: Owner, fact: int, reason: str, tell: Listener) -> Fact:
        """Delete a fact; what it was.

        Raises:
            UnknownFact: This user and profile do not have it.
            DatabaseUnavailable, MemoryFailed, NoVectors: It cannot be deleted.
        """
        async with self.store.of(owner) as connection:
            gone = await facts.remove(connection, owner.user, owner.profile, fact)
            if not gone:
                raise UnknownFact(f"There is no fact{fact}.", hint="Recall what is known first.")
            tell(Forgotten(fact, reason))
        return gone[0]

    async def aclose(self) -> None:
        """Close the database and the model."""
        await self.meaning.aclose()
        await self.store.aclose()

    async def _confirm(
        self, connection: Connection, owner: Owner, known: Fact, told: Told, tell: Listener
    ) -> Fact:
        again = known.run_id == told.run_id  # a run that repeats itself is no second witness
        confidence = max(known.confidence, told.confidence)
        confidence = confidence if again else confirmed(known.confidence, told.confidence)
        fact = await facts.confirm(
            connection, owner, known.id, confidence=confidence, run=told.run_id, now=self.now()
        )
        tell(Remembered(fact.id, fact.text, told.source, fact.confidence, True))
        return fact

    async def _renew(self, owner: Owner, model: str) -> None:
        """Give facts without a vector of this model one."""
        async with self.store.of(owner) as connection:
            old = await facts.unembedded(connection, owner, model, RENEWED)
        made = await self.meaning.of_facts([text for _, text in old]) if old else Embedded()
        if made.vectors:
            async with self.store.of(owner) as connection:
                for (fact, _), vector in zip(old, made.vectors, strict=True):
                    await facts.embed(connection, owner, fact, vector)

    def _fading(self, policy: MemoryPolicy) -> Fading:
        return Fading(self.now(), policy.half_life_days, policy.floor)


async def _check_room(connection: Connection, owner: Owner, policy: MemoryPolicy) -> None:
    if await facts.count(connection, owner) >= policy.facts:
        raise MemoryFull(
            f"There are {policy.facts} facts, which is as many as are kept.",
            hint="Forget one that is no longer true or needed; the user can: ankus memory forget.",
        )


def _same(near: Near, text: str, cosine: float) -> bool:
    return near.equal or (near.cosine >= cosine and same_words(near.fact.text, text))


def _related(near: list[Near], made: Embedded) -> tuple[Fact, ...]:
    low, high = made.range
    return tuple(one.fact for one in near if (one.cosine - low) / (high - low) >= RELATED)


def _wanted(question: str, asked: Embedded) -> Wanted:
    vector = asked.vectors[0] if asked.vectors else None
    stems = [_stem(word) for word in _WORD.findall(question.casefold()) if _tells(word)]
    stems = list(dict.fromkeys(stems))[:MOST_WORDS]
    escaped = [re.sub(r"([\\%_])", r"\\\1", stem) for stem in stems]
    return Wanted(
        model=vector.model if vector else "",
        vector=vector.text if vector else None,
        low=asked.range[0],
        high=asked.range[1],
        lexemes=[f"'{stem}':*" for stem in stems],
        patterns=[f"%{stem}%" for stem in escaped],
    )


def _tells(word: str) -> bool:
    return len(word) >= _SHORTEST_WORD and word not in _ASKING


def _stem(word: str) -> str:
    """A word without the ending that it may have: what a longer one begins with."""
    return word[: max(4, len(word) - 2)] if word.isalpha() and len(word) > 4 else word
