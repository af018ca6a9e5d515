"""The directive ``virt-error``: an error class with its docstring, its bases, a real message, and advice.

Its content is the advice. Options: ``code``, which raises the error while the page is made, on
``test:///default`` as `host` with its `guest`; ``says``, a part of the message that ``test`` asserts; or
``answer``, libvirt's, ``CODE | operation | subject | words``, where nothing here can make it answer so.
"""

from __future__ import annotations

import inspect
import re
import socket
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import virtsdk
from virtsdk import capacity, errors, models, units, xml
from virtsdk.binding.calls import translate
from virtsdk.binding.library import library

HOST = "kvm1"
"""The name that messages have in place of the building machine's."""


class ErrorDirective(SphinxDirective):
    """An error class and what to do."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {  # pyright: ignore[reportIncompatibleVariableOverride]
        "code": directives.unchanged,
        "says": directives.unchanged,
        "test": directives.unchanged,
        "answer": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return the entry."""
        name = self.arguments[0]
        kind = getattr(errors, name)
        target = nodes.target("", "", ids=[name])
        self.state.document.note_explicit_target(target)
        advice = [
            "",
            "**What to do:** " + (self.content[0] if self.content else ""),
            *list(self.content)[1:],
            "",
        ]
        body = [*self._about(kind), *advice, *self._message(name)]
        directive = "py:exception" if issubclass(kind, BaseException) else "py:class"
        lines = [f":::::{{{directive}}} {name}", ":module: virtsdk.errors", "", *body, ":::::"]
        container = nodes.container()
        source, line = self.get_source_info()
        self.state.nested_parse(StringList(lines, source), line, container)
        return [target, *container.children]

    def _about(self, kind: type) -> list[str]:
        said, _, rest = inspect.cleandoc(kind.__doc__ or "").partition("\nParameters\n----------\n")
        lines = [said.strip(), ""]
        bases = [one.__name__ for one in kind.__bases__ if one.__name__ not in ("Exception", "dict")]
        if bases:
            lines += [f"Also {_and([_linked(one) for one in bases])}.", ""]
        below = [one for one in kind.__subclasses__() if one.__name__ in errors.__all__]
        if below:
            lines += [f"More exactly: {', '.join(_linked(one.__name__) for one in below)}.", ""]
        rest = re.split(r"\n\w+\n-+\n", rest)[0]
        for names, words in re.findall(r"^(\S[^\n]*)\n((?:    [^\n]*\n?|\n)+)", rest + "\n", re.MULTILINE):
            own = [one for one in names.split(", ") if one != "message"]
            if own:
                lines += [f"- {', '.join(f'`.{one}`' for one in own)}: {' '.join(words.split())}"]
        return [one for line in lines for one in line.split("\n")]

    def _message(self, name: str) -> list[str]:
        code = self.options.get("code")
        if code:
            return [
                "```python",
                *code.replace("; ", "\n").split("\n"),
                "```",
                "",
                *_quoted(name, raised(name, code)),
            ]
        if "says" in self.options:
            return ["Its message has:", "", *_quoted(name, f"... {self.options['says']} ...")]
        if "answer" in self.options:
            message = str(made_of(self.options["answer"]))
            return ["Made of libvirt's words:", "", *_quoted(name, message)]
        return []


def _quoted(name: str, message: str) -> list[str]:
    return ["```{code-block} text", ":class: wrapped", "", f"{name}: {message}", "```", ""]


def _linked(name: str) -> str:
    return f"[{name}](#{name})" if name in errors.__all__ else f"`{name}`"


def _and(words: list[str]) -> str:
    return " and ".join(f"a {one}" if one[1] not in "AEIO" else f"an {one}" for one in words)


def raised(name: str, code: str) -> str:
    """Run code that raises an error, and return its message, with another name for this machine."""
    with virtsdk.connect("test:///default") as host:
        names = {
            "host": host,
            "guest": host.domains["test"],
            "virtsdk": virtsdk,
            "xml": xml,
            "models": models,
        }
        try:
            exec(code, {**names, "capacity": capacity, "units": units})
        except errors.VirtError as error:
            if type(error).__name__ != name:
                raise AssertionError(f"{code!r} raises {type(error).__name__}, not {name}") from error
            return re.sub(rf"\b{re.escape(socket.gethostname())}\b", HOST, str(error))
    raise AssertionError(f"{code!r} raises nothing")


def made_of(answer: str) -> errors.VirtError:
    """Return the error that virtsdk makes of libvirt's answer: its code, what was tried on what, its words.

    Examples
    --------
    >>> type(made_of("NO_DOMAIN | start | domain 'web1' | no domain with matching name 'web1'")).__name__
    'DomainNotFound'
    """
    code, operation, subject, words = answer.split(" | ")
    libvirt = library()
    raw = libvirt.libvirtError(words)
    raw.err = (getattr(libvirt, f"VIR_ERR_{code}"), libvirt.VIR_FROM_NONE, words, 2, None, None, None, -1, -1)
    return translate(raw, operation, subject)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("virt-error", ErrorDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
