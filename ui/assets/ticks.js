// Where an axis over time has its ticks, and what they say: Plotly knows no time zones.
import { momentOf, textOf, wallTime } from "./zone.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SHORT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const STEPS = [
  ...SHORT_STEPS,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 4, 7, 14].map((count) => count * DAY),
];
const MONTH = 30 * DAY;
const MONTHS = [1, 3, 6, ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].map((years) => 12 * years)];

// Return {tickvals, ticktext} of an axis from one moment to another one, with at most about `count` ticks.
export function ticks(since, until, count) {
  const step = STEPS.find((length) => (until - since) / length <= count);
  const moments = step ? everyStep(since, until, step) : everyMonths(since, until, count);
  const tickvals = moments.filter((moment) => moment >= since && moment <= until);
  return { tickvals, ticktext: tickvals.map((moment, place) => label(moment, tickvals[place - 1], step)) };
}

function everyStep(since, until, step) {
  const found = [];
  for (let moment = since; (moment = onTheWall(moment, step)) <= until; moment += 1) found.push(moment);
  return found;
}

// Return the first moment from `moment` on at which clocks show a multiple of the step.
function onTheWall(moment, step) {
  const next = moment + rest(moment, step);
  // Before that, clocks may have been put forward or back.
  const missing = rest(next, step);
  const nearest = missing <= step / 2 ? next + missing : next + missing - step;
  // Clocks that are put forward may leave out just what is sought, such as a midnight.
  return nearest >= moment && rest(nearest, step) === 0 ? nearest : next;
}

// Return how long it would be until clocks show a multiple of the step.
function rest(moment, step) {
  const over = wallTime(moment) % step;
  return over > 0 ? step - over : -over;
}

function everyMonths(since, until, count) {
  const months = MONTHS.find((length) => (until - since) / (length * MONTH) <= count) ?? MONTHS.at(-1);
  const first = new Date(wallTime(since));
  let month = Math.floor((12 * first.getUTCFullYear() + first.getUTCMonth()) / months) * months;
  const found = [];
  for (let moment = since; moment <= until; month += months) {
    moment = momentOf(new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1));
    found.push(moment);
  }
  return found;
}

// Return what a tick says; in a second line the day, or the year, where it is another one than before.
function label(moment, before, step) {
  const [day, time] = textOf(moment).split(" ");
  const [dayBefore] = before === undefined ? [""] : textOf(before).split(" ");
  if (step === undefined) return day.slice(0, -"-01".length);
  if (step < SECOND)
    return withSecondLine(`${time}.${String(wallTime(moment) % SECOND).padStart(3, "0")}`, day, dayBefore);
  if (step < DAY) return withSecondLine(step < MINUTE ? time : time.slice(0, -":00".length), day, dayBefore);
  const [, year, monthAndDay] = day.match(/^(.*)-(\d\d-\d\d)$/);
  return withSecondLine(monthAndDay, year, dayBefore.slice(0, year.length));
}

function withSecondLine(text, second, secondBefore) {
  return second === secondBefore ? text : `${text}<br>${second}`;
}
