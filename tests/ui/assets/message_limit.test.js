// Which messages are too large to be sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooLarge } from "../../../ui/assets/message_limit.js";

const CASES = [
  ["A letter takes one byte", "x", 59_000, 61_000],
  ["A Chinese character takes three bytes", "字", 19_000, 21_000],
  ["A control character is written as six", "\u0007", 9_000, 11_000],
];
for (const [what, character, fits, isTooMany] of CASES) {
  test(`${what}, and so few fit and so many do not.`, () => {
    assert.equal(isTooLarge(character.repeat(fits)), false);
    assert.equal(isTooLarge(character.repeat(isTooMany)), true);
  });
}
