"""The preprocessor's expansion, held against a real one where there is a compiler."""

import shutil
import subprocess

import pytest

from ankus_code_graph.extract.read import extract
from ankus_code_graph.resolve.expand import expand

CASES = [
    ("#define A 1 + B\n#define B 2\n", "A", "1 + 2"),
    ("#define F(x, y) x - y\n", "F(a, F(b, c))", "a - b - c"),
    ("#define PASTE(a, b) a##b\n#define CALL(a, b) PASTE(a, b)\n#define X one\n", "CALL(X, _two)", "one_two"),
    ("#define PASTE(a, b) a##b\n#define X one\n", "PASTE(X, _two)", "X_two"),
    ("#define TEXT(x) #x\n", 'TEXT(a + "b")', '"a + \\"b\\""'),
    ("#define LOG(...) log(__VA_ARGS__)\n", "LOG(1, 2, (3, 4))", "log(1, 2, (3, 4))"),
    ("#define NAMED(first, rest...) f(first, rest)\n", "NAMED(1, 2, 3)", "f(1, 2, 3)"),
    ("#define f g\n#define g(x) h(x)\n", "f(1)", "h(1)"),
    ("#define loop loop + 1\n", "loop", "loop + 1"),
    ("#define ping(x) pong(x)\n#define pong(x) ping(x)\n", "ping(1)", "ping(1)"),
    ("#define F(x) x\n", "F", "F"),
    ("#define F(x) [x]\n", "F ((a), b) c", "[(a)] c"),
    ("#define EMPTY\n#define F(x) x EMPTY\n", "F(F(1))", "1"),
    ("#define S 'a'\n", "S \"S\" 'S'", "'a' \"S\" 'S'"),
]


def _expanded(defines: str, text: str) -> str:
    macros = {one.name: one for one in extract(defines.encode()).macros}
    return expand(text, macros.get)


@pytest.mark.parametrize(("defines", "text", "expected"), CASES)
def test_text_is_expanded(defines: str, text: str, expected: str) -> None:
    assert "".join(_expanded(defines, text).split()) == "".join(expected.split())


@pytest.mark.skipif(shutil.which("cpp") is None, reason="there is no cpp on this machine")
@pytest.mark.parametrize(("defines", "text", "expected"), CASES[:10])
def test_the_expansion_is_that_of_a_compiler(defines: str, text: str, expected: str) -> None:
    done = subprocess.run(
        ["cpp", "-P"], input=f"{defines}{text}\n", capture_output=True, text=True, check=True
    )

    assert "".join(_expanded(defines, text).split()) == "".join(done.stdout.split())
