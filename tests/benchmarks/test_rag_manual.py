"""What a reader of the manual sees, and which anchor is around it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.rag.manual import visible
from tests.fixtures import manual
from tests.fixtures.apt import Missing

PAGE = """
<html><body id="docContent">
<div class="navheader">Next chapter</div>
<div class="sect1" id="SETTINGS">
  <h2>Settings</h2>
  <div class="toc">20.1. Settings</div>
  <dl>
    <dt id="GUC-WAL-LEVEL"><code>wal_level</code> (enum)</dt>
    <dd><p>How much is
      written.</p><!-- a note --></dd>
    <dt><code>other</code></dt>
    <dd><p>Without an anchor.</p></dd>
  </dl>
  <table><tr><td>25P03</td><td>idle</td></tr></table>
</div>
</body></html>
"""


def anchor_of(quote: str) -> str:
    page = visible(PAGE.encode())
    (start,) = page.find(quote)
    return page.innermost(start, start + len(quote))


def test_the_text_has_neither_navigation_nor_comments_and_its_white_space_is_single() -> None:
    text = visible(PAGE.encode()).text
    assert text.strip() == (
        "Settings wal_level (enum) How much is written. other Without an anchor. 25P03 idle"
    )


@pytest.mark.parametrize(
    ("quote", "anchor"),
    [
        ("wal_level", "GUC-WAL-LEVEL"),
        ("How much is written.", "GUC-WAL-LEVEL"),
        ("Without an anchor.", "SETTINGS"),
        ("Settings wal_level", "SETTINGS"),
    ],
)
def test_the_anchor_of_a_term_encloses_its_definition_and_no_more(quote: str, anchor: str) -> None:
    assert anchor_of(quote) == anchor


def test_the_page_itself_is_no_anchor() -> None:
    page = visible(b'<html><body id="docContent"><p>All alone.</p></body></html>')
    assert page.innermost(0, len(page.text)) == ""


@given(st.lists(st.text("ab \n", max_size=8), max_size=6))
def test_no_letter_is_lost_and_no_space_is_doubled(texts: list[str]) -> None:
    source = "".join(f"<p id='p{number}'>{text}</p>" for number, text in enumerate(texts))
    page = visible(f"<html><body>x{source}</body></html>".encode())
    assert "  " not in page.text
    assert page.text.replace(" ", "") == "x" + "".join("".join(texts).split())


def test_a_manual_that_is_kept_is_not_fetched_again(tmp_path: Path) -> None:
    pages = tmp_path / "kept" / manual.HTML
    pages.mkdir(parents=True)
    assert manual.find_manual(tmp_path / "kept") == pages


def test_where_there_is_no_mirror_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match=r"apt|Debian"):
        manual.find_manual(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_the_release_is_the_newest_one_with_notes(tmp_path: Path) -> None:
    for name in ("release-15.html", "release-15-9.html", "release-15-10.html"):
        (tmp_path / name).touch()
    assert manual.version_of(tmp_path) == "15.10"
