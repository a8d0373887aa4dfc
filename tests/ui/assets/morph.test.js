// An element takes over the content of another one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sync } from "../../../ui/assets/morph.js";
import * as dom from "./small_dom.js";

const { build } = dom;
const PAIRS = [
  [[], [build("p", {}, "a"), "b"]],
  [[build("p", { class: "x", title: "y" }, "a")], [build("p", { class: "z" }, "b"), build("p", {}, "c")]],
  [["a", build("b", {}, "c")], []],
  [
    ["a", build("i")],
    [build("i"), "a"],
  ],
  [[build("i", { id: "a" }, "1")], [build("i", { id: "b" }, "1")]],
];
for (const [before, after] of PAIRS) {
  test(`"${before.join("")}" becomes "${after.join("")}".`, () => {
    const box = build("div", {}, ...before);
    const expected = build("div", {}, ...after).toString();
    sync(box, build("div", {}, ...after));
    assert.equal(box.toString(), expected);
  });
}

test("Equal content is not written again.", () => {
  const content = () => build("ul", {}, build("li", { class: "x" }, "1"), build("li", {}, "2"));
  const box = build("div", {}, content());
  const fresh = build("div", {}, content());
  const before = dom.writes;
  sync(box, fresh);
  assert.equal(dom.writes, before);
});

test("One changed text is one write, and every element stays.", () => {
  const content = (text) => [build("p", { class: "x" }, text), build("p", { class: "y" }, "same")];
  const box = build("div", {}, ...content("old"));
  const elements = [...box.childNodes];
  const fresh = build("div", {}, ...content("new"));
  const before = dom.writes;
  sync(box, fresh);
  assert.equal(dom.writes - before, 1);
  assert.deepEqual(box.childNodes, elements);
  assert.equal(elements[0].childNodes[0].nodeValue, "new");
});

test("An element with another id is replaced.", () => {
  const box = build("div", {}, build("p", { id: "a" }, "x"));
  const [old] = box.childNodes;
  sync(box, build("div", {}, build("p", { id: "b" }, "x")));
  assert.notEqual(box.childNodes[0], old);
});

test("Details that a reader opened stay open, and other attributes follow the server.", () => {
  const box = build("div", {}, build("details", { open: "", class: "x" }, "old"));
  sync(box, build("div", {}, build("details", {}, "new")));
  assert.equal(`${box}`, '<DIV><DETAILS open="">new</DETAILS></DIV>');
});
