"""A timeline's script in an empty page, without JupyterLab: its state is that of a real view in this process.

What the page asks for goes to the view (`pump`), and what the view answers goes to the page.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from virtsdk.widgets import Timeline

OPEN = """async ([script, state]) => {
  const source = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const module = await import(source);
  const revive = value => value && value.bytes ? new DataView(new Uint8Array(value.bytes).buffer) : value;
  for (const name of Object.keys(state)) state[name] = revive(state[name]);
  const handlers = new Map();
  const run = (name, ...values) => (handlers.get(name) ?? []).forEach(one => one(...values));
  const model = {
    sent: [], read: 0, muted: false,
    get: name => state[name],
    on: (name, handler) => handlers.set(name, [...(handlers.get(name) ?? []), handler]),
    off: (name, handler) => handlers.set(name, (handlers.get(name) ?? []).filter(one => one !== handler)),
    send: message => model.sent.push(message),
    tell: (message, buffers) => run("msg:custom", message, buffers.map(revive)),
    raw: (message, buffers) => run("msg:custom", message, buffers),
    put: values => {
      Object.assign(state, values);
      for (const name of Object.keys(values)) run(`change:${name}`);
    },
  };
  setInterval(() => model.muted || model.tell({kind: "beat"}, []), 1000);
  const widget = module.default();
  widget.initialize({model});
  widget.render({model, el: document.querySelector("#view")});
  window.model = model;
}"""

FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class BarePage:
    """A page that shows a view, and carries messages both ways when it is pumped."""

    def __init__(self, page: Page, view: Timeline, style: str = "") -> None:
        self.page = page
        self.view = view
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self.said: dict[str, Any] = {}
        view.send = lambda content, buffers=None: self.told.append((content, list(buffers or [])))  # type: ignore[method-assign]
        view._spawn = lambda work, *arguments: work(*arguments)  # type: ignore[method-assign]
        state = view.get_state()
        self.said = {name: value for name, value in state.items() if not name.startswith("_")}
        page.goto("about:blank")
        page.set_content(
            f"<!doctype html><html lang=en><head><title>timeline</title><style>{view._css}{style}</style>"
            "</head><body><main id=view></main></body></html>"
        )
        page.evaluate(OPEN, [view._esm, {name: plain(value) for name, value in self.said.items()}])
        page.evaluate(FRAME)

    def pump(self) -> None:
        """Hand the page's wishes to the view, and its answers to the page."""
        wishes = self.page.evaluate("() => model.sent.splice(0)")
        for wish in wishes:
            self.view._grant(wish)  # here and now, not by a worker of the view
        self.view._pictures.wait(20)
        self.answer()

    def answer(self) -> None:
        """Hand the page what the view says by now."""
        state = {name: value for name, value in self.view.get_state().items() if name in self.said}
        changed = {name: value for name, value in state.items() if value != self.said[name]}
        changed = {
            name: value for name, value in changed.items() if name not in ("points", "times", "values")
        }
        self.said |= changed
        for message, buffers in self.told:
            self.page.evaluate(
                "([message, buffers]) => model.tell(message, buffers)",
                [message, [plain(one) for one in buffers]],
            )
        self.told.clear()
        self.page.evaluate(
            "values => model.put(values)", {name: plain(value) for name, value in changed.items()}
        )
        self.page.evaluate(FRAME)

    def wishes(self, kind: str) -> list[Any]:
        """What the page asked for and nobody took yet."""
        return [one.get("value") for one in self.page.evaluate("model.sent") if one["kind"] == kind]


def plain(value: object) -> object:
    """Return a value as JSON can carry it into the page."""
    return {"bytes": list(value)} if isinstance(value, bytes | memoryview) else value
