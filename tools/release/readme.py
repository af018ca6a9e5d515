"""README as PyPI shows it, with nothing beside it: no link and no picture leads to a file of the checkout."""

import re

_PICTURE = re.compile(r"<picture>.*?</picture>\n*", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]]+)\]\((?!https?://|#|mailto:)([^()\s]+)\)")
_SOURCE = re.compile(r'\b(src|srcset)="(?!https?://)([^"]+)"')


def published(text: str, *, source: str | None, version: str) -> str:
    """Return README for the package's page.

    Parameters
    ----------
    text
        README.md, whose links are of the checkout.
    source
        Where the repository is, ``https://github.com/somebody/virtsdk``: links and pictures lead to its files
        of this version. None: links become their words, and pictures are left out.
    version
        That of the release, whose tag is ``v`` and it.

    Examples
    --------
    >>> published("See [installing](docs/install.md).", source=None, version="1.0")
    'See installing.'
    >>> published("[new](CHANGELOG.md)", source="https://example.org/virtsdk", version="1.0")
    '[new](https://example.org/virtsdk/blob/v1.0/CHANGELOG.md)'
    """
    if source is None:
        return _LINK.sub(r"\1", _PICTURE.sub("", text))
    there = source.rstrip("/")
    text = _SOURCE.sub(rf'\1="{there}/raw/v{version}/\2"', text)
    return _LINK.sub(rf"[\1]({there}/blob/v{version}/\2)", text)
