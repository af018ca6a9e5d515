// Which rows are shown, and in which order. Numbers are sorted as numbers: 5,000 rows take no longer than a few ms.

const inOrder = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const RANKS = 2 ** 20; // room for that many rows beside 32 bits of a value in one number
const LAST = 2 ** 32 - 1;
const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** A number from 0 to 2 ** 32 - 2 that is in the order of the value. @param {number} value */
function ordinal(value) {
  float[0] = value === 0 ? 0 : value; // -0
  return word[0] & 0x80000000 ? ~word[0] >>> 0 : (word[0] | 0x80000000) >>> 0;
}

/** The keys of all rows by name, as people count; kept until a row comes, goes or is renamed. */
function byName(rows) {
  if (!rows.names) {
    const all = rows.all;
    rows.names = [...all.keys()].sort((a, b) => inOrder.compare(all.get(a).name, all.get(b).name) || (a < b ? -1 : 1));
  }
  return rows.names;
}

/** Tell of a row whether the kernel shows it. @param {string} bits hexadecimal, by place; empty for all */
function shownBy(bits) {
  if (!bits) return () => true;
  return (row) => Boolean(parseInt(bits[row.slot >> 2] ?? "0", 16) & (8 >> (row.slot & 3)));
}

/** A filter for when the kernel is gone: plain words. @param {string} text */
function containing(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => {
    const said = Object.values(row).filter((one) => typeof one === "string").join("\n").toLowerCase();
    return words.every((one) => said.includes(one));
  };
}

/** @param {any} column @param {Record<string, any>} row what a column of text says of a row, null for nothing */
function saidIn(column, row) {
  return (column.key === "state" ? row.label : row[column.key]) || null;
}

function valueOf(column, rows, texts) {
  if (column.figure) return (row) => rows.figure(row, column);
  if (column.key === "mem") return (row) => row.memory_bytes;
  if (column.order) return (row) => row[column.order];
  if (column.kind === "flag") return (row) => (row[column.key] === null ? null : Number(row[column.key]));
  if (column.kind !== "text") return (row) => row[column.key];
  return (row) => texts.get(saidIn(column, row));
}

/** The keys of the rows that are shown, in order. @param {string} sort a column; "-cpu" has the largest first */
function orderOf(rows, sort, shows) {
  const names = byName(rows);
  const down = sort.startsWith("-");
  const column = rows.columns.find((one) => one.key === sort.replace("-", ""));
  if (!column || column.key === "name") { // none: the kernel turned to another tab, and says its order next
    const found = names.filter((key) => shows(rows.all.get(key)));
    return down ? found.reverse() : found;
  }
  const texts = new Map();
  if (column.kind === "text") {
    const said = new Set([...rows.all.values()].map((row) => saidIn(column, row)).filter((one) => one !== null));
    [...said].sort(inOrder.compare).forEach((text, i) => texts.set(text, i));
  }
  const value = valueOf(column, rows, texts);
  const sorted = new Float64Array(names.length);
  let count = 0;
  names.forEach((key, rank) => {
    const row = rows.all.get(key);
    if (!shows(row)) return;
    const said = value(row);
    const place = said === null || said === undefined ? LAST : down ? LAST - 1 - ordinal(said) : ordinal(said);
    sorted[count++] = place * RANKS + rank;
  });
  return Array.from(sorted.subarray(0, count).sort(), (one) => names[one % RANKS]);
}

/** Put a heading before the rows of each host. @param {string[]} keys */
function grouped(rows, keys) {
  const groups = new Map();
  for (const key of keys) {
    const row = rows.all.get(key);
    if (!groups.has(row.number)) groups.set(row.number, { host: row.host, keys: [] });
    groups.get(row.number).keys.push(key);
  }
  const sorted = [...groups.values()].sort((a, b) => inOrder.compare(a.host, b.host));
  return sorted.flatMap(({ host, keys: some }) => [{ host, count: some.length }, ...some]);
}
