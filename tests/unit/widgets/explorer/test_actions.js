// The buttons: why one is off, and the question before anything can be lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { closedFor, eligible, questionOf, unfit } from "../../../../virtsdk/widgets/explorer/actions.js";
import { row, rowsOf } from "./rows.js";

const STOP = {
  name: "destroy", label: "Destroy", hint: "", states: ["running"], needs: [], warning: "It is lost.", warning_many: "They are lost.",
};
const AUTOSTART = { ...STOP, name: "autostart", states: [], needs: [["autostart", false, "starts with its host already"]] };

/** What the view shows: rows, all of them selected and shown where nothing else is said. */
function shown(given, more = {}) {
  const { rows } = rowsOf(given);
  const keys = new Set(given.map(({ name }) => name));
  const hosts = [{ refused: {} }, { refused: {} }];
  return { rows, selected: keys, shown: keys, busy: {}, hosts, noun: "domain", ...more };
}

test("a verb is for the rows whose state it is for, and says of one why it is left out", () => {
  const state = shown([row("web1"), row("web2", { state: "shutoff", label: "shut off" })]);
  assert.deepEqual(eligible(STOP, state), { keys: ["web1"], reason: "web2 is shut off" });
  assert.equal(unfit(STOP, row("web1")), "");
});

test("a verb that asks for more than a state says what is missing", () => {
  assert.equal(unfit(AUTOSTART, row("net", { autostart: true })), "net starts with its host already");
  assert.equal(unfit(AUTOSTART, row("net", { autostart: false })), "");
});

test("what is hidden, busy, read-only or gone is not acted on", () => {
  const some = [row("web1"), row("web2", { number: 1 })];
  const reason = (more) => eligible(STOP, shown(some, more));
  assert.deepEqual(reason({ shown: new Set(["web2"]) }), { keys: ["web2"], reason: "The filter hides web1" });
  assert.deepEqual(reason({ busy: { web1: "stopping" } }), { keys: ["web2"], reason: "web1 is busy" });
  const refused = { refused: { destroy: "The connection is read-only" } };
  const half = reason({ hosts: [{ refused: {} }, refused] });
  assert.deepEqual(half, { keys: ["web1"], reason: "web2: The connection is read-only" });
  assert.deepEqual(reason({ hosts: [refused, refused] }), { keys: [], reason: "The connection is read-only" });
  const gone = shown(some);
  gone.rows.alive.gone = new Date();
  const closed = { closed: "The host is closed", refused: { destroy: "The host is closed" } };
  assert.equal(closedFor("web2", shown(some, { hosts: [{ refused: {}, closed: "" }, closed] })), "The host is closed");
  assert.equal(closedFor("web1", shown(some, { hosts: [{ refused: {}, closed: "" }, closed] })), "");
  assert.equal(closedFor("went", shown(some, { hosts: [closed, closed] })), "");
  assert.deepEqual(eligible(STOP, gone), { keys: [], reason: "The kernel is gone" });
});

test("without a row it says what to select", () => {
  assert.deepEqual(eligible(STOP, shown([], { noun: "network" })), { keys: [], reason: "Select a network first" });
  const left = shown([row("web1")], { selected: new Set(["went"]), noun: "storage pool" });
  assert.deepEqual(eligible(STOP, left), { keys: [], reason: "Select a storage pool first" });
});

test("the question names who, and whose definition goes, too", () => {
  const { rows } = rowsOf([row("web1"), row("web2", { persistent: false })]);
  assert.equal(questionOf(STOP, ["web1"], rows, "domain"), "Destroy web1? It is lost.");
  assert.match(questionOf(STOP, ["web2"], rows, "domain"), /It is transient: its definition goes, too\.$/);
  const two = questionOf(STOP, ["web1", "web2"], rows, "domain");
  assert.match(two, /^Destroy 2 domains\? They are lost\. .*goes, too: web2\. They are: web1, web2\.$/);
});

test("of many the question names ten and counts the others", () => {
  const many = [...Array(12).keys()].map((number) => row(`web${number}`));
  const { rows } = rowsOf(many);
  const said = questionOf(STOP, many.map(({ name }) => name), rows, "domain");
  assert.match(said, /web9, and 2 more\.$/);
});
