// Words at gaps and resets: they stay in their gap, and off each other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placed, wordsOf } from "../../../../../virtsdk/widgets/timeline/page/labels.js";

const AREA = { from: 100, to: 500 };
const wide = (text) => 6 * text.length;
const gap = (from, to, seconds = 12) => ({ from, to, texts: wordsOf({ kind: "gap", first: 0, last: 1000 * seconds }), beside: false });
const reset = (at) => ({ from: at, to: at, texts: wordsOf({ kind: "reset", first: 0, last: 0 }), beside: true });
const texts = (spans) => placed(spans, AREA, wide, 3).map(({ text }) => text);

test("a gap has as many words as fit into it", () => {
  assert.deepEqual(texts([gap(200, 300)]), ["gap of 12 s"]);
  assert.deepEqual(texts([gap(200, 200 + 66 + 6)]), ["gap of 12 s"]); // just so
  assert.deepEqual(texts([gap(200, 200 + 66 + 5)]), ["12 s"]);
  assert.deepEqual(texts([gap(200, 200 + 24 + 5)]), []);
});

test("no text leaves what is seen of its gap", () => {
  for (let from = 0; from < 560; from += 7) {
    for (const width of [0, 20, 31, 60, 73, 140, 600]) {
      for (const { text, at } of placed([gap(from, from + width)], AREA, wide, 3)) {
        assert.ok(at >= Math.max(from, AREA.from) + 3, `${text} at ${at} of ${from}`);
        assert.ok(at + wide(text) <= Math.min(from + width, AREA.to) - 3);
      }
    }
  }
  assert.deepEqual(placed([gap(0, 600)], AREA, wide, 3), [{ text: "gap of 12 s", at: 267 }]);
  assert.deepEqual(texts([gap(0, 99), gap(501, 900)]), []);
});

test("a reset has its word to its right, at the right edge to its left, and none over another", () => {
  assert.deepEqual(placed([reset(200)], AREA, wide, 3), [{ text: "reset", at: 203 }]);
  assert.deepEqual(placed([reset(495)], AREA, wide, 3), [{ text: "reset", at: 470 }]);
  assert.deepEqual(texts([reset(200), reset(210), reset(260)]), ["reset", "reset"]);
  assert.deepEqual(texts([reset(200), gap(204, 290)]), ["reset"]); // which lies over the middle of the gap
  assert.deepEqual(texts([reset(99), reset(501)]), []);
});
