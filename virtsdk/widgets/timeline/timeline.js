// The page's half of the timeline. It shows what the kernel says and asks for what a person wants: it never writes the
// kernel's state.

import { Liveness, Looking, tell } from "../alive.js";
import { boundsOf, recently, same, scaled } from "./page/bounds.js";
import { Charts } from "./page/charts.js";
import { Guests, Happenings, figures } from "./page/choosers.js";
import { coalesced, element, enable, setAttribute, setText } from "../dom.js";
import { Flags } from "./page/flags.js";
import { Store, lowerBound } from "./page/store.js";
import "./timeline.css";
import { length, moment, spread, stamp } from "./page/ticks.js";
import { ValuesTable } from "./page/values_table.js";

const STATE = [
  "lines", "panels", "candidates", "holes", "more_holes", "range_ms", "window_seconds", "span_ms", "selected_ms", "paused", "band",
];

/** What all views of one widget share: what the kernel sent. */
class Shared {
  /** @param {any} model */
  constructor(model) {
    this.model = model;
    this.panels = model.get("known_panels");
    this.store = new Store(this.panels.length);
    /** @type {import("./page/charts.js").Mark[]} */
    this.marks = model.get("marks") ?? [];
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    const times = model.get("times");
    if (times) this.store.take(model.get("points"), times, model.get("values"));
    this.alive = new Liveness(model, () => this.tell());
    model.on("msg:custom", (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => this.hear(message ?? {}, buffers ?? []));
  }

  /** @param {any} message @param {DataView[]} buffers */
  hear(message, buffers) {
    this.alive.heard();
    if (message.kind === "whole") {
      this.store.take(message.points, buffers[0], buffers[1]);
      this.marks = message.marks;
    } else if (message.kind === "points") this.store.take(message, buffers[0], buffers[1]);
    else if (message.kind === "marks") this.marks = (message.mode === "set" ? message.marks : [...this.marks, ...message.marks]).slice(-300);
    else return;
    this.tell();
  }

  tell() {
    for (const listener of this.listeners) listener();
  }
}

/** @param {Shared} shared @param {{model: any, el: HTMLElement}} context */
function render(shared, { model, el }) {
  const { alive, store } = shared;
  const live = model.get("live");
  const compact = model.get("compact");
  /** @type {number | null} */
  let cursor = null;
  /** @type {import("./page/bounds.js").Where} */
  let where = { range: model.get("range_ms"), window: model.get("window_seconds") };
  /** @type {import("./page/bounds.js").Where[]} */
  const before = [];
  /** @type {number[]} */
  let selected = model.get("selected_ms");

  /** @param {string} kind @param {unknown} [value] */
  const wish = (kind, value) => {
    if (!alive.gone) tell(model, value === undefined ? { kind } : { kind, value });
  };
  const bounds = () => boundsOf(where, model.get("span_ms"), where.range.length ? 0 : (model.get("band").times ?? []).at(-1));

  // --- what a person asks for -----------------------------------------------------------------------------
  /** @param {import("./page/bounds.js").Where} next @param {string} kind @param {unknown} [value] */
  const go = (next, kind, value) => {
    if (same(next, where)) return;
    before.push(where);
    where = next;
    wish(kind, value);
    draw();
  };
  /** @param {number} first @param {number} last */
  const zoom = (first, last) => go({ range: [first, last], window: 0 }, "zoom", [first, last]);
  /** @param {number} by @param {string} kind */
  const scale = (by, kind) => {
    const now = bounds();
    if (now) go(scaled(now, model.get("span_ms"), by), kind);
  };
  const back = () => {
    const last = before.pop();
    if (last) where = last;
    wish("back");
    draw();
  };
  /** @param {number[]} pair */
  const select = (pair) => {
    selected = pair;
    wish(pair.length ? "select" : "clear_selection", pair.length ? pair : undefined);
    draw();
  };

  // --- the page -------------------------------------------------------------------------------------------
  /** @param {string} text @param {() => void} act @param {string} hint */
  const button = (text, act, hint) => element("button", {
    type: "button", "data-hint": hint, title: hint,
    onclick: (/** @type {MouseEvent} */ event) => /** @type {HTMLElement} */ (event.currentTarget).getAttribute("aria-disabled") !== "true" && act(),
  }, text);
  const pause = button("Pause", () => wish(model.get("paused") ? "resume" : "pause"), "Take no samples for a while");
  const all = button("Show all", () => go({ range: [], window: 0 }, "show_all"), "All that there is");
  const [recent, name] = recently(live ? [] : model.get("span_ms"));
  const latest = button(`Last ${name}`, () => go({ range: [], window: recent }, "last", recent), live ? "As time goes on" : "The end of it");
  const inwards = button("Zoom in", () => scale(0.5, "zoom_in"), "The middle half of what is shown");
  const outwards = button("Zoom out", () => scale(2, "zoom_out"), "Twice the time");
  const backwards = button("Back", back, "What was shown before");
  const into = button("Zoom to selection", () => selected.length && zoom(selected[0], selected[1]), "What is selected; Shift and drag does both");
  const clear = button("Clear selection", () => select([]), "Select nothing");
  const buttons = element("div", { class: "vt-bar", role: "group", "aria-label": "What is shown" }, ...(live ? [pause] : []), all, latest, inwards, outwards, backwards, into, clear);

  const status = element("p", { class: "vt-status", role: "status" });
  const chosen = element("span", { class: "vt-chosen" });
  const place = element("div", { class: "vt-place" });
  const slider = element("div", {
    class: "vt-charts", tabindex: "0", role: "slider", "aria-label": "Time, across the charts", "aria-valuemin": "0", "aria-valuemax": "1", "aria-valuenow": "0",
    onkeydown: (/** @type {KeyboardEvent} */ event) => press(event),
  }, place);
  const charts = new Charts(place, {
    select: (first, last, zooms) => {
      select([first, last]);
      if (zooms) zoom(first, last);
    },
    move: (time) => {
      if (time === cursor) return;
      cursor = time;
      showValues();
    },
  });
  const flags = new Flags((time) => charts.cursor(time));
  const table = new ValuesTable((key) => charts.focus(key));
  const guests = new Guests((keys) => wish("show", keys), () => wish("neighbours"));
  const chooser = figures(shared.panels, (keys) => wish("panels", keys), (key) => wish("forecast", key));
  const happenings = new Happenings();
  const band = element("p", { class: "vt-note" });
  const view = element(
    "section", { class: compact ? "virtsdk-timeline vt-compact" : "virtsdk-timeline", "aria-label": `Timeline of ${model.get("title")}` },
    element("div", { class: "vt-bar vt-head" }, element("span", { class: "vt-title" }, model.get("title")), element("span", { class: "vt-note" }, model.get("subtitle")), chosen),
    buttons, flags.node, slider, element("div", { class: "vt-line" }, status, flags.words), band, table.node,
    element("div", { class: "vt-foot" }, guests.node, chooser.node, happenings.node),
  );
  el.append(view);

  // --- by keyboard ----------------------------------------------------------------------------------------
  /** @param {number} step @param {boolean} extend */
  const step = (step, extend) => {
    const now = bounds();
    if (!charts.times.length || !now) return;
    const from = lowerBound(charts.times, now[0]);
    const to = Math.max(lowerBound(charts.times, now[1] + 1e-6) - 1, from);
    const before = cursor === null ? (step > 0 ? from - 1 : to + 1) : lowerBound(charts.times, cursor);
    const at = Math.min(Math.max(before + step, from), to);
    const time = charts.times[at];
    if (extend && cursor !== null && time !== cursor) {
      const [a, b] = selected.length && (selected[0] === cursor || selected[1] === cursor) ? (selected[0] === cursor ? [selected[1], time] : [selected[0], time]) : [cursor, time];
      select(a === b ? [] : [Math.min(a, b), Math.max(a, b)]);
    }
    charts.cursor(time);
    cursor = time;
    showValues();
  };
  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  const keys = {
    ArrowLeft: ({ shiftKey }) => step(-1, shiftKey),
    ArrowRight: ({ shiftKey }) => step(1, shiftKey),
    PageUp: ({ shiftKey }) => step(-20, shiftKey),
    PageDown: ({ shiftKey }) => step(20, shiftKey),
    Home: ({ shiftKey }) => step(-1e9, shiftKey),
    End: ({ shiftKey }) => step(1e9, shiftKey),
    "+": () => scale(0.5, "zoom_in"),
    "-": () => scale(2, "zoom_out"),
    Enter: () => selected.length && zoom(selected[0], selected[1]),
    Escape: () => (selected.length ? select([]) : charts.cursor(null)),
    Backspace: back,
  };
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  };

