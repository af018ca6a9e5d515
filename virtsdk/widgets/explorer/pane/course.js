// The course of one guest's CPU and memory since the view was opened, as the table's own beats had them.

/** @import { Course, Point } from "../shapes.js" */

import { element, setAttribute, setText } from "../../dom.js";
import { length } from "../../timeline/page/ticks.js";
import { NOTHING, percent, size } from "../../values.js";

const KEPT = 300; // beats, as in course.py
const WIDTH = 300;
const HEIGHT = 60;
const EDGE = 2; // a line at the top or the bottom is as thick as elsewhere
const SHARES = [10, 20, 50, 100]; // of a scale in %

/** @typedef {1 | 2} Which CPU or memory, as its place in a point */

/**
 * The points with one more; of a gap of several beats its begin and its end, as in course.py.
 * @param {Point[]} points @param {Point} point
 */
export function added(points, point) {
  const unknown = (/** @type {Point | undefined} */ one) => one && one[1] === null && one[2] === null;
  const long = unknown(point) && unknown(points.at(-1)) && unknown(points.at(-2));
  return [...(long ? points.slice(0, -1) : points), point].slice(-KEPT);
}

/**
 * The course after what was told of one: all of its points, or one more.
 * @param {Course} course @param {{key: string, points?: Point[], add?: Point}} told
 * @returns {Course}
 */
export function courseAfter(course, { key, points, add }) {
  if (points) return { key, points };
  return add && key === course.key ? { key, points: added(course.points, add) } : course;
}

/** @param {Point[]} points @param {Which} which @returns {[time: number, value: number][][]} what is known in a row */
export function runsOf(points, which) {
  /** @type {[number, number][][]} */
  const runs = [];
  let open = false;
  for (const point of points) {
    const value = point[which];
    if (value !== null && open) runs[runs.length - 1].push([point[0], value]);
    else if (value !== null) runs.push([[point[0], value]]);
    open = value !== null;
  }
  return runs;
}

/**
 * From when to when nothing is known: from the last value before to the first one after.
 * @param {Point[]} points @param {Which} which @returns {[from: number, to: number][]}
 */
export function gapsOf(points, which) {
  if (!points.length) return [];
  const runs = runsOf(points, which);
  const edges = [points[0][0], ...runs.flatMap((run) => [run[0][0], run[run.length - 1][0]]), points[points.length - 1][0]];
  /** @type {[number, number][]} */
  const gaps = [];
  for (let i = 0; i < edges.length; i += 2) if (edges[i + 1] > edges[i]) gaps.push([edges[i], edges[i + 1]]);
  return gaps;
}

/** The top of a scale of CPU: an idle guest looks idle. @param {number} most in % */
export function topOf(most) {
  return SHARES.find((share) => most <= share) ?? Math.ceil(most / 100) * 100;
}

/**
 * What is drawn of a course, in units of the drawing: its lines, values that stand alone, and where
 * nothing is known.
 * @param {Point[]} points @param {Which} which @param {number} top of the scale
 */
export function drawingOf(points, which, top) {
  const first = points.length ? points[0][0] : 0;
  const span = points.length ? points[points.length - 1][0] - first : 0;
  const x = (/** @type {number} */ time) => Number((span ? ((time - first) / span) * WIDTH : WIDTH).toFixed(1));
  const y = (/** @type {number} */ value) => Number((HEIGHT - EDGE - (value / top) * (HEIGHT - 2 * EDGE)).toFixed(1));
  const runs = runsOf(points, which).map((run) => run.map(([time, value]) => `${x(time)} ${y(value)}`));
  return {
    lines: runs.filter((run) => run.length > 1).map((run) => `M${run.join("L")}`).join(""),
    dots: runs.filter((run) => run.length === 1).map((run) => `M${run[0]}h0`).join(""), // their ends are round
    gaps: gapsOf(points, which).map(([from, to]) => ({ x: x(from), width: Number((x(to) - x(from)).toFixed(1)) })),
  };
}

/**
 * A course in words: now, most, and over how long.
 * @param {Point[]} points @param {Which} which @param {boolean} gone whether nobody is there to say more
 */
