// The pane of one guest: what the kernel read of it when it was asked; on request its screen, and what its console prints.

const CONSOLE_KEPT = 20000; // characters, as in transcript.py

/** The text with what was added, without its oldest lines where it is too long. @param {string} text @param {string} added */
export function printedAfter(text, added) {
  const whole = text + added;
  if (whole.length <= CONSOLE_KEPT) return whole;
  const end = whole.slice(-CONSOLE_KEPT);
  return end.slice(end.indexOf("\n") + 1);
}

class Pane {
  /** @param {any} model @param {() => any} state what the view shows now */
  constructor(model, state) {
    this.model = model;
    this.state = state;
    this.printed = model.get("console") ?? "";
    this.button = element("button", { type: "button", onclick: () => this.open() }, "Details");
    this.node = element("section", { class: "vx-pane", hidden: "" });

    const button = (text, what) => element("button", { type: "button", onclick: () => this.ask(what) }, text);
    this.shoot = button("Screenshot", "screenshot");
    this.listen = button("Console", "console");
    this.title = element("span", { class: "vx-title" });
    this.time = element("span", { class: "vx-aside" });
    const close = element("button", { type: "button", onclick: () => this.close() }, "Close details");
    const head = element("div", { class: "vx-head" }, this.title, this.time, this.shoot, this.listen, close);
    this.picture = ""; // the address of the picture that is shown
    this.screen = element("figure", { hidden: "" });
    this.text = element("pre", { tabindex: "0", class: "vx-console", role: "log" });
    this.note = element("span", { class: "vx-aside" });
    this.end = element("button", { type: "button", onclick: () => this.closeConsole() }, "Close console");
    const bar = element("div", { class: "vx-head" }, element("span", { class: "vx-title" }, "Console"), this.note, this.end);
    this.console = element("div", { class: "vx-listening", hidden: "" }, bar, this.text);
    this.tables = element("div");
    this.node.append(head, this.screen, this.console, this.tables);
  }

  why() {
    const { rows, selected } = this.state();
    if (rows.alive.gone) return "The kernel is gone";
    if (selected.size !== 1) return selected.size ? "Details are of one domain: select one" : "Select a domain first";
    return "";
  }

  /** Why a screenshot cannot be taken now, or the console not be read. @param {"screenshot"|"console"} what */
  whyNot(what) {
    const pane = this.model.get("pane");
    const { rows } = this.state();
    if (rows.alive.gone) return "The kernel is gone";
    const row = rows.all.get(pane.key);
    if (row && !pane.states.includes(row.state)) return `${row.name} is ${row.label}`;
    if (what === "console" && this.model.get("console_state").open) return "It is open below";
    return pane.refused[what];
  }

  open() {
    const reason = this.why();
    if (reason) return this.state().say(reason + ".");
    this.model.send({ kind: "details", keys: [...this.state().selected] });
  }

  ask(what) {
    const reason = this.whyNot(what);
    if (reason) return this.state().say(reason + ".");
    this.model.send({ kind: what, keys: [this.model.get("pane").key] });
  }

  update() {
    const reason = this.why();
    this.button.hidden = this.model.get("tab") !== "guests";
    setAttribute(this.button, "aria-disabled", String(Boolean(reason)));
    setAttribute(this.button, "title", reason || "Facts, addresses, disks, nics and events of the selected domain");
    if (!this.model.get("pane").key) return;
    for (const [button, what, hint] of [
      [this.shoot, "screenshot", "Take a picture of its screen"],
      [this.listen, "console", "Read what its serial console prints; no other client has it meanwhile"],
    ]) {
      const why = this.whyNot(what);
      setAttribute(button, "aria-disabled", String(Boolean(why)));
      setAttribute(button, "title", why || hint);
    }
  }

  show() {
    const pane = this.model.get("pane");
    const hadFocus = this.node.contains(document.activeElement);
    this.node.hidden = !pane.key;
    if (!pane.key) {
      if (hadFocus) this.button.focus();
      return this.tables.replaceChildren();
    }
    setAttribute(this.node, "aria-label", `Details of ${pane.name}`);
    setText(this.title, pane.name);
    setText(this.time, `as of ${pane.time} UTC`);
    this.tables.replaceChildren(...pane.tables.filter(([, , lines]) => lines.length).map(([title, header, lines]) => element(
      "table", {}, element("caption", {}, title),
      element("thead", {}, element("tr", {}, ...header.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...lines.map((line) => element("tr", {}, ...line.map((text) => element("td", {}, text))))),
    )));
    this.update();
  }

  showPicture() {
    const picture = this.model.get("picture");
    this.forget();
    this.screen.hidden = !picture.key;
    if (!picture.key) return this.screen.replaceChildren();
    this.picture = URL.createObjectURL(new Blob([picture.png], { type: "image/png" }));
    const size = `${picture.width} × ${picture.height} pixels`;
    const alt = `Screen of ${picture.name} at ${picture.time} UTC, ${size}`;
    this.screen.replaceChildren(
      element("img", { class: "vx-screen", src: this.picture, alt }),
      element("figcaption", {}, `Screen at ${picture.time} UTC, ${size}`),
    );
  }

  /** What the console printed. @param {any} message */
  hear(message) {
    if (message.kind === "whole") this.printed = message.console ?? "";
    else if (message.kind !== "console") return;
    else this.printed = message.add === undefined ? message.whole : printedAfter(this.printed, message.add);
    this.showPrinted();
  }

  showPrinted() {
    const { text } = this;
    const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 4;
    const open = this.model.get("console_state").open;
    setText(text, this.printed || (open ? "It has printed nothing since it was opened." : ""));
    if (atEnd) text.scrollTop = text.scrollHeight;
  }

  showConsole() {
    const { key, open, note } = this.model.get("console_state");
    this.console.hidden = !key;
    if (!key) this.printed = "";
    setText(this.note, open ? "open, to read" : note ?? "");
    setAttribute(this.text, "aria-label", "What the console printed");
    this.showPrinted();
    this.update();
  }

  closeConsole() {
    this.model.send({ kind: "close_console" });
    this.listen.focus();
  }

  close() {
    this.model.send({ kind: "close_details" });
    this.button.focus();
  }

  forget() {
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = "";
  }
}
