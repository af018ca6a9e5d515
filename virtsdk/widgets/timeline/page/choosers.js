// What is shown: which guests are overlaid, which panels, a forecast, and the list of what happened.

import { element, enable, setText } from "../../dom.js";
import { stamp } from "./ticks.js";

const LISTED = 60; // guests in the page; the filter finds the others

export class Guests {
  /** @param {(keys: string[]) => void} show @param {() => void} neighbours */
  constructor(show, neighbours) {
    this.show = show;
    this.filter = element("input", { type: "search", placeholder: "part of a name", "aria-label": "Find guests", spellcheck: "false", oninput: () => this.list() });
    this.beside = element("button", { type: "button", onclick: neighbours }, "Neighbours on its host");
    this.boxes = element("div", { class: "vt-boxes", role: "group", "aria-label": "Guests that are shown" });
    this.more = element("p", { class: "vt-note" });
    this.title = element("summary", {});
    this.node = element("details", { class: "vt-menu" }, this.title, element("div", { class: "vt-bar" }, this.filter, this.beside), this.boxes, this.more);
    /** @type {{key: string, name: string, host: string, kind: string}[]} */
    this.all = [];
    /** @type {string[]} */
    this.shown = [];
    this.said = "";
  }

  /** @param {{key: string, name: string, host: string, kind: string}[]} all @param {string[]} shown @param {string} off why nothing can be asked for */
  update(all, shown, off) {
    setText(this.title, `Guests (${shown.length} of ${all.length})`);
    enable(this.beside, off);
    const said = JSON.stringify([all, shown]);
    if (said === this.said) return;
    this.said = said;
    this.all = all;
    this.shown = shown;
    this.list();
  }

  list() {
    const wanted = this.filter.value.trim().toLowerCase();
    const found = this.all.filter(({ name, host }) => `${name}\n${host}`.toLowerCase().includes(wanted));
    const chosen = new Set(this.shown);
    found.sort((a, b) => Number(chosen.has(b.key)) - Number(chosen.has(a.key)));
    const several = new Set(this.all.map(({ host }) => host)).size > 1;
    const held = /** @type {HTMLElement | null} */ (this.boxes.contains(document.activeElement) ? document.activeElement : null)?.dataset.key;
    this.boxes.replaceChildren(...found.slice(0, LISTED).map(({ key, name, host, kind }) => {
      const input = element("input", { type: "checkbox", "data-key": key, onchange: () => this.toggle(key, input.checked) });
      input.checked = chosen.has(key);
      return element("label", { class: "vt-box" }, input, several && kind === "guest" ? `${name} on ${host}` : name);
    }));
    if (held) /** @type {HTMLElement | undefined} */ ([...this.boxes.querySelectorAll("input")].find((one) => one.dataset.key === held))?.focus();
    setText(this.more, found.length > LISTED ? `and ${found.length - LISTED} more: the filter finds them` : found.length ? "" : "none of that name");
  }

  /** @param {string} key @param {boolean} on */
  toggle(key, on) {
    const keys = on ? [...this.shown, key] : this.shown.filter((one) => one !== key);
    if (keys.length) this.show(keys);
    else this.list(); // one stays
  }
}

/**
 * Check boxes for panels, and a select for the forecast.
 * @param {{key: string, label: string}[]} panels @param {(keys: string[]) => void} show @param {(key: string | null) => void} forecast
 */
export function figures(panels, show, forecast) {
  const inputs = panels.map(({ key, label }) => {
    const input = element("input", { type: "checkbox", onchange: () => {
      const keys = inputs.filter((one) => one.input.checked).map((one) => one.key);
      if (keys.length) show(keys);
      else input.checked = true;
    } });
    return { key, input, node: element("label", { class: "vt-box" }, input, label) };
  });
  const select = element("select", { onchange: () => forecast(select.value || null) }, element("option", { value: "" }, "none"), ...panels.map(({ key, label }) => element("option", { value: key }, label)));
  const boxes = element("div", { class: "vt-boxes", role: "group", "aria-label": "Figures that are shown" }, ...inputs.map(({ node }) => node));
  const node = element("details", { class: "vt-menu" }, element("summary", {}, "Figures"), boxes, element("label", { class: "vt-box" }, "Forecast of the first line:", select));
  /** @param {string[]} shown @param {string} ahead @param {string} off */
  const update = (shown, ahead, off) => {
    for (const { key, input } of inputs) input.checked = shown.includes(key);
    select.value = ahead;
    select.disabled = Boolean(off);
  };
  return { node, update };
}

/** The list of events and gaps, the latest first. */
export class Happenings {
  constructor() {
    this.title = element("summary", {});
    this.body = element("tbody", {});
    const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Time (UTC)"), element("th", { scope: "col" }, "What")));
    this.node = element("details", { class: "vt-menu" }, this.title, element("div", { class: "vt-values", tabindex: "0", role: "region", "aria-label": "Events and gaps" }, element("table", {}, head, this.body)));
    this.said = "";
  }

  /** @param {import("./flags.js").Happening[]} all @param {number} more gaps that are not listed */
  update(all, more) {
    const said = JSON.stringify([all, more]);
    if (said === this.said) return;
    this.said = said;
    setText(this.title, `Events and gaps (${all.length + more})`);
    this.body.replaceChildren(...all.slice(-200).reverse().map(({ time, text }) => element("tr", {}, element("th", { scope: "row" }, stamp(time)), element("td", {}, text))));
  }
}
