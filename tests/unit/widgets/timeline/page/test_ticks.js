// Numbers and times as people read them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { length, moment, range, spread, steps, timeTicks, written } from "../../../../../virtsdk/widgets/timeline/page/ticks.js";

const NOON = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("values have units that fit them", () => {
  assert.deepEqual([0, 0.0004, 0.25, 1.5, 12].map((value) => written(value, "cpus")), ["0", "0", "0.25", "1.5", "12"]);
  assert.deepEqual([0, 1536, 2 ** 31].map((value) => written(value, "bytes")), ["0 B", "1.5 KiB", "2 GiB"]);
  assert.deepEqual([0.4, 2048].map((value) => written(value, "bytes/s")), ["0 B/s", "2 KiB/s"]);
  assert.deepEqual([null, [1, 1], [0.5, 2]].map((value) => spread(value, "cpus")), ["—", "1", "0.5 – 2"]);
});

test("a time axis has the date where it begins or changes", () => {
  assert.deepEqual(timeTicks([NOON, NOON + MINUTE], MINUTE), ["12:00\n2026-03-01", "12:01"]);
  assert.deepEqual(timeTicks([NOON, NOON + 12 * HOUR], 12 * HOUR), ["12:00\n2026-03-01", "00:00\n2026-03-02"]);
  assert.deepEqual(timeTicks([NOON, NOON + 5000], 5000), ["12:00:00\n2026-03-01", "12:00:05"]);
  assert.deepEqual(timeTicks([NOON, NOON + 48 * HOUR], 48 * HOUR), ["03-01", "03-03"]);
});

test("a time beside others has its date only where that says something", () => {
  assert.equal(moment(NOON, NOON, NOON + HOUR), "12:00:00");
  assert.equal(moment(NOON, NOON, NOON + 24 * HOUR), "2026-03-01 12:00:00");
});

test("an axis begins at zero and has room above, also where all is zero", () => {
  assert.deepEqual(range(0, "cpus"), [0, 0.01 * 1.08]);
  assert.equal(range(null, "bytes")[1], 1024 * 1.08);
  assert.ok(range(3, "cpus")[1] > 3);
  assert.ok(steps("bytes").every((step) => Number.isInteger(Math.log2(step))));
  assert.ok(steps("cpus").includes(0.5));
});

test("lengths have two units at most", () => {
  assert.deepEqual([2000, 5640, 12_300, 63_000, 3 * HOUR, 49 * HOUR + 5 * MINUTE].map(length), ["2 s", "5.6 s", "12 s", "1 min 3 s", "3 h", "2 d 1 h"]);
});
