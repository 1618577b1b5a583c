"""The page needs nothing from outside, shows every group with a plot, and lists what went wrong."""

import re
from html.parser import HTMLParser

from ankus_docs_rag.evaluate.compare import compare
from ankus_docs_rag.evaluate.judge import Judged
from ankus_docs_rag.evaluate.questions import Gold, Question
from ankus_docs_rag.evaluate.report import comparison_html, failures_of, judgement_html, to_html
from ankus_docs_rag.evaluate.run import Evaluation, Outcome, evaluate
from tests.docs_rag.evaluations import answers, evaluation, found, question

QUESTIONS = [
    question("one"),
    question("two", language="ru", kind="paraphrase"),
    question("three", kind="multi-hop", places=2),
    question("none", places=0),
]


class Outside(HTMLParser):
    """Collects whatever a browser would load, and unclosed elements."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(page: str) -> Outside:
    parser = Outside()
    parser.feed(page)
    parser.close()
    return parser


async def measured() -> Evaluation:
    ankus = answers({"one": ["one-0.html"], "three": ["three-1.html"]}, {"none": ["missing_none"]})
    return await evaluate(
        QUESTIONS, {"ankus": ankus, "baseline: BM25": answers({})}, about={"model": "e5-small <b>"}
    )


async def test_the_page_is_whole_and_loads_nothing() -> None:
    page = to_html(await measured(), "Evaluation")

    inside = parsed(page)
    assert inside.loaded == []
    assert inside.open == []
    assert "<script" not in page


async def test_the_page_has_three_plots_that_take_the_pages_colours() -> None:
    page = to_html(await measured(), "Evaluation")

    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 3
    for plot in plots:
        assert "currentColor" in plot
        assert not re.search(r'(fill|stroke)="(black|white|#000|#fff|#888|#ddd)"', plot)


async def test_the_page_tells_every_system_and_group_and_what_it_is_of() -> None:
    page = to_html(await measured(), "Evaluation")

    for text in ("baseline: BM25", "kind multi-hop", "ru, paraphrase", "e5-small &lt;b&gt;", "1 of 1"):
        assert text in page


async def test_text_from_documents_is_escaped() -> None:
    asked = Question(
        id="evil", question="<script>alert(1)</script>?", gold=(Gold(page="a.html", quote="<img src=x>"),)
    )
    outcome = Outcome((None,), found=(found("a.html", "<script>alert(2)</script>"),))

    page = to_html(Evaluation((asked,), {"ankus": (outcome,)}), "<i>title")

    assert "<script" not in page
    assert "<img" not in page
    assert "<i>" not in page


def test_failures_are_places_not_found_answers_denied_and_nonsense_answered() -> None:
    answered, denied, late, half, nonsense, refused = [
        question(name, places=places)
        for name, places in [
            ("answered", 1),
            ("denied", 1),
            ("late", 1),
            ("half", 2),
            ("nonsense", 0),
            ("refused", 0),
        ]
    ]
    run = Evaluation(
        (answered, denied, late, half, nonsense, refused),
        {
            "ankus": (
                Outcome((1,)),
                Outcome((1,), missing=("wal_level",)),
                Outcome((11,)),
                Outcome((1, None)),
                Outcome(()),
                Outcome((), missing=("pg_quux",)),
            )
        },
    )

    assert [(one.question.id, one.why) for one in failures_of(run)] == [
        ("denied", "said to be missing: wal_level"),
        ("late", "rank 11"),
        ("half", "rank 1, not found"),
        ("nonsense", "has no answer, and that was not said"),
    ]


async def test_questions_without_any_answer_make_a_page_without_plots() -> None:
    page = to_html(await evaluate([question("none", places=0)], {"ankus": answers({})}), "Evaluation")

    assert "<svg" not in page
    assert "0 of 1" in page


def test_a_comparison_shows_differences_wins_and_losses() -> None:
    asked = [question(f"q{at}") for at in range(4)]
    before = evaluation(asked, {"ankus": [(2,), (2,), (1,), (None,)]})
    after = evaluation(asked, {"ankus": [(1,), (2,), (None,), (None,)]})

    page = comparison_html(compare(before, after, names=("old", "new")), "new against old")

    assert parsed(page).loaded == []
    assert parsed(page).open == []
    assert page.count("<svg") == 1
    assert "Where B is better: 1 questions" in page
    assert "Where B is worse: 1 questions" in page
    assert "new: ankus" in page


def test_a_judgement_shows_means_and_what_is_not_supported() -> None:
    judged = [
        Judged("What is <b>?", faithfulness=1.0, relevancy=0.8),
        Judged("And what is c?", faithfulness=0.5, unsupported=("c is <i>large</i>.",)),
        Judged("Nothing?"),
    ]

    page = judgement_html(judged, "Answers")

    assert parsed(page).loaded == []
    assert parsed(page).open == []
    assert page.count("<svg") == 1
    assert "not supported: c is &lt;i&gt;large&lt;/i&gt;." in page
    assert page.index("And what is c?") < page.index("What is &lt;b&gt;?") < page.index("Nothing?")


def test_a_judgement_of_nothing_has_no_plot() -> None:
    assert "<svg" not in judgement_html([Judged("Nothing?")], "Answers")
