"""An explorer's script in an empty page, without JupyterLab: what it talks to is a model of plain values."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from virtsdk.tables.columns import COLUMNS, FIGURES
from virtsdk.tables.kinds import Kind
from virtsdk.tables.verbs import VERBS
from virtsdk.widgets import Explorer

OPEN = """async ([script, state]) => {
  const source = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const module = await import(source);
  const handlers = new Map();
  const model = {
    sent: [],
    get: name => state[name],
    on: (name, handler) => handlers.set(name, [...(handlers.get(name) ?? []), handler]),
    off: (name, handler) => handlers.set(name, (handlers.get(name) ?? []).filter(one => one !== handler)),
    send: message => model.sent.push(message),
    tell: (message, buffers) => (handlers.get("msg:custom") ?? []).forEach(one => one(message, buffers)),
    put: values => {
      Object.assign(state, values);
      for (const name of Object.keys(values)) (handlers.get(`change:${name}`) ?? []).forEach(one => one());
    },
  };
  setInterval(() => model.tell({kind: "beat"}, []), 1000);
  const widget = module.default();
  widget.initialize({model});
  const el = document.querySelector("#view");
  const listening = () => [...handlers.values()].filter(some => some.length).length;
  const end = widget.render({model, el});
  Object.assign(window, {model, end, listening});
}"""

FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def resize(page: Page, width: int, height: int) -> None:
    """Change the window, and wait until the page has heard of it and is drawn."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(
        "([width, height]) => innerWidth === width && innerHeight === height", arg=[width, height]
    )
    page.evaluate(FRAME)
    page.evaluate(FRAME)


def row(slot: int, name: str, state: str = "running", **more: object) -> dict[str, object]:
    """Give a row as the kernel sends it."""
    label = {"shutoff": "shut off"}.get(state, state)
    kind = {"running": "good", "paused": "wait"}.get(state, "off")
    plain = {"host": "kvm1", "number": 0, "vcpus": 2, "memory_bytes": 2**32, "memory": "4 GiB"}
    return {"slot": slot, "name": name, "state": state, "label": label, "kind": kind, "persistent": True} | (
        plain | more
    )


def open_page(
    page: Page, rows: list[dict[str, Any]], figures: list[list[float | None]] = (), **state: object
) -> None:
    """Show an explorer of these rows, whose keys are their names; ``window.model`` is what it talks to."""
    host = {"name": "kvm1", "uri": "qemu:///system", "readonly": False, "refused": {}}
    plain = {
        "rows": {str(one["name"]): one for one in rows},
        "figures": list(figures) or [[None] * len(FIGURES)] * len(rows),
        "host_name": "kvm1",
        "uri": "qemu:///system",
        "readonly": False,
        "hosts": [host],
        "known_columns": [column.to_dict() for column in COLUMNS.values()],
        "verbs": {name: verb.to_dict() for name, verb in VERBS.items()},
        **dict.fromkeys(("filter", "filter_error", "shown", "status", "code", "still"), ""),
        "tab": "guests",
        "noun": "domain",
        "pool": "",
        "unread": False,
        "columns": [],
        "sort": "name",
        "grouped": False,
        "selected": [],
        "busy": {},
        "results": [],
        "only_code": False,
        "pane": {},
        "picture": {},
        "console_state": {},
        "status_level": "info",
    }
    page.goto("about:blank")
    page.set_content(
        f"<!doctype html><html lang=en><head><title>explorer</title><style>{Explorer._css}</style></head>"
        "<body><main id=view></main></body></html>"
    )
    page.evaluate(OPEN, [Explorer._esm, plain | state])
    page.evaluate(FRAME)


def turn_to(page: Page, kind: Kind, rows: list[dict[str, object]], **state: object) -> None:
    """Turn to another tab as the kernel does: its state, then its rows, whose keys are their names."""
    plain = {
        "tab": kind.tab,
        "noun": kind.noun,
        "known_columns": [column.to_dict() for column in kind.columns.values()],
        "verbs": {name: verb.to_dict() for name, verb in kind.verbs.items()},
        "sort": kind.sort,
        "columns": [],
        "selected": [],
        "filter": "",
        "filter_error": "",
        "shown": "",
    }
    page.evaluate("state => model.put(state)", plain | state)
    keyed = {str(one.get("key", one["name"])): {**one, "slot": slot} for slot, one in enumerate(rows)}
    whole = {"kind": "whole", "columns": plain["known_columns"], "rows": keyed, "figures": [[]] * len(rows)}
    page.evaluate("message => model.tell(message, [])", whole)
    page.evaluate(FRAME)
    page.evaluate(FRAME)
