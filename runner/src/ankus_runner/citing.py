"""What an answer must cite, which its profile chooses: nothing, lines, or passages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ankus_runner import citations, passages
from ankus_runner.excerpt import capped, part
from ankus_runner.passages import Source


class Citing:
    """Nothing has to be cited."""

    def cut(self, result: str, start: int, limit: int) -> tuple[str, int]:
        """A tool's result from a character on, in about `limit` characters, and where it is to be read on."""
        return part(result, start, start + limit) if start else capped(result, limit)

    def marked(self, shown: str, earlier: Iterable[str]) -> str:
        """What is shown of a result as an answer may cite it, after earlier observations."""
        return shown

    def openings(self, question: str, observations: Iterable[str]) -> tuple[str, ...]:
        """What an answer to a question may begin with; nothing where that is free."""
        return ()

    def judged(self, answer: str, observations: Sequence[str]) -> "Judged":
        """An answer beside what was observed."""
        return Judged()


@dataclass(frozen=True)
class Judged:
    """What is wrong with an answer's citations, for the model to mend, or else what it cites."""

    complaint: str = ""
    sources: tuple[Source, ...] = ()


class Lines(Citing):
    """Lines `file:line`."""

    def judged(self, answer: str, observations: Sequence[str]) -> Judged:
        """See the base."""
        return Judged(citations.complaint(answer, observations))


class Passages(Citing):
    """Passages by number."""

    def cut(self, result: str, start: int, limit: int) -> tuple[str, int]:
        """Whole passages only, or one would be cited for the text of another."""
        end = start + passages.whole(result[start:], limit)
        return part(result, start, end) if end > start else super().cut(result, start, limit)

    def marked(self, shown: str, earlier: Iterable[str]) -> str:
        """Its passages are numbered; the numbers go on."""
        return passages.numbered(shown, earlier)

    def openings(self, question: str, observations: Iterable[str]) -> tuple[str, ...]:
        """A number that was seen: a small model that may leave it out does."""
        return passages.openings(question, observations)

    def judged(self, answer: str, observations: Sequence[str]) -> Judged:
        """See the base."""
        return Judged(passages.complaint(answer, observations), passages.sources(answer, observations))


KINDS: Mapping[str, Citing] = {"": Citing(), "lines": Lines(), "passages": Passages()}
"""By a profile's `cite`."""
