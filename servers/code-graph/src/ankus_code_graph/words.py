"""Names as words, for search: ExecInitHashJoin and exec_init_hash_join are the same four."""

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def split_name(name: str) -> list[str]:
    """The words of an identifier or a path, in lower case and in order.

    >>> split_name("ExecInitHashJoin"), split_name("XLogInsert"), split_name("int4_pl")
    (['exec', 'init', 'hash', 'join'], ['x', 'log', 'insert'], ['int', '4', 'pl'])
    """
    return [word.lower() for word in _WORD.findall(name)]
