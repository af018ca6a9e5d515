// The buttons: why one is off, the question before anything can be lost, and what came of it.

/** @import { Model, Result, Row, Shown, Verb } from "./shapes.js" */
/** @import { Rows } from "./kernel.js" */

import { element, enable, newId, setAttribute, setText } from "../dom.js";
import { tell } from "../alive.js";

const NAMED = 10; // rows in a question

/**
 * Why a verb is not for a row; empty where it is.
 * @param {Verb} verb
 * @param {Row} row
 */
export function unfit(verb, row) {
  if (verb.states.length && !verb.states.includes(row.state)) return `${row.name} is ${row.label}`;
  const need = verb.needs.find(([field, value]) => row[field] !== value);
  return need ? `${row.name} ${need[2]}` : "";
}

/**
 * Why nothing can be asked of a row's host any more; empty where it can.
 * @param {string | undefined} key
 * @param {Pick<Shown, "rows" | "hosts">} state
 */
export function closedFor(key, { rows, hosts }) {
  return hosts[rows.all.get(key ?? "")?.number ?? -1]?.closed ?? "";
}

/**
 * Which of the selected rows a verb is for, and why it is off where it is for none.
 * @param {Verb} verb
 * @param {Pick<Shown, "rows" | "selected" | "shown" | "busy" | "hosts" | "noun">} state
 * @returns {{keys: string[], reason: string}}
 */
export function eligible(verb, { rows, selected, shown, busy, hosts, noun }) {
  if (rows.alive.gone) return { keys: [], reason: "The kernel is gone" };
  const refusals = hosts.map((host) => host.refused[verb.name]);
  if (refusals.length && refusals.every(Boolean)) return { keys: [], reason: refusals[0] };
  if (!selected.size) return { keys: [], reason: `Select a ${noun} first` };
  /** @type {string[]} */
  const keys = [];
  let reason = "";
  for (const key of selected) {
    const row = rows.all.get(key);
    if (!row) continue;
    const why = !shown.has(key) ? `The filter hides ${row.name}`
      : hosts[row.number]?.refused[verb.name] ? `${row.name}: ${hosts[row.number].refused[verb.name]}`
      : busy[key] ? `${row.name} is busy`
      : unfit(verb, row);
    if (why) reason ||= why;
    else keys.push(key);
  }
  return { keys, reason: reason || (keys.length ? "" : `Select a ${noun} first`) };
}

/**
 * @param {Verb} verb
 * @param {string[]} keys
 * @param {Rows} rows
 * @param {string} noun
 */
export function questionOf(verb, keys, rows, noun) {
  const names = keys.map((key) => rows.row(key).name);
  const transient = keys.map((key) => rows.row(key)).filter((row) => !row.persistent).map((row) => row.name);
  if (keys.length === 1) {
    const also = transient.length ? " It is transient: its definition goes, too." : "";
    return `${verb.label} ${names[0]}? ${verb.warning}${also}`;
  }
  const list = names.length > NAMED ? [...names.slice(0, NAMED), `and ${names.length - NAMED} more`] : names;
  const also = transient.length ? ` Transient, so that their definition goes, too: ${transient.slice(0, NAMED).join(", ")}.` : "";
  return `${verb.label} ${names.length} ${noun}s? ${verb.warning_many}${also} They are: ${list.join(", ")}.`;
}

