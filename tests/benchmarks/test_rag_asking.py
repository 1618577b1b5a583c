"""How the questions of the benchmark are asked."""

from ankus_docs_rag.evaluate.questions import Gold, Question
from benchmarks.rag.asking import by_quote

ELSEWHERE = Gold(page="b.html", anchor="B", quote="all that is kept")
KEPT = Gold(page="a.html", anchor="A", quote="what is kept", alternatives=(ELSEWHERE,))
ANCHORED = Gold(page="c.html", anchor="C")


def test_a_place_with_a_quote_is_found_by_the_quote_alone() -> None:
    kept, anchored = by_quote(Question(id="q", question="What is kept?", gold=(KEPT, ANCHORED))).gold

    assert (kept.page, kept.anchor, kept.quote) == ("a.html", "", "what is kept")
    assert [(other.page, other.anchor, other.quote) for other in kept.alternatives] == [
        ("b.html", "", "all that is kept")
    ]
    assert anchored == ANCHORED
