// How values are written, the same in all views.

export const NOTHING = "—";

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/**
 * A number with at most three figures, or all of those before the point.
 * @param {number} value
 */
export function short(value) {
  return String(Number(value.toPrecision(Math.max(3, String(Math.trunc(Math.abs(value))).length))));
}

/** @param {number | null | undefined} bytes */
export function size(bytes) {
  if (bytes === null || bytes === undefined) return NOTHING;
  let step = 0;
  while (Math.abs(bytes) >= 1024 && step < SIZES.length - 1) {
    bytes /= 1024;
    step += 1;
  }
  return `${short(bytes)} ${SIZES[step]}`;
}

/** @param {number | null} value */
export function percent(value) {
  if (value === null) return NOTHING;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}
