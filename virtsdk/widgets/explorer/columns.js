// How values are written, and which columns there is room for.

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const NOTHING = "—";

/** @param {any[]} known */
function columnsOf(known) {
  let place = 0;
  return known.map((column) => ({
    ...column, place: column.figure ? place++ : -1, number: !["text", "flag", "time"].includes(column.kind),
  }));
}

/** @param {number} value at most three figures of it */
function short(value) {
  return String(Number(value.toPrecision(Math.max(3, String(Math.trunc(Math.abs(value))).length))));
}

/** @param {number|null|undefined} bytes */
function size(bytes) {
  if (bytes === null || bytes === undefined) return NOTHING;
  let step = 0;
  while (Math.abs(bytes) >= 1024 && step < SIZES.length - 1) {
    bytes /= 1024;
    step += 1;
  }
  return `${short(bytes)} ${SIZES[step]}`;
}

/** @param {number|null} percent */
function percent(percent) {
  if (percent === null) return NOTHING;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** What a cell says that is no figure: bytes have a bar where they are a part of others.
 * @param {any} column @param {Record<string, any>} row @returns {{text: string, share: number|null}} */
function plainCell(column, row) {
  const value = column.key === "state" ? row.label : row[column.key] ?? null;
  if (value === null || value === "") return { text: NOTHING, share: null };
  if (column.kind === "flag") return { text: value ? "yes" : "no", share: null };
  if (column.kind !== "bytes") return { text: String(value), share: null };
  const whole = column.of ? row[column.of] : null;
  return { text: size(value), share: whole ? value / whole : null };
}

/** What a cell says, and how long its bar is (0 to 1; null for none).
 * @returns {{text: string, share: number|null}} */
function cellOf(column, row, rows, largest) {
  if (!column.figure && column.key !== "mem") return plainCell(column, row);
  const value = rows.figure(row, column);
  switch (column.key) {
    case "mem": {
      const used = rows.figure(row, rows.columns.find((one) => one.key === "used"));
      if (used === null || !row.memory_bytes) return { text: row.memory, share: null };
      const [number, unit] = size(used).split(" ");
      const said = row.memory.endsWith(` ${unit}`) ? number : size(used);
      return { text: `${said} of ${row.memory}`, share: used / row.memory_bytes };
    }
    case "used": return { text: size(value), share: value === null || !row.memory_bytes ? null : value / row.memory_bytes };
    default:
  }
  if (column.kind === "percent") return { text: percent(value), share: value === null ? null : value / 100 };
  if (value === null) return { text: NOTHING, share: null };
  return { text: `${size(Math.round(value))}/s`, share: value / Math.max(largest[column.place], 1 << 20) };
}

/** The columns that a person chose, or else those that have something to say. */
function wantedColumns(rows, chosen, several, grouped) {
  const known = rows.columns;
  if (chosen.length) return chosen.flatMap((key) => known.filter((column) => column.key === key));
  return known.filter((column) => {
    if (column.key === "host") return several && !grouped;
    if (column.key === "used") return false; // is in Memory
    return !column.figure || rows.figures.known[column.place];
  });
}

const NAME_EM = 10; // 8 for the text itself, the rest for a tick and the space around them

/** Those that there is room for: one without a width is never narrower than its least, and columns drop from the right. */
function fittingColumns(columns, em) {
  const fitting = [];
  let left = em;
  for (const column of columns) {
    left -= column.width || NAME_EM;
    if (left < 0 && fitting.length) break;
    fitting.push(column);
  }
  return fitting;
}
