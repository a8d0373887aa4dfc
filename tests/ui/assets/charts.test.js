// The charts, drawn by a stand-in of Plotly that notes its calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Charts, legendRows, themed, zoomedRange } from "../../../ui/assets/charts.js";
import { openPage } from "./small_dom.js";

openPage("?zone=utc");

const COLORS = {
  "--border-color-primary": "grey",
  "--body-text-color": "black",
  "--body-text-color-subdued": "dimgrey",
};
const STYLE = {
  fontFamily: "sans",
  getPropertyValue: (name) => COLORS[name],
};
const HOUR = 3_600_000;
const LAYOUT = {
  meta: { title: "Response time", note: "p95", description: "Each request is a point." },
  xaxis: { type: "date", range: [HOUR, 3 * HOUR] },
  yaxis: { title: "ms" },
};

// An element of the page in which a chart is drawn, inside of a box with a title and a note.
class Place {
  constructor() {
    this.clientWidth = 550;
    this.dataset = { chart: "latency" };
    this.attributes = {};
    this.button = { hidden: true, setAttribute: (name, value) => (this.button[name] = value) };
    this.parts = { ".title": {}, ".note": {}, "[data-log-scale]": this.button };
    const toggle = (name, isOn) => (this.isFailed = isOn);
    this.parentElement = { classList: { toggle }, querySelector: (name) => this.parts[name] };
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }
}

class Plotly {
  constructor() {
    this.calls = [];
    this.handlers = {};
  }

  react(place, data, layout) {
    this.calls.push(["react", data]);
    place.layout = layout;
    place.on = (event, handler) => (this.handlers[event] = handler);
  }

  purge() {
    this.calls.push(["purge"]);
  }

  relayout(place, change) {
    this.calls.push(["relayout", change]);
  }
}

// Return charts with one place, a stand-in of Plotly, and the list of calls of `onZoom` and `onPoint`.
function makeCharts({ isLog = false } = {}) {
  globalThis.ResizeObserver = globalThis.MutationObserver = class {
    observe() {}
  };
  globalThis.document = { querySelector: () => null };
  globalThis.getComputedStyle = () => STYLE;
  const place = new Place();
  const calls = [];
  const charts = new Charts({ querySelectorAll: () => [place] }, "plotly.js", {
    isLog: () => isLog,
    onZoom: (...range) => calls.push(["zoom", ...range]),
    onPoint: (id) => calls.push(["point", id]),
  });
  return { charts, place, calls, plotly: new Plotly() };
}

test("A zoom is read as timestamps in UTC.", () => {
  const change = { "xaxis.range[0]": "2026-01-31", "xaxis.range[1]": "2026-01-31 08:00:00.123" };
  assert.deepEqual(zoomedRange(change), [1769817600000, 1769846400123]);
});

for (const change of [{}, { width: 500 }, { "xaxis.range[0]": 1, "xaxis.range[1]": 2 }, { "xaxis.autorange": true }]) {
  test(`The change ${JSON.stringify(change)} is not a zoom to a time range.`, () => {
    assert.equal(zoomedRange(change), null);
  });
}

test("A layout takes the colours of the page, and keeps what the server said of its axes.", () => {
  const layout = themed(LAYOUT, STYLE, 550);
  assert.deepEqual([layout.width, layout.font], [550, { color: "black", family: "sans" }]);
  assert.deepEqual(layout.modebar, { color: "dimgrey", activecolor: "black", bgcolor: "rgba(0,0,0,0)" });
  const { gridcolor, range, uirevision } = layout.xaxis;
  const shown = ["1970-01-01 01:00:00.000", "1970-01-01 03:00:00.000"];
  assert.deepEqual([gridcolor, range, uirevision], ["grey", shown, `${HOUR},${3 * HOUR}`]);
  assert.deepEqual([layout.yaxis.linecolor, layout.yaxis.title], ["grey", "ms"]);
});

for (const [width, ticks] of [
  [50, 2],
  [330, 3],
  [1100, 10],
]) {
  test(`An axis of ${width} pixels has about ${ticks} ticks.`, () => {
    const layout = { ...LAYOUT, xaxis: { type: "log" } };
    assert.equal(themed(layout, STYLE, width).xaxis.nticks, ticks);
    assert.ok(themed(LAYOUT, STYLE, width).xaxis.tickvals.length <= ticks + 1);
  });
}

