"""How wide text is in the font that the map is drawn with (Liberation Sans, whose widths are Helvetica's)."""

_NARROW, _WIDE = "fijltI'|.,:;!()[]{}/\\ -`°", "mwMW@%—…ЖМФШЩЮжмфшщюЫы"
_PER_MILLE = {**dict.fromkeys(_NARROW, 300), **dict.fromkeys(_WIDE, 890)}
_CAPITAL, _OTHER, _FOREIGN = 700, 556, 1000


def text_width(text: str, size: float) -> float:
    """Pixels that `text` takes at most, roughly, at a font size in pixels."""
    return sum(_per_mille(char) for char in text) * size / 1000


def shortened(text: str, size: float, width: float) -> str:
    """The text, with an ellipsis in its middle where it is wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    half = max(1, len(text) // 2)
    while half > 1 and text_width(text[:half] + "…" + text[-half:], size) > width:
        half -= 1
    return f"{text[:half]}…{text[-half:]}"


def _per_mille(char: str) -> int:
    known = _PER_MILLE.get(char)
    if known is not None:
        return known
    if ord(char) > 0x500:
        return _FOREIGN
    return _CAPITAL if char.isupper() else _OTHER
