/* Before and after shade: roofs without shade left of a line, roofs as they are right of it. */
(function (G) {
  "use strict";

  function clip(map, at) {
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint([0, 0]), end = map.containerPointToLayerPoint(size);
    const line = corner.x + (size.x * at) / 100;
    const cut = (left, right) => "rect(" + [corner.y, right, end.y, left].map(v => Math.round(v) + "px").join(",") + ")";
    map.getPane("before").style.clip = cut(corner.x, line);
    map.getPane("roofs").style.clip = cut(line, end.x);
  }

  function tools(store) {
    const range = G.el("input", { type: "range", min: 0, max: 100, step: 1, "data-t-label": "swipe" });
    range.addEventListener("input", () => store.set({ swipe: +range.value }));
    const line = G.el("div", { class: "swipe-line" }, [
      G.el("span", { class: "swipe-left", "data-t": "without_shade" }),
      G.el("span", { class: "swipe-right", "data-t": "with_shade" }),
    ]);
    return { box: G.el("div", { id: "swipe", hidden: true }, [line, range]), line: line, range: range };
  }

  G.followSwipe = function (map, store, roofs, before) {
    const tool = tools(store);
    document.querySelector(".over").appendChild(tool.box);
    G.translate(tool.box);
    function show(state) {
      const on = state.view === "pv" && Boolean(G.measureOf(roofs, state).before) && state.overlays.indexOf("irradiation") < 0;
      tool.box.hidden = !on;
      tool.range.value = state.swipe;
      tool.line.style.left = state.swipe + "%";
      if (on && !map.hasLayer(before)) before.addTo(map);
      if (!on && map.hasLayer(before)) map.removeLayer(before);
      if (on) clip(map, state.swipe);
      else map.getPane("before").style.clip = map.getPane("roofs").style.clip = "";
    }
    store.on(["view", "measure", "overlays", "swipe"], show);
    map.on("move zoomend resize", () => show(store.state));
  };
})(Guanghui);
