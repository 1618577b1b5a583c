"""The language of a text, as far as its letters tell."""

_SAMPLE = 20_000


def language_of(text: str) -> str:
    """Russian where more than three of ten letters are Cyrillic, English where they are Latin."""
    letters = [letter for letter in text[:_SAMPLE] if letter.isalpha()]
    cyrillic = sum("\u0400" <= letter <= "\u04ff" for letter in letters)
    latin = sum(letter < "\u0250" for letter in letters)
    if cyrillic > 0.3 * len(letters):
        return "ru"
    return "en" if latin > 0.5 * len(letters) else ""


def short_code(tag: str) -> str:
    """The ISO 639-1 code at the front of a tag such as en-US; "" for anything else."""
    code = tag.strip().replace("_", "-").split("-")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""