export function wordsOf(points, which, gone) {
  const write = which === 1 ? percent : size;
  const values = points.flatMap((point) => point[which] ?? []);
  const span = points.length ? 1000 * (points[points.length - 1][0] - points[0][0]) : 0;
  const last = points.length ? points[points.length - 1][which] : null;
  const most = values.reduce((least, value) => Math.max(least, value), 0);
  const now = last === null ? "not known now" : `${write(last)} ${gone ? "at last" : "now"}`;
  return {
    over: span ? `last ${length(Math.round(span / 1000) * 1000 || span)}` : "",
    last: last === null ? NOTHING : write(last),
    most: values.length ? most : null,
    said: values.length ? `${now}, most ${write(most)}` : "not known",
    gaps: gapsOf(points, which).map(([from, to]) => length(1000 * (to - from))),
  };
}

/** An element of a drawing. @param {string} tag @param {Record<string, string | number>} attributes */
function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

/** One figure with its scale, its last value and what it is over. */
class Chart {
  /** @param {string} label @param {Which} which @param {string} unknown why it may have no value */
  constructor(label, which, unknown) {
    this.label = label;
    this.which = which;
    this.unknown = unknown;
    this.lines = drawn("path", { class: "vx-line" });
    this.dots = drawn("path", { class: "vx-line vx-dots" });
    this.holes = drawn("g", { class: "vx-holes" });
    this.svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
    this.svg.append(this.holes, this.lines, this.dots);
    this.last = element("span", { class: "vx-last" });
    this.most = element("span");
    this.top = element("span");
    this.zero = element("span", {}, "0");
    this.over = element("span");
    this.note = element("span");
    this.node = element(
      "figure", {},
      element("figcaption", {}, element("span", {}, label, " ", this.last), this.most),
      element("div", { class: "vx-plot" }, element("div", { class: "vx-scale", "aria-hidden": "true" }, this.top, this.zero), this.svg),
      element("div", { class: "vx-over" }, this.over, this.note),
    );
  }

  /** @param {Point[]} points @param {number} given the top of the scale where nothing is above; 0 for none @param {boolean} gone */
  update(points, given, gone) {
    const { which } = this;
    const { over, last, most, said, gaps } = wordsOf(points, which, gone);
    const write = which === 1 ? percent : size;
    const top = which === 1 ? topOf(most ?? 0) : Math.max(given, most ?? 0) || 1;
    const drawing = drawingOf(points, which, top);
    setAttribute(this.lines, "d", drawing.lines);
    setAttribute(this.dots, "d", drawing.dots);
    this.holes.replaceChildren(...(most === null ? [] : drawing.gaps).flatMap(({ x, width }) => [
      drawn("rect", { x, width, y: 0, height: HEIGHT }),
      drawn("path", { d: `M${x} ${HEIGHT / 2}h${width}` }),
    ]));
    setAttribute(this.svg, "aria-label", `${this.label}${over ? ` of the ${over}` : ""}: ${said}`);
    setText(this.last, last);
    setText(this.most, most === null ? "" : `most ${write(most)}`);
    setText(this.top, most === null ? "" : write(top));
    setText(this.zero, most === null ? "" : "0");
    setText(this.over, most === null ? this.unknown : over);
    const holes = gaps.length > 1 ? `dashed: not known, ${gaps.length} times` : `dashed: ${gaps[0]} not known`;
    setText(this.note, most !== null && gaps.length ? holes : "");
  }
}

/** CPU and memory of the guest whose pane is open. */
export class Charts {
  constructor() {
    this.cpu = new Chart("CPU", 1, "No figures yet");
    this.memory = new Chart("Memory used", 2, "No figures yet, or its guest does not say");
    this.node = element("div", { class: "vx-course" }, this.cpu.node, this.memory.node);
  }

  /** @param {Point[]} points @param {number} given its memory in bytes @param {boolean} gone */
  update(points, given, gone) {
    this.cpu.update(points, 0, gone);
    this.memory.update(points, given, gone);
  }
}
