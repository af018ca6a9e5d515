// Which rows are shown, and in which order. Numbers are sorted as numbers: 5,000 rows take no longer than a few ms.

/** @import { Column, Heading, Row, Value } from "./shapes.js" */
/** @import { Rows } from "./kernel.js" */

const inOrder = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const RANKS = 2 ** 20; // room for that many rows beside 32 bits of a value in one number
const LAST = 2 ** 32 - 1;
const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** A number from 0 to 2 ** 32 - 2 that is in the order of the value. @param {number} value */
export function ordinal(value) {
  float[0] = value === 0 ? 0 : value; // -0
  return word[0] & 0x80000000 ? ~word[0] >>> 0 : (word[0] | 0x80000000) >>> 0;
}

/**
 * The keys of all rows by name, as people count; kept until a row comes, goes or is renamed.
 * @param {Rows} rows
 */
function byName(rows) {
  if (!rows.names) {
    const name = (/** @type {string} */ key) => rows.row(key).name;
    rows.names = [...rows.all.keys()].sort((a, b) => inOrder.compare(name(a), name(b)) || (a < b ? -1 : 1));
  }
  return rows.names;
}

/**
 * Tell of a row whether the kernel shows it.
 * @param {string} bits hexadecimal, by place; empty for all
 * @returns {(row: {slot: number}) => boolean}
 */
export function shownBy(bits) {
  if (!bits) return () => true;
  return (row) => Boolean(parseInt(bits[row.slot >> 2] ?? "0", 16) & (8 >> (row.slot & 3)));
}

/**
 * A filter for when the kernel is gone: plain words.
 * @param {string} text
 * @returns {(row: Record<string, Value>) => boolean}
 */
export function containing(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => {
    const said = Object.values(row).filter((one) => typeof one === "string").join("\n").toLowerCase();
    return words.every((one) => said.includes(one));
  };
}

/**
 * What a column of text says of a row, null for nothing.
 * @param {Column} column
 * @param {Row} row
 */
function saidIn(column, row) {
  return String((column.key === "state" ? row.label : row[column.key]) || "") || null;
}

/**
 * The number that a column is sorted by.
 * @param {Column} column
 * @param {Rows} rows
 * @param {Map<string, number>} texts the ranks of its words
 * @returns {(row: Row) => number | null}
 */
function valueOf(column, rows, texts) {
  if (column.figure) return (row) => rows.figure(row, column);
  if (column.kind === "text" && !column.order) return (row) => texts.get(saidIn(column, row) ?? "") ?? null;
  const field = column.key === "mem" ? "memory_bytes" : column.order || column.key;
  return (row) => {
    const value = row[field];
    return value === null || value === undefined ? null : Number(value);
  };
}

/**
 * The keys of the rows that are shown, in order.
 * @param {Rows} rows
 * @param {string} sort a column; "-cpu" has the largest first
 * @param {(row: Row) => boolean} shows
 */
export function orderOf(rows, sort, shows) {
  const names = byName(rows);
  const down = sort.startsWith("-");
  const column = rows.columns.find((one) => one.key === sort.replace("-", ""));
  if (!column || column.key === "name") { // none: the kernel turned to another tab, and says its order next
    const found = names.filter((key) => shows(rows.row(key)));
    return down ? found.reverse() : found;
  }
  /** @type {Map<string, number>} */
  const texts = new Map();
  if (column.kind === "text") {
    const said = new Set([...rows.all.values()].map((row) => saidIn(column, row)).filter((one) => one !== null));
    [...said].sort(inOrder.compare).forEach((text, i) => texts.set(text, i));
  }
  const value = valueOf(column, rows, texts);
  const sorted = new Float64Array(names.length);
  let count = 0;
  names.forEach((key, rank) => {
    const row = rows.row(key);
    if (!shows(row)) return;
    const said = value(row);
    const place = said === null ? LAST : down ? LAST - 1 - ordinal(said) : ordinal(said);
    sorted[count++] = place * RANKS + rank;
  });
  return Array.from(sorted.subarray(0, count).sort(), (one) => names[one % RANKS]);
}

/**
 * Put a heading before the rows of each host.
 * @param {Rows} rows
 * @param {string[]} keys
 * @returns {(string | Heading)[]}
 */
export function grouped(rows, keys) {
  /** @type {Map<number, {host: string, keys: string[]}>} */
  const groups = new Map();
  for (const key of keys) {
    const { number, host } = rows.row(key);
    const group = groups.get(number) ?? { host, keys: [] };
    groups.set(number, group);
    group.keys.push(key);
  }
  const sorted = [...groups.values()].sort((a, b) => inOrder.compare(a.host, b.host));
  return sorted.flatMap(({ host, keys: some }) => [{ host, count: some.length }, ...some]);
}
