"""The first sentence of what a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.prose import LONGEST, first_sentence, header_comment

HEADER = """\
/*-------------------------------------------------------------------------
 *
 * heapam.c
 *\t  heap access method code
 *
 * Portions Copyright (c) 1996-2025, PostgreSQL Global Development Group
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
"""


@pytest.mark.parametrize(
    ("source", "name", "sentence"),
    [
        (HEADER, "heapam.c", "heap access method code"),
        ("/* One. Two. */\nint x;", "a.c", "One."),
        ("// a.c: does it all\n// and more\nint x;", "a.c", "a.c: does it all and more"),
        ("/*\n * Copyright (c) 2020\n * SPDX-License-Identifier: MIT\n */\n", "a.c", ""),
        ("int x; /* later */", "a.c", ""),
        ("/* never closed", "a.c", ""),
        ("", "a.c", ""),
    ],
)
def test_a_header_comment_says_what_a_file_is(source: str, name: str, sentence: str) -> None:
    assert first_sentence(header_comment(source), name) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("src/backend/optimizer/README\n\nOptimizer\n=========\n\nThese directories take", "Optimizer"),
        ("# Barn\n\nWhere the elephant sleeps. It is warm.", "# Barn"),
        ("This is e.g. version 1.5 of it. Next one.", "This is e.g. version 1.5 of it."),
        ("Это модуль памяти. Он мал.", "Это модуль памяти."),
        ("=====\n-----\n", ""),
    ],
)
def test_a_readme_says_what_a_directory_is(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


@given(st.text())
def test_a_sentence_is_one_line_of_bounded_length(text: str) -> None:
    for sentence in (first_sentence(text, "a.c"), first_sentence(header_comment(f"/*{text}*/"), "a.c")):
        assert len(sentence) <= LONGEST
        assert len(sentence.splitlines()) <= 1
