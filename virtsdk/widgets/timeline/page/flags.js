// Flags above the charts: events and gaps, each with its words; one stop of the Tab key, arrows go from one to the next.

import { element, setText } from "../../dom.js";
import { moment } from "./ticks.js";

const CLOSE = 20; // pixels: flags that are closer are one
const READABLE = 64; // pixels from which on words are worth their room

/** @typedef {{time: number, text: string, kind: string}} Happening */

/**
 * Put what is close together into one.
 * @param {Happening[]} all in the order of time @param {(time: number) => number} left pixels
 * @returns {{left: number, room: number, all: Happening[]}[]} and how many pixels there are to the next one
 */
export function clusters(all, left, width = Infinity) {
  /** @type {{left: number, room: number, all: Happening[]}[]} */
  const found = [];
  for (const one of all) {
    const x = left(one.time);
    const last = found[found.length - 1];
    if (last && x - last.left < CLOSE) last.all.push(one);
    else found.push({ left: x, room: 0, all: [one] });
  }
  found.forEach((one, i) => (one.room = (found[i + 1]?.left ?? width) - one.left));
  return found;
}

export class Flags {
  /** @param {(time: number) => void} go */
  constructor(go) {
    this.go = go;
    this.node = element("div", { class: "vt-flags", role: "group", "aria-label": "Events and gaps", onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event) });
    this.words = element("p", { class: "vt-words" });
    this.at = 0;
  }

  /** @param {Happening[]} all @param {(time: number) => number} left @param {number} width @param {[number, number] | null} bounds */
  update(all, left, width, bounds) {
    const [first, last] = bounds ?? [0, 0];
    const shown = clusters(all.filter(({ time }) => time >= first && time <= last), left, width);
    const held = this.node.contains(document.activeElement);
    this.node.replaceChildren(...shown.map((one) => this.flag(one, first, last)));
    this.node.hidden = !shown.length;
    this.at = Math.min(this.at, Math.max(shown.length - 1, 0));
    this.buttons.forEach((button, i) => (button.tabIndex = i === this.at ? 0 : -1));
    if (held) this.buttons[this.at]?.focus();
    if (!shown.length) setText(this.words, "");
  }

  get buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.node.children]);
  }

  /** @param {{left: number, room: number, all: Happening[]}} cluster @param {number} first @param {number} last */
  flag({ left, room, all }, first, last) {
    const texts = all.map(({ time, text }) => `${moment(time, first, last)} ${text}`);
    const said = texts.slice(0, 3).join("; ") + (texts.length > 3 ? `; and ${texts.length - 3} more` : "");
    const symbol = all.every(({ kind }) => kind === "event") ? "▾" : "▨";
    const short = all.length > 1 ? `${symbol} ${all.length}` : room >= READABLE ? `${symbol} ${all[0].text}` : symbol;
    const tell = () => {
      setText(this.words, said);
      this.go(all[0].time);
    };
    const button = element("button", { type: "button", "aria-label": said, title: said, onclick: tell, onfocus: tell, onmouseenter: () => setText(this.words, said) }, short);
    button.style.left = `${Math.round(left)}px`;
    button.style.maxWidth = `${Math.max(Math.round(room) - 2, CLOSE - 2)}px`;
    return button;
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = this.buttons;
    this.at = Math.min(Math.max(buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement)) + step, 0), buttons.length - 1);
    buttons.forEach((button, i) => (button.tabIndex = i === this.at ? 0 : -1));
    buttons[this.at]?.focus();
  }
}
