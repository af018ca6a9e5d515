// How values are written, and which columns there is room for.

/** @import { Column, Known, Row } from "./shapes.js" */
/** @import { Rows } from "./kernel.js" */

import { NOTHING, percent, size } from "../values.js";

/** @typedef {{text: string, share: number | null}} Cell what a cell says, and how long its bar is (0 to 1) */

/** @param {Known[]} known @returns {Column[]} */
export function columnsOf(known) {
  let place = 0;
  return known.map((column) => ({
    ...column, place: column.figure ? place++ : -1, number: !["text", "flag", "time"].includes(column.kind),
  }));
}

/**
 * What a cell says that is no figure: bytes have a bar where they are a part of others.
 * @param {Column} column
 * @param {Row} row
 * @returns {Cell}
 */
function plainCell(column, row) {
  const value = column.key === "state" ? row.label : row[column.key] ?? null;
  if (value === null || value === "") return { text: NOTHING, share: null };
  if (column.kind === "flag") return { text: value ? "yes" : "no", share: null };
  if (column.kind !== "bytes") return { text: String(value), share: null };
  const whole = column.of ? row[column.of] : null;
  return { text: size(Number(value)), share: whole ? Number(value) / Number(whole) : null };
}

/**
 * @param {Column} column
 * @param {Row} row
 * @param {Rows} rows
 * @param {number[]} largest of each figure
 * @returns {Cell}
 */
export function cellOf(column, row, rows, largest) {
  if (column.key === "mem") return memoryCell(row, rows);
  if (!column.figure) return plainCell(column, row);
  const value = rows.figure(row, column);
  if (column.key === "used") {
    return { text: size(value), share: value === null || !row.memory_bytes ? null : value / row.memory_bytes };
  }
  if (column.kind === "percent") return { text: percent(value), share: value === null ? null : value / 100 };
  if (value === null) return { text: NOTHING, share: null };
  return { text: `${size(Math.round(value))}/s`, share: value / Math.max(largest[column.place], 1 << 20) };
}

/**
 * What is used of what there is.
 * @param {Row} row
 * @param {Rows} rows
 * @returns {Cell}
 */
function memoryCell(row, rows) {
  const column = rows.columns.find((one) => one.key === "used");
  const used = column ? rows.figure(row, column) : null;
  const memory = row.memory ?? NOTHING;
  if (used === null || !row.memory_bytes) return { text: memory, share: null };
  const [number, unit] = size(used).split(" ");
  const said = memory.endsWith(` ${unit}`) ? number : size(used);
  return { text: `${said} of ${memory}`, share: used / row.memory_bytes };
}

/**
 * The columns that a person chose, or else those that have something to say.
 * @param {Rows} rows
 * @param {string[]} chosen
 * @param {boolean} several hosts
 * @param {boolean} grouped
 */
export function wantedColumns(rows, chosen, several, grouped) {
  const known = rows.columns;
  if (chosen.length) return chosen.flatMap((key) => known.filter((column) => column.key === key));
  return known.filter((column) => {
    if (column.key === "host") return several && !grouped;
    if (column.key === "used") return false; // is in Memory
    return !column.figure || rows.figures.known[column.place];
  });
}

const NAME_EM = 10; // 8 for the text itself, the rest for a tick and the space around them

/**
 * Those that there is room for: one without a width is never narrower than its least, and columns drop from the right.
 * @template {{width: number}} T
 * @param {T[]} columns
 * @param {number} em
 */
export function fittingColumns(columns, em) {
  /** @type {T[]} */
  const fitting = [];
  let left = em;
  for (const column of columns) {
    left -= column.width || NAME_EM;
    if (left < 0 && fitting.length) break;
    fitting.push(column);
  }
  return fitting;
}
