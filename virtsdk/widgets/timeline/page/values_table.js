// The table below the charts: whose line is which, and the values at the cursor, or the last ones.

import { element, setText } from "../../dom.js";
import { colourOf, styleOf } from "./strokes.js";
import { moment, spread } from "./ticks.js";

export class ValuesTable {
  /** @param {(key: string | null) => void} focus lets a line stand out */
  constructor(focus) {
    this.focus = focus;
    this.caption = element("caption", {});
    this.head = element("thead", {});
    this.body = element("tbody", {});
    this.node = element("div", { class: "vt-values", tabindex: "0", role: "region", "aria-label": "Values" }, element("table", {}, this.caption, this.head, this.body));
    this.form = "";
  }

  /** @param {import("./charts.js").State} state @param {number | null} time of the cursor */
  update(state, time) {
    const { panels, lines, store, bounds } = state;
    const form = JSON.stringify([panels.map(({ key }) => key), lines]);
    if (form !== this.form) this.build(state);
    this.form = form;
    const [first, last] = bounds ?? [0, 0];
    const about = store.step ? "least – most around" : "at";
    setText(this.caption, time === null ? `Last values${store.step ? ", least – most" : ""}` : `Values ${about} ${moment(time, first, last)} UTC`);
    lines.forEach(({ key }, row) => panels.forEach(({ place, unit }, column) => {
      const value = time === null ? store.lastOf(key, place, bounds?.[0], bounds?.[1]) : store.at(key, place, time);
      setText(this.body.rows[row].cells[column + 1], spread(value, unit));
    }));
  }

  /** @param {import("./charts.js").State} state */
  build({ panels, lines }) {
    const heads = ["", ...panels.map(({ label }) => label)];
    this.head.replaceChildren(element("tr", {}, ...heads.map((text) => (text ? element("th", { scope: "col" }, text) : element("td", {})))));
    this.body.replaceChildren(...lines.map(({ key, label, slot }) => {
      const swatch = element("span", { class: "vt-swatch", "aria-hidden": "true" });
      swatch.style.borderTopColor = colourOf(slot);
      swatch.style.borderTopStyle = styleOf(slot);
      const name = element("th", { scope: "row" }, swatch, label);
      const row = element("tr", {}, name, ...panels.map(() => element("td", {})));
      row.addEventListener("mouseenter", () => this.focus(key));
      row.addEventListener("mouseleave", () => this.focus(null));
      return row;
    }));
  }
}
