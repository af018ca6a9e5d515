// The charts, one a panel, on one time axis: lines, gaps and resets, marks, what is selected, a forecast's band.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element, setText } from "../../dom.js";
import { alone, colourOf, dashOf } from "./strokes.js";
import { placed, wordsOf } from "./labels.js";
import { range, steps, timeTicks, written } from "./ticks.js";

/**
 * @typedef {{key: string, label: string, hint: string, unit: string, place: number}} Panel
 * @typedef {{key: string, label: string, slot: number, kind: string, host: string}} Line
 * @typedef {{first: number, last: number, kind: string, text: string}} Hole
 * @typedef {{time: number, name: string, text: string, key: string}} Mark
 * @typedef {{panel: string, key: string, text: string, times: number[], lo: number[], mean: number[], hi: number[]}} Band
 * @typedef {{panels: Panel[], lines: Line[], bounds: [number, number] | null, selected: number[], holes: Hole[], marks: Mark[],
 *   band: Band | null, compact: boolean, store: import("./store.js").Store}} State
 * @typedef {{select: (first: number, last: number, zoom: boolean) => void, move: (time: number | null) => void}} Asks
 */

const AXIS = 70; // room for "1000 MiB/s"
const RIGHT = 34; // half of the last text of the time axis, a date

export class Charts {
  /** @param {HTMLElement} node @param {Asks} asks */
  constructor(node, asks) {
    this.node = node;
    this.asks = asks;
    this.sync = `virtsdk-${Math.random().toString(36).slice(2)}`;
    /** @type {uPlot[]} */
    this.charts = [];
    /** @type {State | null} */
    this.state = null;
    this.form = "";
    /** @type {uPlot | null} where a drag began */
    this.dragged = null;
    this.shift = false;
    this.times = /** @type {number[]} */ ([]);
    this.colours = { text: "#000", faint: "#8886", accent: "#2f7fd3" };
  }

  /** Draw a state; charts are made anew where their lines or panels are others. @param {State} state */
  update(state) {
    this.state = state;
    this.colours = coloursOf(this.node);
    const { times, panels } = state.store.aligned(state.lines.map((line) => line.key));
    this.times = times;
    const width = Math.floor(this.node.clientWidth);
    if (width < 40) return;
    const form = JSON.stringify([state.panels, state.lines, state.compact]);
    if (form !== this.form) this.build(state, width);
    this.form = form;
    this.charts.forEach((chart, i) => {
      if (chart.width !== width) chart.setSize({ width, height: chart.height });
      const data = /** @type {uPlot.AlignedData} */ ([times, ...panels[state.panels[i].place]]);
      chart.batch(() => {
        chart.setData(data, false);
        const [min, max] = state.bounds ?? [0, 1];
        chart.setScale("x", { min, max });
      });
      this.say(i);
    });
  }

  /** @param {State} state @param {number} width */
  build(state, width) {
    this.end();
    state.panels.forEach((panel, i) => {
      const last = i === state.panels.length - 1;
      const title = element("p", { class: "vt-panel-title", title: panel.hint }, panel.label);
      const words = element("span", { class: "vt-panel-words" });
      title.append(words);
      const place = element("div", { class: "vt-chart" });
      const node = element("div", { class: "vt-panel" }, title, place);
      this.node.append(node);
      const chart = new uPlot(this.options(state, panel, width, last, i === 0), [[]], place);
      chart.over.addEventListener("mousedown", (event) => {
        this.dragged = chart;
        this.shift = event.shiftKey;
      });
      this.charts.push(chart);
    });
  }

  /** Say in words where a panel has nothing to show. @param {number} i */
  say(i) {
    const { panels, lines, store, band, bounds } = /** @type {State} */ (this.state);
    const panel = panels[i];
    const words = this.node.children[i].querySelector(".vt-panel-words");
    if (!words) return;
    const known = store.knows(lines.map((line) => line.key), panel.place);
    const within = lines.some(({ key }) => store.lastOf(key, panel.place, ...(bounds ?? [])));
    const said = within ? "" : known ? "no sample in this stretch" : this.times.length ? "not known of these" : "no figures yet";
    setText(words, band?.panel === panel.key ? "with a forecast" : said);
    this.node.children[i].classList.toggle("vt-nothing", !known && this.times.length > 0);
  }

