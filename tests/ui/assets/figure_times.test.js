// The times of a figure.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { test } from "node:test";
import { inZone } from "../../../ui/assets/figure_times.js";
import { openPage } from "./small_dom.js";

const MOMENTS = ["2026-01-21T16:00:41Z", "2026-01-21T18:30:00Z"].map(Date.parse);
const x = { dtype: "f8", bdata: Buffer.from(new Float64Array(MOMENTS).buffer).toString("base64") };
const meta = { title: "t", note: "full at 2026-01-21T16:00Z", description: "From 2026-01-21T16:00Z." };

test("The pointer shows a point's time in the zone; the axis and the server's figure stay in UTC.", () => {
  process.env.TZ = "Asia/Kolkata";
  openPage("");
  const trace = { x, name: "chat", hovertemplate: "%{y} ms<br>%{x|%m-%d %H:%M:%S}<extra></extra>" };
  const layout = { xaxis: { type: "date", range: MOMENTS }, meta };
  const shown = inZone({ data: [trace], layout });
  assert.deepEqual(shown.data[0].hovertext, ["01-21 21:30:41", "01-22 00:00:00"]);
  assert.equal(shown.data[0].hovertemplate, "%{y} ms<br>%{hovertext}<extra></extra>");
  assert.deepEqual(shown.data[0].x, ["2026-01-21 16:00:41.000", "2026-01-21 18:30:00.000"]);
  assert.deepEqual(shown.layout.xaxis, layout.xaxis);
  assert.equal("hovertext" in trace, false);
  assert.deepEqual(shown.layout.meta, {
    title: "t",
    note: "full at 2026-01-21 21:30:00",
    description: "From 2026-01-21 21:30:00.",
  });
});

test("A mark stands at its moment in UTC; a limit spans the whole chart.", () => {
  const [mark, limit] = [
    { x0: MOMENTS[0], x1: MOMENTS[0], yref: "paper" },
    { xref: "paper", x0: 0, x1: 1 },
  ];
  const { layout } = inZone({ data: [], layout: { xaxis: { type: "date" }, shapes: [mark, limit], meta } });
  const moment = "2026-01-21 16:00:41.000";
  assert.deepEqual(layout.shapes, [{ ...mark, x0: moment, x1: moment }, limit]);
});

test("A chart that is not over time, and one that failed, stay as they are.", () => {
  const trace = { x: [1], hovertemplate: "%{x:,.0f} ms" };
  assert.deepEqual(inZone({ data: [trace], layout: { xaxis: { type: "log" }, meta } }).data, [trace]);
  assert.deepEqual(inZone({ error: "no" }), { error: "no" });
});
