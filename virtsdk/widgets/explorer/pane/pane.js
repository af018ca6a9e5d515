// The pane of one guest: what the kernel read of it when it was asked; on request its screen, and what its console prints.

/** @import { Message, Model, OnRequest, Shown } from "../shapes.js" */

import { element, enable, setAttribute, setText } from "../../dom.js";
import { closedFor } from "../actions.js";
import { Charts } from "./course.js";

const CONSOLE_KEPT = 20000; // characters, as in transcript.py

/** The text with what was added, without its oldest lines where it is too long. @param {string} text @param {string} added */
export function printedAfter(text, added) {
  const whole = text + added;
  if (whole.length <= CONSOLE_KEPT) return whole;
  const end = whole.slice(-CONSOLE_KEPT);
  return end.slice(end.indexOf("\n") + 1);
}

export class Pane {
  /** @param {Model} model @param {() => Shown} state */
  constructor(model, state) {
    this.model = model;
    this.state = state;
    this.printed = model.get("console") ?? "";
    this.button = element("button", { type: "button", onclick: () => this.open() }, "Details");
    this.node = element("section", { class: "vx-pane", hidden: "" });

    this.shoot = element("button", { type: "button", onclick: () => this.ask("screenshot") }, "Screenshot");
    this.listen = element("button", { type: "button", onclick: () => this.ask("console") }, "Console");
    this.title = element("span", { class: "vx-title" });
    this.time = element("span", { class: "vx-aside" });
    const close = element("button", { type: "button", onclick: () => this.close() }, "Close details");
    const head = element("div", { class: "vx-head" }, this.title, this.time, this.shoot, this.listen, close);
    this.picture = ""; // the address of the picture that is shown
    this.screen = element("figure", { hidden: "" });
    this.text = element("pre", { tabindex: "0", class: "vx-console", role: "log" });
    this.note = element("span", { class: "vx-aside" });
    const shut = element("button", { type: "button", onclick: () => this.closeConsole() }, "Close console");
    const bar = element("div", { class: "vx-head" }, element("span", { class: "vx-title" }, "Console"), this.note, shut);
    this.console = element("div", { class: "vx-listening", hidden: "" }, bar, this.text);
    this.tables = element("div");
    this.charts = new Charts();
    this.node.append(head, this.charts.node, this.screen, this.console, this.tables);
  }

  why() {
    const state = this.state();
    const { rows, selected } = state;
    if (rows.alive.gone) return "The kernel is gone";
    if (selected.size !== 1) return selected.size ? "Details are of one domain: select one" : "Select a domain first";
    return closedFor([...selected][0], state);
  }

  /** Why a screenshot cannot be taken now, or the console not be read. @param {OnRequest} what */
  whyNot(what) {
    const pane = this.model.get("pane");
    const state = this.state();
    const { rows } = state;
    if (rows.alive.gone) return "The kernel is gone";
    if (!pane.key) return "No details are open";
    const closed = closedFor(pane.key, state);
    if (closed) return closed;
    const row = rows.all.get(pane.key);
    if (row && !pane.states.includes(row.state)) return `${row.name} is ${row.label}`;
    if (what === "console" && this.model.get("console_state").open) return "It is open below";
    return pane.refused[what];
  }

  open() {
    const reason = this.why();
    if (reason) this.state().say(reason + ".");
    else this.model.send({ kind: "details", keys: [...this.state().selected] });
  }

  /** @param {OnRequest} what */
  ask(what) {
    const reason = this.whyNot(what);
    if (reason) this.state().say(reason + ".");
    else this.model.send({ kind: what, keys: [this.model.get("pane").key] });
  }

  draw() {
    const { key } = this.model.get("pane");
    const { rows } = this.state();
    const points = key === rows.course.key ? rows.course.points : [];
    if (key) this.charts.update(points, rows.all.get(key)?.memory_bytes ?? 0, Boolean(rows.alive.gone));
  }

  update() {
    const reason = this.why();
    this.button.hidden = this.model.get("tab") !== "guests";
    enable(this.button, reason, "Facts, addresses, disks, nics and events of the selected domain");
    if (!this.model.get("pane").key) return;
    this.draw();
    enable(this.shoot, this.whyNot("screenshot"), "Take a picture of its screen");
    const hint = "Read what its serial console prints; no other client has it meanwhile";
    enable(this.listen, this.whyNot("console"), hint);
  }

  show() {
    const pane = this.model.get("pane");
    const hadFocus = this.node.contains(document.activeElement);
    this.node.hidden = !pane.key;
    if (!pane.key) {
      if (hadFocus) this.button.focus();
      this.tables.replaceChildren();
      return;
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
    if (!picture.key) {
      this.screen.replaceChildren();
      return;
    }
    this.picture = URL.createObjectURL(new Blob([picture.png], { type: "image/png" }));
    const size = `${picture.width} × ${picture.height} pixels`;
    const alt = `Screen of ${picture.name} at ${picture.time} UTC, ${size}`;
    this.screen.replaceChildren(
      element("img", { class: "vx-screen", src: this.picture, alt }),
      element("figcaption", {}, `Screen at ${picture.time} UTC, ${size}`),
    );
  }

  /** What the console printed. @param {Message} message */
  hear(message) {
    if (message.kind === "whole") this.printed = message.console ?? "";
    else if (message.kind !== "console") return;
    else this.printed = message.add === undefined ? message.whole ?? "" : printedAfter(this.printed, message.add);
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

  /** Let go of the picture. */
  forget() {
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = "";
  }
}
