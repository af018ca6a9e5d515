// What the kernel said: rows and their figures.

/** @import { Column, Course, Known, Message, Model, Row } from "./shapes.js" */

import { Liveness } from "../alive.js";
import { columnsOf } from "./columns.js";
import { courseAfter } from "./pane/course.js";

/** The figures of rows, by the rows' slots. */
export class Figures {
  /** @param {number} width how many a row has */
  constructor(width) {
    this.width = width;
    this.values = new Float32Array(0);
    /** @type {boolean[]} whether any row has ever had it */
    this.known = new Array(width).fill(false);
  }

  /** @param {number} slots */
  reserve(slots) {
    if (slots * this.width <= this.values.length) return;
    const more = new Float32Array(Math.max(slots, 64) * 2 * this.width).fill(NaN);
    more.set(this.values);
    this.values = more;
  }

  /** @param {number} slot @param {ArrayLike<number>} figures @param {number} from */
  put(slot, figures, from) {
    this.reserve(slot + 1);
    for (let i = 0; i < this.width; i++) {
      const value = figures[from + i];
      this.values[slot * this.width + i] = value;
      if (value === value) this.known[i] = true;
    }
  }

  /** @param {number} slot @param {number} which @returns {number | null} */
  get(slot, which) {
    const value = this.values[slot * this.width + which];
    return value === undefined || value !== value ? null : value;
  }
}

/** The rows of the tab that is shown, and whether the kernel is there. */
export class Rows {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Column[]} */
    this.columns = columnsOf(model.get("known_columns"));
    /** @type {Map<string, Row>} */
    this.all = new Map();
    /** @type {string[] | null} see order.js */
    this.names = null;
    this.figures = new Figures(0);
    /** @type {Course} of the guest whose pane is open; kept here, for a view that is opened later */
    this.course = model.get("course") ?? { key: "", points: [] };
    model.on("change:known_columns", () => this.turn(model.get("known_columns")));
    this.take(model.get("rows") ?? {}, model.get("figures") ?? []);
    this.alive = new Liveness(model, () => this.tell());
    model.on("msg:custom", (message, buffers) => this.hear(message ?? {}, buffers ?? []));
  }

  /**
   * The kernel turned to another tab. Its state and its rows come one after the other, in any order.
   * @param {Known[]} known the columns of the tab
   */
  turn(known) {
    if (known.map(({ key }) => key).join() === this.columns.map(({ key }) => key).join()) return;
    this.columns = columnsOf(known);
    this.take({}, []);
    this.tell();
  }

  /** @param {Record<string, Row>} rows @param {(number | null)[][]} figures by slot */
  take(rows, figures) {
    this.all = new Map(Object.entries(rows));
    this.names = null;
    this.figures = new Figures(this.columns.filter((column) => column.figure).length);
    figures.forEach((some, slot) => this.figures.put(slot, some.map((one) => one ?? NaN), 0));
  }

  /** @param {Message} message @param {DataView[]} buffers */
  hear(message, buffers) {
    this.alive.heard();
    if (message.kind === "whole") {
      if (message.columns) this.turn(message.columns);
      this.take(message.rows, message.figures);
      if (message.course) this.course = message.course;
    } else if (message.kind === "course") this.course = courseAfter(this.course, message);
    else if (message.kind === "figures") this.hearFigures(buffers);
    else if (message.kind === "rows") {
      this.names = null;
      for (const key of message.removed) this.all.delete(key);
      for (const [key, row] of Object.entries(message.set)) this.all.set(key, row);
    } else return;
    this.tell();
  }

  /** @param {DataView[]} buffers slots as uint32, and the figures of each as float32 */
  hearFigures([places, values]) {
    const slots = new Uint32Array(bytes(places));
    const figures = new Float32Array(bytes(values));
    slots.forEach((slot, i) => this.figures.put(slot, figures, i * this.figures.width));
  }

  /** @param {Row} row @param {Column} column */
  figure(row, column) {
    return column.figure ? this.figures.get(row.slot, column.place) : null;
  }

  /** @param {string} key of a row that is there */
  row(key) {
    const row = this.all.get(key);
    if (!row) throw new Error(`no row has the key ${key}`);
    return row;
  }

  tell() {
    for (const listener of this.listeners) listener();
  }
}

/** The bytes of a buffer, from their start on, as typed arrays ask for. @param {DataView} view */
function bytes(view) {
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
}
