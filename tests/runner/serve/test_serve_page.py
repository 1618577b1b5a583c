"""The page of `ankus serve` in Chromium, by keyboard, as a person uses it."""

import json
from collections.abc import Callable, Generator
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.scripted import Reply, call, final
from tests.fixtures.serve import Served
from tests.fixtures.shop_server import HOSTILE

QUERY = call("shop__run_query", {"sql": "SELECT id\n  FROM orders"}, "I look at the orders.")
CHART = call("shop__draw_chart", {"kind": "bar"})
HELD = Reply("Thought: I think", hold=True)
LONG = "".join(map(str, range(100)))
"""Without a place to break it."""
PHONE = {"width": 360, "height": 740}

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Generator[OpenPage]:
    """Open the page with anna's key, in English unless told otherwise; it may raise and log nothing."""
    contexts, wrong = [], list[str]()

    def opened(path: str = "/", who: str = "anna", **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-US", **options})
        contexts.append(context)
        if who:
            context.add_init_script(f"sessionStorage.setItem('ankus-key', 'key-of-{who}')")
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(f"{served.url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [line for line in wrong if "status of 401" not in line] == []


def ask(page: Page, question: str) -> None:
    """Ask by keyboard."""
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(question)
    page.keyboard.press("Enter")


def width(page: Page) -> int:
    """How much of the page lies beyond its window, in pixels."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_a_question_by_keyboard_shows_steps_and_then_the_answer_with_its_rows(
    open_page: OpenPage, served: Served
) -> None:
    page = open_page()
    served.model.play(QUERY, HELD)

    ask(page, "Which orders?")

    expect(page.locator(".step .thought").first).to_have_text("I look at the orders.")
    expect(page.locator(".step .thought").nth(1)).to_have_text("I think")
    expect(page.locator(".step pre.code")).to_have_text("SELECT id\n  FROM orders")
    expect(page.locator(".step th")).to_have_text(["id", "customer", "note", "total"])
    expect(page.locator("#status")).to_have_text("Writing step 2")
    page.keyboard.press("Escape")
    expect(page.locator(".no-answer")).to_contain_text("Stopped.")
    served.model.play(QUERY, final("Three: **all** of them."))
    ask(page, "Once more?")
    expect(page.locator(".answer strong").last).to_have_text("all")
    expect(page.locator(".evidence td.right").last).to_have_text("40000.00")
    expect(page.locator("#status")).to_have_text("There is an answer.")
    expect(page.locator(".work").last).not_to_have_attribute("open", "")


def test_what_a_tool_or_a_model_writes_is_never_markup(open_page: OpenPage, served: Served) -> None:
    page = open_page()
    served.model.play(QUERY, final(f"{HOSTILE} [x](javascript:alert(1)) <b>bold</b>"))

    ask(page, HOSTILE)

    expect(page.locator(".evidence td").nth(2)).to_have_text(HOSTILE)
    expect(page.locator(".answer > p").first).to_have_text(f"{HOSTILE} [x](javascript:alert(1)) <b>bold</b>")
    assert page.locator("#thread img, #thread b, #thread a[href^=javascript]").count() == 0
    assert page.title() == "Ankus"


def test_a_chart_is_shown_and_a_conversation_is_found_again(open_page: OpenPage, served: Served) -> None:
    page = open_page()
    served.model.play(QUERY, CHART, final("Look."))

    ask(page, "Draw the orders.")

    chart = page.locator(".answer figure img")
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    page.keyboard.press("Tab")
    page.reload()
    expect(page.locator(".asked p")).to_have_text("Draw the orders.")
    expect(page.locator(".talks a[aria-current] .title")).to_have_text("Draw the orders.")
    expect(page.locator(".answer > p").first).to_have_text("Look.")
    page.locator(".work > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".step th").first).to_be_hidden()  # results are folded until they are asked for


def test_a_call_is_approved_by_keyboard_with_other_arguments(open_page: OpenPage, served: Served) -> None:
    page = open_page()
    served.model.play(call("shop__delete_rows", {"table": "orders", "count": 3}), final("Gone."))

    ask(page, "Delete them.")

    expect(page.locator(".approval")).to_be_focused()
    expect(page.locator(".approval .tool")).to_have_text("shop__delete_rows")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("no")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".approval .wrong")).to_have_text("That is no JSON object.")
    page.locator(".approval textarea").fill('{"table": "orders", "count": 2}')
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.locator(".answer > p").first).to_have_text("Gone.")
    page.locator(".work > summary").click()
    expect(page.locator(".verdict")).to_have_text("Approved, with other arguments shop__delete_rows")
    assert (served.folder / "deleted").read_text() == "orders 2\n"
    (served.folder / "deleted").unlink()


def test_a_plan_is_seen_before_anything_of_it_runs_and_can_be_written_anew(
    open_page: OpenPage, served: Served
) -> None:
    page = open_page()
    expect(page.locator("#question")).to_be_focused()
    page.select_option("#profile", "planner")
    page.locator("#question").focus()
    served.model.play(Reply('Thought: Both.\nE1 = shop__run_query {"sql":"SELECT 1"}'), final("Two."))

    ask(page, "Plan it.")

    expect(page.locator(".approval textarea")).to_have_value('E1 = shop__run_query {"sql":"SELECT 1"}')
    lines = ["one", "two jsonl"]
    plan = "\n".join(f'E{n} = shop__run_query {{"sql":"{line}"}}' for n, line in enumerate(lines, 1))
    page.locator(".approval textarea").fill(plan)
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.locator(".answer > p").first).to_have_text("Two.")
    page.locator(".work > summary").press("Enter")
    expect(page.locator(".made pre.code")).to_have_text(lines)
    for result in page.locator(".made .result").all():
        result.evaluate("details => { details.open = true }")
    expect(page.locator(".made").nth(1).locator("th")).to_have_text(["day", "orders"])


def test_a_trace_shows_when_what_happened_with_prompts_and_results(
    open_page: OpenPage, served: Served
) -> None:
    page = open_page()
    served.model.play(QUERY, final("Three."))

    ask(page, "Trace me.")
    page.locator(".cost a").click()

    names = page.locator(".timeline button .name")
    expect(names).to_have_text(["prompt 1", "step 1", "chat m", "shop__run_query", "step 2", "chat m"])
    expect(page.locator(".facts")).to_contain_text("200 read (120 cached)")
    page.locator(".timeline button").nth(3).press("Enter")
    expect(page.locator(".span-detail td").nth(2)).to_have_text(HOSTILE)
    expect(page.locator(".span-detail pre.code")).to_have_text("SELECT id\n  FROM orders")
    page.locator(".timeline button").nth(2).press("Enter")
    expect(page.locator(".span-detail .message")).to_contain_text(["system", "Question: Trace me."])
    page.get_by_role("link", name="All traces").click()
    expect(page.locator(".runs tbody tr").first).to_contain_text("Trace me.")


def test_shift_enter_breaks_the_line_and_every_control_has_a_name(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#question")).to_be_focused()

    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")

    expect(page.locator("#question")).to_have_value("one\ntwo")
    unnamed = "e => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)"
    controls = page.locator("button, a, select, textarea, input")
    assert controls.count() > 8
    assert not any(control.evaluate(unnamed) for control in controls.all())
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert (page.evaluate("document.activeElement.id"), outline) == ("profile", "solid")


def test_on_a_phone_in_russian_and_dark_nothing_lies_beyond_the_edge(
    open_page: OpenPage, served: Served
) -> None:
    page = open_page(viewport=PHONE, locale="ru-RU", color_scheme="dark", has_touch=True)
    served.model.play(QUERY, CHART, final(f"{LONG} `{LONG}`"))

    ask(page, "Покажи заказы " + "ж" * 200)

    expect(page.locator(".cost")).to_contain_text("Шагов: 3")
    page.locator(".work > summary").tap()
    page.locator(".step .result > summary").first.tap()
    expect(page.locator(".step th").first).to_be_visible()
    assert width(page) <= 0
    assert page.locator("html").get_attribute("lang") == "ru"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 27)"
    expect(page.locator("#send")).to_have_text("Спросить")
    page.locator("#menu").tap()
    expect(page.locator("#fresh")).to_be_focused()
    assert width(page) <= 0
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    page.locator("#language").tap()
    expect(page.locator("#send")).to_have_text("Ask")


def test_without_a_key_the_page_asks_for_one_and_keeps_it_in_this_tab_only(
    open_page: OpenPage, served: Served
) -> None:
    page = open_page(who="")

    expect(page.locator("#key-dialog")).to_be_visible()
    page.locator("#key-value").fill("key-of-anna")
    page.keyboard.press("Enter")

    expect(page.locator("#profile option")).to_have_text(["clerk", "planner", "reader"])
    assert page.evaluate("[sessionStorage.getItem('ankus-key'), localStorage.length, document.cookie]") == [
        "key-of-anna",
        0,
        "",
    ]


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_of_its_own_lines(served: Served) -> None:
    answer = served.http.get("/")

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data:;")
    assert "unsafe" not in policy
    assert '<script type="module" src="page/app.js"></script>' in answer.text
    assert answer.text.count("<script") == 1
    files = resources.files("ankus_runner.serve") / "static"
    scripts = "".join(file.read_text("utf-8") for file in files.iterdir() if file.name.endswith(".js"))
    assert not any(word in scripts for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval("))


def test_both_languages_have_the_same_words_and_every_word_that_is_used() -> None:
    files = resources.files("ankus_runner.serve") / "static"
    english, russian = (json.loads((files / f"{name}.json").read_text("utf-8")) for name in ("en", "ru"))
    page = "".join(file.read_text("utf-8") for file in files.iterdir() if file.name.endswith(("js", "html")))

    assert english.keys() == russian.keys()
    assert all(russian.values())
    for name, text in english.items():
        assert _blanks(text) == _blanks(russian[name]), name
    unused = [
        name for name in english if f'"{name}"' not in page and not name.startswith(("status_", "verdict_"))
    ]
    assert unused == []


def _blanks(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}