  // --- drawing --------------------------------------------------------------------------------------------
  /** @type {import("./page/charts.js").State} */
  let state;
  const readState = () => {
    /** @type {string[]} */
    const wanted = model.get("panels");
    /** @type {import("./page/charts.js").Line[]} */
    const lines = model.get("lines");
    const ours = new Set(lines.map(({ key }) => key));
    const all = lines.some(({ kind }) => kind !== "guest");
    state = {
      panels: shared.panels.map((/** @type {object} */ panel, /** @type {number} */ i) => ({ ...panel, place: i })).filter((/** @type {{key: string}} */ { key }) => wanted.includes(key)),
      lines, bounds: bounds(), selected, holes: model.get("holes"),
      marks: shared.marks.filter(({ key }) => !key || all || ours.has(key)),
      band: model.get("band").times ? model.get("band") : null,
      compact, store,
    };
  };
  const showValues = coalesced(() => {
    table.update(state, cursor);
    const [first, last] = state.bounds ?? [0, 1];
    const time = cursor ?? last;
    setAttribute(slider, "aria-valuemin", String(Math.round(first)));
    setAttribute(slider, "aria-valuemax", String(Math.round(last)));
    setAttribute(slider, "aria-valuenow", String(Math.round(Math.min(Math.max(time, first), last))));
    const values = state.lines.slice(0, 3).map(({ key, label }) => `${label} ${state.panels.map(({ label: what, unit, place: i }) => `${what} ${spread(cursor === null ? store.lastOf(key, i) : store.at(key, i, cursor), unit)}`).join(", ")}`);
    setAttribute(slider, "aria-valuetext", `${cursor === null ? "Last values" : moment(time, first, last)}: ${values.join("; ")}`);
  });
  const showStatus = () => {
    const gone = alive.gone;
    status.dataset.level = gone ? "error" : model.get("status_level");
    setText(status, gone ? `The kernel is gone: the picture is as it was at ${stamp(gone.getTime())} UTC. Run the cell again.` : model.get("status"));
    view.classList.toggle("vt-gone", Boolean(gone));
  };
  const happened = () => {
    const events = state.marks.map(({ time, name, text }) => ({ time, text: `${name}: ${text}`, kind: "event" }));
    const holes = state.holes.map(({ first, text, kind }) => ({ time: first, text, kind }));
    return [...events, ...holes].sort((a, b) => a.time - b.time);
  };
  const off = () => (alive.gone ? "The kernel is gone" : "");
  const showButtons = () => {
    const paused = model.get("paused");
    setText(pause, paused ? "Resume" : "Pause");
    setAttribute(pause, "aria-pressed", String(paused));
    /** @type {[HTMLElement, string][]} */
    const reasons = [
      [pause, off()], [all, where.range.length || where.window ? "" : "All is shown"], [latest, where.window === recent && !where.range.length ? "It is shown" : ""],
      [inwards, state.bounds ? "" : "There is nothing yet"], [outwards, where.range.length || where.window ? "" : "All is shown"],
      [backwards, before.length ? "" : "This is what was shown first"],
      [into, selected.length ? "" : "Select something first: drag across the charts, or Shift and an arrow key"], [clear, selected.length ? "" : "Nothing is selected"],
    ];
    for (const [node, reason] of reasons) {
      enable(node, reason, node.dataset.hint);
    }
    const [first, last] = state.bounds ?? [0, 0];
    const shown = state.bounds && (live || where.range.length || where.window) ? `${stamp(first)} to ${moment(last, first, last)} UTC` : "";
    setText(chosen, selected.length ? `selected: ${moment(selected[0], first, last)} to ${moment(selected[1], first, last)} UTC (${length(selected[1] - selected[0])})` : shown);
  };
  // Where this view lives it stands in place of the static picture that came with it for pages without a kernel.
  const standIn = () => {
    for (const still of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".virtsdk-still")))
      if (still.dataset.view === model.get("still")) still.hidden = true;
  };
  const paint = () => {
    readState();
    charts.update(state);
    const all = happened();
    flags.update(all, (time) => charts.left(time), place.clientWidth, state.bounds);
    happenings.update(all, model.get("more_holes"));
    guests.update(model.get("candidates"), state.lines.map(({ key }) => key), off());
    chooser.update(model.get("panels"), state.band?.panel ?? "", off());
    setText(band, state.band?.text ?? "");
    showButtons();
    showValues();
    showStatus();
    standIn();
  };
  const draw = coalesced(paint);

  const onRange = () => {
    const told = { range: model.get("range_ms"), window: model.get("window_seconds") };
    if (!same(told, where)) {
      before.push(where);
      where = told;
    }
    draw();
  };
  const onSelected = () => {
    selected = model.get("selected_ms");
    draw();
  };
  /** @type {[string, () => void][]} */
  const handlers = [
    ...STATE.map((name) => /** @type {[string, () => void]} */ ([name, name.startsWith("range") || name.startsWith("window") ? onRange : name === "selected_ms" ? onSelected : draw])),
    ["status", showStatus], ["status_level", showStatus],
  ];
  for (const [name, handler] of handlers) model.on(`change:${name}`, handler);
  shared.listeners.add(draw);
  const looking = new Looking(model, alive, view);
  const resized = new ResizeObserver(() => {
    const columns = Math.round(charts.wide() * devicePixelRatio);
    if (place.clientWidth > 0) wish("width", columns);
    draw();
  });
  resized.observe(place);
  let colour = "";
  const recolour = () => {
    const now = getComputedStyle(view).color;
    if (colour && now !== colour) charts.repaint();
    colour = now;
  };
  const recolouring = setInterval(recolour, 1000); // a page may change its theme by any means
  const themed = new MutationObserver(() => requestAnimationFrame(() => charts.repaint()));
  themed.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-jp-theme-name", "data-theme"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const onScheme = () => charts.repaint();
  scheme.addEventListener("change", onScheme);
  paint();
  return () => {
    for (const [name, handler] of handlers) model.off(`change:${name}`, handler);
    shared.listeners.delete(draw);
    resized.disconnect();
    themed.disconnect();
    clearInterval(recolouring);
    scheme.removeEventListener("change", onScheme);
    looking.end();
    charts.end();
  };
}

// Called once a widget: all of its views share what the kernel sent.
export default () => {
  /** @type {Shared} */
  let shared;
  return {
    /** @param {{model: any}} context */
    initialize({ model }) {
      shared = new Shared(model);
      return () => shared.alive.end();
    },
    /** @param {{model: any, el: HTMLElement}} context */
    render: (context) => render(shared, context),
  };
};
