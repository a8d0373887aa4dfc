// Give a figure of the server its times in the reader's zone: where the pointer is, and in the texts around it. The axis
// itself is in UTC, so that no time comes twice where clocks are put back: ticks.js says what clocks in the zone show.
import { textOf, withTimes } from "./zone.js";

// The server's template for a point's time.
const POINT_TIME = "%{x|%m-%d %H:%M:%S}";

export function inZone(figure) {
  if (figure.error) return figure;
  const { meta, shapes, xaxis } = figure.layout;
  const texts = { ...meta, note: withTimes(meta.note), description: withTimes(meta.description) };
  const layout = { ...figure.layout, meta: texts };
  if (xaxis.type !== "date") return { data: figure.data, layout };
  return { data: figure.data.map(timed), layout: { ...layout, shapes: shapes?.map(timedShape) } };
}

// Write a moment, in ms since the epoch, as plotly writes dates. Plotly takes a number for one in the browser's zone.
export function plotlyDate(moment) {
  return new Date(moment).toISOString().replace("T", " ").replace("Z", "");
}

function timed(trace) {
  const moments = momentsOf(trace.x);
  return {
    ...trace,
    x: moments.map(plotlyDate),
    hovertext: moments.map((moment) => textOf(moment).slice(-"01-31 08:00:00".length)),
    hovertemplate: trace.hovertemplate.replace(POINT_TIME, "%{hovertext}"),
  };
}

// A mark is at a moment; a limit spans the whole width.
function timedShape(shape) {
  return shape.xref === "paper" ? shape : { ...shape, x0: plotlyDate(shape.x0), x1: plotlyDate(shape.x1) };
}

// Decode the moments of a trace, which are 64-bit floats in plotly's binary form.
function momentsOf({ bdata }) {
  const bytes = Uint8Array.from(atob(bdata), (character) => character.charCodeAt(0));
  return [...new Float64Array(bytes.buffer)];
}
