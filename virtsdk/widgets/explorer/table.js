// The table: only rows in sight are in the page. Rows have one height; the table is as far down as the rows above it.

/** @import { Column, Heading, Shown } from "./shapes.js" */

import { coalesced, element, setAttribute, setText } from "../dom.js";
import { cellOf } from "./columns.js";

/**
 * @typedef {Pick<Shown, "rows" | "selected" | "busy"> & {
 *   columns: Column[], sort: string, total: number, items: (string | Heading)[], empty: string,
 * }} Listed what is to be shown: keys and headings in order, and the words where there is none
 */

/** @typedef {{row: HTMLTableRowElement, cells: HTMLTableCellElement[], texts: HTMLElement[]}} Line of a row */
/** @typedef {{row: HTMLTableRowElement, cell: HTMLTableCellElement}} GroupLine */

const BESIDE = 6; // rows above and below what is in sight

export class Table {
  /** @param {string} label @param {(keys: string[]) => void} onSelect @param {(by: string) => void} onSort */
  constructor(label, onSelect, onSort) {
    this.onSelect = onSelect;
    this.onSort = onSort;
    /** @type {Listed | null} null until it is told what to show */
    this.state = null;
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Map<string, Line | GroupLine>} by key, those in the page */
    this.lines = new Map();
    /** @type {Line[]} */
    this.spare = [];
    /** @type {(string | Heading)[]} keys, and headings of groups */
    this.items = [];
    /** @type {string[]} */
    this.keys = [];
    /** @type {string | null} the row that the keyboard is on */
    this.at = null;
    /** @type {string | null} the row that a range is selected from */
    this.from = null;
    /** @type {number[]} of each figure, over all rows */
    this.largest = [];
    this.height = 28;
    this.head = element("tr");
    this.widths = element("colgroup");
    this.body = element("tbody");
    this.grid = element(
      "table", { class: "vx-grid", role: "grid", "aria-label": label, "aria-multiselectable": "true" },
      this.widths, element("thead", {}, this.head), this.body,
    );
    this.room = element("div", { class: "vx-room" }, this.grid);
    this.empty = element("p", { class: "vx-empty", hidden: "" });
    this.node = element("div", { class: "vx-scroll", tabindex: "-1" }, this.room, this.empty);
    this.body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault());
    this.body.addEventListener("click", (event) => this.click(event));
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("scroll", coalesced(() => this.window()));
  }

  /** @param {string} label */
  rename(label) {
    setAttribute(this.grid, "aria-label", label);
  }

  /** Take what is to be shown. @param {Listed} state */
  update(state) {
    this.state = state;
    this.items = state.items;
    this.keys = state.items.filter((item) => typeof item === "string");
    if (this.at === null || !this.keys.includes(this.at))
      this.at = this.keys.find((key) => state.selected.has(key)) ?? this.keys[0] ?? null;
    this.header(state.columns, state.sort);
    this.scale(state);
    this.empty.hidden = this.keys.length > 0;
    this.grid.hidden = state.total === 0;
    setText(this.empty, state.empty);
    setAttribute(this.grid, "aria-rowcount", String(this.items.length + 1));
    this.window();
  }

  /** @param {Column[]} columns @param {string} sort */
  header(columns, sort) {
    if (columns.map((one) => one.key).join() !== this.columns.map((one) => one.key).join()) {
      const on = [...this.head.children].findIndex((cell) => cell.contains(document.activeElement));
      const focused = this.columns[on]?.key; // the header that the keyboard is on stays so
      this.columns = columns;
      this.widths.replaceChildren(
        ...columns.map((column) => element("col", { style: column.width ? `width: ${column.width}em` : "" })),
      );
      this.head.replaceChildren(...columns.map((column) => {
        const button = element("button", { type: "button", title: column.hint, onclick: () => this.sortBy(column) });
        return element("th", { scope: "col", class: column.number ? "vx-number" : "" }, button);
      }));
      const at = columns.findIndex((one) => one.key === focused);
      if (at >= 0) this.head.children[at].querySelector("button")?.focus({ preventScroll: true });
      for (const line of this.lines.values()) line.row.remove();
      this.lines.clear();
      this.spare = [];
    }
    const down = sort.startsWith("-");
    columns.forEach((column, i) => {
      const here = column.key === sort.replace("-", "");
      setAttribute(this.head.children[i], "aria-sort", here ? (down ? "descending" : "ascending") : "none");
      const button = /** @type {Element} */ (this.head.children[i].firstElementChild);
      setText(button, column.label + (here ? (down ? " ▾" : " ▴") : ""));
    });
  }

  /** @param {Column} column */
  sortBy(column) {
    const now = this.state?.sort;
    // numbers: the largest first, for that is what is looked for
    const first = column.number ? `-${column.key}` : column.key;
    const other = column.number ? column.key : `-${column.key}`;
    this.onSort(now === first ? other : first);
  }

  /** Bars of rates are as long as the largest rate of all rows. @param {Listed} state */
  scale({ rows }) {
    this.largest = new Array(rows.figures.width).fill(0);
    for (const column of this.columns) {
      if (column.kind !== "rate") continue;
      for (const row of rows.all.values())
        this.largest[column.place] = Math.max(this.largest[column.place], rows.figure(row, column) ?? 0);
    }
  }

  /** Put the rows in sight into the page. */
  window() {
    const { state } = this;
    if (!state) return;
    const sight = Math.max(this.node.clientHeight, 10 * this.height);
    const most = Math.ceil(sight / this.height) + 2 * BESIDE;
    const first = Math.max(0, Math.min(Math.floor(this.node.scrollTop / this.height) - BESIDE, this.items.length - most));
    const items = this.items.slice(first, first + most);
    const wanted = new Set(items.map((item) => this.nameOf(item)));
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && this.body.contains(active) ? active : null;
    for (const [name, line] of this.lines) {
      if (wanted.has(name)) continue;
      this.lines.delete(name);
      line.row.remove();
      if ("cells" in line) this.spare.push(line);
    }
    const lines = items.map((item, i) => this.line(state, item, first + i));
    lines.forEach(({ row }, i) => {
      if (this.body.children[i] !== row) this.body.insertBefore(row, this.body.children[i] ?? null);
    });
    while (this.body.children.length > lines.length) this.body.lastChild?.remove();
    const top = `${first * this.height}px`;
    if (this.grid.style.marginTop !== top) this.grid.style.marginTop = top;
    const whole = this.items.length ? `${(this.items.length * this.height) + this.head.offsetHeight}px` : "";
    if (this.room.style.height !== whole) this.room.style.height = whole;
    if (focused && !focused.isConnected) this.node.focus({ preventScroll: true });
    else if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
    this.measure(lines[0]?.row);
  }

  /** @param {HTMLElement | undefined} row */
  measure(row) {
    const height = row?.getBoundingClientRect().height;
    if (!height || Math.abs(height - this.height) < 0.1) return;
    this.height = height;
    this.window();
  }

  /** @param {string | Heading} item */
  nameOf(item) {
    return typeof item === "string" ? item : `@ ${item.host}`;
  }

  /**
   * The line of the page for a row or a heading.
   * @param {Listed} state
   * @param {string | Heading} item
   * @param {number} index
   */
  line(state, item, index) {
    const name = this.nameOf(item);
    let line = this.lines.get(name);
    if (!line) {
      line = typeof item === "string" ? this.spare.pop() ?? this.newLine() : this.newGroup();
      this.lines.set(name, line);
    }
    setAttribute(line.row, "aria-rowindex", String(index + 2));
    if (typeof item === "string" && "cells" in line) this.fill(state, line, item);
    else if (typeof item !== "string" && "cell" in line) {
      setText(line.cell, `${item.host} · ${item.count}`);
      setAttribute(line.cell, "colspan", String(this.columns.length));
    }
    return line;
  }

  /** @returns {Line} */
  newLine() {
    const tick = element("span", { class: "vx-tick", "aria-hidden": "true" });
    const texts = this.columns.map(() => element("span"));
    const cells = this.columns.map((column, i) => {
      const cell = element("td", { class: column.number ? "vx-number" : "" }, texts[i]);
      if (i === 0) cell.prepend(tick);
      if (column.key === "name") cell.classList.add("vx-name");
      if (column.key === "state") cell.classList.add("vx-state");
      return cell;
    });
    return { row: element("tr", {}, ...cells), cells, texts };
  }

  /** @returns {GroupLine} */
  newGroup() {
    const cell = element("th", { scope: "rowgroup", class: "vx-group" });
    return { row: element("tr", {}, cell), cell };
  }

  /** @param {Listed} state @param {Line} line @param {string} key */
  fill({ rows, selected, busy }, { row, cells, texts }, key) {
    const data = rows.row(key);
    if (row.dataset.key !== key) row.dataset.key = key;
    this.columns.forEach((column, i) => {
      const { text, share } = cellOf(column, data, rows, this.largest);
      const said = column.key === "state" && busy[key] ? `${busy[key]} …` : text;
      setText(texts[i], said);
      const title = column.kind === "text" && column.key !== "state" ? said : null; // it may be cut
      if (title !== null && cells[i].title !== title) cells[i].title = title;
      const bar = share === null ? "" : `${Math.round(100 * Math.min(1, Math.max(0, share)))}%`;
      cells[i].classList.toggle("vx-figure", share !== null);
      if (cells[i].style.getPropertyValue("--vx-share") !== bar) cells[i].style.setProperty("--vx-share", bar);
      if (column.key === "state") {
        const kind = busy[key] ? "wait" : data.kind;
        if (cells[i].dataset.kind !== kind) cells[i].dataset.kind = kind;
      }
    });
    setAttribute(row, "aria-selected", String(selected.has(key)));
    // One row is a stop of the tab key; the arrows go on from there.
    const stop = key === this.at ? 0 : -1;
    if (row.tabIndex !== stop || !row.hasAttribute("tabindex")) row.tabIndex = stop;
  }

  // --- selecting ----------------------------------------------------------------------------------------

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    const key = target.closest("tr")?.dataset.key;
    if (!key) return;
    const tick = target.classList.contains("vx-tick");
    this.go(key, event.shiftKey ? "range" : tick || event.ctrlKey || event.metaKey ? "toggle" : "only");
  }

  /**
   * Go to a row; and select it only, or it too, or all from the last one to it.
   * @param {string} key
   * @param {"focus" | "only" | "toggle" | "range"} how
   */
  go(key, how) {
    if (!this.state) return;
    const { selected } = this.state;
    this.at = key;
    if (how === "only") this.onSelect([key]);
    if (how === "toggle") {
      this.onSelect(selected.has(key) ? [...selected].filter((one) => one !== key) : [...selected, key]);
    }
    if (how === "range") {
      const ends = [this.from === null ? -1 : this.keys.indexOf(this.from), this.keys.indexOf(key)];
      const [from, to] = ends.sort((a, b) => a - b);
      this.onSelect(from < 0 ? [key] : this.keys.slice(from, to + 1));
    } else this.from = key;
    this.reveal(key);
    this.window();
    this.lines.get(key)?.row.focus({ preventScroll: true });
  }

  /** Scroll as far as it takes for a row to be in sight. @param {string} key */
  reveal(key) {
    const index = this.items.indexOf(key);
    if (index < 0) return;
    const head = this.head.offsetHeight;
    const top = index * this.height;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    const least = top + this.height + head - this.node.clientHeight;
    if (least > this.node.scrollTop) this.node.scrollTop = least;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (/** @type {Element} */ (event.target).closest("thead")) return;
    if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.onSelect([...this.keys]);
      return;
    }
    if (event.key === "Escape") {
      this.onSelect([]);
      return;
    }
    const at = this.at === null ? -1 : this.keys.indexOf(this.at);
    const last = this.keys.length - 1;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.height) - 2);
    /** @type {Record<string, number>} */
    const places = {
      ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0),
      PageDown: Math.min(at + page, last), PageUp: Math.max(at - page, 0),
      Home: 0, End: last, Enter: at, " ": at,
    };
    const to = Object.hasOwn(places, event.key) ? places[event.key] : undefined;
    if (to === undefined || at < 0 || event.altKey) return;
    event.preventDefault();
    const control = event.ctrlKey || event.metaKey;
    const how = event.shiftKey ? "range" : control ? "focus" : "only";
    this.go(this.keys[to], control && event.key === " " ? "toggle" : how);
  }
}
