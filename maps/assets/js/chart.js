/* Line charts by year, drawn as SVG: series with their intervals, round ticks, a reading under the pointer. */
(function (G) {
  "use strict";

  const TALL = 190, LEFT = 54, RIGHT = 14, TOP = 12, BOTTOM = 24;
  const WIDE = window.innerWidth < 760 ? 340 : 640;
  const STEPS = [1, 2, 2.5, 5, 10];

  function known(values) {
    return (values || []).filter(value => value !== null);
  }

  /* Round ticks from zero, or from below where values are negative. */
  function ticks(low, high) {
    const span = high - low || 1;
    const power = Math.pow(10, Math.floor(Math.log10(span / 4)));
    const step = STEPS.filter(s => span / (s * power) <= 4.5)[0] * power;
    const out = [];
    for (let at = Math.floor(low / step); at * step < high + step * 0.999; at++) out.push(at * step);
    return out;
  }

  function yearTicks(years) {
    const span = years[years.length - 1] - years[0];
    const step = [1, 2, 5, 10, 20, 50].filter(s => span / s <= WIDE / 70)[0] || 100;
    const round = years.filter(year => year % step === 0);
    return round.length > 1 ? round : years;
  }

  function places(chart) {
    const values = chart.series.reduce((all, one) => all.concat(known(one.values), known(one.low), known(one.high)), [0]);
    const marks = ticks(Math.min.apply(null, values), Math.max.apply(null, values));
    const low = marks[0], high = marks[marks.length - 1];
    const first = chart.years[0], last = chart.years[chart.years.length - 1];
    return {
      marks: marks,
      x: year => LEFT + ((WIDE - LEFT - RIGHT) * (year - first)) / (last - first || 1),
      y: value => TALL - BOTTOM - ((TALL - TOP - BOTTOM) * (value - low)) / (high - low || 1),
    };
  }

  /* Points of a line, broken where there is no figure: [[[x, y], …], …]. */
  function pieces(chart, values, at) {
    const out = [[]];
    values.forEach(function (value, i) {
      if (value === null) out.push([]);
      else out[out.length - 1].push([at.x(chart.years[i]), at.y(value)]);
    });
    return out.filter(piece => piece.length);
  }

  const path = points => points.map((p, i) => (i ? "L" : "M") + p[0].toFixed(1) + " " + p[1].toFixed(1)).join("");

  function drawn(chart, one, at) {
    const out = [];
    if (one.low) {
      const lows = pieces(chart, one.low, at), highs = pieces(chart, one.high, at);
      lows.forEach(function (low, i) {
        if (highs[i]) out.push(G.svg("path", { class: "band", d: path(highs[i].concat(low.slice().reverse())) + "Z", fill: one.color }));
      });
    }
    pieces(chart, one.values, at).forEach(function (points) {
      if (points.length > 1) out.push(G.svg("path", { class: "line", d: path(points), stroke: one.color, "stroke-dasharray": one.dashes || null }));
      if (points.length === 1 || points.length < 9) points.forEach(p => out.push(G.svg("circle", { cx: p[0].toFixed(1), cy: p[1].toFixed(1), r: 3, fill: one.color })));
    });
    return out;
  }

  function axes(chart, at, scale) {
    const rows = at.marks.map(mark => G.svg("g", {}, [
      G.svg("line", { class: mark === 0 ? "zero" : "grid", x1: LEFT, x2: WIDE - RIGHT, y1: at.y(mark), y2: at.y(mark) }),
      G.svg("text", { x: LEFT - 8, y: at.y(mark) + 4, "text-anchor": "end" }, [scale.tick(mark)]),
    ]));
    const shown = yearTicks(chart.years);
    return rows.concat(shown.map((year, i) => G.svg("text", { x: at.x(year), y: TALL - 6, "text-anchor": i === shown.length - 1 ? "end" : "middle" }, [String(year)])));
  }

  function key(chart) {
    return G.el("ul", { class: "chart-key" }, chart.series.map(one => G.el("li", {}, [
      G.svg("svg", { viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true" }, [G.svg("line", { x1: 0, x2: 26, y1: 4, y2: 4, stroke: one.color, "stroke-width": 2.6, "stroke-dasharray": one.dashes || null })]),
      G.el("span", { text: one.label + (one.low ? " " + G.t("with_interval") : "") }),
    ])));
  }

  function reading(chart, scale, i) {
    const parts = chart.series.map(one => (one.values[i] === null ? "" : one.label + " " + scale.text(one.values[i]) + (one.low && one.low[i] !== null && one.high[i] !== null ? " (" + scale.text(one.low[i]) + "–" + scale.text(one.high[i]) + ")" : "")));
    return [String(chart.years[i])].concat(parts.filter(Boolean)).join("  ·  ");
  }

  function follow(chart, at, scale, svg, note) {
    const rule = G.svg("line", { class: "rule", y1: TOP, y2: TALL - BOTTOM, visibility: "hidden" });
    svg.appendChild(rule);
    svg.addEventListener("mousemove", function (event) {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) * WIDE) / box.width;
      let best = 0;
      chart.years.forEach((year, i) => { if (Math.abs(at.x(year) - x) < Math.abs(at.x(chart.years[best]) - x)) best = i; });
      rule.setAttribute("x1", at.x(chart.years[best]));
      rule.setAttribute("x2", at.x(chart.years[best]));
      rule.setAttribute("visibility", "visible");
      note.textContent = reading(chart, scale, best);
    });
    svg.addEventListener("mouseleave", function () {
      rule.setAttribute("visibility", "hidden");
      note.textContent = "";
    });
  }

  /* {title, years, series: [{label, color, dashes, values, low, high}], unit}. */
  G.lineChart = function (chart) {
    const at = places(chart), scale = G.column(at.marks, chart.unit);
    const title = chart.title + (scale.unit ? G.t("in_unit", { unit: scale.unit }) : "");
    const drawings = chart.series.reduce((all, one) => all.concat(drawn(chart, one, at)), []);
    const svg = G.svg("svg", { viewBox: "0 0 " + WIDE + " " + TALL, role: "img", "aria-label": title }, axes(chart, at, scale).concat(drawings));
    const note = G.el("p", { class: "chart-note" });
    follow(chart, at, scale, svg, note);
    return G.el("figure", { class: "chart" }, [G.el("figcaption", { text: title }), key(chart), svg, note]);
  };
})(Guanghui);
