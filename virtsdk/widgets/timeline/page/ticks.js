// Numbers and times as people read them: on axes, in the table, in marks. Times are UTC, as they are in frames.

import { NOTHING, short, size } from "../../values.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** @param {number} value @param {string} unit */
export function written(value, unit) {
  if (unit === "cpus") return Math.abs(value) < 0.0005 ? "0" : short(Number(value.toFixed(Math.abs(value) < 1 ? 3 : 2)));
  return size(unit === "bytes/s" && Math.abs(value) < 1 ? Math.round(value) : value) + (unit === "bytes/s" ? "/s" : "");
}

/** A value, or from the least to the most. @param {[number, number] | null} range @param {string} unit */
export function spread(range, unit) {
  if (!range) return NOTHING;
  const [least, most] = range.map((value) => written(value, unit));
  return least === most ? most : `${least} – ${most}`;
}

/** @param {number} time ms since 1970 */
export function clock(time) {
  return new Date(time).toISOString().slice(11, 19);
}

/** @param {number} time ms since 1970 */
export function stamp(time) {
  return `${day(time)} ${clock(time)}`;
}

/** @param {number} time */
function day(time) {
  return new Date(time).toISOString().slice(0, 10);
}

/** A time beside others of a stretch: without the date where all are of one day. @param {number} time @param {number} first @param {number} last */
export function moment(time, first, last) {
  return day(first) === day(last) ? clock(time) : stamp(time);
}

/**
 * The texts of a time axis: hours and minutes, and the date where it begins or changes.
 * @param {number[]} splits @param {number} apart ms from one to the next
 */
export function timeTicks(splits, apart) {
  let before = "";
  return splits.map((time) => {
    const today = day(time);
    const changed = today !== before;
    before = today;
    if (apart >= DAY) return today.slice(changed && today.endsWith("01-01") ? 0 : 5);
    const text = apart >= MINUTE ? clock(time).slice(0, 5) : clock(time);
    return changed ? `${text}\n${today}` : text;
  });
}

const POWERS = Array.from({ length: 63 }, (_, i) => 2 ** i);
const DECIMAL = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** By how much ticks of an axis may be apart: sizes count in powers of two. @param {string} unit */
export function steps(unit) {
  return unit === "cpus" ? DECIMAL : POWERS;
}

/** From where to where an axis goes: from 0, and above the highest value. @param {number | null} most @param {string} unit */
export function range(most, unit) {
  const least = unit === "cpus" ? 0.01 : 1024;
  const top = Math.max(most ?? 0, least) * 1.08;
  return [0, top];
}

/** A length of time. @param {number} ms */
export function length(ms) {
  if (ms < 10 * SECOND) return `${Number((ms / SECOND).toPrecision(2))} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const parts = [[Math.floor(seconds / 86400), "d"], [Math.floor(seconds / 3600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  const from = parts.findIndex(([count]) => count);
  return parts.slice(from, from + 2).filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
