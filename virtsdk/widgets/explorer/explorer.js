// The page's half of virtsdk.widgets.explorer, put together of its parts. It shows what the kernel says and asks for
// what a person wants: it never writes the kernel's state.

/** @import { Message, Model, Shown, State } from "./shapes.js" */

import { coalesced, element, KEYS_ARE_OURS, newId, setAttribute, setText } from "../dom.js";
import { Looking, tell } from "../alive.js";
import { Actions, showResults } from "./actions.js";
import { fittingColumns, wantedColumns } from "./columns.js";
import { Rows } from "./kernel.js";
import { containing, grouped, orderOf, shownBy } from "./order.js";
import { Pane } from "./pane/pane.js";
import { Table } from "./table.js";
import { Tabs, Volumes } from "./tabs.js";
import "./explorer.css";

/** @type {Record<string, string>} */
const EXAMPLES = {
  domain: "web state:running cpu>50%", network: "state:active forward:nat", "storage pool": "available>10GiB type:dir",
  volume: "format:qcow2 capacity>1GiB", event: "name~web words~stopped",
};

/**
 * @param {Rows} rows
 * @param {Model} model
 * @param {HTMLElement} el
 */
function render(rows, model, el) {
  const several = model.get("hosts").length > 1;
  let selected = new Set(model.get("selected"));
  /** @type {string | null} what the kernel was asked to select and has not selected yet */
  let asking = null;
  /** @type {Set<string>} keys of the rows that the filter shows */
  let shown = new Set();
  // A filter that a person changed keeps the selected row in sight; one whose rows come and go with their figures does
  // not scroll the page. The kernel may say the filter and its rows at once or one after the other, in any order.
  /** @type {Rows["columns"] | null} the columns of the tab that the parts were made for */
  let turned = null;
  const changed = { filter: false, shown: false };
  const busy = () => model.get("busy");

  const select = (/** @type {string[]} */ keys) => {
    if (keys.length === selected.size && keys.every((key) => selected.has(key))) return;
    selected = new Set(keys);
    if (table.state) table.state.selected = selected; // the next key press may come before it is drawn
    draw();
    if (rows.alive.gone) return;
    asking = keys.join();
    tell(model, { kind: "select", keys });
  };
  const wish = (/** @type {string} */ kind, /** @type {string | string[] | boolean} */ value) => {
    if (!rows.alive.gone) tell(model, { kind, value });
  };
  const noun = () => model.get("noun");
  const table = new Table("", select, (by) => wish("sort", by));
  /** @returns {Shown} */
  const state = () => ({ rows, selected, shown, busy: busy(), hosts: model.get("hosts"), noun: noun(), say });
  const actions = new Actions(model, state);
  const panelId = newId();
  const tabs = new Tabs(model, panelId, () => (rows.alive.gone ? "The kernel is gone" : ""));
  const volumes = new Volumes(model, state);

  // --- what is around the table -------------------------------------------------------------------------
  const counts = element("span", { class: "vx-counts" });
  const status = element("p", { class: "vx-status", role: "status" });
  const wrong = element("p", { class: "vx-wrong", id: newId(), hidden: "" });
  const filter = element("input", {
    type: "search", "aria-describedby": wrong.id, spellcheck: "false", autocomplete: "off",
  });
  const say = (/** @type {string} */ text, level = "info") => {
    status.dataset.level = level;
    setText(status, text);
  };

  /** @typedef {{input: HTMLInputElement, node: HTMLElement}} Box */
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  const box = (/** @type {string} */ text, /** @type {() => void} */ onchange) => {
    const input = element("input", { type: "checkbox", onchange });
    return { input, node: element("label", { class: "vx-box" }, input, text) };
  };
  const choose = () => {
    const keys = rows.columns.filter(({ key }, i) => i === 0 || boxes.get(key)?.input.checked).map(({ key }) => key);
    wish("columns", keys);
  };
  /** @type {Box} */
  const byHost = box("Group by host", () => wish("grouped", byHost.input.checked));
  /** @type {Box} */
  const onlyCode = box("Only write the code", () => wish("only_code", onlyCode.input.checked));
  const fits = element("p", { class: "vx-fits", hidden: "" });
  const choices = element("div", { class: "vx-boxes", role: "group", "aria-label": "Columns" });
  const menu = element(
    "details", { class: "vx-menu" }, element("summary", {}, "Columns"),
    choices, fits,
  );
  const code = element("pre", { tabindex: "0", "aria-label": "Code of what was done" });
  const codes = element("details", { class: "vx-code" }, element("summary", {}, "Code"), onlyCode.node, code);
  const results = element("details", { class: "vx-came", hidden: "" });
  const pane = new Pane(model, state);

  const panel = element(
    "div", { id: panelId, role: "tabpanel" },
    element("div", { class: "vx-bar" }, actions.node, volumes.node, element("span", { class: "vx-space" }), filter),
    wrong, actions.confirm, table.node,
  );
  const view = element(
    "section",
    { class: "virtsdk-explorer", "aria-label": `Explorer of ${model.get("host_name")}`, [KEYS_ARE_OURS]: "true" },
    element(
      "div", { class: "vx-head" },
      element("span", { class: "vx-title" }, model.get("host_name")),
      element("span", { class: "vx-uri" }, model.get("uri") + (model.get("readonly") ? " (read-only)" : "")),
      counts,
    ),
    tabs.node, panel, status, results,
    element("div", { class: "vx-foot" }, pane.button, volumes.button, ...(several ? [byHost.node] : []), menu, codes),
    pane.node,
  );
  el.append(view);

  // --- drawing ------------------------------------------------------------------------------------------
  const showStatus = () => {
    const gone = rows.alive.gone;
    if (!gone) say(model.get("status"), model.get("status_level"));
    else say(`The kernel is gone: the table is as it was at ${gone.toLocaleTimeString()}. Run the cell again.`, "error");
  };
  const showParts = () => {
    onlyCode.input.checked = model.get("only_code");
    byHost.input.checked = model.get("grouped");
    setText(code, model.get("code") || "# What is done here is written here, as code that does it again.");
    view.classList.toggle("vx-only-code", model.get("only_code"));
    const error = rows.alive.gone ? "" : model.get("filter_error");
    setText(wrong, error);
    wrong.hidden = !error;
    setAttribute(filter, "aria-invalid", String(Boolean(error)));
  };
  // Where this view lives it stands in place of the static table that came with it for pages without a kernel.
  const standIn = (stands = true) => {
    for (const still of document.querySelectorAll(".virtsdk-still"))
      if (still instanceof HTMLElement && still.dataset.view === model.get("still")) still.hidden = stands;
  };
  const showCounts = () => {
    const total = rows.all.size;
    const counted = (/** @type {number} */ n) => `${n} ${noun()}${n === 1 ? "" : "s"}`;
    const parts = [shown.size === total ? counted(total) : `${shown.size} of ${counted(total)}`];
    const states = new Map();
    for (const { label } of rows.all.values()) if (label) states.set(label, (states.get(label) ?? 0) + 1);
    if (shown.size === total) for (const [said, n] of states) parts.push(`${n} ${said}`);
    if (selected.size > 1) parts.push(`${selected.size} selected`);
    const by = model.get("sort").replace("-", "");
    const column = rows.columns.find(({ key }) => key === by);
    if (column && !table.columns.some(({ key }) => key === by)) parts.push(`by ${column.label}`); // that nobody sees
    setText(counts, model.get("unread") && !total ? "" : parts.join(" · "));
  };
  /** What the table says where it has no row. */
  const nothing = () => {
    const hosts = model.get("hosts");
    // while a filter that is typed is wrong, or on its way, the table is of the one before
    if (rows.all.size) return `No ${noun()} matches “${(rows.alive.gone ? filter.value : model.get("filter")).trim()}”.`;
    if (model.get("unread") && hosts.every((host) => host.closed)) return "Not read before the host was closed.";
    if (model.get("unread")) return "Not read yet.";
    if (model.get("tab") === "events") return "Nothing was said since this view was opened.";
    if (model.get("pool")) return "This pool has no volumes.";
    if (hosts.every((host) => host.lacks)) return hosts.map((host) => host.lacks).join(" ");
    return `${several ? "These hosts have" : "This host has"} no ${noun()}s.`;
  };
  const paint = () => {
    const focused = view.contains(document.activeElement);
    if (turned !== rows.columns) onTurn();
    const gone = Boolean(rows.alive.gone);
    const keys = orderOf(rows, model.get("sort"), gone ? containing(filter.value) : shownBy(model.get("shown")));
    shown = new Set(keys);
    const groups = several && model.get("grouped");
    const wanted = wantedColumns(rows, model.get("columns"), several, groups);
    const em = table.node.clientWidth / parseFloat(getComputedStyle(table.node).fontSize);
    const columns = em > 0 ? fittingColumns(wanted, em) : wanted;
    table.update({
      rows, selected, columns, busy: busy(), sort: model.get("sort"), total: rows.all.size,
      items: groups ? grouped(rows, keys) : keys,
      empty: nothing(),
    });
    for (const [key, { input }] of boxes) input.checked = wanted.some((column) => column.key === key);
    const dropped = wanted.slice(columns.length).map((column) => column.label).join(", ");
    setText(fits, dropped ? `There is no room for ${dropped}.` : "");
    fits.hidden = !dropped;
    const reveals = changed.filter && changed.shown;
    changed.shown = false;
    if (reveals) {
      changed.filter = false;
      const first = keys.find((key) => selected.has(key));
      if (first) table.reveal(first);
      table.window();
    }
    showCounts();
    actions.update();
    pane.update();
    tabs.update();
    volumes.update();
    if (view.classList.contains("vx-gone") !== gone) {
      view.classList.toggle("vx-gone");
      showStatus();
      showParts();
    }
    // what had the focus is gone with its tab: out of the view, keys would be the notebook's
    const on = document.activeElement;
    if (focused && (!view.contains(on) || on?.closest("[hidden]"))) tabs.focus();
    standIn();
  };
  const draw = coalesced(paint);

  /** @type {string[]} what the kernel was told and has not said back yet */
  const typed = [];
  filter.addEventListener("input", () => {
    typed.push(filter.value);
    wish("filter", filter.value);
    if (rows.alive.gone) draw();
  });
  const onFilter = () => {
    const told = model.get("filter");
    changed.filter = true;
    const at = typed.indexOf(told);
    if (at < 0) filter.value = told;
    typed.splice(0, at < 0 ? typed.length : at + 1); // what was typed since is newer than what is said back
    draw();
  };
  const onShown = () => {
    changed.shown = true;
    draw();
  };
  const onSelected = () => {
    const told = model.get("selected");
    if (asking !== null && told.join() !== asking) return; // the answer to an earlier key press
    asking = null;
    selected = new Set(told);
    draw();
  };
  /** The kernel turned to another tab: all that is about its rows is made anew. */
  const onTurn = () => {
    turned = rows.columns;
    typed.length = 0;
    asking = null;
    selected = new Set(model.get("selected"));
    filter.value = model.get("filter");
    filter.placeholder = EXAMPLES[noun()] ?? "";
    setAttribute(filter, "aria-label", `Filter ${noun()}s`);
    table.rename(`${noun().replace(/^./, (first) => first.toUpperCase())}s of ${model.get("pool") || model.get("host_name")}`);
    setAttribute(panel, "aria-labelledby", tabs.label);
    table.node.scrollTop = 0;
    boxes.clear();
    for (const column of rows.columns.slice(1))
      if (column.key !== "host" || several) boxes.set(column.key, box(column.label, choose));
    choices.replaceChildren(...[...boxes.values()].map((one) => one.node));
    actions.turn();
  };
  const anew = () => {
    turned = null;
    draw();
  };
  const onCode = () => {
    showParts();
    draw();
  };
  const onResults = () => showResults(results, model.get("results"));
  const hear = (/** @type {Message | null} */ message) => {
    if (message) pane.hear(message);
  };
  /** @type {[name: string, handler: () => void][]} */
  const handlers = [
    ["selected", onSelected], ["filter", onFilter], ["shown", onShown], ["results", onResults], ["pane", () => pane.show()],
    ["known_columns", anew], ["pool", anew], ["tab", () => tabs.told()], ["picture", () => pane.showPicture()],
    ["console_state", () => pane.showConsole()],
  ];
  for (const name of ["hosts", "busy", "sort", "columns", "unread"]) handlers.push([name, draw]);
  for (const name of ["grouped", "only_code", "code", "filter_error"]) handlers.push([name, onCode]);
  for (const name of ["status", "status_level"]) handlers.push([name, showStatus]);
  for (const [name, handler] of handlers) model.on(`change:${name}`, handler);
  model.on("msg:custom", hear);
  rows.listeners.add(draw);
  const looking = new Looking(model, rows.alive, view);
  const resized = new ResizeObserver(draw);
  resized.observe(table.node);
  paint();
  showStatus();
  showParts();
  onResults();
  pane.show();
  pane.showPicture();
  pane.showConsole();
  return () => {
    for (const [name, handler] of handlers) model.off(`change:${name}`, handler);
    model.off("msg:custom", hear);
    pane.forget();
    rows.listeners.delete(draw);
    resized.disconnect();
    standIn(false); // closed, it leaves what was there
    looking.end();
  };
}

// Called once a widget: all of its views share the rows.
/** @returns {{initialize: import("@anywidget/types").Initialize<State>, render: import("@anywidget/types").Render<State>}} */
export default () => {
  /** @type {Rows} */
  let rows;
  return {
    initialize({ model }) {
      rows = new Rows(model);
      return () => rows.alive.end();
    },
    render: ({ model, el }) => render(rows, model, el),
  };
};