  /** @param {State} state @param {Panel} panel @param {number} width @param {boolean} last @param {boolean} top @returns {uPlot.Options} */
  options(state, panel, width, last, top) {
    const axis = { stroke: () => this.colours.text, font: "11px system-ui, sans-serif", ticks: { stroke: () => this.colours.faint, width: 1, size: 4 }, grid: { stroke: () => this.colours.faint, width: 1 } };
    return {
      width,
      height: (state.compact ? 84 : 104) + (last ? 34 : 0),
      ms: 1,
      padding: [8, RIGHT, last ? 0 : 6, 0],
      legend: { show: false },
      focus: { alpha: 0.2 },
      cursor: {
        y: false,
        points: { size: 6 },
        hover: { prox: (chart, which) => this.near(chart, which) },
        sync: { key: this.sync, setSeries: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: { dblclick: () => null },
      },
      scales: {
        x: { time: true, auto: false },
        y: { range: (_chart, _least, most) => /** @type {[number, number]} */ (range(Math.max(most ?? 0, this.bandTop(panel)), panel.unit)) },
      },
      axes: [
        {
          ...axis,
          show: true,
          size: last ? 38 : 0,
          space: 76,
          ticks: last ? axis.ticks : { show: false },
          values: (_chart, splits, _axis, _space, apart) => (last ? timeTicks(splits, apart) : splits.map(() => "")),
        },
        { ...axis, size: AXIS, space: 26, incrs: steps(panel.unit), values: (_chart, splits) => splits.map((value) => written(value, panel.unit)) },
      ],
      series: [
        {},
        ...state.lines.map(({ slot }) => ({
          stroke: colourOf(slot),
          width: 1.5,
          dash: dashOf(slot),
          points: { show: true, size: 4, fill: colourOf(slot), filter: (/** @type {uPlot} */ chart, /** @type {number} */ which) => alone(chart.data[which]) },
        })),
      ],
      tzDate: (time) => uPlot.tzDate(new Date(time), "Etc/UTC"),
      hooks: {
        drawAxes: [(chart) => this.behind(chart, panel)],
        draw: [(chart) => this.before(chart, top)],
        setCursor: [(chart) => chart === this.charts[0] && this.asks.move(chart.cursor.idx === null || chart.cursor.idx === undefined ? null : chart.data[0][chart.cursor.idx])],
        setSelect: [(chart) => this.selected(chart)],
      },
    };
  }

  /** How far from the cursor, in pixels, a line has a dot: as far as the table has a value of it. @param {uPlot} chart @param {number} which */
  near(chart, which) {
    const { store, lines, bounds } = /** @type {State} */ (this.state);
    const [first, last] = bounds ?? [0, 1];
    return which ? (store.reach(lines[which - 1].key) / (last - first)) * chart.over.clientWidth : Infinity;
  }

  /** @param {Panel} panel */
  bandTop(panel) {
    const band = this.state?.band;
    return band?.panel === panel.key ? Math.max(...band.hi) : 0;
  }

  /** What a person dragged over. @param {uPlot} chart */
  selected(chart) {
    const { left, width } = chart.select;
    if (!width) return;
    const from = chart.posToVal(left, "x");
    const to = chart.posToVal(left + width, "x");
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (chart !== this.dragged) return; // another chart that follows it
    this.dragged = null;
    this.asks.select(from, to, this.shift);
  }

  /** What lies behind the lines. @param {uPlot} chart @param {Panel} panel */
  behind(chart, panel) {
    const { ctx } = chart;
    const { holes, selected, band } = /** @type {State} */ (this.state);
    const { top, height } = chart.bbox;
    ctx.save();
    clip(chart);
    for (const hole of holes) {
      const [left, right] = this.edges(chart, hole.first, hole.last);
      ctx.fillStyle = this.colours.faint;
      if (hole.kind === "gap") hatch(chart, left, Math.max(right - left, 2));
      else ctx.fillRect(right - 1, top, 2, height);
    }
    if (selected.length) {
      const [left, right] = this.edges(chart, selected[0], selected[1]);
      ctx.globalAlpha = 0.16;
      ctx.fillStyle = this.colours.accent;
      ctx.fillRect(left, top, right - left, height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, top, 2, height);
      ctx.fillRect(right - 2, top, 2, height);
    }
    if (band?.panel === panel.key) this.drawBand(chart, band);
    ctx.restore();
  }

  /** @param {uPlot} chart @param {Band} band */
  drawBand(chart, band) {
    const { ctx } = chart;
    const line = /** @type {State} */ (this.state).lines.find(({ key }) => key === band.key);
    const x = band.times.map((time) => chart.valToPos(time, "x", true));
    /** @param {number[]} values */
    const y = (values) => values.map((value) => chart.valToPos(value, "y", true));
    const [lo, mean, hi] = [y(band.lo), y(band.mean), y(band.hi)];
    ctx.fillStyle = ctx.strokeStyle = colourOf(line?.slot ?? 0);
    ctx.beginPath();
    x.forEach((left, i) => ctx[i ? "lineTo" : "moveTo"](left, hi[i]));
    for (let i = x.length - 1; i >= 0; i--) ctx.lineTo(x[i], lo[i]);
    ctx.closePath();
    ctx.globalAlpha = 0.2;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.setLineDash([4 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    ctx.lineWidth = 1.5 * uPlot.pxRatio;
    x.forEach((left, i) => ctx[i ? "lineTo" : "moveTo"](left, mean[i]));
    ctx.stroke();
  }

  /** What lies before the lines: marks, and the words of gaps. @param {uPlot} chart @param {boolean} words */
  before(chart, words) {
    const { ctx } = chart;
    const { holes, marks } = /** @type {State} */ (this.state);
    const { top, height } = chart.bbox;
    const ratio = uPlot.pxRatio;
    ctx.save();
    clip(chart);
    ctx.strokeStyle = this.colours.text;
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    for (const { time } of marks) {
      const x = Math.round(chart.valToPos(time, "x", true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    if (words) {
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      ctx.fillStyle = this.colours.text;
      ctx.textBaseline = "top";
      ctx.textAlign = "left";
      const spans = holes.map((hole) => {
        const [from, to] = this.edges(chart, hole.first, hole.last);
        return { from, to, texts: wordsOf(hole), beside: hole.kind !== "gap" };
      });
      const area = { from: chart.bbox.left, to: chart.bbox.left + chart.bbox.width };
      for (const { text, at } of placed(spans, area, (text) => ctx.measureText(text).width, 3 * ratio)) ctx.fillText(text, at, top + 2 * ratio);
    }
    ctx.restore();
  }

  /** @param {uPlot} chart @param {number} first @param {number} last @returns {[number, number]} in pixels of the canvas */
  edges(chart, first, last) {
    return [chart.valToPos(first, "x", true), chart.valToPos(last, "x", true)];
  }

  /** Where a time is, in pixels from the left of the charts. @param {number} time */
  left(time) {
    const [first, last] = this.state?.bounds ?? [0, 1];
    return AXIS + ((time - first) / (last - first)) * this.wide();
  }

  wide() {
    return Math.max(this.node.clientWidth - AXIS - RIGHT, 1);
  }

  /** Put the cursor of all charts to a time; null takes it away. @param {number | null} time */
  cursor(time) {
    for (const chart of this.charts) chart.setCursor(time === null ? { left: -10, top: -10 } : { left: chart.valToPos(time, "x"), top: 4 });
  }

  /** Let one line stand out; null for none. @param {string | null} key */
  focus(key) {
    const place = this.state?.lines.findIndex((line) => line.key === key) ?? -1;
    for (const chart of this.charts) chart.setSeries(place < 0 ? null : place + 1, { focus: true });
  }

  /** Draw again in other colours. */
  repaint() {
    this.colours = coloursOf(this.node);
    for (const chart of this.charts) chart.redraw(false, true);
  }

  end() {
    for (const chart of this.charts) chart.destroy();
    this.charts = [];
    this.node.replaceChildren();
    this.form = "";
  }
}

/** @param {uPlot} chart */
function clip({ ctx, bbox }) {
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}

/** @param {uPlot} chart @param {number} left @param {number} width */
function hatch({ ctx, bbox }, left, width) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.strokeStyle = ctx.fillStyle;
  ctx.lineWidth = uPlot.pxRatio;
  const step = 8 * uPlot.pxRatio;
  const from = Math.max(left, bbox.left - bbox.height);
  const to = Math.min(left + width, bbox.left + bbox.width);
  for (let x = from - bbox.height; x < to; x += step) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
    ctx.stroke();
  }
  ctx.restore();
}

/** The theme's colours: a canvas does not take them over by itself. @param {Element} node */
function coloursOf(node) {
  const style = getComputedStyle(node);
  const accent = getComputedStyle(/** @type {Element} */ (node.closest(".virtsdk-timeline") ?? node)).getPropertyValue("--vt-accent").trim();
  const [r, g, b] = (style.color.match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
  return { text: style.color, faint: `rgba(${r}, ${g}, ${b}, 0.16)`, accent: accent || "#2f7fd3" };
}
