"""What the elements and classes of HTML mean to a reader of documents."""

import re

from lxml import etree

SKIPPED = frozenset(
    "head script style template noscript iframe object embed svg canvas audio video nav button select input"
    " textarea datalist".split()
)
"""Not text, or text of a control or of the navigation."""
NAVIGATION = frozenset(
    "navheader navfooter toc headerlink id_link anchor-link anchorjs-link skip-link".split()
)
"""Classes of navigation: DocBook's header, footer and tables of contents, and links to the place itself."""
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu ol"
    " optgroup option p pre search section summary table tbody td tfoot th thead tr ul xmp".split()
)
"""Elements that a browser puts on lines of their own."""
PREFORMATTED = frozenset({"pre", "listing", "xmp"})
CONTAINERS = frozenset(
    "sect1 sect2 sect3 sect4 sect5 section simplesect refentry refsynopsisdiv refsect1 refsect2 refsect3 book"
    " part reference chapter appendix preface article glossary glossdiv bibliography bibliodiv index indexdiv"
    " refentryinfo dedication colophon".split()
)
"""DocBook's classes of a `div` that is a section of its own."""
ASIDES = frozenset("note tip warning caution important admonition sidebar example figure".split())
"""Classes of a box whose heading opens no section."""
TITLES = frozenset("title admonition-title caption table-title".split())
"""Classes of a paragraph that is the title of a table, an example or a box."""
BYLINES = frozenset("corpauthor author authorgroup editor subtitle pubdate releaseinfo".split())
"""Classes of headings on a title page that open no section."""
GENERATED = re.compile(r"(?:id|ientry-id|ftn\.id)-?\d[\d.]*")
"""Anchors that a stylesheet numbered: they lead to the place, but say nothing of it."""

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ROLES = frozenset({"navigation", "search", "banner", "contentinfo"})


def classes(element: etree._Element) -> frozenset[str]:
    """The classes of an element."""
    value = element.get("class")
    return frozenset(value.split()) if value else frozenset()


def is_left_out(element: etree._Element, names: frozenset[str]) -> bool:
    """Whether an element and all in it is no visible content."""
    tag = element.tag
    if tag in SKIPPED or (names and not names.isdisjoint(NAVIGATION)):
        return True
    if tag in ("header", "footer"):
        parent = element.getparent()
        return parent is not None and parent.tag == "body" and element.find(".//h1") is None
    if tag == "dialog" and element.get("open") is None:
        return True
    if not element.attrib:
        return False
    return (
        element.get("hidden") is not None
        or element.get("role") in _ROLES
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def is_data(table: etree._Element, names: frozenset[str]) -> bool:
    """Whether a table is one of rows and columns, rather than a way to lay out a page."""
    if not names.isdisjoint({"simplelist", "blockquote"}) or table.get("role") == "presentation":
        return False
    return table.find(".//h1") is None and table.find(".//h2") is None and table.find(".//h3") is None
