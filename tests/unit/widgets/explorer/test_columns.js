// How values are written, and which columns there is room for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellOf, columnsOf, fittingColumns, wantedColumns } from "../../../../virtsdk/widgets/explorer/columns.js";
import { COLUMNS, row, rowsOf } from "./rows.js";

const GIB = 2 ** 30;

/** The cell of a column for a row with these figures (cpu, used, disk). */
function cell(key, more = {}, figures = [null, null, null], largest = [0, 0, 0]) {
  const { rows } = rowsOf([row("web1", more)], [figures]);
  return cellOf(rows.columns.find((one) => one.key === key), rows.row("web1"), rows, largest);
}

test("figures have their places, and text is no number", () => {
  const columns = columnsOf(COLUMNS);
  assert.deepEqual(columns.map(({ place }) => place), [-1, -1, -1, 0, -1, 1, 2, -1, -1, -1]);
  assert.deepEqual(columns.filter(({ number }) => number).map(({ key }) => key), ["cpu", "mem", "used", "disk", "size"]);
});

test("a share has a bar, and what is not known has none", () => {
  assert.deepEqual(cell("cpu", {}, [42, null, null]), { text: "42 %", share: 0.42 });
  assert.deepEqual(cell("cpu"), { text: "—", share: null });
});

test("memory says what is used of it, the unit once where it is the same", () => {
  const memory = { memory: "4 GiB", memory_bytes: 4 * GIB };
  assert.deepEqual(cell("mem", memory), { text: "4 GiB", share: null });
  assert.deepEqual(cell("mem", memory, [null, 3 * GIB, null]), { text: "3 of 4 GiB", share: 0.75 });
  assert.equal(cell("mem", memory, [null, 1000 * 2 ** 20, null]).text, "1000 MiB of 4 GiB");
  assert.deepEqual(cell("used", memory, [null, GIB, null]), { text: "1 GiB", share: 0.25 });
  assert.deepEqual(cell("used", {}, [null, GIB, null]), { text: "1 GiB", share: null });
});

test("a rate's bar is a part of the largest, which is never less than a MiB", () => {
  assert.deepEqual(cell("disk", {}, [null, null, 5 * 2 ** 20], [0, 0, 10 * 2 ** 20]), { text: "5 MiB/s", share: 0.5 });
  assert.equal(cell("disk", {}, [null, null, 2 ** 19], [0, 0, 2 ** 19]).share, 0.5);
  assert.deepEqual(cell("disk", {}, [null, null, 0]), { text: "0 B/s", share: 0 });
});

test("bytes have a bar where they are a part of others", () => {
  assert.deepEqual(cell("size", { size: GIB, capacity: 4 * GIB }), { text: "1 GiB", share: 0.25 });
  assert.deepEqual(cell("size", { size: 0, capacity: 4 * GIB }), { text: "0 B", share: 0 });
  assert.equal(cell("size", { size: GIB, capacity: null }).share, null);
});

test("words are the state's own, yes and no, or a dash", () => {
  assert.equal(cell("state", { state: "shutoff", label: "shut off" }).text, "shut off");
  assert.deepEqual([true, false, null].map((autostart) => cell("autostart", { autostart }).text), ["yes", "no", "—"]);
  assert.equal(cell("time", { time: "" }).text, "—");
});

test("columns are those that were chosen, or have something to say", () => {
  const keys = (...given) => wantedColumns(...given).map(({ key }) => key);
  const { rows, model } = rowsOf([row("web1")], [[null, null, null]]);
  const quiet = ["name", "state", "mem", "autostart", "size", "time"];
  assert.deepEqual(keys(rows, [], false, false), quiet);
  assert.deepEqual(keys(rows, [], true, false), ["name", "host", ...quiet.slice(1)]);
  assert.deepEqual(keys(rows, [], true, true), quiet); // the host stands above its rows
  model.tell({ kind: "figures" }, new DataView(new Uint32Array([0]).buffer), new DataView(new Float32Array([1, 2, NaN]).buffer));
  assert.deepEqual(keys(rows, [], false, false), ["name", "state", "cpu", ...quiet.slice(2)]); // used is in Memory
  assert.deepEqual(keys(rows, ["disk", "nonsense", "name"], false, false), ["disk", "name"]);
});

test("columns drop from the right, and the first never does", () => {
  const columns = [{ width: 0 }, { width: 8 }, { width: 8 }];
  assert.equal(fittingColumns(columns, 30).length, 3);
  assert.equal(fittingColumns(columns, 25.9).length, 2);
  assert.equal(fittingColumns(columns, 18).length, 2);
  assert.equal(fittingColumns(columns, 17).length, 1);
  assert.equal(fittingColumns(columns, 1).length, 1);
});
