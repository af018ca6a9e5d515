// How lines are drawn.

// At least 3 : 1 against white and against #111, and told apart without red or green; Python's static picture has the same.
const COLOURS = ["#2f7fd3", "#c8641b", "#1d9070", "#b857a8", "#8a7a12", "#7468d9", "#cf4b5c", "#1c8fa6"];
const DASHES = [[], [7, 3], [2, 3]];

/** @param {number} slot */
export function colourOf(slot) {
  return COLOURS[slot % COLOURS.length];
}

/** @param {number} slot */
export function dashOf(slot) {
  return DASHES[Math.floor(slot / COLOURS.length) % DASHES.length];
}

/** The same as a style of a border. @param {number} slot */
export function styleOf(slot) {
  return ["solid", "dashed", "dotted"][DASHES.indexOf(dashOf(slot))];
}

/** Places of values that stand alone: no line would show them. @param {ArrayLike<number | null | undefined>} values */
export function alone(values) {
  const known = [];
  let since = true; // a hole since the last value
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    if (value === null) {
      if (known.length) known[known.length - 1].after = true;
      since = true;
      continue;
    }
    known.push({ i, before: since, after: false });
    since = false;
  }
  if (known.length) known[known.length - 1].after = true;
  return known.filter(({ before, after }) => before && after).map(({ i }) => i);
}
