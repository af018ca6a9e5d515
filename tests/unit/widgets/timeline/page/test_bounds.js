// From when to when is shown, and what is put together above the charts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boundsOf, recently, same, scaled } from "../../../../../virtsdk/widgets/timeline/page/bounds.js";
import { clusters } from "../../../../../virtsdk/widgets/timeline/page/flags.js";
import { alone, colourOf, dashOf, styleOf } from "../../../../../virtsdk/widgets/timeline/page/strokes.js";

const SPAN = [0, 100_000];

test("all is shown, or the last seconds, or a stretch", () => {
  assert.deepEqual(boundsOf({ range: [], window: 0 }, SPAN), [0, 100_000]);
  assert.deepEqual(boundsOf({ range: [], window: 30 }, SPAN), [70_000, 100_000]);
  assert.deepEqual(boundsOf({ range: [5, 6], window: 0 }, SPAN), [5, 6]);
  assert.deepEqual(boundsOf({ range: [], window: 0 }, SPAN, 150_000), [0, 150_000]);
  assert.deepEqual(boundsOf({ range: [], window: 30 }, SPAN, 110_000), [70_000, 110_000]);
  assert.deepEqual(boundsOf({ range: [], window: 30 }, SPAN, 900_000), [70_000, 115_000]);
  assert.equal(boundsOf({ range: [], window: 0 }, []), null);
  assert.deepEqual(boundsOf({ range: [], window: 0 }, [5, 5]), [5, 1005]);
});

test("zooming stays within what there is", () => {
  assert.deepEqual(scaled([40_000, 60_000], SPAN, 0.5), { range: [45_000, 55_000], window: 0 });
  assert.deepEqual(scaled([0, 60_000], SPAN, 2), { range: [0, 90_000], window: 0 });
  assert.deepEqual(scaled([10_000, 90_000], SPAN, 2), { range: [], window: 0 });
  assert.deepEqual(scaled([500, 510], SPAN, 0.5).range, [500, 510]);
  assert.ok(same({ range: [1, 2], window: 0 }, { range: [1, 2.0001], window: 0 }));
  assert.ok(!same({ range: [], window: 0 }, { range: [], window: 300 }));
});

test("the button for the end offers what fits", () => {
  assert.deepEqual([[], [0, 1e5], [0, 1e8], [0, 1e9]].map((span) => recently(span)[1]), ["5 min", "5 min", "hour", "day"]);
});

test("flags that are close together are one, and others have the room up to the next", () => {
  const all = [0, 5, 19, 40, 200].map((time) => ({ time, text: String(time), kind: "event" }));
  const found = clusters(all, (time) => time, 300);
  assert.deepEqual(found.map((one) => [one.left, one.room, one.all.length]), [[0, 40, 3], [40, 160, 1], [200, 100, 1]]);
  assert.deepEqual(clusters([], (time) => time), []);
});

test("a value between two holes is a point of its own", () => {
  assert.deepEqual(alone([1, null, 2, null, 3, 4]), [0, 2]);
  assert.deepEqual(alone([1, undefined, 2, null, undefined, 3]), [5]);
  assert.deepEqual(alone([null, null]), []);
  assert.deepEqual(alone([7]), [0]);
});

test("the second eight lines have the colours of the first, and are dashed", () => {
  assert.equal(colourOf(8), colourOf(0));
  assert.equal(new Set([0, 1, 2, 3, 4, 5, 6, 7].map(colourOf)).size, 8);
  assert.deepEqual([0, 8, 16].map(styleOf), ["solid", "dashed", "dotted"]);
  assert.equal(dashOf(7).length, 0);
  assert.ok(dashOf(8).length);
});
