/* Roofs on the map: colours of the measure, before and after shade, what the pointer finds, the legend. */
(function (G) {
  "use strict";

  const REACH_PX = 5;

  G.measureOf = (roofs, state) => roofs.measures.filter(measure => measure.key === state.measure)[0];

  /* Column that a measure colours: that of the chosen month or hour, or always the same one. */
  function columnOf(measure, state) {
    if (measure.key === "sun") return "sun_" + state.day + "_" + state.minute;
    return measure.key === "month" ? "monthly_" + state.month : measure.column;
  }

  function colorsOf(legend) {
    return legend.type === "ramp" ? legend.colors : legend.items.map(item => item.color);
  }

  function titleOf(measure, state) {
    if (measure.key === "shade") return G.t("shade_title");
    return measure.key === "month" ? G.t("month_title", { month: G.t("month_n", { n: state.month }) }) : G.pick(measure.title);
  }

  G.showRoofs = function (map, store, roofs) {
    const layer = new G.RoofLayer(roofs.outlines);
    const before = new G.RoofLayer(roofs.outlines, { pane: "before" });
    G.layer("roofs", layer);
    store.on(["view", "year", "classes", "least", "filters", "selected", "measure", "month", "day", "minute", "overlays"], function (state) {
      roofs.choose(state);
      if (state.view !== "pv") return;
      const measure = G.measureOf(roofs, state), colors = colorsOf(measure.legend);
      layer.setHollow(state.overlays.indexOf("irradiation") >= 0);
      layer.recolor(roofs.paint(columnOf(measure, state), measure.legend), colors);
      if (measure.before) before.recolor(roofs.paint(measure.before, measure.legend), colors);
    });
    if (roofs.measures.some(measure => measure.before)) G.followSwipe(map, store, roofs, before);
  };

  function roofLines(roofs, state, roof, point) {
    const measure = G.measureOf(roofs, state);
    const value = roofs.value(columnOf(measure, state), roof);
    const legend = measure.legend;
    const text = legend.type === "ramp" ? G.number(value, legend.unit) : legend.items[value] ? G.pick(legend.items[value].label) : "—";
    const lines = [roofs.title(roof), titleOf(measure, state) + "  " + text];
    if (measure.before) lines.push(G.t("without_shade") + "  " + G.number(roofs.value(measure.before, roof), legend.unit));
    return lines.concat(readings(state, point));
  }

  /* What the pictures that are on say at a point. */
  function readings(state, point) {
    return G.visible(state).filter(spec => spec.legend && spec.key !== "wetlands").map(function (spec) {
      const text = G.readPicture(spec, point);
      return text && G.pick(spec.title) + "  " + text;
    }).filter(Boolean);
  }

  function wetlandLine(sink, point) {
    const row = G.areaAt(G.made("wetlands"), point);
    return row < 0 ? "" : [G.pick(sink.wetlands[row].name), G.pick(sink.wetlands[row].kind)].filter(Boolean).join(" · ");
  }

  G.finder = function (map, store, roofs, sink) {
    return function (point) {
      const state = store.state;
      if (state.tool === "ruler") return null;
      const at = L.CRS.EPSG3857.project(point);
      const roof = roofs && state.view === "pv" ? roofs.outlines.at(at.x, at.y, REACH_PX * G.metresPerPx(map), i => (state.tool ? roofs.pass : roofs.chosen)[i] === 1) : -1;
      if (roof >= 0) return { lines: roofLines(roofs, state, roof, point), open: () => (state.tool ? G.toggleRoof(roof) : G.openRoof(roof, false)) };
      const wet = G.visible(state).some(spec => spec.key === "wetlands") ? wetlandLine(sink, point) : "";
      const lines = (wet ? [wet] : []).concat(readings(state, point));
      return lines.length ? { lines: lines, open: null } : null;
    };
  };

  G.legendBlocks = function (roofs) {
    return function (state) {
      const blocks = [];
      if (roofs && state.view === "pv" && state.overlays.indexOf("irradiation") < 0) {
        const measure = G.measureOf(roofs, state);
        blocks.push({ title: titleOf(measure, state), legend: measure.legend });
      }
      G.visible(state).forEach(spec => blocks.push({ title: G.pick(spec.title), legend: spec.legend }));
      return blocks;
    };
  };
})(Guanghui);
