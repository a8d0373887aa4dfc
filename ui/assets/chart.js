// Draw the figure in `value` with Plotly, and keep the plot (and its zoom) when the figure changes.
const plot = element.querySelector(".chart");

function themed(layout) {
  const style = getComputedStyle(element);
  const text = style.getPropertyValue("--body-text-color");
  const axis = {
    gridcolor: style.getPropertyValue("--border-color-primary"),
    linecolor: style.getPropertyValue("--border-color-primary"),
    zeroline: false,
    automargin: true,
  };
  return {
    ...layout,
    font: { color: text, family: style.fontFamily },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: { ...layout.xaxis, ...axis, tickangle: 0, nticks: Math.max(2, Math.floor(plot.clientWidth / 110)) },
    yaxis: { ...layout.yaxis, ...axis },
  };
}

const config = {
  displaylogo: false,
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]], // none that talks to another server
};

function draw() {
  if (!props.value || !window.Plotly || !plot.clientWidth) return;
  const figure = JSON.parse(props.value);
  plot.setAttribute("aria-label", figure.layout.meta.description);
  Plotly.react(plot, figure.data, themed(figure.layout), config);
}

watch("value", draw);
new ResizeObserver(draw).observe(plot); // a tab that becomes visible gets its width only then
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
draw();
