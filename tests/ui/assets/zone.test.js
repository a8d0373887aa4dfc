// Times in the zone of the browser, here of Node.js, or in UTC.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import * as zone from "../../../ui/assets/zone.js";
import { build, openPage } from "./small_dom.js";

// Let the browser be in a zone, and open a page there.
function inZone(name, search = "") {
  process.env.TZ = name;
  openPage(search);
}

const WINTER = "2026-01-21T16:00:41Z";
const SUMMER = "2026-07-21T16:00:41Z";
const SHOWN = [
  ["UTC", WINTER, "2026-01-21 16:00:41", "UTC"],
  ["Asia/Shanghai", WINTER, "2026-01-22 00:00:41", "Asia/Shanghai (UTC+8)"],
  ["Asia/Kolkata", WINTER, "2026-01-21 21:30:41", "Asia/Kolkata (UTC+5:30)"],
  ["Asia/Kathmandu", WINTER, "2026-01-21 21:45:41", "Asia/Kathmandu (UTC+5:45)"],
  ["America/St_Johns", WINTER, "2026-01-21 12:30:41", "America/St_Johns (UTC-3:30)"],
  ["Europe/London", WINTER, "2026-01-21 16:00:41", "Europe/London (UTC+0)"],
  ["Europe/London", SUMMER, "2026-07-21 17:00:41", "Europe/London (UTC+1)"],
  ["Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29 01:59:59", "Europe/Berlin (UTC+1)"],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29 03:00:00", "Europe/Berlin (UTC+2)"],
  // Zones of the past, in which clocks were not ahead by whole minutes, or by other hours than today.
  ["Africa/Monrovia", "1970-01-01T00:00:03Z", "1969-12-31 23:15:33", "Africa/Monrovia (UTC-0:44)"],
  ["Asia/Shanghai", "0001-01-01T00:00:00Z", "0001-01-01 08:05:43", "Asia/Shanghai (UTC+8:06)"],
  ["Europe/Moscow", "2012-07-01T00:00:00Z", "2012-07-01 04:00:00", "Europe/Moscow (UTC+4)"],
  ["America/New_York", "0001-01-01T00:00:00Z", "0000-12-31 19:03:58", "America/New_York (UTC-4:56)"],
  ["America/New_York", "9999-12-31T23:59:59Z", "9999-12-31 18:59:59", "America/New_York (UTC-5)"],
];
for (const [name, moment, text, zoneName] of SHOWN) {
  test(`${moment} is ${text} in ${name}.`, () => {
    inZone(name);
    assert.equal(zone.textOf(Date.parse(moment)), text);
    assert.equal(zone.zoneOf(Date.parse(moment)), zoneName);
    assert.equal(zone.momentOf(zone.wallTime(Date.parse(moment))), Date.parse(moment));
  });
}

test("A page whose address says so shows UTC.", () => {
  inZone("Asia/Shanghai", "?zone=utc");
  assert.equal(zone.textOf(Date.parse(WINTER)), "2026-01-21 16:00:41");
  assert.equal(zone.zoneOf(Date.parse(WINTER)), "UTC");
  assert.equal(zone.toField("2026-01-21T16:00"), "2026-01-21T16:00:00");
  assert.equal(zone.fromField("2026-01-21T16:00"), "2026-01-21T16:00:00");
});

test("The browser's zone is named with all that its clocks show within a time.", () => {
  inZone("Europe/Berlin", "?zone=utc");
  assert.equal(zone.browsersZone([WINTER, SUMMER].map(Date.parse)), "Europe/Berlin (UTC+1, UTC+2)");
  assert.equal(zone.browsersZone([WINTER, WINTER].map(Date.parse)), "Europe/Berlin (UTC+1)");
});

test("Times of the address are UTC, those of a field are in the zone.", () => {
  inZone("Asia/Kolkata");
  const times = ["2026-01-21T16:00", "2026-01-21T16:00:00Z", "2026-01-21T17:00:00+01:00", "2026-01-21T16:00:00.5"];
  for (const time of times) assert.equal(zone.toField(time), "2026-01-21T21:30:00");
  assert.equal(zone.toField("2026-01-21"), "2026-01-21T05:30:00");
  for (const value of ["2026-01-21T21:30", "2026-01-21T21:30:00"]) {
    assert.equal(zone.fromField(value), "2026-01-21T16:00:00");
  }
  for (const none of ["", "soon"]) assert.deepEqual([zone.toField(none), zone.fromField(none)], ["", ""]);
});

test("A time that clocks show twice is the first one; one that they leave out is after it.", () => {
  inZone("Europe/Berlin");
  assert.equal(zone.fromField("2026-10-25T02:30:00"), "2026-10-25T00:30:00");
  assert.equal(zone.toField(zone.fromField("2026-03-29T02:30:00")), "2026-03-29T03:30:00");
});

test("Each time of an element is shown in the zone, with the one in UTC beside it.", () => {
  inZone("Asia/Shanghai");
  const time = () => build("time", { datetime: WINTER }, "2026-01-21 16:00:41 UTC");
  const box = build("div", {}, build("p", {}, "since ", time()), build("i", { "data-zone-of": Date.parse(WINTER) }));
  zone.showTimes(box);
  const shown = `<TIME datetime="${WINTER}" title="2026-01-21 16:00:41 UTC">2026-01-22 00:00:41</TIME>`;
  const named = `<I data-zone-of="${Date.parse(WINTER)}">Asia/Shanghai (UTC+8)</I>`;
  assert.equal(box.toString(), `<DIV><P>since ${shown}</P>${named}</DIV>`);
});

test("Times within a text are shown in the zone, and nothing else is changed.", () => {
  inZone("Asia/Shanghai");
  assert.equal(zone.withTimes("full at 2026-01-21T16:00Z; 9 of 10"), "full at 2026-01-22 00:00:00; 9 of 10");
  assert.equal(zone.withTimes("2026-01-21 16:00"), "2026-01-21 16:00");
});
