// What the kernel sent of lines: their points, kept as they come and put on one time axis to be drawn.

/**
 * @typedef {{times: Float64Array, values: Float32Array[]}} Points times in ms since 1970, values by panel
 * @typedef {{lines: [string, number][], first: number, last: number, step: number, mode?: string}} Head
 */

/** The bytes of a message, which may begin anywhere in their buffer. @param {DataView} view */
function bytes(view) {
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
}

export class Store {
  /** @param {number} panels how many values a point has */
  constructor(panels) {
    this.panels = panels;
    /** @type {Map<string, Points>} */
    this.lines = new Map();
    this.first = 0;
    this.last = 0;
    /** ms of a column of pixels where points are the least and the most of each; 0: they are as they were measured */
    this.step = 0;
  }

  /** @param {Head} head @param {DataView} times @param {DataView} values */
  take(head, times, values) {
    if (head.mode !== "add") this.lines = new Map();
    const all = new Float64Array(bytes(times));
    const numbers = new Float32Array(bytes(values));
    let at = 0;
    for (const [key, count] of head.lines) {
      const some = numbers.subarray(at * this.panels, (at + count) * this.panels);
      const points = {
        times: all.slice(at, at + count),
        values: Array.from({ length: this.panels }, (_, panel) => some.slice(panel * count, (panel + 1) * count)),
      };
      const before = this.lines.get(key);
      this.lines.set(key, head.mode === "add" && before ? joined(before, points, head.first) : points);
      at += count;
    }
    this.first = head.first;
    this.last = head.last;
    this.step = head.step;
  }

  /**
   * The values of some lines on one time axis, as uPlot wants them: null ends a line, undefined is no point of it.
   * @param {string[]} keys
   * @returns {{times: number[], panels: (number | null | undefined)[][][]}} by panel, then by line
   */
  aligned(keys) {
    const lines = keys.map((key) => this.lines.get(key));
    const times = union(lines.map((line) => line?.times ?? new Float64Array(0)));
    const places = lines.map((line) => (line ? placesIn(times, line.times) : []));
    const panels = Array.from({ length: this.panels }, (_, panel) => lines.map((line, i) => {
      /** @type {(number | null | undefined)[]} */
      const row = new Array(times.length).fill(undefined);
      line?.values[panel].forEach((value, j) => {
        if (value !== -Infinity) row[places[i][j]] = Number.isNaN(value) ? null : value;
      });
      return row;
    }));
    return { times: Array.from(times), panels };
  }

  /**
   * What is known of a line at a time: the least and the most value of its column of pixels, or twice the nearest value.
   * @param {string} key @param {number} panel @param {number} time
   * @returns {[number, number] | null}
   */
  at(key, panel, time) {
    const line = this.lines.get(key);
    if (!line?.times.length) return null;
    const values = line.values[panel];
    if (!this.step) {
      const place = nearest(line.times, time);
      const value = values[place];
      return Math.abs(line.times[place] - time) <= this.reach(key) && Number.isFinite(value) ? [value, value] : null;
    }
    const column = Math.floor((time - this.first) / this.step);
    let least = Infinity;
    let most = -Infinity;
    const begin = this.first + column * this.step;
    for (let i = lowerBound(line.times, begin); i < line.times.length && line.times[i] < begin + this.step; i++) {
      if (!Number.isFinite(values[i])) continue;
      least = Math.min(least, values[i]);
      most = Math.max(most, values[i]);
    }
    return least <= most ? [least, most] : null;
  }

  /** How far from a time (ms) a point of a line still speaks for it. @param {string} key */
  reach(key) {
    const times = this.lines.get(key)?.times;
    if (!times?.length) return 0;
    return Math.max(times.length > 1 ? spacing(times) * 1.5 : 0, this.step, 1); // one alone speaks for itself
  }

  /**
   * The last value of a line that is known in a stretch (its points go one further on each side), or the least and
   * the most of its column of pixels.
   * @param {string} key @param {number} panel @param {number} first @param {number} last
   * @returns {[number, number] | null}
   */
  lastOf(key, panel, first = -Infinity, last = Infinity) {
    const line = this.lines.get(key);
    if (!line) return null;
    const values = line.values[panel];
    for (let i = lowerBound(line.times, last + 1e-3) - 1; i >= 0 && line.times[i] > first - 1e-3; i--) if (Number.isFinite(values[i])) return this.step ? this.at(key, panel, line.times[i]) : [values[i], values[i]];
    return null;
  }

  /** Tell whether any of these lines has a value of a panel. @param {string[]} keys @param {number} panel */
  knows(keys, panel) {
    return keys.some((key) => this.lines.get(key)?.values[panel].some(Number.isFinite));
  }
}

/** @param {Points} before @param {Points} after @param {number} first what is older is dropped @returns {Points} */
function joined(before, after, first) {
  const from = lowerBound(before.times, first);
  const times = concatenated(Float64Array, before.times.subarray(from), after.times);
  return { times, values: before.values.map((values, i) => concatenated(Float32Array, values.subarray(from), after.values[i])) };
}

/**
 * @template {Float32Array | Float64Array} T
 * @param {new (length: number) => T} kind @param {T} a @param {T} b @returns {T}
 */
function concatenated(kind, a, b) {
  const both = new kind(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** All times once, ascending. @param {Float64Array[]} parts */
export function union(parts) {
  const [first, ...rest] = parts;
  if (first && rest.every((one) => one.length === first.length && one.every((time, i) => time === first[i]))) return first;
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  return all.filter((time, i) => i === 0 || time !== all[i - 1]);
}

/** Where each of some times is among all. @param {Float64Array} all @param {Float64Array} some */
function placesIn(all, some) {
  const places = new Array(some.length);
  let at = 0;
  for (let i = 0; i < some.length; i++) {
    while (all[at] < some[i]) at++;
    places[i] = at;
  }
  return places;
}

/** The first place whose time is not before. @param {ArrayLike<number>} times @param {number} time */
export function lowerBound(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {ArrayLike<number>} times @param {number} time */
export function nearest(times, time) {
  const after = Math.min(lowerBound(times, time), times.length - 1);
  return after > 0 && time - times[after - 1] < times[after] - time ? after - 1 : after;
}

/** The median distance of the last times. @param {Float64Array} times */
export function spacing(times) {
  const last = times.subarray(Math.max(times.length - 33, 0));
  const apart = Array.from(last.subarray(1), (time, i) => time - last[i]).sort((a, b) => a - b);
  return apart.length ? apart[apart.length >> 1] : Infinity;
}
