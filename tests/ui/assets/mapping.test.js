// The form that says which fields of a file stand for ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mappingOf } from "../../../ui/assets/mapping.js";

// Return a form with these choices: {our field: [the file's field, its unit]}.
function formOf(choices) {
  const fields = Object.entries(choices).map(([field, [value]]) => ({ value, dataset: { field } }));
  const units = Object.entries(choices)
    .filter(([, [, unit]]) => unit !== undefined)
    .map(([unitOf, [, value]]) => ({ value, dataset: { unitOf } }));
  return { querySelectorAll: (selector) => (selector === "[data-field]" ? fields : units) };
}

test("Each chosen field becomes the file's name and ours; what is not in the file is left out.", () => {
  const form = formOf({ timestamp: ["ts"], task_type: ["the kind"], status: [""], message: ["a=b"] });
  assert.equal(mappingOf(form), "ts=timestamp,the kind=task_type,a=b=message");
});

test("A duration has its unit behind the file's name, unless it is in milliseconds.", () => {
  const form = formOf({ response_time_ms: ["res.time", "s"], ttft_ms: ["first", ""], queue_wait_ms: ["", "us"] });
  assert.equal(mappingOf(form), "res.time:s=response_time_ms,first=ttft_ms");
});

test("A form without a choice is no mapping.", () => {
  assert.equal(mappingOf(formOf({ timestamp: [""], response_time_ms: ["", ""] })), "");
});
