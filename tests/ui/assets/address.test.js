// The view in the page's address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, get, isDashboard, set, viewQuery, withoutFilter } from "../../../ui/assets/address.js";
import { openPage } from "./small_dom.js";

test("A parameter is read decoded, and a missing one is empty.", () => {
  openPage("?q=a%20%26+%E5%A5%BD&task=");
  assert.deepEqual(["q", "task", "page"].map(get), ["a & 好", "", ""]);
});

test("A change keeps the parameters of others, and an empty value removes a parameter.", () => {
  assert.equal(changed("?__theme=dark&task=chat", { task: "", q: "a&b" }), "__theme=dark&q=a%26b");
});

const CHANGES = [
  [{ task: "chat" }, "zoom=1%2C2&task=chat"],
  [{ page: "4" }, "page=4&zoom=1%2C2"],
  [{ near: "2026-01-21" }, "page=3&zoom=1%2C2&near=2026-01-21"],
  [{ zoom: "5,6" }, "page=3&zoom=5%2C6"],
  [{ request: "x" }, "page=3&zoom=1%2C2&request=x"],
  [{ range: "6h" }, "range=6h"],
  [{ source: "file:a" }, "source=file%3Aa"],
  [{ map: "a=label" }, "map=a%3Dlabel"],
];
for (const [changes, expected] of CHANGES) {
  test(`A change of ${Object.keys(changes)} removes only what it makes invalid.`, () => {
    assert.equal(changed("?page=3&zoom=1,2", changes), expected);
  });
}

test("The names of a file's fields stay while that file is looked at.", () => {
  assert.equal(changed("?source=file:a&map=a%3Dlabel", { task: "x" }), "source=file%3Aa&map=a%3Dlabel&task=x");
  assert.equal(changed("?source=file:a&map=a%3Dlabel", { source: "" }), "");
});

test("The start and the end of a time range are kept only while the range is the reader's own.", () => {
  const own = "?range=own&from=2026-01-01&to=2026-01-02";
  assert.equal(changed(own, { range: "1h" }), "range=1h");
  assert.equal(changed(own, { task: "chat" }), `${own.slice(1)}&task=chat`);
});

test("A change replaces the address, and only a kept one becomes a step of the history.", () => {
  const steps = openPage("");
  set({ q: "a" });
  set({ q: "b" }, { keep: true });
  set({ q: "" });
  assert.deepEqual(steps, [
    ["replace", "/app?q=a#top"],
    ["push", "/app?q=b#top"],
    ["replace", "/app#top"],
  ]);
});

test("The server is asked with the parameters of the view alone.", () => {
  const search = "?tab=dashboard&map=a%3Dlabel&range=1h&refresh=5&request=x&__theme=dark&q=%26&page=2";
  assert.equal(viewQuery(search), "map=a%3Dlabel&range=1h&q=%26&page=2");
});

test("Without the filter, the source, the time range and the order stay.", () => {
  const filter = "kind=all&task=a&status=b&label=c&level=d&over=1&q=e&session=f&id=g";
  assert.equal(changed(`?range=1h&${filter}&sort=ttft&page=3`, withoutFilter()), "range=1h&sort=ttft");
});

for (const [search, expected] of [
  ["", false],
  ["?request=x", false],
  ["?range=1h", true],
  ["?tab=dashboard", true],
]) {
  test(`The address "${search}" ${expected ? "opens" : "does not open"} the dashboard.`, () => {
    openPage(search);
    assert.equal(isDashboard(), expected);
  });
}
