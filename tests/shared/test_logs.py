"""What reaches the log."""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ankus_shared import logs

SECRET = "s3cr3t"


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_logger_of_structlog_obeys_the_level_and_writes_to_standard_error_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("warning")
    logger = structlog.get_logger("ankus.test")
    logger.info("unheard")
    logger.warning("heard", dsn=f"postgresql://reader:{SECRET}@db/shop")
    out, err = capsys.readouterr()
    assert out == ""
    assert "unheard" not in err
    assert "heard" in err
    assert SECRET not in err


def test_logs_go_to_standard_error_and_only_there(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    logging.getLogger("ankus.test").info("it works", extra={"rows": 3})
    out, err = capsys.readouterr()
    assert out == ""
    assert "it works" in err
    assert "rows=3" in err


def test_what_is_less_severe_than_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning")
    logging.getLogger("ankus.test").info("it works")
    assert capsys.readouterr().err == ""


def test_a_traceback_does_not_show_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("error")
    password = "".join(["hid", "den"])
    try:
        raise ValueError(len(password))
    except ValueError:
        logging.getLogger("ankus.test").exception("it broke")
    err = capsys.readouterr().err
    assert "ValueError: 6" in err
    assert "hidden" not in err


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://reader:{SECRET}@db.example.org:5432/shop?sslmode=require",
        f"host=db user=reader password={SECRET} dbname=shop",
        f"host=db password='{SECRET} with spaces' dbname=shop",
        f"Authorization: Bearer {SECRET}",
        f"connection to postgresql://reader:{SECRET}@db failed",
        f"Password: {SECRET}",
    ],
)
def test_a_password_is_never_logged(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    logging.getLogger("ankus.test").info(text)
    err = capsys.readouterr().err
    assert SECRET not in err
    assert "***" in err


@given(st.text(alphabet=st.characters(exclude_characters="=:@/", codec="utf-8")))
def test_text_without_a_secret_is_left_as_it_is(text: str) -> None:
    if "bearer" not in text.lower():
        assert logs.without_secrets(text) == text


def test_standard_error_is_looked_up_when_logging_is_configured() -> None:
    logs.configure("info")
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr
