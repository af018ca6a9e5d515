// From when to when is shown. The page goes there at once and tells the kernel, which may be busy with a cell.

/** @typedef {{range: number[], window: number}} Where range: from and to in ms, empty: the last `window` seconds, or all */

/**
 * @param {Where} where @param {number[]} span of all that is there @param {number} ahead until when a forecast goes; 0: none
 * @returns {[number, number] | null}
 */
export function boundsOf({ range, window }, span, ahead = 0) {
  if (range.length === 2) return [range[0], range[1]];
  if (span.length !== 2) return null;
  const [first, last] = span;
  const from = window ? last - 1000 * window : first;
  const most = window ? last + 500 * window : ahead; // a forecast of a year leaves the last hours their room
  const to = Math.max(last, Math.min(ahead, most));
  return [from, to > from ? to : from + 1000];
}

/** What half, or twice, of what is shown is. @param {[number, number]} bounds @param {number[]} span @param {number} by @returns {Where} */
export function scaled(bounds, span, by) {
  const half = ((bounds[1] - bounds[0]) / 2) * by;
  const middle = (bounds[0] + bounds[1]) / 2;
  const [first, last] = span.length ? span : bounds;
  if (middle - half <= first && middle + half >= last) return { range: [], window: 0 };
  if (half < 10) return { range: [...bounds], window: 0 };
  return { range: [Math.max(middle - half, first), Math.min(middle + half, last)], window: 0 };
}

/** @param {Where} a @param {Where} b */
export function same(a, b) {
  return a.window === b.window && a.range.length === b.range.length && a.range.every((time, i) => Math.abs(time - b.range[i]) < 1e-3);
}

/** The length that a button offers of the end, in seconds and in words. @param {number[]} span none where time goes on @returns {[number, string]} */
export function recently(span) {
  const hours = span.length === 2 ? (span[1] - span[0]) / 3.6e6 : 0;
  return hours > 72 ? [86400, "day"] : hours > 3 ? [3600, "hour"] : [300, "5 min"];
}
