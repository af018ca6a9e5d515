// The course of a guest's figures: no line over what is not known, and what it says in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { added, courseAfter, drawingOf, gapsOf, runsOf, topOf, wordsOf } from "../../../../../virtsdk/widgets/explorer/pane/course.js";

const GIB = 2 ** 30;
const CPU = 1;
const MEMORY = 2;
/** A guest of which nothing was known from 20 s to 60 s, and then a value that stands alone. */
const COURSE = [
  [0, 10, null], [10, 50, null], [20, 20, GIB], [30, null, null], [50, null, null], [60, 85, 2 * GIB], [70, null, 2 * GIB], [100, 12, null],
];

test("no line goes over a gap, and a value that stands alone is a dot", () => {
  assert.deepEqual(runsOf(COURSE, CPU), [[[0, 10], [10, 50], [20, 20]], [[60, 85]], [[100, 12]]]);
  const { lines, dots, gaps } = drawingOf([...COURSE, [110, 12, null]], CPU, 100);
  assert.equal(lines, "M0 52.4L27.3 30L54.5 46.8M272.7 51.3L300 51.3");
  assert.equal(dots, "M163.6 10.4h0");
  assert.deepEqual(gaps, [{ x: 54.5, width: 109.1 }, { x: 163.6, width: 109.1 }]);
});

test("what is not known at an end is a gap, too", () => {
  assert.deepEqual(gapsOf(COURSE, CPU), [[20, 60], [60, 100]]);
  assert.deepEqual(gapsOf(COURSE, MEMORY), [[0, 20], [20, 60], [70, 100]]);
  assert.deepEqual(gapsOf([[0, null, null], [5, null, null]], CPU), [[0, 5]]);
  assert.deepEqual(gapsOf([], CPU), []);
  assert.deepEqual(gapsOf([[0, 1, null], [2, 1, null]], CPU), []);
});

test("lines stay in the drawing, and one point is at its end", () => {
  assert.equal(drawingOf([[5, 0, null]], CPU, 10).dots, "M300 58h0");
  assert.equal(drawingOf([[0, 0, null], [1, 20, null]], CPU, 20).lines, "M0 58L300 2");
  assert.deepEqual(drawingOf([], CPU, 10), { lines: "", dots: "", gaps: [] });
});

test("the scale of CPU ends at a round number, and an idle guest looks idle", () => {
  assert.deepEqual([0, 0.3, 10, 10.1, 85, 100, 101, 250].map(topOf), [10, 10, 10, 20, 100, 100, 200, 300]);
});

test("words say now, most and over how long; not known is not nothing", () => {
  const words = wordsOf(COURSE, CPU, false);
  assert.deepEqual(words, { over: "last 1 min 40 s", last: "12 %", most: 85, said: "12 % now, most 85 %", gaps: ["40 s", "40 s"] });
  assert.equal(wordsOf(COURSE, CPU, true).said, "12 % at last, most 85 %");
  assert.equal(wordsOf(COURSE, MEMORY, false).said, "not known now, most 2 GiB");
  assert.equal(wordsOf([[0, 0, null]], CPU, false).said, "0 % now, most 0 %");
  assert.equal(wordsOf([[0, 0, null]], MEMORY, false).said, "not known");
  assert.deepEqual(wordsOf([], CPU, false), { over: "", last: "—", most: null, said: "not known", gaps: [] });
});

test("a page keeps what the kernel keeps: a long gap is its begin and its end", () => {
  let points = [[0, 1, null]];
  for (let time = 1; time < 100; time++) points = added(points, [time, null, null]);
  assert.deepEqual(points, [[0, 1, null], [1, null, null], [99, null, null]]);
  for (let time = 100; time < 500; time++) points = added(points, [time, 2, null]);
  assert.equal(points.length, 300);
  assert.equal(points[0][0], 200);
});

test("a point of another guest is not one of this", () => {
  const course = courseAfter({ key: "", points: [] }, { key: "web1", points: [[0, 1, null]] });
  assert.equal(courseAfter(course, { key: "web2", add: [2, 99, null] }), course);
  assert.deepEqual(courseAfter(course, { key: "web1", add: [2, 3, null] }).points, [[0, 1, null], [2, 3, null]]);
  assert.deepEqual(courseAfter(course, { key: "web2", points: [] }), { key: "web2", points: [] });
});
