// What the kernel said: rows and their figures; whether it is there; and what it is told: that somebody looks.

class Figures {
  /** @param {number} width how many a row has */
  constructor(width) {
    this.width = width;
    this.values = new Float32Array(0);
    this.known = new Array(width).fill(false); // whether any row has ever had it
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

  /** @param {number} slot @param {number} which @returns {number|null} */
  get(slot, which) {
    const value = this.values[slot * this.width + which];
    return value === undefined || value !== value ? null : value;
  }
}

class Rows {
  constructor(model) {
    this.model = model;
    this.listeners = new Set();
    this.columns = columnsOf(model.get("known_columns"));
    model.on("change:known_columns", () => this.turn(model.get("known_columns")));
    this.take(model.get("rows") ?? {}, model.get("figures") ?? []);
    this.alive = new Liveness(model, () => this.tell());
    model.on("msg:custom", (message, buffers) => this.hear(message ?? {}, buffers ?? []));
  }

  /** The kernel turned to another tab. Its state and its rows come one after the other, in any order.
   * @param {any[]} known the columns of the tab */
  turn(known) {
    if (known.map(({ key }) => key).join() === this.columns.map(({ key }) => key).join()) return;
    this.columns = columnsOf(known);
    this.take({}, []);
    this.tell();
  }

  take(rows, figures) {
    this.all = new Map(Object.entries(rows));
    this.names = null; // see order.js
    this.figures = new Figures(this.columns.filter((column) => column.figure).length);
    figures.forEach((some, slot) => this.figures.put(slot, some.map((one) => one ?? NaN), 0));
  }

  hear(message, buffers) {
    this.alive.heard();
    if (message.kind === "whole") {
      if (message.columns) this.turn(message.columns);
      this.take(message.rows, message.figures);
    } else if (message.kind === "figures") this.hearFigures(buffers);
    else if (message.kind === "rows") {
      this.names = null;
      for (const key of message.removed) this.all.delete(key);
      for (const [key, row] of Object.entries(message.set)) this.all.set(key, row);
    } else return;
    this.tell();
  }

  hearFigures([places, values]) {
    const bytes = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const slots = new Uint32Array(bytes(places));
    const figures = new Float32Array(bytes(values));
    slots.forEach((slot, i) => this.figures.put(slot, figures, i * this.figures.width));
  }

  figure(row, column) {
    return column.figure ? this.figures.get(row.slot, column.place) : null;
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

// The kernel takes samples only while it is told that the view is in sight: again and again, for a page may go without
// a word.
const LOOK_EVERY = 4000;

class Looking {
  /** @param {Rows} rows @param {Element} view */
  constructor(rows, view) {
    this.page = newId();
    this.rows = rows;
    this.inSight = false;
    this.said = null;
    this.observer = new IntersectionObserver((entries) => {
      this.inSight = entries[entries.length - 1].isIntersecting;
      this.say();
    });
    this.observer.observe(view);
    this.say = this.say.bind(this);
    document.addEventListener("visibilitychange", this.say);
    this.timer = setInterval(() => {
      if (this.said) this.said = null;
      this.say();
    }, LOOK_EVERY);
  }

  say() {
    const visible = this.inSight && document.visibilityState === "visible";
    if (visible === this.said || (!visible && this.said === null)) return;
    if (this.rows.alive.gone) return;
    this.said = visible;
    this.rows.model.send({ kind: "look", page: this.page, visible });
  }

  end() {
    this.observer.disconnect();
    document.removeEventListener("visibilitychange", this.say);
    clearInterval(this.timer);
    if (!this.rows.alive.gone) this.rows.model.send({ kind: "look", page: this.page, visible: false });
  }
}