test("The ticks of an axis over time are those of the reader's zone.", () => {
  const { tickmode, tickvals, ticktext } = themed(LAYOUT, STYLE, 330).xaxis;
  const vals = [1, 2, 3].map((hour) => `1970-01-01 0${hour}:00:00.000`);
  assert.deepEqual([tickmode, tickvals], ["array", vals]);
  assert.deepEqual(ticktext, ["01:00<br>1970-01-01", "02:00", "03:00"]);
});

test("A drawn figure has its title, its note and a description.", () => {
  const { charts, place, plotly } = makeCharts();
  charts.draw(plotly, place, { data: ["points"], layout: LAYOUT });
  assert.deepEqual(plotly.calls, [["react", ["points"]]]);
  assert.equal(place.parts[".title"].textContent, "Response time");
  assert.equal(place.parts[".note"].textContent, "p95");
  assert.equal(place.attributes["aria-label"], "Each request is a point.");
  assert.equal(place.isFailed, false);
});

for (const [isLog, type] of [
  [false, undefined],
  [true, "log"],
]) {
  test(`A chart with a choice of scales has a button, and the scale that is chosen: log is ${isLog}.`, () => {
    const { charts, place, plotly } = makeCharts({ isLog });
    charts.draw(plotly, place, { data: [], layout: { ...LAYOUT, meta: { ...LAYOUT.meta, log_scale: "Log scale" } } });
    assert.deepEqual([place.button.hidden, place.button.textContent], [false, "Log scale"]);
    assert.equal(place.button["aria-pressed"], isLog);
    assert.equal(place.layout.yaxis.type, type);
  });
}

test("A chart without a choice of scales has no button, and keeps its scale.", () => {
  const { charts, place, plotly } = makeCharts({ isLog: true });
  charts.draw(plotly, place, { data: [], layout: LAYOUT });
  assert.equal(place.button.hidden, true);
  assert.equal(place.layout.yaxis.type, undefined);
});

const named = (...names) => names.map((name) => ({ name }));
for (const [traces, width, rows] of [
  [[], 500, 1],
  [named("search", "embed"), 500, 1],
  [named("search", "embed"), 200, 2],
  [named("GET /api/v1/items", "GET /api/v1/users", "GET /api/v1/orders"), 500, 2],
  [named("情感分析情感分析情感分析", "对话"), 300, 2],
  [[...named("search"), { name: "p50 of a task with a very long name", showlegend: false }], 200, 1],
]) {
  test(`A legend of ${traces.length} names takes ${rows} rows in ${width} pixels.`, () => {
    assert.equal(legendRows(traces, width), rows);
  });
}

test("A chart grows with its legend.", () => {
  const { charts, place, plotly } = makeCharts();
  const heights = [1, 2].map((count) => {
    const data = Array.from({ length: 4 * count }, (_, index) => ({ name: `a task with a long name ${index}` }));
    charts.draw(plotly, place, { data, layout: { ...LAYOUT, height: 260 } });
    return place.layout.height;
  });
  assert.ok(260 < heights[0] && heights[0] < heights[1]);
});

test("A figure that failed is removed, and its error stands in the title.", () => {
  const { charts, place, plotly } = makeCharts();
  charts.draw(plotly, place, { error: "This chart cannot be drawn." });
  assert.deepEqual(plotly.calls, [["purge"]]);
  assert.equal(place.parts[".title"].textContent, "This chart cannot be drawn.");
  assert.equal(place.isFailed, true);
});

test("A click on a point opens its request, if the point is one request.", () => {
  const { charts, place, plotly, calls } = makeCharts();
  charts.draw(plotly, place, { data: [], layout: LAYOUT });
  for (const customdata of ["r-1", "", undefined, 7]) plotly.handlers.plotly_click({ points: [{ customdata }] });
  assert.deepEqual(calls, [["point", "r-1"]]);
});

test("A zoom moves the axis of every chart over time, and is reported once; a double click zooms out.", () => {
  const { charts, place, plotly, calls } = makeCharts();
  charts.draw(plotly, place, { data: [], layout: LAYOUT });
  charts.places.set("histogram", { layout: { xaxis: { type: "log" } } });
  charts.places.set("not drawn", {});
  plotly.handlers.plotly_relayout({ "xaxis.range[0]": "1970-01-01 00:00:01", "xaxis.range[1]": "1970-01-01 00:00:02" });
  plotly.handlers.plotly_relayout({ width: 500 });
  plotly.handlers.plotly_doubleclick();
  const range = ["1970-01-01 00:00:01.000", "1970-01-01 00:00:02.000"];
  assert.deepEqual(plotly.calls.slice(1), [["relayout", { "xaxis.range": range }]]);
  assert.deepEqual(calls, [["zoom", 1000, 2000], ["zoom"]]);
});
