// Show times in the reader's time zone: the browser's, or UTC where the address says `zone=utc`.
// The server and the address have all times in UTC. A moment is a number of ms since the epoch. Its wall time is what
// clocks in the zone show then, written as the moment at which clocks in UTC show the same.
import * as address from "./address.js";

const MINUTE_MS = 60_000;
// Chromium calls these zones by the names that the cities had before.
const RENAMED = {
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Europe/Kiev": "Europe/Kyiv",
};
const HAS_ZONE = /(z|[+-]\d\d(:?\d\d)?)$/i;
// Times within a text of the server, as in "2026-01-31T08:00Z".
const IN_TEXT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z/g;

function isUtc() {
  return address.get("zone") === "utc";
}

export function wallTime(moment) {
  return isUtc() ? moment : browsersWallTime(moment);
}

// `getTimezoneOffset()` has whole minutes, and clocks of the past were ahead by seconds, too.
function browsersWallTime(moment) {
  const local = new Date(moment);
  const wall = new Date(0);
  wall.setUTCFullYear(local.getFullYear(), local.getMonth(), local.getDate());
  return wall.setUTCHours(local.getHours(), local.getMinutes(), local.getSeconds(), local.getMilliseconds());
}

// Return the moment of a wall time: the first one of two where clocks are put back. A wall time that clocks leave out
// is taken for one after they were put forward.
export function momentOf(wall) {
  if (isUtc()) return wall;
  const parts = new Date(wall);
  const local = new Date(0);
  // Not the constructor: it takes the years 0 to 99 for 1900 to 1999.
  local.setFullYear(parts.getUTCFullYear(), parts.getUTCMonth(), parts.getUTCDate());
  return local.setHours(parts.getUTCHours(), parts.getUTCMinutes(), parts.getUTCSeconds(), parts.getUTCMilliseconds());
}

// Write a moment as the page shows it: "2026-01-31 08:00:00".
export function textOf(moment) {
  return asUtc(wallTime(moment)).replace("T", " ");
}

// Return the name of the zone in which a moment is shown, such as "Asia/Kolkata (UTC+5:30)".
export function zoneOf(moment) {
  return isUtc() ? "UTC" : browsersZone([moment]);
}

// Return the name of the browser's zone, with how far it is ahead of UTC at each of some moments.
export function browsersZone(moments) {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const offsets = new Set(moments.map(offsetOf));
  return name === "UTC" ? name : `${RENAMED[name] ?? name} (${[...offsets].join(", ")})`;
}

// Return how far clocks of the browser's zone are ahead of UTC: "UTC+5:30".
function offsetOf(moment) {
  const minutes = Math.round((browsersWallTime(moment) - moment) / MINUTE_MS);
  const size = Math.abs(minutes);
  const rest = size % 60 ? `:${String(size % 60).padStart(2, "0")}` : "";
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(size / 60)}${rest}`;
}

// Show each time of an element, or of a fragment, in the zone.
export function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const text = time.getAttribute("datetime");
    time.textContent = textOf(Date.parse(text));
    time.setAttribute("title", text.replace("T", " ").replace("Z", " UTC"));
  }
  for (const place of root.querySelectorAll("[data-zone-of]")) {
    place.textContent = zoneOf(Number(place.getAttribute("data-zone-of")));
  }
}

// Return a text of the server with its times in the zone.
export function withTimes(text) {
  return text.replace(IN_TEXT, (time) => textOf(Date.parse(time)));
}

// Turn a time of the address into the value of an <input type="datetime-local">; "" for what is no time.
export function toField(text) {
  const moment = Date.parse(text.includes("T") && !HAS_ZONE.test(text) ? `${text}Z` : text);
  return Number.isNaN(moment) ? "" : asUtc(wallTime(moment));
}

// Turn the value of such a field into a time of the address.
export function fromField(value) {
  const wall = Date.parse(`${value}Z`);
  return Number.isNaN(wall) ? "" : asUtc(momentOf(wall));
}

// Write a moment in UTC without a zone: "2026-01-31T08:00:00".
function asUtc(moment) {
  return new Date(moment).toISOString().slice(0, -".000Z".length);
}
