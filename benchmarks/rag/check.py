"""Whether the questions are what they are said to be: every quote verbatim, every anchor around its quote.

python -m benchmarks.rag.check [--manual FOLDER]
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import snowballstemmer
from cyclopts import App

from benchmarks.rag.manual import VisiblePage, read_page
from benchmarks.rag.questions import Place, Question, halves, read_questions
from tests.fixtures.apt import Missing
from tests.fixtures.manual import find_manual

QUESTIONS_LEAST, RUSSIAN_LEAST = 150, 55
KINDS_LEAST = {"identifier": 40, "natural": 50, "paraphrase": 35, "multi-hop": 20, "no-answer": 18}
QUOTE_CHARS = range(30, 201)
APART = 200
"""Characters between the starts of what two questions quote from one page, at least."""
_WORD = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    """a about after all already also although an and any are as at be because been before being both
    but by can cannot could did do does done during each either else every few for from further had has
    have having he her here him his how i if in into is it its itself just many may me might more most
    much must my no nobody none nor not nothing of off on once one only or other our out over own per
    quite same she should since so some somebody someone something than that the their them then there
    these they this those though through to too under until up upon us very was we were what when where
    whether which while who whom whose why will with without would yet you your""".split()
)

app = App(help=__doc__, version_flags=[])


@app.default
def main(manual: Path | None = None) -> None:
    """Print what is wrong with the questions, and how many there are of each sort.

    Args:
        manual: The folder with the manual's HTML; Debian's by default.
    """
    try:
        folder = manual or find_manual()
    except Missing as error:
        sys.exit(f"No manual: {error}")
    questions = read_questions()
    faults = [*faults_in_file(questions), *faults_in_manual(questions, folder)]
    print("\n".join([*faults, *counted(questions)]))
    sys.exit(bool(faults))


def counted(questions: Sequence[Question]) -> list[str]:
    """How many questions there are of each kind, language and half, a kind a line."""
    total: Counter[tuple[str, str, str]] = Counter(
        (question.kind, question.language, question.half) for question in questions
    )
    return [
        f"{kind}: "
        + ", ".join(
            f"{language} {total[kind, language, 'fit']} fit + {total[kind, language, 'test']} test"
            for language in ("en", "ru")
        )
        for kind in KINDS_LEAST
    ]


def faults_in_file(questions: Sequence[Question]) -> Iterator[str]:
    """What is wrong that can be told without the manual."""
    yield from _repeated("id", [question.id for question in questions])
    yield from _repeated("question", [" ".join(stems(question.question)) for question in questions])
    yield from _too_few(questions)
    assigned = halves(questions)
    for question in questions:
        if question.half != assigned[question.id]:
            yield f"{question.id}: its half is {assigned[question.id]}"
        yield from _wrong_shape(question)


def faults_in_manual(questions: Sequence[Question], folder: Path) -> Iterator[str]:
    """What the manual does not bear out."""
    pages = {path.name: read_page(path) for path in sorted(folder.glob("*.html"))}
    for question in questions:
        for place in question.places:
            yield from (f"{question.id}: {fault}" for fault in misplaced(place, pages.get(place.page)))
        if question.missing and (page := page_with(question.missing, pages)):
            yield f"{question.id}: {question.missing} stands in {page}"
    yield from _neighbours(questions, pages)


def misplaced(place: Place, page: VisiblePage | None) -> Iterator[str]:
    """What is wrong with a place; `page` is the one that it names, None if there is none."""
    if page is None:
        yield f"no page {place.page}"
        return
    anchors = [page.innermost(start, start + len(place.quote)) for start in page.find(place.quote)]
    if not anchors:
        yield f"{place.page} does not say “{place.quote}”"
    elif place.anchor not in anchors:
        yield f"“{place.quote}” is in {' and in '.join(anchors)}, not in {place.anchor}"


def page_with(name: str, pages: dict[str, VisiblePage]) -> str:
    """The first page that has a name as a whole word, in any case; "" if none has."""
    whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return next((path for path, page in pages.items() if whole.search(page.text)), "")


def stems(text: str) -> list[str]:
    """The stems of a text's words, without stop words; of each language by its own rules."""
    words = [word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]
    english, russian = (snowballstemmer.stemmer(language) for language in ("english", "russian"))
    return [(english if word.isascii() else russian).stemWord(word) for word in words]


def _wrong_shape(question: Question) -> Iterator[str]:
    shared = {stem for place in question.places for stem in stems(place.quote)} & set(
        stems(question.question)
    )
    if question.kind == "paraphrase" and shared:
        yield f"{question.id}: shares {', '.join(sorted(shared))} with its quote"
    if question.answerable == (question.kind == "no-answer"):
        yield f"{question.id}: a question without an answer is of the kind no-answer"
    if len(question.gold) != {"no-answer": 0, "multi-hop": 2}.get(question.kind, 1):
        yield f"{question.id}: {len(question.gold)} places"
    if bool(question.missing) != (not question.answerable):
        yield f"{question.id}: what has no answer names what is missing"
    if question.missing.lower() not in question.question.lower():
        yield f"{question.id}: does not name {question.missing}"
    for place in question.places:
        if len(place.quote) not in QUOTE_CHARS:
            yield f"{question.id}: a quote of {len(place.quote)} characters"


def _too_few(questions: Sequence[Question]) -> Iterator[str]:
    kinds: Counter[str] = Counter(question.kind for question in questions)
    russian = [question for question in questions if question.language == "ru"]
    counts = [("questions", len(questions), QUESTIONS_LEAST), ("Russian", len(russian), RUSSIAN_LEAST)]
    counts += [(kind, kinds[kind], least) for kind, least in KINDS_LEAST.items()]
    yield from (f"only {count} {name}, not {least}" for name, count, least in counts if count < least)


def _repeated(what: str, values: Iterable[str]) -> Iterator[str]:
    yield from (f"the same {what} twice: {value}" for value, count in Counter(values).items() if count > 1)


def _neighbours(questions: Sequence[Question], pages: dict[str, VisiblePage]) -> Iterator[str]:
    """Pairs of questions that ask for one passage."""
    quoted = [
        (gold.page, start, question.id)
        for question in questions
        for gold in question.gold
        if gold.page in pages
        for start in pages[gold.page].find(gold.quote)[:1]
    ]
    for (page, start, first), (other_page, other_start, second) in combinations(quoted, 2):
        if page == other_page and abs(start - other_start) < APART and first != second:
            yield f"{first} and {second} quote the same passage of {page}"


if __name__ == "__main__":
    app()
