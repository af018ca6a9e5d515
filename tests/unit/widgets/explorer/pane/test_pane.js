// The pane of one guest.

import assert from "node:assert/strict";
import { test } from "node:test";
import { printedAfter } from "../../../../../virtsdk/widgets/explorer/pane/pane.js";

test("what the console prints is kept to a length, in whole lines", () => {
  assert.equal(printedAfter("a\n", "b"), "a\nb");
  const line = `${"x".repeat(99)}\n`;
  const full = line.repeat(200);
  assert.equal(printedAfter(full, "").length, 20_000);
  const kept = printedAfter(full, "login: ");
  assert(kept.length <= 20_000 && kept.startsWith("x".repeat(99)) && kept.endsWith("\nlogin: "));
});
