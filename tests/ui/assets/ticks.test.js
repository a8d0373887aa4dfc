// The ticks of an axis over time.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { ticks } from "../../../ui/assets/ticks.js";
import { openPage } from "./small_dom.js";

// Return what the ticks of an axis with about eight of them say, in a zone; <br> is written as a bar.
function texts(zone, since, until) {
  process.env.TZ = zone;
  openPage("");
  const { tickvals, ticktext } = ticks(Date.parse(since), Date.parse(until), 8);
  assert.equal(tickvals.length, ticktext.length);
  assert.ok(tickvals.every((moment) => moment >= Date.parse(since) && moment <= Date.parse(until)));
  return ticktext.map((text) => text.replace("<br>", "|"));
}

const AXES = [
  [
    "hours",
    "Asia/Shanghai",
    "2026-01-21T15:10Z",
    "2026-01-21T18:10Z",
    ["23:30|2026-01-21", "00:00|2026-01-22", "00:30"],
  ],
  ["hours of a zone with half an hour", "Asia/Kolkata", "2026-01-21T15:10Z", "2026-01-21T20:10Z", ["21:00|2026-01-21"]],
  ["seconds", "Asia/Kolkata", "2026-01-21T18:29:58Z", "2026-01-21T18:30:03Z", ["23:59:58|2026-01-21", "23:59:59"]],
  ["parts of a second", "UTC", "2026-01-21T16:00:00.990Z", "2026-01-21T16:00:01.030Z", ["16:00:00.990|2026-01-21"]],
  ["days", "Asia/Shanghai", "2025-12-28T00:00Z", "2026-01-03T00:00Z", ["12-29|2025", "12-30", "12-31", "01-01|2026"]],
  ["months", "Asia/Shanghai", "2025-10-20T00:00Z", "2026-03-02T00:00Z", ["2025-11", "2025-12", "2026-01", "2026-02"]],
  ["years", "America/New_York", "1995-10-20T00:00Z", "2026-03-02T00:00Z", ["2000-01", "2005-01", "2010-01", "2015-01"]],
  [
    "millennia",
    "Asia/Shanghai",
    "0001-01-01T00:00Z",
    "9999-12-31T00:00Z",
    ["2000-01", "4000-01", "6000-01", "8000-01"],
  ],
];
for (const [name, zone, since, until, first] of AXES) {
  test(`An axis of ${name} has round times of the zone.`, () => {
    assert.deepEqual(texts(zone, since, until).slice(0, first.length), first);
  });
}

test("Where clocks are put back, their hour comes twice.", () => {
  const found = texts("Europe/Berlin", "2026-10-24T23:00Z", "2026-10-25T03:00Z");
  assert.deepEqual(found.slice(0, 7), ["01:00|2026-10-25", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]);
});

test("Where clocks are put forward, the hour that they leave out has no tick.", () => {
  const found = texts("Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T07:00Z");
  assert.deepEqual(found.slice(0, 4), ["00:00|2026-03-29", "01:00", "03:00", "04:00"]);
});

for (const [zone, since] of [
  ["Europe/Berlin", "2026-03-27T12:00Z"],
  ["Europe/Berlin", "2026-10-23T12:00Z"],
  // Here clocks are put forward at midnight.
  ["Asia/Beirut", "2026-03-27T12:00Z"],
]) {
  test(`The days after ${since} in ${zone} begin at their midnights, whatever their length.`, () => {
    const found = texts(zone, since, new Date(Date.parse(since) + 6 * 86_400_000).toISOString());
    assert.equal(new Set(found).size, 6);
    assert.ok(found.every((text) => /^\d\d-\d\d(\|2026)?$/.test(text)));
  });
}
