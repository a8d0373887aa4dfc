// Give a figure of the server its times in the reader's zone: where the pointer is, and in the texts around it. Its axis
// stays in UTC: see ticks.js.
import { textOf, withTimes } from "./zone.js";

// The server's template for a point's time.
const POINT_TIME = "%{x|%m-%d %H:%M:%S}";

export function inZone(figure) {
  if (figure.error) return figure;
  const { meta } = figure.layout;
  const texts = { ...meta, note: withTimes(meta.note), description: withTimes(meta.description) };
  return { data: figure.data.map(withPointTimes), layout: { ...figure.layout, meta: texts } };
}

function withPointTimes(trace) {
  if (!trace.hovertemplate?.includes(POINT_TIME)) return trace;
  return {
    ...trace,
    hovertext: momentsOf(trace.x).map((moment) => textOf(moment).slice(-"01-31 08:00:00".length)),
    hovertemplate: trace.hovertemplate.replace(POINT_TIME, "%{hovertext}"),
  };
}

// Decode the moments of a trace, which are 64-bit floats in plotly's binary form.
function momentsOf({ bdata }) {
  const bytes = Uint8Array.from(atob(bdata), (character) => character.charCodeAt(0));
  return [...new Float64Array(bytes.buffer)];
}
