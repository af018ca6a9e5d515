// The page's half of virtsdk.widgets.explorer. It shows what the kernel says and asks for what a person wants:
// it never writes the kernel's state. Text always goes through textContent, so a name cannot become markup.

const COLUMNS = [
  { key: "name", label: "Name", width: "auto" },
  { key: "label", label: "State", width: "11em" },
  { key: "vcpus", label: "vCPUs", width: "6em", number: true },
  { key: "memory_bytes", label: "Memory", width: "8em", number: true, text: "memory" },
];

const inOrder = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

// JupyterLab's single-key shortcuts ("d d" deletes a cell) stay out of what can have the focus here. It looks for
// the mark on the focused element itself.
const KEYS_ARE_OURS = "data-lm-suppress-shortcuts";

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (["button", "input", "tr"].includes(tag)) node.setAttribute(KEYS_ARE_OURS, "true");
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// One frame a burst: however many messages arrive, the page is laid out once.
function coalesced(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}

class Rows {
  constructor(model) {
    this.all = new Map(Object.entries(model.get("rows") ?? {}));
    this.listeners = new Set();
    this.alive = new Liveness(model, () => this.tell());
    model.on("msg:custom", (message) => {
      this.alive.heard();
      if (message?.kind === "whole") this.all = new Map();
      else if (message?.kind !== "rows") return;
      for (const uuid of message.removed ?? []) this.all.delete(uuid);
      for (const [uuid, row] of Object.entries(message.set ?? message.rows)) this.all.set(uuid, row);
      this.tell();
    });
  }

  tell() {
    for (const listener of this.listeners) listener();
  }
}

// The kernel says every second that it is there, also while a cell runs. A page whose timers slept (a laptop, a tab in
// the background) waits for the next beat before it decides.
const SILENCE = 4000;

class Liveness {
  constructor(model, changed) {
    this.model = model;
    this.changed = changed;
    this.gone = null;
    this.last = this.looked = Date.now();
    this.timer = setInterval(() => this.look(), 250);
  }

  heard() {
    this.last = Date.now();
    if (!this.gone) return;
    this.gone = null;
    this.model.send({ kind: "catch up" });
    this.changed();
  }

  look() {
    const now = Date.now();
    if (now - this.looked > 2000) this.last = Math.max(this.last, now - SILENCE / 2);
    this.looked = now;
    if (!this.gone && now - this.last > SILENCE) this.lose();
  }

  lose() {
    this.gone = new Date(this.last);
    this.changed();
  }

  end() {
    clearInterval(this.timer);
  }
}

class Table {
  constructor(label, onSelect) {
    this.onSelect = onSelect;
    this.sort = { column: COLUMNS[0], down: false };
    this.lines = new Map();
    this.order = [];
    this.headers = COLUMNS.map((column) => {
      const button = element("button", { type: "button", onclick: () => this.sortBy(column) }, column.label);
      return element("th", { scope: "col", class: column.number ? "vx-number" : "" }, button);
    });
    this.body = element("tbody");
    this.body.addEventListener("click", (event) => this.choose(event.target.closest("tr")?.dataset.uuid));
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.empty = element("p", { class: "vx-empty", hidden: "" });
    const widths = COLUMNS.map((column) => element("col", { style: `width: ${column.width}` }));
    this.grid = element(
      "table",
      { role: "grid", "aria-label": label },
      element("colgroup", {}, ...widths),
      element("thead", {}, element("tr", {}, ...this.headers)),
      this.body,
    );
    this.node = element("div", { class: "vx-scroll" }, this.grid, this.empty);
    this.rows = new Map();
    this.show = () => {};
  }

  sortBy(column) {
    this.sort = { column, down: this.sort.column === column && !this.sort.down };
    this.show();
  }

  compare(a, b) {
    const key = this.sort.column.key;
    const [left, right] = [this.rows.get(a), this.rows.get(b)];
    const first = this.sort.column.number
      ? (left[key] ?? -1) - (right[key] ?? -1)
      : inOrder.compare(left[key], right[key]);
    return (this.sort.down ? -first : first) || inOrder.compare(left.name, right.name) || (a < b ? -1 : 1);
  }

  line(uuid) {
    let line = this.lines.get(uuid);
    if (!line) {
      const cells = COLUMNS.map((column) => element("td", { class: column.number ? "vx-number" : "" }));
      cells[1].classList.add("vx-state");
      line = { row: element("tr", { "data-uuid": uuid, tabindex: "-1" }, ...cells), cells };
      this.lines.set(uuid, line);
    }
    return line;
  }

