// The tabs: what the table lists. The arrows turn to a tab at once, for its rows are read by the kernel's workers.

/** @import { Model, Shown } from "./shapes.js" */

import { closedFor } from "./actions.js";
import { element, enable, newId, setAttribute, setText } from "../dom.js";
import { tell } from "../alive.js";

const TABS = [["guests", "Guests"], ["networks", "Networks"], ["pools", "Pools"], ["events", "Events"]];

/** The tab that a key leads to; -1 for none. @param {string} key @param {number} at @param {number} count */
export function tabFor(key, at, count) {
  switch (key) {
    case "ArrowRight": return (at + 1) % count;
    case "ArrowLeft": return (at + count - 1) % count;
    case "Home": return 0;
    case "End": return count - 1;
    default: return -1;
  }
}

export class Tabs {
  /** @param {Model} model @param {string} panel the id of what they control @param {() => string} why they are off */
  constructor(model, panel, why) {
    this.model = model;
    this.why = why;
    /** @type {string | null} what the kernel was asked for and has not turned to yet */
    this.wanted = null;
    this.buttons = TABS.map(([tab, label]) => element(
      "button", { type: "button", role: "tab", id: newId(), "aria-controls": panel, onclick: () => this.turn(tab) }, label,
    ));
    this.node = element("div", { class: "vx-tabs", role: "tablist", "aria-label": "What is listed" }, ...this.buttons);
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.update();
  }

  /** @param {string} tab */
  turn(tab) {
    if (this.why()) return;
    if (tab === (this.wanted ?? this.model.get("tab"))) {
      if (this.model.get("pool")) tell(this.model, { kind: "close_volumes" }); // back from the volumes of one
      return;
    }
    this.wanted = tab;
    this.update();
    tell(this.model, { kind: "tab", value: tab });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const at = this.buttons.findIndex((button) => button === event.target);
    const to = tabFor(event.key, at, TABS.length);
    if (at < 0 || to < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (this.why()) return;
    this.turn(TABS[to][0]);
    this.buttons[to].focus();
  }

  /** The kernel said which tab it is. */
  told() {
    if (this.model.get("tab") === this.wanted) this.wanted = null;
    this.update();
  }

  update() {
    const now = this.wanted ?? this.model.get("tab");
    const reason = this.why();
    TABS.forEach(([tab], i) => {
      const button = this.buttons[i];
      setAttribute(button, "aria-selected", String(tab === now));
      setAttribute(button, "aria-disabled", String(Boolean(reason) && tab !== now));
      if (button.tabIndex !== (tab === now ? 0 : -1)) button.tabIndex = tab === now ? 0 : -1;
      if (button.title !== reason) button.title = reason;
    });
  }

  focus() {
    this.buttons.find((one) => one.tabIndex === 0)?.focus();
  }

  /** The id of the tab that is shown. */
  get label() {
    return this.buttons[TABS.findIndex(([tab]) => tab === this.model.get("tab"))].id;
  }
}

/** The volumes of one pool in place of the pools: opened for the selected one, and closed again. */
export class Volumes {
  /** @param {Model} model @param {() => Shown} state */
  constructor(model, state) {
    this.model = model;
    this.state = state;
    this.button = element("button", { type: "button", onclick: () => this.open() }, "Volumes");
    this.title = element("span", { class: "vx-title" });
    this.shut = element("button", { type: "button", onclick: () => this.close() }, "Close volumes");
    this.node = element("div", { class: "vx-within", hidden: "" }, this.title, this.shut);
  }

  why() {
    const state = this.state();
    const { rows, selected } = state;
    if (rows.alive.gone) return "The kernel is gone";
    if (selected.size !== 1) return selected.size ? "Volumes are of one pool: select one" : "Select a storage pool first";
    const closed = closedFor([...selected][0], state);
    if (closed) return closed;
    const row = rows.all.get([...selected][0]);
    return row && row.state === "inactive" ? `${row.name} is inactive: its volumes are known while it is started` : "";
  }

  open() {
    const reason = this.why();
    if (reason) this.state().say(reason + ".");
    else tell(this.model, { kind: "volumes", keys: [...this.state().selected] });
  }

  close() {
    if (!this.state().rows.alive.gone) tell(this.model, { kind: "close_volumes" });
  }

  update() {
    const pool = this.model.get("pool");
    const hadFocus = document.activeElement === this.shut || document.activeElement === this.button;
    this.button.hidden = this.model.get("tab") !== "pools" || Boolean(pool);
    this.node.hidden = !pool;
    setText(this.title, `Volumes of ${pool}`);
    if (hadFocus && this.button.hidden && pool) this.shut.focus();
    if (hadFocus && !pool) this.button.focus();
    const reason = this.why();
    enable(this.button, reason, "Read the volumes of the selected pool");
  }
}
