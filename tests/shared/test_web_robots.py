"""robots.txt, as RFC 9309 has it."""

import anyio
import httpx2
import pytest

from ankus_shared.web import BadStatus, FetchFailed, NotAllowedByRobots, TooManyRedirects
from ankus_shared.web.robots import Robots

TEXT = """
User-agent: *
Disallow: /private/
Allow: /private/open$
Crawl-delay: 3

User-agent: Ankus-Docs-RAG
Disallow: /*.pdf
"""


class Files:
    """Robots files that are kept, and what was asked for; an error is raised in place of a text."""

    def __init__(self, text: str | Exception) -> None:
        self.text = text
        self.asked: list[str] = []

    async def __call__(self, url: httpx2.URL) -> str:
        self.asked.append(str(url))
        await anyio.lowlevel.checkpoint()
        if isinstance(self.text, Exception):
            raise self.text
        return self.text


async def allowed(text: str | Exception, path: str, agent: str = "somebody") -> bool:
    """Whether a path may be fetched."""
    url = httpx2.URL(f"http://example.org{path}")
    try:
        (await Robots(Files(text), agent).rules(url)).check(url)
    except NotAllowedByRobots:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "agent", "expected"),
    [
        ("/", "somebody", True),
        ("/private/a", "somebody", False),
        ("/private/open", "somebody", True),
        ("/private/a", "ankus-docs-rag", True),
        ("/a.pdf?page=1", "ankus-docs-rag", False),
        ("/%70rivate/a", "somebody", False),
        ("/robots.txt", "somebody", True),
    ],
)
async def test_the_group_of_the_agent_rules(path: str, agent: str, expected: bool) -> None:
    assert await allowed(TEXT, path, agent) is expected


async def test_no_file_allows_all() -> None:
    assert await allowed("", "/a")
    for status in (400, 401, 403, 404, 410):
        assert await allowed(BadStatus("no such page", status=status), "/a")
    assert await allowed(TooManyRedirects("round and round"), "/a")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_site_is_left_alone(status: int) -> None:
    assert not await allowed(BadStatus("failing", status=status), "/a")


async def test_a_site_without_a_connection_is_the_fetch_s_own_error() -> None:
    with pytest.raises(FetchFailed):
        await allowed(FetchFailed("no connection"), "/a")


async def test_the_refusal_says_who_forbids_what_to_whom() -> None:
    url = httpx2.URL("http://example.org/private/a?token=secret")
    rules = await Robots(Files(TEXT), "somebody").rules(url)
    with pytest.raises(NotAllowedByRobots) as caught:
        rules.check(url)
    assert "'http://example.org/private/a'" in caught.value.message
    assert "'somebody'" in caught.value.message
    assert "secret" not in str(caught.value)


async def test_the_delay_is_that_of_the_group() -> None:
    url = httpx2.URL("http://example.org/")
    assert (await Robots(Files(TEXT), "somebody").rules(url)).delay == 3.0
    assert (await Robots(Files(TEXT), "ankus-docs-rag").rules(url)).delay == 0.0


async def test_a_file_is_read_once_for_each_origin_by_many_at_once_too() -> None:
    files = Files(TEXT)
    robots = Robots(files, "somebody")
    async with anyio.create_task_group() as tasks:
        for path in ("a", "b", "c"):
            tasks.start_soon(robots.rules, httpx2.URL(f"http://example.org/{path}?q=1"))
    await robots.rules(httpx2.URL("https://example.org/"))
    await robots.rules(httpx2.URL("http://example.org:8080/"))
    assert files.asked == [
        "http://example.org/robots.txt",
        "https://example.org/robots.txt",
        "http://example.org:8080/robots.txt",
    ]


@pytest.mark.parametrize(("text", "kept"), [(TEXT, 3600.0), (BadStatus("failing", status=503), 60.0)])
async def test_rules_are_kept_for_an_hour_and_those_of_a_failing_site_for_a_minute(
    text: str | Exception, kept: float
) -> None:
    moments = [0.0]
    files = Files(text)
    robots = Robots(files, "somebody", clock=lambda: moments[-1])
    for moment, asked in ((0.0, 1), (kept - 1, 1), (kept, 2)):
        moments.append(moment)
        await robots.rules(httpx2.URL("http://example.org/"))
        assert len(files.asked) == asked


async def test_the_origin_asked_for_longest_ago_is_forgotten_first() -> None:
    files = Files(TEXT)
    robots = Robots(files, "somebody")
    for port in [*range(1, 1001), 1, 1001, 1, 2]:
        await robots.rules(httpx2.URL(f"http://example.org:{port}/"))
    assert files.asked[1000:] == [f"http://example.org:{port}/robots.txt" for port in (1001, 2)]


async def test_a_failure_is_not_kept() -> None:
    files = Files(FetchFailed("no connection"))
    robots = Robots(files, "somebody")
    with pytest.raises(FetchFailed):
        await robots.rules(httpx2.URL("http://example.org/"))
    files.text = TEXT
    assert (await robots.rules(httpx2.URL("http://example.org/"))).delay == 3.0


@pytest.mark.parametrize(
    "text", ["\0\0\0", "<html>not found</html>", "Disallow /", "User-agent: *\nDisallow: /" + "*a" * 5000]
)
async def test_nonsense_forbids_nothing(text: str) -> None:
    assert await allowed(text, "/" + "a" * 2000 + "b")


async def test_many_agents_times_many_rules_are_not_multiplied_out() -> None:
    text = "User-agent: a{}\n" * 15_000 + "Disallow: /a\n" * 15_000
    assert not await allowed(text, "/b")
