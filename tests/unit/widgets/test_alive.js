// Whether the kernel is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Liveness, tell } from "../../../virtsdk/widgets/alive.js";

/** A view's liveness on a clock that is turned by hand. */
function watched(t) {
  t.mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_000_000 });
  const sent = [];
  let changes = 0;
  const alive = new Liveness({ send: (message) => sent.push(message) }, () => { changes += 1; });
  return { alive, sent, changes: () => changes, tick: (ms) => { for (let at = 0; at < ms; at += 250) t.mock.timers.tick(250); } };
}

test("a kernel that is silent for more than four seconds is gone, and since when is said", (t) => {
  const { alive, changes, tick } = watched(t);
  tick(4000);
  assert.equal(alive.gone, null);
  tick(250);
  assert.deepEqual(alive.gone, new Date(1_000_000));
  tick(5000);
  assert.equal(changes(), 1);
  alive.end();
});

test("one that speaks every second is there, and one that is back is asked for what was missed", (t) => {
  const { alive, sent, changes, tick } = watched(t);
  for (let beat = 0; beat < 10; beat++) {
    tick(1000);
    alive.heard();
  }
  assert.equal(changes(), 0);
  assert.deepEqual(sent, []);
  tick(4250);
  alive.heard();
  assert.equal(alive.gone, null);
  assert.equal(changes(), 2);
  assert.deepEqual(sent, [{ kind: "catch up" }]);
  alive.end();
});

test("a page whose timers slept waits for the next beat", (t) => {
  const { alive, tick } = watched(t);
  t.mock.timers.setTime(1_000_000 + 3_600_000); // a laptop that was shut for an hour
  alive.look();
  assert.equal(alive.gone, null);
  tick(1750);
  assert.equal(alive.gone, null);
  tick(500);
  assert.notEqual(alive.gone, null);
  alive.end();
});

test("a view that is closed looks no more", (t) => {
  const { alive, changes, tick } = watched(t);
  alive.end();
  tick(60_000);
  assert.equal(changes(), 0);
});

test("a kernel that has ended is told nothing, and any other trouble is not hidden", () => {
  /** @param {unknown} trouble */
  const failing = (trouble) => ({ send: () => { throw trouble; } });
  assert.doesNotThrow(() => tell(failing(new Error("Cannot send")), { kind: "look" }));
  for (const trouble of [new Error("Cannot send: too large"), new TypeError("no"), "Cannot send", null])
    assert.throws(() => tell(failing(trouble), { kind: "look" }), (thrown) => thrown === trouble);
});

test("a view of a kernel that has ended looks on without a word until its silence is noticed", (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_000_000 });
  const ended = { send: () => { throw new Error("Cannot send"); } };
  const alive = new Liveness(ended, () => {});
  t.mock.timers.tick(4500);
  alive.heard(); // a beat that was under way
  alive.end();
});