  update(rows, filter, selected, busy) {
    this.rows = rows;
    const wanted = filter.trim().toLowerCase();
    const order = [...rows.keys()].filter((uuid) => {
      const row = rows.get(uuid);
      return !wanted || `${row.name}\n${row.label}\n${row.state}`.toLowerCase().includes(wanted);
    });
    order.sort((a, b) => this.compare(a, b));
    for (const [uuid, line] of this.lines) {
      if (rows.has(uuid)) continue;
      line.row.remove();
      this.lines.delete(uuid);
    }
    for (const uuid of order) this.fill(this.line(uuid), rows.get(uuid), uuid === selected, busy[uuid]);
    if (order.length !== this.order.length || order.some((uuid, i) => uuid !== this.order[i])) {
      const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
      this.body.replaceChildren(...order.map((uuid) => this.line(uuid).row));
      if (focused?.isConnected) focused.focus({ preventScroll: true });
      this.order = order;
    }
    // One row is a stop of the tab key; the arrows go on from there.
    const stop = order.includes(selected) ? selected : order[0];
    for (const [uuid, line] of this.lines) {
      const index = uuid === stop ? 0 : -1;
      if (line.row.tabIndex !== index) line.row.tabIndex = index;
    }
    COLUMNS.forEach((column, i) => {
      const here = column === this.sort.column;
      this.headers[i].setAttribute("aria-sort", here ? (this.sort.down ? "descending" : "ascending") : "none");
      setText(this.headers[i].firstChild, column.label + (here ? (this.sort.down ? " ▾" : " ▴") : ""));
    });
    this.empty.hidden = order.length > 0;
    this.grid.hidden = rows.size === 0;
    setText(this.empty, rows.size ? `No domain matches “${filter.trim()}”.` : "This host has no domains.");
    return order.length;
  }

  fill({ row, cells }, data, selected, doing) {
    COLUMNS.forEach((column, i) => setText(cells[i], String(data[column.text ?? column.key] ?? "—")));
    if (doing) setText(cells[1], `${doing} …`);
    if (cells[0].title !== data.name) cells[0].title = data.name;
    const kind = doing ? "wait" : data.kind;
    if (cells[1].dataset.kind !== kind) cells[1].dataset.kind = kind;
    const chosen = String(selected);
    if (row.getAttribute("aria-selected") !== chosen) row.setAttribute("aria-selected", chosen);
  }

  choose(uuid) {
    if (!uuid) return;
    this.onSelect(uuid);
    const row = this.line(uuid).row;
    row.focus({ preventScroll: true });
    this.reveal(uuid);
  }

  reveal(uuid) {
    if (this.order.includes(uuid)) this.line(uuid).row.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const at = this.order.indexOf(event.target.closest("tr")?.dataset.uuid);
    const last = this.order.length - 1;
    const to = {
      ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0),
      PageDown: Math.min(at + 10, last), PageUp: Math.max(at - 10, 0),
      Home: 0, End: last, Enter: at, " ": at,
    }[event.key];
    if (to === undefined || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.choose(this.order[to]);
  }
}

