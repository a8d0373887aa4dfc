// Files that are dropped onto the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { takeDroppedFiles } from "../../../ui/assets/drop.js";

const FILE = { name: "app.log.1" };
const FOLDER = { webkitGetAsEntry: () => ({ isDirectory: true }) };
const PLAIN = { webkitGetAsEntry: () => ({ isDirectory: false }) };

// Return the page's way to tell of an event, and the list of what becomes of it.
function listen({ isWanted = true } = {}) {
  const handlers = {};
  const calls = [];
  globalThis.document = { addEventListener: (name, handler) => (handlers[name] = handler) };
  takeDroppedFiles({
    isWanted: () => isWanted,
    onOver: (isOver) => calls.push(["over", isOver]),
    onFile: (file) => calls.push(["file", file]),
    onRefused: () => calls.push(["refused"]),
  });
  const tell = (name, { types = ["Files"], files = [], items = files.map(() => PLAIN), ...more } = {}) =>
    handlers[name]({
      dataTransfer: { types, files, items },
      preventDefault: () => calls.push(["kept on the page"]),
      ...more,
    });
  return { tell, calls };
}

test("A file over the page shows where it can be dropped, until it leaves the window.", () => {
  const { tell, calls } = listen();
  tell("dragover");
  tell("dragleave", { relatedTarget: {} });
  tell("dragleave", { relatedTarget: null });
  assert.deepEqual(calls, [["kept on the page"], ["over", true], ["over", false]]);
});

test("A dropped file is opened, and the browser does not show it in place of the page.", () => {
  const { tell, calls } = listen();
  tell("drop", { files: [FILE] });
  assert.deepEqual(calls, [["over", false], ["kept on the page"], ["file", FILE]]);
});

for (const [what, dropped] of [
  ["Several files", { files: [FILE, FILE] }],
  ["A folder", { files: [FILE], items: [FOLDER] }],
  ["Nothing at all", { files: [] }],
]) {
  test(`${what} cannot be opened, which is said.`, () => {
    const { tell, calls } = listen();
    tell("drop", dropped);
    assert.deepEqual(calls, [["over", false], ["kept on the page"], ["refused"]]);
  });
}

test("A browser that cannot tell folders opens a single file all the same.", () => {
  const { tell, calls } = listen();
  tell("drop", { files: [FILE], items: [{}] });
  assert.deepEqual(calls.at(-1), ["file", FILE]);
});

for (const [what, options, event] of [
  ["A text", {}, { types: ["text/plain"] }],
  ["A file over another tab of the page, or a visitor's", { isWanted: false }, { files: [FILE] }],
]) {
  test(`${what} is left to the browser.`, () => {
    const { tell, calls } = listen(options);
    tell("dragover", event);
    tell("drop", event);
    assert.deepEqual(calls, [["over", false]]);
  });
}
