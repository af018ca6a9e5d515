// Points as the page keeps them, put on one time axis.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Store, lowerBound, nearest, spacing, union } from "../../../../../virtsdk/widgets/timeline/page/store.js";

/** What the kernel sends of lines, {key: [[time, ...values by panel], ...]}. */
function message(lines, more = {}) {
  const entries = Object.entries(lines);
  const times = Float64Array.from(entries.flatMap(([, rows]) => rows.map(([time]) => time)));
  const panels = entries[0][1][0].length - 1;
  const values = Float32Array.from(entries.flatMap(([, rows]) => Array.from({ length: panels }, (_, p) => rows.map((row) => row[p + 1])).flat()));
  const head = { lines: entries.map(([key, rows]) => [key, rows.length]), first: times[0], last: times.at(-1), step: 0, mode: "set", ...more };
  return [head, apart(times), apart(values)];
}

/** The bytes at an odd place of a larger buffer, as they come in a message. */
function apart(array) {
  const bytes = new Uint8Array(array.byteLength + 3);
  bytes.set(new Uint8Array(array.buffer), 3);
  return new DataView(bytes.buffer, 3);
}

test("what comes is taken apart by line and by panel", () => {
  const store = new Store(2);
  store.take(...message({ a: [[1, 10, 20], [2, 11, 21]], b: [[1, 5, 6]] }));
  assert.deepEqual([...store.lines.get("a").times], [1, 2]);
  assert.deepEqual(store.lines.get("a").values.map((one) => [...one]), [[10, 11], [20, 21]]);
  assert.deepEqual(store.lines.get("b").values.map((one) => [...one]), [[5], [6]]);
});

test("new points are added to their lines, and old ones are dropped", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1, 10], [2, 11]], b: [[1, 1], [2, 1]] }));
  store.take(...message({ a: [[3, 12]] }, { mode: "add", first: 2 }));
  assert.deepEqual([...store.lines.get("a").times], [2, 3]);
  assert.deepEqual([...store.lines.get("a").values[0]], [11, 12]);
  assert.equal(store.lines.get("b").times.length, 2);
  store.take(...message({ c: [[9, 1]] }));
  assert.deepEqual([...store.lines.keys()], ["c"]);
});

test("lines of different times share an axis: a hole is null, another's time is undefined", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1, 10], [3, NaN], [5, 11]], b: [[1, 7], [4, -Infinity], [6, 8]] }));
  const { times, panels } = store.aligned(["a", "b", "gone"]);
  assert.deepEqual(times, [1, 3, 4, 5, 6]);
  assert.deepEqual(panels[0], [[10, null, undefined, 11, undefined], [7, undefined, undefined, undefined, 8], Array(5).fill(undefined)]);
});

test("the value at a time is the nearest one, and none where there is a hole", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1000, 10], [2000, NaN], [3000, 12], [4000, 13]] }));
  assert.deepEqual(store.at("a", 0, 1100), [10, 10]);
  assert.equal(store.at("a", 0, 2000), null);
  assert.equal(store.at("a", 0, 9000), null);
  assert.equal(store.at("gone", 0, 1000), null);
  assert.deepEqual(store.lastOf("a", 0), [13, 13]);
  assert.equal(store.lastOf("gone", 0), null);
});

test("of thinned points the value is from the least to the most of a column of pixels", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1, 1], [7, 9], [13, 2], [17, 3]] }, { step: 10, first: 0 }));
  assert.deepEqual(store.at("a", 0, 4), [1, 9]);
  assert.deepEqual(store.at("a", 0, 19), [2, 3]);
  assert.equal(store.at("a", 0, 25), null);
});

test("the last value is the last of what is shown, not of what lies beyond its edges", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1000, 10], [2000, 11], [3000, NaN], [4000, 13]] }));
  assert.deepEqual(store.lastOf("a", 0, 1000, 2000), [11, 11]);
  assert.deepEqual(store.lastOf("a", 0, 1500, 3500), [11, 11]);
  assert.deepEqual(store.lastOf("a", 0, 2000, 4000), [13, 13]);
  assert.equal(store.lastOf("a", 0, 2500, 3500), null);
  assert.equal(store.lastOf("a", 0, 5000, 6000), null);
});

test("the last value of thinned points is from the least to the most of its column of pixels", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1, 1], [13, 9], [17, 3], [21, 4]] }, { step: 10, first: 0 }));
  assert.deepEqual(store.lastOf("a", 0, 0, 20), [3, 9]);
  assert.deepEqual(store.lastOf("a", 0, 0, 9), [1, 1]);
});

test("a point speaks for the times around it, as far as its line is dense", () => {
  const store = new Store(1);
  store.take(...message({ a: [[1000, 10], [2000, 11], [3000, 12]], b: [[3000, 1]] }));
  assert.equal(store.reach("a"), 1500);
  assert.equal(store.reach("gone"), 0);
  assert.equal(store.at("b", 0, 1000), null);
  assert.deepEqual(store.at("b", 0, 3000), [1, 1]);
  store.take(...message({ a: [[1000, 10], [2000, 11]] }, { step: 9000 }));
  assert.equal(store.reach("a"), 9000);
});

test("what nobody knows is told apart from zero", () => {
  const store = new Store(2);
  store.take(...message({ a: [[1, NaN, 0]] }));
  assert.equal(store.knows(["a"], 0), false);
  assert.equal(store.knows(["a"], 1), true);
  assert.equal(store.knows([], 1), false);
});

test("times are found by halving", () => {
  assert.deepEqual([0, 1, 2, 6].map((time) => lowerBound([1, 3, 5], time)), [0, 0, 1, 3]);
  assert.deepEqual([0, 2.4, 4.6, 9].map((time) => nearest([1, 3, 5], time)), [0, 1, 2, 2]);
  assert.equal(spacing(Float64Array.from([0, 10, 20, 100])), 10);
  assert.equal(spacing(Float64Array.from([5])), Infinity);
  assert.deepEqual([...union([Float64Array.from([3, 5]), Float64Array.from([1, 3])])], [1, 3, 5]);
});
