// Values are written alike in all views.

import assert from "node:assert/strict";
import { test } from "node:test";
import { percent, short, size } from "../../../virtsdk/widgets/values.js";

test("a size has at most three figures, and those before the point", () => {
  const written = { 0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 1300000: "1.24 MiB", [1023 * 2 ** 30]: "1023 GiB" };
  for (const [bytes, text] of Object.entries(written)) assert.equal(size(Number(bytes)), text);
  assert.equal(size(2 ** 80), "1048576 EiB");
  assert.equal(size(-2048), "-2 KiB");
});

test("what is not known is a dash, and zero is not", () => {
  for (const nothing of [null, undefined]) assert.equal(size(nothing), "—");
  assert.equal(percent(null), "—");
  assert.equal(percent(0), "0 %");
});

test("a small share keeps a figure after the point", () => {
  assert.deepEqual([0.04, 9.94, 10.4, 99.6, 250].map(percent), ["0.0 %", "9.9 %", "10 %", "100 %", "250 %"]);
  assert.equal(short(1234.5), "1235");
});