function render(rows, { model, el }) {
  let selected = model.get("selected");
  let asking = null; // what the kernel was asked to select and has not selected yet

  const select = (uuid) => {
    if (uuid === selected) return;
    selected = uuid;
    draw();
    if (rows.alive.gone) return;
    asking = uuid;
    model.send({ kind: "select", domain: uuid });
  };
  const table = new Table(`Domains of ${model.get("host_name")}`, select);

  // --- buttons ------------------------------------------------------------------------------------------
  const verbs = Object.values(model.get("verbs"));
  const buttons = new Map();
  for (const verb of verbs) {
    const attributes = { type: "button", class: verb.warning ? "vx-risky" : "", onclick: () => press(verb) };
    buttons.set(verb.name, element("button", attributes, verb.warning ? `${verb.label} …` : verb.label));
  }
  const actions = element("div", { class: "vx-actions", role: "group", "aria-label": "Act on the selected domain" });
  actions.append(...buttons.values());

  const question = element("p", { id: `vx-${Math.random().toString(36).slice(2)}` });
  const yes = element("button", { type: "button", class: "vx-risky" });
  const no = element("button", { type: "button" }, "Cancel");
  const confirm = element(
    "div",
    { class: "vx-confirm", role: "alertdialog", "aria-label": "Please confirm", "aria-describedby": question.id, hidden: "" },
    question, yes, no,
  );
  let asked = null;

  const whyNot = (verb) => {
    const row = rows.all.get(selected);
    if (rows.alive.gone) return "The kernel is gone";
    if (model.get("readonly")) return "The connection is read-only";
    if (!row) return "Select a domain first";
    if (!table.order.includes(selected)) return `The filter hides ${row.name}`;
    if (model.get("busy")[selected]) return `${row.name} is busy`;
    if (!verb.states.includes(row.state)) return `${row.name} is ${row.label}`;
    return "";
  };
  const act = (verb, uuid) => model.send({ kind: "act", verb: verb.name, domain: uuid });
  const press = (verb) => {
    const reason = whyNot(verb);
    if (reason) return say(reason + ".");
    if (!verb.warning) return act(verb, selected);
    asked = { verb, uuid: selected };
    const { name, persistent } = rows.all.get(selected);
    const transient = persistent ? "" : " It is transient: its definition goes, too.";
    setText(question, `${verb.label} ${name}? ${verb.warning}${transient}`);
    setText(yes, verb.label);
    confirm.hidden = false;
    no.focus();
  };
  const answer = (go) => {
    if (!asked) return;
    const { verb, uuid } = asked;
    asked = null;
    confirm.hidden = true;
    buttons.get(verb.name).focus();
    if (go) act(verb, uuid);
  };
  yes.addEventListener("click", () => answer(true));
  no.addEventListener("click", () => answer(false));
  confirm.addEventListener("keydown", (event) => {
    if (event.key === "Escape") answer(false);
  });

  // --- the rest of the view ------------------------------------------------------------------------------
  const counts = element("span", { class: "vx-counts" });
  const filter = element("input", { type: "search", placeholder: "Filter by name or state", "aria-label": "Filter domains" });
  const status = element("p", { class: "vx-status", role: "status" });
  const say = (text, level = "info") => {
    status.dataset.level = level;
    setText(status, text);
  };

  const showStatus = () => {
    const gone = rows.alive.gone;
    if (!gone) return say(model.get("status"), model.get("status_level"));
    say(`The kernel is gone: the table is as it was at ${gone.toLocaleTimeString()}. Run the cell again.`, "error");
  };
  // Where this view lives it stands in place of the static table that came with it for pages without a kernel.
  const standIn = () => {
    for (const still of document.querySelectorAll(".virtsdk-still"))
      if (still.dataset.view === model.get("still")) still.hidden = true;
  };
  const paint = () => {
    const shown = table.update(rows.all, filter.value, selected, model.get("busy"));
    const states = new Map();
    for (const row of rows.all.values()) states.set(row.label, (states.get(row.label) ?? 0) + 1);
    const total = rows.all.size;
    const parts = [shown === total ? `${total} ${total === 1 ? "domain" : "domains"}` : `${shown} of ${total} domains`];
    if (shown === total) for (const [label, n] of states) parts.push(`${n} ${label}`);
    setText(counts, parts.join(" · "));
    for (const verb of verbs) {
      const button = buttons.get(verb.name);
      const reason = whyNot(verb);
      button.setAttribute("aria-disabled", String(Boolean(reason)));
      button.title = reason || verb.hint;
    }
    if (asked && (rows.alive.gone || !rows.all.has(asked.uuid))) answer(false);
    if (view.classList.contains("vx-gone") !== Boolean(rows.alive.gone)) {
      view.classList.toggle("vx-gone");
      showStatus();
    }
    standIn();
  };
  const draw = coalesced(paint);
  table.show = draw;
  filter.addEventListener("input", () => {
    draw();
    requestAnimationFrame(() => table.reveal(selected));
  });

  const view = element(
    "section",
    { class: "virtsdk-explorer", "aria-label": `Domains of ${model.get("host_name")}`, [KEYS_ARE_OURS]: "true" },
    element(
      "div", { class: "vx-head" },
      element("span", { class: "vx-title" }, model.get("host_name")),
      element("span", { class: "vx-uri" }, model.get("uri") + (model.get("readonly") ? " (read-only)" : "")),
      counts,
    ),
    element("div", { class: "vx-bar" }, actions, element("span", { class: "vx-space" }), filter),
    confirm,
    table.node,
    status,
  );
  el.append(view);

  const onSelected = () => {
    const told = model.get("selected");
    if (asking !== null && told !== asking) return; // the answer to an earlier key press
    asking = null;
    selected = told;
    draw();
  };
  rows.listeners.add(draw);
  model.on("change:selected", onSelected);
  model.on("change:busy", draw);
  model.on("change:status", showStatus);
  model.on("change:status_level", showStatus);
  paint();
  showStatus();
  return () => {
    rows.listeners.delete(draw);
    model.off("change:selected", onSelected);
    model.off("change:busy", draw);
    model.off("change:status", showStatus);
    model.off("change:status_level", showStatus);
  };
}

// Called once a widget: all of its views share the rows.
export default () => {
  let rows;
  return {
    initialize({ model }) {
      rows = new Rows(model);
      return () => rows.alive.end();
    },
    render: (context) => render(rows, context),
  };
};