export class Actions {
  /** @param {Model} model @param {() => Shown} state */
  constructor(model, state) {
    this.model = model;
    this.state = state;
    /** @type {{verb: Verb, keys: string[]} | null} what is asked about */
    this.asked = null;
    /** @type {Verb[]} */
    this.verbs = [];
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    this.node = element("div", { class: "vx-actions", role: "group" });

    this.question = element("p", { id: newId() });
    this.yes = element("button", { type: "button", class: "vx-risky", onclick: () => this.answer(true) });
    this.no = element("button", { type: "button", onclick: () => this.answer(false) }, "Cancel");
    this.typed = element("input", { type: "text", inputmode: "numeric", autocomplete: "off", size: "6" });
    this.wanted = element("span");
    this.count = element("label", { class: "vx-typed" }, this.wanted, this.typed);
    this.typed.addEventListener("input", () => this.check());
    this.confirm = element(
      "div",
      {
        class: "vx-confirm", role: "alertdialog", "aria-label": "Please confirm",
        "aria-describedby": this.question.id, hidden: "",
      },
      this.question, this.count, this.yes, this.no,
    );
    this.turn();
    this.confirm.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.answer(false);
      if (event.key !== "Enter" || event.target !== this.typed) return;
      event.preventDefault(); // or it would press the button that has the focus then
      this.answer(true);
    });
  }

  /** Make the buttons of the tab. */
  turn() {
    if (this.asked) this.answer(false);
    this.verbs = Object.values(this.model.get("verbs"));
    this.buttons = new Map();
    for (const verb of this.verbs) {
      const attributes = { type: "button", class: verb.warning ? "vx-risky" : "", onclick: () => this.press(verb) };
      this.buttons.set(verb.name, element("button", attributes, verb.warning ? `${verb.label} …` : verb.label));
    }
    this.node.replaceChildren(...this.buttons.values());
    this.node.hidden = !this.verbs.length;
    setAttribute(this.node, "aria-label", `Act on the selected ${this.model.get("noun")}s`);
  }

  /** @param {Verb} verb @param {string[]} keys */
  act(verb, keys) {
    tell(this.model, { kind: "act", verb: verb.name, keys });
  }

  /** @param {Verb} verb */
  press(verb) {
    const { keys, reason } = eligible(verb, this.state());
    if (!keys.length) {
      this.state().say(reason + ".");
      return;
    }
    const asks = keys.length > 1 ? verb.warning_many : verb.warning;
    if (!asks || this.model.get("only_code")) {
      this.act(verb, keys);
      return;
    }
    this.asked = { verb, keys };
    setText(this.question, questionOf(verb, keys, this.state().rows, this.state().noun));
    setText(this.yes, keys.length > 1 ? `${verb.label} ${keys.length}` : verb.label);
    setText(this.wanted, `Type ${keys.length} to go on: `);
    this.typed.value = "";
    this.count.hidden = keys.length === 1;
    this.confirm.hidden = false;
    this.check();
    (keys.length > 1 ? this.typed : this.no).focus();
  }

  sure() {
    return this.asked && (this.asked.keys.length === 1 || this.typed.value.trim() === String(this.asked.keys.length));
  }

  check() {
    this.yes.setAttribute("aria-disabled", String(!this.sure()));
  }

  /** @param {boolean} go */
  answer(go) {
    if (!this.asked || (go && !this.sure())) return;
    const { verb, keys } = this.asked;
    this.asked = null;
    this.confirm.hidden = true;
    this.buttons.get(verb.name)?.focus();
    if (go) this.act(verb, keys);
  }

  /** Show which buttons are off, and why. */
  update() {
    const state = this.state();
    for (const verb of this.verbs) {
      const { keys, reason } = eligible(verb, state);
      const left = keys.length && reason ? ` (${keys.length} of ${state.selected.size}; left out: ${reason})` : "";
      const button = this.buttons.get(verb.name);
      if (button) enable(button, keys.length ? "" : reason, verb.hint + left);
    }
    const { asked } = this;
    if (asked && (state.rows.alive.gone || asked.keys.some((key) => !state.rows.all.has(key)))) this.answer(false);
  }
}

/**
 * What came of the last thing that was done to several.
 * @param {HTMLDetailsElement} node
 * @param {Result[]} results
 */
export function showResults(node, results) {
  node.hidden = results.length === 0;
  if (node.hidden) {
    node.replaceChildren();
    return;
  }
  node.open = results.some((one) => one.outcome !== "done");
  const focused = node.firstChild && node.firstChild === document.activeElement;
  const failed = results.filter((one) => one.outcome !== "done").length;
  const summary = element("summary", {}, `Last: ${results[0]?.verb ?? ""}, ${results.length - failed} done, ${failed} failed`);
  const lines = results.map((one) => element(
    "tr", { "data-outcome": one.outcome },
    element("td", { class: "vx-name" }, one.name), element("td", {}, one.outcome), element("td", {}, one.why),
  ));
  const head = element("tr", {}, ...["Name", "Outcome", "Why"].map((text) => element("th", { scope: "col" }, text)));
  const table = element("table", { "aria-label": "Results" }, element("thead", {}, head), element("tbody", {}, ...lines));
  node.replaceChildren(summary, element("div", { class: "vx-results" }, table));
  if (focused) summary.focus();
}
