// Words at gaps and resets: where they fit. What has none is in the list of events and gaps, with all of its words.

import { length } from "./ticks.js";

/** @typedef {{from: number, to: number}} Stretch in pixels */
/** @typedef {Stretch & {texts: string[], beside: boolean}} Span the longest text first; beside: it has no width, its text may stand to its right */

/** What to write at a gap or a reset, the longest first. @param {{kind: string, first: number, last: number}} hole */
export function wordsOf(hole) {
  if (hole.kind !== "gap") return [hole.kind];
  const long = length(hole.last - hole.first);
  return [`gap of ${long}`, long];
}

/**
 * Chooses for each span the longest text that fits into what is seen of it, and where it begins; none over another.
 * @param {Span[]} spans in the order of time
 * @param {Stretch} area what is seen
 * @param {(text: string) => number} wide
 * @param {number} room at both sides of a text
 */
export function placed(spans, area, wide, room) {
  /** @type {{text: string, at: number}[]} */
  const found = [];
  let free = area.from;
  for (const span of spans) {
    const from = Math.max(span.from, area.from);
    const to = Math.min(span.to, area.to);
    if (from > to) continue;
    for (const text of span.texts) {
      const needs = wide(text);
      const at = span.beside ? Math.min(from + room, area.to - needs) : (from + to - needs) / 2;
      if (at < free || (!span.beside && at < from + room)) continue;
      found.push({ text, at });
      free = at + needs + 2 * room;
      break;
    }
  }
  return found;
}
