// Tabs by keyboard, and which buttons are for what is selected.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eligible } from "../../../../virtsdk/widgets/explorer/actions.js";
import { printedAfter } from "../../../../virtsdk/widgets/explorer/pane/pane.js";
import { tabFor } from "../../../../virtsdk/widgets/explorer/tabs.js";

const row = (name, more = {}) => ({
  name, number: 0, state: "active", label: "active", persistent: true, autostart: false, ...more,
});
const autostart = {
  name: "autostart", states: [],
  needs: [["persistent", true, "is transient"], ["autostart", false, "starts with its host already"]],
};
const stop = { name: "stop", states: ["active"], needs: [] };

function asked(verb, rows, more = {}) {
  const all = new Map(rows.map((one) => [one.name, one]));
  return eligible(verb, {
    rows: { alive: { gone: null }, all }, selected: new Set(all.keys()), shown: new Set(all.keys()), busy: {},
    hosts: [{ refused: {} }], noun: "network", ...more,
  });
}

test("arrows go round, Home and End go to the ends, other keys go nowhere", () => {
  const keys = { ArrowRight: 0, ArrowLeft: 2, Home: 0, End: 3, Enter: -1, a: -1, ArrowDown: -1 };
  for (const [key, to] of Object.entries(keys)) assert.equal(tabFor(key, 3, 4), to, key);
  assert.equal(tabFor("ArrowLeft", 0, 4), 3);
  assert.equal(tabFor("toString", 0, 4), -1);
});

test("a verb is for the rows that say what it needs, and gives the reason of the first that does not", () => {
  const found = asked(autostart, [row("a"), row("b", { persistent: false }), row("c", { autostart: true })]);
  assert.deepEqual(found, { keys: ["a"], reason: "b is transient" });
  assert.deepEqual(asked(autostart, [row("c", { autostart: true })]), {
    keys: [], reason: "c starts with its host already",
  });
  assert.deepEqual(asked(autostart, [row("d", { autostart: null })]).keys, []); // nobody said
});

test("no states are all states, and others are a reason", () => {
  const off = row("a", { state: "inactive", label: "inactive" });
  assert.deepEqual(asked(autostart, [off]).keys, ["a"]);
  assert.deepEqual(asked(stop, [off]), { keys: [], reason: "a is inactive" });
});

test("nothing selected, a host that refuses, a row that is busy or hidden: each is a reason", () => {
  assert.equal(asked(stop, []).reason, "Select a network first");
  const hosts = [{ refused: { stop: "The connection is read-only" } }];
  assert.equal(asked(stop, [row("a")], { hosts }).reason, "The connection is read-only");
  assert.equal(asked(stop, [row("a")], { busy: { a: "stopping" } }).reason, "a is busy");
  assert.equal(asked(stop, [row("a")], { shown: new Set() }).reason, "The filter hides a");
});

test("a console keeps its last whole lines", () => {
  assert.equal(printedAfter("a\n", "b"), "a\nb");
  const long = printedAfter("", "line\n".repeat(5000));
  assert.ok(long.length <= 20000 && long.startsWith("line\n") && long.endsWith("line\n"));
  assert.equal(printedAfter("", "x".repeat(30000)).length, 20000);
});
