// Whether the kernel is there, and what it is told: that somebody looks.

/** @typedef {{send: (message: object) => void}} Model */

const SILENCE = 4000; // the kernel says every second that it is there, also while a cell runs
const LOOK_EVERY = 4000; // it takes samples only while it is told so again and again: a page may go without a word

const ENDED = "Cannot send"; // JupyterLab's words where the kernel has ended, and with it what carries messages

/** Tells the kernel something. One that has ended hears nothing, and people are told by `Liveness`. @param {Model} model @param {object} message */
export function tell(model, message) {
  try {
    model.send(message);
  } catch (error) {
    if (/** @type {Error} */ (error)?.message !== ENDED) throw error;
  }
}

/** Finds out by itself whether the kernel is gone. */
export class Liveness {
  /** @param {Model} model @param {() => void} changed */
  constructor(model, changed) {
    this.model = model;
    this.changed = changed;
    /** @type {Date | null} since when the kernel is gone */
    this.gone = null;
    this.last = this.looked = Date.now();
    this.timer = setInterval(() => this.look(), 250);
  }

  heard() {
    this.last = Date.now();
    if (!this.gone) return;
    this.gone = null;
    tell(this.model, { kind: "catch up" });
    this.changed();
  }

  // A page whose timers slept (a laptop, a tab in the background) waits for the next beat before it decides.
  look() {
    const now = Date.now();
    if (now - this.looked > 2000) this.last = Math.max(this.last, now - SILENCE / 2);
    this.looked = now;
    if (this.gone || now - this.last <= SILENCE) return;
    this.gone = new Date(this.last);
    this.changed();
  }

  end() {
    clearInterval(this.timer);
  }
}

/** Tells the kernel while a view is in sight. */
export class Looking {
  /** @param {Model} model @param {Liveness} alive @param {Element} view */
  constructor(model, alive, view) {
    this.page = Math.random().toString(36).slice(2);
    this.model = model;
    this.alive = alive;
    this.inSight = false;
    this.said = false;
    this.observer = new IntersectionObserver((entries) => {
      this.inSight = entries[entries.length - 1].isIntersecting;
      this.say();
    });
    this.observer.observe(view);
    this.say = this.say.bind(this);
    document.addEventListener("visibilitychange", this.say);
    this.timer = setInterval(() => {
      this.said = false;
      this.say();
    }, LOOK_EVERY);
  }

  say() {
    const visible = this.inSight && document.visibilityState === "visible";
    if (visible === this.said || this.alive.gone) return;
    this.said = visible;
    tell(this.model, { kind: "look", page: this.page, visible });
  }

  end() {
    this.observer.disconnect();
    document.removeEventListener("visibilitychange", this.say);
    clearInterval(this.timer);
    if (!this.alive.gone) tell(this.model, { kind: "look", page: this.page, visible: false });
  }
}
