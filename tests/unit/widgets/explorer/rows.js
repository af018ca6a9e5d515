// Rows as the kernel says them, without a kernel: for the tests of what is made of them.

import { after } from "node:test";
import { Rows } from "../../../../virtsdk/widgets/explorer/kernel.js";

const PLAIN = { of: "", order: "", hint: "", width: 8, figure: false };

/** Columns of a guest's table, the figures' among them. */
export const COLUMNS = [
  { ...PLAIN, key: "name", label: "Name", kind: "text", width: 0 },
  { ...PLAIN, key: "host", label: "Host", kind: "text" },
  { ...PLAIN, key: "state", label: "State", kind: "text" },
  { ...PLAIN, key: "cpu", label: "CPU", kind: "percent", figure: true },
  { ...PLAIN, key: "mem", label: "Memory", kind: "bytes" },
  { ...PLAIN, key: "used", label: "Used", kind: "bytes", figure: true },
  { ...PLAIN, key: "disk", label: "Disk", kind: "rate", figure: true },
  { ...PLAIN, key: "autostart", label: "Autostart", kind: "flag" },
  { ...PLAIN, key: "size", label: "Size", kind: "bytes", of: "capacity" },
  { ...PLAIN, key: "time", label: "Time", kind: "time", order: "rank" },
];

const ends = [];
after(() => ends.forEach((rows) => rows.alive.end()));

/** A row, with what differs. */
export function row(name, more = {}) {
  return { name, host: "kvm1", number: 0, state: "running", label: "running", kind: "good", persistent: true, ...more };
}

/** Rows by their names, figures by slot; and the model that they hear of. */
export function rowsOf(rows, figures = [], columns = COLUMNS) {
  const handlers = new Map();
  const state = {
    known_columns: columns,
    rows: Object.fromEntries(rows.map((one, slot) => [one.name, { slot, ...one }])),
    figures,
  };
  const model = {
    sent: [],
    get: (name) => state[name],
    on: (name, handler) => handlers.set(name, handler),
    off: () => {},
    send: (message) => model.sent.push(message),
    tell: (message, ...buffers) => handlers.get("msg:custom")(message, buffers),
    put: (name, value) => {
      state[name] = value;
      handlers.get(`change:${name}`)?.();
    },
  };
  const made = new Rows(model);
  ends.push(made);
  return { rows: made, model };
}
