// The timeline's page: so far a chart of what the kernel gives.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** @type {import("@anywidget/types").Render<{series: number[][]}>} */
function render({ model, el }) {
  const [x = [], ...rest] = model.get("series");
  const chart = new uPlot({ width: 600, height: 200, series: [{}, ...rest.map(() => ({}))] }, [x, ...rest], el);
  return () => chart.destroy();
}

export default { render };
