"""The `path` of a search: a directory, a file, or a pattern with `*` and `?`, for Python and for SQL."""

import re
from collections.abc import Callable


def path_filter(path: str) -> Callable[[str], bool]:
    """Whether a path is in the part of the tree that `path` means; everything is in ""."""
    path = path.strip("/")
    if not path:
        return lambda _: True
    if "*" in path or "?" in path:
        parts = re.split(r"([*?])", path)
        pattern = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
        return lambda name: re.fullmatch(pattern, name, re.DOTALL) is not None
    return lambda name: name == path or name.startswith(f"{path}/")


def like_patterns(path: str) -> list[str] | None:
    """The same as patterns of SQL's LIKE, one of which a path has to fit; None for every path."""
    path = path.strip("/")
    if not path:
        return None
    escaped = re.sub(r"([\\%_])", r"\\\1", path)
    if "*" in path or "?" in path:
        return [escaped.replace("*", "%").replace("?", "_")]
    return [escaped, f"{escaped}/%"]
