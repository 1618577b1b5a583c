"""Reading in several processes: the same digests, failures told, and no process left behind."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.ingest.given import Given, origin_of
from ankus_docs_rag.ingest.reading import FEW, Cutting, Outcome, read_items
from ankus_docs_rag.ingest.report import SHOWN, Report
from ankus_docs_rag.model import Page
from ankus_docs_rag.store.digest import Digest
from ankus_shared.errors import DependencyError
from ankus_shared.paths import PathNotAllowed
from tests.docs_rag.embedders import WordTokenizer
from tests.docs_rag.made import Made, file

CUTTING = Cutting(WordTokenizer, "1")


@dataclass(frozen=True)
class Deadly:
    """An item that ends the process that reads it."""

    path: str = "deadly"
    hash: bytes = b"1"

    def read(self) -> Sequence[Page]:
        os.kill(os.getpid(), signal.SIGKILL)
        return ()


def items(count: int) -> list[Made]:
    return [file(f"page{number}", {"food": f"owl number {number}"}) for number in range(count)]


def digests(found: Sequence[Outcome]) -> list[Digest]:
    return sorted((each for outcome in found for each in outcome.pages), key=lambda each: each.page.path)


def test_processes_read_what_one_would_and_tell_the_same_problems() -> None:
    given = [*items(FEW + 10), Made("broken", broken="It is torn."), Made("nul", (_with_nul(),))]
    alone, together = list(read_items(given, CUTTING, 1)), list(read_items(given, CUTTING, 2))
    assert digests(alone) == digests(together)
    assert len(digests(alone)) == FEW + 10
    for found in (alone, together):
        problems = {outcome.item.path: outcome.problem for outcome in found if outcome.problem}
        assert problems == {"broken": "It is torn.", "nul": "It holds NUL characters."}


def test_a_process_that_is_killed_ends_the_reading_with_one_error() -> None:
    with pytest.raises(DependencyError, match="ended from outside") as caught:
        list(read_items([*items(FEW), Deadly()], CUTTING, 2))
    assert caught.value.code == "reader_ended"


def test_a_reading_that_is_left_leaves_no_process() -> None:
    reading = read_items(items(FEW + 200), CUTTING, 2)
    next(reading)
    assert _readers()
    reading.close()  # type: ignore[attr-defined]
    _, alive = psutil.wait_procs(_readers(), timeout=30)
    assert alive == []


def test_a_report_tells_the_first_problems_and_how_many_there_are() -> None:
    report = Report("zoo", 3, 1, problems=tuple((f"file{n}", "torn") for n in range(SHOWN + 5)))
    assert str(report).count("torn") == SHOWN
    assert f"({SHOWN + 5})" in str(report)
    assert report.structured()["unreadable"] == SHOWN + 5
    assert len(report.structured()["problems"]) == SHOWN


@pytest.mark.parametrize("given", [Given(), Given(path="a", url="b"), Given(url="b", text="c", title="d")])
def test_a_client_gives_one_of_path_url_and_text(given: Given) -> None:
    with pytest.raises(BadSource, match="one of path, url and text"), origin_of(given, "zoo", "", ()):
        pass


def test_a_client_reads_below_the_roots_only(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with origin_of(Given(path=str(tmp_path / "docs")), "zoo", "", (str(tmp_path),)) as arguments:
        assert arguments == [str(tmp_path / "docs")]
    for path in (str(tmp_path), "/etc", f"{tmp_path}/docs/../.."):
        with pytest.raises(PathNotAllowed), origin_of(Given(path=path), "zoo", "", (str(tmp_path / "docs"),)):
            pass


def test_a_text_is_a_page_named_by_its_title_for_as_long_as_it_is_read() -> None:
    given = Given(text="# Owls", title="О совах: ночь / 1")
    with origin_of(given, "zoo", "", ()) as (place, *rest):
        assert (Path(place).name, Path(place).read_text()) == ("О-совах-ночь-1.md", "# Owls")
        assert rest == ["--keep", "--base-url=text:zoo"]
    assert not Path(place).exists()


@pytest.mark.parametrize("title", ["", " ", "/", "..", "***"])
def test_a_text_needs_a_title(title: str) -> None:
    with (
        pytest.raises(BadSource, match="needs a title"),
        origin_of(Given(text="x", title=title), "zoo", "", ()),
    ):
        pass


@pytest.mark.parametrize("url", ["file:///etc/passwd", "--source=x", "ftp://example.org", "example.org"])
def test_an_address_is_of_the_web(url: str) -> None:
    with pytest.raises(BadSource, match="is no address"), origin_of(Given(url=url), "zoo", "", ()):
        pass


def _with_nul() -> Page:
    from tests.docs_rag.made import page

    return page("nul", {"food": "mice\0"})


def _readers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
