// Which of the header's controls to sign in and to sign out is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { showRole } from "../../../ui/assets/sign_in.js";

// A page whose header was made for a role, and counts how often it tells something.
function pageFor(role) {
  const controls = ["visitor", "operator"].map((of) => ({ dataset: { of }, hidden: of !== role }));
  const told = [];
  const status = {
    dataset: { ended: "It has ended." },
    set textContent(text) {
      told.push(text);
    },
  };
  return {
    told,
    shown: () => controls.filter(({ hidden }) => !hidden).map(({ dataset }) => dataset.of),
    querySelectorAll: () => controls,
    querySelector: () => status,
  };
}

test("A sign-in that has ended is told once, and the way to sign in is shown.", () => {
  const page = pageFor("operator");
  for (let answer = 0; answer < 3; answer += 1) showRole(page, "visitor");
  assert.deepEqual(page.shown(), ["visitor"]);
  assert.deepEqual(page.told, ["It has ended."]);
});

test("Whoever signs in again can sign out, and nothing tells of an end any more.", () => {
  const page = pageFor("operator");
  showRole(page, "visitor");
  showRole(page, "operator");
  assert.deepEqual(page.shown(), ["operator"]);
  assert.deepEqual(page.told, ["It has ended.", ""]);
});

for (const role of ["visitor", "operator"]) {
  test(`A header that is right for the ${role} stays as it is.`, () => {
    const page = pageFor(role);
    showRole(page, role);
    assert.deepEqual(page.shown(), [role]);
    assert.deepEqual(page.told, []);
  });
}

test("A header with nothing to sign in to stays as it is.", () => {
  showRole({ querySelectorAll: () => [] }, "visitor");
});
