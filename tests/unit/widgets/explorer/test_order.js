// Which rows are shown, and in which order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { containing, grouped, orderOf, ordinal, shownBy } from "../../../../virtsdk/widgets/explorer/order.js";
import { row, rowsOf } from "./rows.js";

const all = () => true;

test("numbers keep their order as whole ones", () => {
  const values = [-Infinity, -3e38, -1.5, -1e-40, 0, 1e-40, 0.1, 1, 100, 3e38, Infinity];
  const ordinals = values.map(ordinal);
  assert.deepEqual(ordinals, [...ordinals].sort((a, b) => a - b));
  assert.equal(new Set(ordinals).size, values.length);
  assert.equal(ordinal(-0), ordinal(0));
  assert(ordinals.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 32 - 1));
});

test("names stand as people count, and are found again after a row is renamed", () => {
  const { rows, model } = rowsOf([row("web10"), row("Web2"), row("db")]);
  assert.deepEqual(orderOf(rows, "name", all), ["db", "Web2", "web10"]);
  assert.deepEqual(orderOf(rows, "-name", all), ["web10", "Web2", "db"]);
  model.tell({ kind: "rows", set: { db: { ...row("zdb"), slot: 2 } }, removed: ["web10"] });
  assert.deepEqual(orderOf(rows, "name", all), ["Web2", "db"]);
  model.tell({ kind: "whole", rows: { "b@2": row("web1"), "a@1": row("web1") }, figures: [] });
  assert.deepEqual(orderOf(rows, "name", all), ["a@1", "b@2"]); // of one name on two hosts, the same each time
});

test("equal values stand by name, unknown ones last, whichever is first", () => {
  const { rows } = rowsOf(
    [row("c"), row("a10"), row("b"), row("a2")],
    [[null, null, null], [90, null, null], [0.5, null, null], [90, null, null]],
  );
  assert.deepEqual(orderOf(rows, "cpu", all), ["b", "a2", "a10", "c"]);
  assert.deepEqual(orderOf(rows, "-cpu", all), ["a2", "a10", "b", "c"]);
});

test("texts stand by their words, flags no before yes, memory by its bytes", () => {
  const { rows } = rowsOf([
    row("a", { label: "shut off", autostart: true, memory_bytes: 2 ** 33 }),
    row("b", { label: "running", autostart: false, memory_bytes: 2 ** 30 }),
    row("c", { label: "", autostart: null, memory_bytes: null }),
  ]);
  assert.deepEqual(orderOf(rows, "state", all), ["b", "a", "c"]);
  assert.deepEqual(orderOf(rows, "autostart", all), ["b", "a", "c"]);
  assert.deepEqual(orderOf(rows, "-autostart", all), ["a", "b", "c"]);
  assert.deepEqual(orderOf(rows, "mem", all), ["b", "a", "c"]);
});

test("a column is sorted by the value that it names", () => {
  const { rows } = rowsOf([row("a", { time: "09:00", rank: 2 }), row("b", { time: "10:00", rank: 1 })]);
  assert.deepEqual(orderOf(rows, "time", all), ["b", "a"]);
});

test("an order of another tab is that of names", () => {
  const { rows } = rowsOf([row("b"), row("a")]);
  assert.deepEqual(orderOf(rows, "-capacity", all), ["b", "a"]);
});

test("bits say by place who is shown", () => {
  const shows = shownBy("8040");
  assert.deepEqual([...Array(20).keys()].filter((slot) => shows({ slot })), [0, 9]);
  assert(shownBy("")({ slot: 7 }));
  const { rows } = rowsOf([row("a"), row("b"), row("c")]);
  assert.deepEqual(orderOf(rows, "-name", shownBy("a")), ["c", "a"]);
  assert.deepEqual(orderOf(rows, "cpu", shownBy("4")), ["b"]);
});

test("plain words are looked for in all that a row says, each of them", () => {
  const shows = containing("  Web KVM1 ");
  assert(shows({ name: "web1", host: "kvm1", number: 1 }));
  assert(!shows({ name: "web1", host: "kvm2", number: 1 }));
  assert(containing("")({ name: "x" }));
});

test("rows stand under their hosts, in the order that they had", () => {
  const { rows } = rowsOf([
    row("a", { host: "kvm10", number: 1 }), row("b", { host: "kvm2", number: 0 }), row("c", { host: "kvm10", number: 1 }),
  ]);
  assert.deepEqual(grouped(rows, ["c", "b", "a"]), [
    { host: "kvm2", count: 1 }, "b", { host: "kvm10", count: 2 }, "c", "a",
  ]);
});
