"""Secrets in what the schema does not know and in free text: found by words, masked where they are shown.

A field that the schema knows is secret as a whole or not at all (`schemas/naming.toml`). Of the rest nobody
can know for sure; these are the signs:

* a name that has one of `SECRET_WORDS` in it, also in capitals or with signs between words (``authToken``,
  ``api_key``), or that ends in one of `SECRET_NAMES` (``db_pass``);
* the value after such a name and ``=`` or ``:`` (``password=x``, ``"password": "x"``, ``Cookie: a=x; b=y``),
  or after an option of such a name (``--password x``); it ends at a comma, unless that is doubled as in
  QEMU's options, and at the next name or option;
* ``data`` of QEMU's secret objects (``secret,id=s0,data=x``);
* attributes of such a name, and all that is in an element of such a name, or of an element that has such a
  name as a value (``<entry key="password">x</entry>``);
* the password in a URL (``https://ana:x@host/``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

MASK = "***"

SECRET_WORDS = (
    "accesskey",
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "token",
)
"""Words that make a name secret that they are part of; signs between letters and capitals do not count."""

SECRET_NAMES = ("pass", "psk", "pwd")
"""Words that make a name secret that they are all of, or the last part of (``db_pass``)."""

_SIGNS = re.compile(r"[^a-z0-9]+")
_ANY = re.compile("|".join(re.escape(word) for word in SECRET_WORDS))
_LAST = re.compile(rf"(?:^|[^a-z])(?:{'|'.join(SECRET_NAMES)})$", re.IGNORECASE)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")

# A look at these decides whether a text is worth more.
_HINT = re.compile(
    "passw|passphr|pass[-_. ]|pass\\b|psk|pwd|secret|token|cookie|credent|author|key|://", re.IGNORECASE
)
_NAME = re.compile(r"""(?<![\w.:-])([\w.:-]+)["']?\s*[=:]\s*""")
_VALUE = re.compile(
    r""""(?:[^"\\]|\\.)*"?|'[^']*'?"""
    r"""|(?:,,|[^,\s"'])*(?:[ \t]+(?![\w.:-]+\s*[=:]|-)(?:,,|[^,\s"'])+)*"""
)
_HEADER = re.compile(r"""[^,"'\r\n]*""")
_OPTION = re.compile(r"(?<!\S)(--?[\w-]+)[ \t]+(?!-)(?=\S)")
_WORD = re.compile(r"\S+")
_URL = re.compile(r"(?<=://)([^/\s@:\"'<>]*):[^/\s@\"'<>]*@")
_OBJECT = re.compile(r"(?<![\w-])secret(?![\w-])", re.IGNORECASE)

_MARKUP = re.compile(
    r"""<!--(?:(?!-->).)*(?:-->)?|<[?!][^>]*>?|<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+|<""", re.DOTALL
)
_ATTRIBUTE = re.compile(r"""([^\s=<>"']+)(\s*=\s*)("[^"]*"|'[^']*')""")


def is_secret_name(name: str) -> bool:
    """Tell whether a name, of an attribute or an option, is that of a secret.

    Examples
    --------
    >>> [is_secret_name(name) for name in ("authToken", "api_key", "db-pass", "passthrough", "keymap")]
    [True, True, True, False, False]
    """
    local = name.rpartition("}")[2]
    return bool(_ANY.search(_SIGNS.sub("", local.lower())) or _LAST.search(_CAPITAL.sub("_", local)))


def masked(text: str) -> str:
    """Mask what looks like a secret in free text, such as a command line, or in XML.

    Examples
    --------
    >>> masked("-object secret,id=s0,data=hunter2,format=raw")
    '-object secret,id=s0,data=***,format=raw'
    >>> masked('<auth user="ana"><password>hunter2</password></auth>')
    '<auth user="ana"><password>***</password></auth>'
    """
    if _HINT.search(text) is None:
        return text
    return "".join(_elements(text)) if "<" in text else _words(text)


def _words(text: str) -> str:
    return "".join(_pairs("".join(_options(_URL.sub(rf"\1:{MASK}@", text)))))


def _pairs(text: str) -> Iterator[str]:
    """Give a text with the values masked that follow a secret name."""
    in_object = _OBJECT.search(text) is not None
    done = 0
    for found in _NAME.finditer(text):
        if found.start() < done:
            continue
        if is_secret_name(found[1]) or (in_object and found[1] == "data"):
            header = found[1].lower().endswith(("cookie", "authorization")) and text[found.end() - 1] != "="
            value = (_HEADER if header else _VALUE).match(text, found.end())
            end = value.end() if value else found.end()
            if end > found.end():
                quote = text[found.end()] if text[found.end()] in "\"'" else ""
                yield f"{text[done : found.end()]}{quote}{MASK}{quote}"
                done = end
    yield text[done:]


def _options(text: str) -> Iterator[str]:
    """Give a text with the words masked that follow an option of a secret name."""
    done = 0
    for found in _OPTION.finditer(text):
        if found.start() >= done and is_secret_name(found[1]):
            value = _WORD.match(text, found.end())
            yield f"{text[done : found.end()]}{MASK}"
            done = value.end() if value else found.end()
    yield text[done:]


def _elements(xml: str) -> Iterator[str]:
    secret: list[bool] = []  # for each open element
    for piece in _MARKUP.findall(xml):
        hidden = bool(secret) and secret[-1]
        if piece.startswith("</"):
            if secret:
                secret.pop()
            yield _words(piece)
        elif piece[:2] in ("<!", "<?"):
            yield f"<!--{MASK}-->" if hidden or _words(piece) != piece else piece
        elif piece.startswith("<") and len(piece) > 1:
            name = re.split(r"[\s/>]", piece[1:], maxsplit=1)[0]
            attributes = _ATTRIBUTE.findall(piece)
            hidden = hidden or is_secret_name(name.rpartition(":")[2])
            hidden = hidden or any(is_secret_name(unescape(value)[1:-1]) for _, _, value in attributes)
            if not piece.endswith("/>"):
                secret.append(hidden)
            yield _tag(piece, hidden=hidden)
        else:
            yield piece if not piece.strip() else MASK if hidden else _words(piece)


def _tag(tag: str, *, hidden: bool) -> str:
    """Mask attributes of a tag: all but names where the element is secret, else those of a secret name."""

    def put(found: re.Match[str]) -> str:
        name, sign, value = found.groups()
        if is_secret_name(name) or (hidden and not _is_plain(name, value[1:-1])):
            return f"{name}{sign}{value[0]}{MASK}{value[0]}"
        return f"{name}{sign}{value[0]}{_words(value[1:-1])}{value[0]}"

    whole = not any(sign in _ATTRIBUTE.sub("", tag) for sign in "=\"'")
    return _ATTRIBUTE.sub(put, tag) if whole else _words(tag)


def _is_plain(name: str, value: str) -> bool:
    """Tell whether an attribute of a secret element only says which secret it is."""
    return name.startswith("xmlns") or name in ("key", "name", "type") or is_secret_name(value)
