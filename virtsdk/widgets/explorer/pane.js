// The pane of one domain: what the kernel read of it, when it was asked.

class Pane {
  /** @param {any} model @param {() => any} state what the view shows now */
  constructor(model, state) {
    this.model = model;
    this.state = state;
    this.button = element("button", { type: "button", onclick: () => this.open() }, "Details");
    this.node = element("section", { class: "vx-pane", hidden: "" });
  }

  why() {
    const { rows, selected } = this.state();
    if (rows.alive.gone) return "The kernel is gone";
    if (selected.size !== 1) return selected.size ? "Details are of one domain: select one" : "Select a domain first";
    return "";
  }

  open() {
    const reason = this.why();
    if (reason) return this.state().say(reason + ".");
    this.model.send({ kind: "details", domains: [...this.state().selected] });
  }

  update() {
    const reason = this.why();
    setAttribute(this.button, "aria-disabled", String(Boolean(reason)));
    setAttribute(this.button, "title", reason || "Facts, addresses, disks, nics and events of the selected domain");
  }

  show() {
    const pane = this.model.get("pane");
    this.node.hidden = !pane.key;
    if (!pane.key) return this.node.replaceChildren();
    setAttribute(this.node, "aria-label", `Details of ${pane.name}`);
    const close = element("button", { type: "button", onclick: () => this.close() }, "Close details");
    const head = element(
      "div", { class: "vx-head" }, element("span", { class: "vx-title" }, pane.name),
      element("span", { class: "vx-counts" }, `as of ${pane.time} UTC`), close,
    );
    const tables = pane.tables.filter(([, , lines]) => lines.length).map(([title, header, lines]) => element(
      "table", {}, element("caption", {}, title),
      element("thead", {}, element("tr", {}, ...header.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...lines.map((line) => element("tr", {}, ...line.map((text) => element("td", {}, text))))),
    ));
    this.node.replaceChildren(head, ...tables);
  }

  close() {
    this.model.send({ kind: "close details" });
    this.button.focus();
  }
}
