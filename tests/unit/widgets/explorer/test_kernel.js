// What the kernel said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Figures } from "../../../../virtsdk/widgets/explorer/kernel.js";
import { COLUMNS, row, rowsOf } from "./rows.js";

/** Bytes somewhere within a longer message, as they come. */
function within(typed) {
  const bytes = new Uint8Array(typed.byteLength + 10);
  bytes.set(new Uint8Array(typed.buffer), 3);
  return new DataView(bytes.buffer, 3, typed.byteLength);
}

test("figures come as slots and values, wherever they are in the message", () => {
  const { rows, model } = rowsOf([row("web1"), row("web2")], [[1, 2, 3], [null, null, null]]);
  const column = (key) => rows.columns.find((one) => one.key === key);
  assert.equal(rows.figure(rows.row("web1"), column("disk")), 3);
  model.tell({ kind: "figures" }, within(new Uint32Array([1, 0])), within(new Float32Array([50, NaN, 7, NaN, 5, 6])));
  assert.equal(rows.figure(rows.row("web2"), column("cpu")), 50);
  assert.equal(rows.figure(rows.row("web2"), column("used")), null);
  assert.equal(rows.figure(rows.row("web1"), column("cpu")), null);
  assert.equal(rows.figure(rows.row("web1"), column("used")), 5);
  assert.equal(rows.figure(rows.row("web1"), column("mem")), null); // no figure
});

test("there is room for any slot, and what was there stays", () => {
  const figures = new Figures(2);
  figures.put(3, [NaN, 1], 0);
  figures.put(5000, [0, 0, 7, 8], 2);
  assert.deepEqual([figures.get(3, 0), figures.get(3, 1), figures.get(5000, 0), figures.get(4999, 1)], [null, 1, 7, null]);
  assert.equal(figures.get(100_000, 0), null);
  assert.deepEqual(figures.known, [true, true]);
});

test("a figure that no row ever had is not known", () => {
  const figures = new Figures(2);
  figures.put(0, [NaN, 0], 0);
  assert.deepEqual(figures.known, [false, true]);
});

test("rows come, change and go; who listens is told each time, and not of a beat", () => {
  const { rows, model } = rowsOf([row("web1")]);
  let told = 0;
  rows.listeners.add(() => { told += 1; });
  model.tell({ kind: "rows", set: { web2: { ...row("web2"), slot: 1 } }, removed: ["web1"] });
  assert.deepEqual([...rows.all.keys()], ["web2"]);
  model.tell({ kind: "beat" });
  assert.equal(told, 1);
  model.tell({ kind: "whole", rows: { web3: { ...row("web3"), slot: 0 } }, figures: [[9, null, null]] });
  assert.deepEqual([...rows.all.keys()], ["web3"]);
  assert.equal(rows.figures.get(0, 0), 9);
  assert.equal(told, 2);
});

test("another tab has other columns, and none of the rows of the last", () => {
  const { rows, model } = rowsOf([row("web1")]);
  const columns = COLUMNS.filter(({ key }) => ["name", "state"].includes(key));
  model.put("known_columns", columns);
  assert.deepEqual(rows.columns.map(({ key }) => key), ["name", "state"]);
  assert.equal(rows.all.size, 0);
  model.tell({ kind: "whole", columns, rows: { net: { ...row("net"), slot: 0 } }, figures: [] });
  model.put("known_columns", [...columns]); // said again, after its rows: they stay
  assert.deepEqual([...rows.all.keys()], ["net"]);
});

test("a row that is not there is an error that names it", () => {
  const { rows } = rowsOf([row("web1")]);
  assert.throws(() => rows.row("web2"), /web2/);
});
