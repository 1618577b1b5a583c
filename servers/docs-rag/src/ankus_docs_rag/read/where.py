"""Where a document comes from, as the caller knows it."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    """The place of one document in its source; what is set here goes before what the document says."""

    path: str
    """Its key within the source, as `Page.path`."""
    url: str = ""
    """What a citation shows, without a fragment."""
    language: str = ""
    """ISO 639-1; "" to take the document's own word, or to judge by its letters."""
    date: datetime.date | None = None
    author: str = ""
    tags: tuple[str, ...] = ()
