/* Layers by name. folium makes them; here they are shown and hidden as the state asks. */
(function (G) {
  "use strict";

  const made = {};

  G.layer = function (key, layer) {
    made[key] = layer;
  };

  G.made = key => made[key];

  function wanted(spec, state) {
    if (spec.view !== "both" && spec.view !== state.view) return false;
    if (spec.role === "raster") return state.raster[state.view] === spec.key;
    if (spec.key === "irradiation" && monthly(state)) return false;
    if (spec.role === "month") return monthly(state) && spec.key === "irradiation_" + state.month;
    if (spec.role === "overlay") return state.overlays.indexOf(spec.key) >= 0;
    return true;
  }

  /* The picture of a month stands in for that of the year when roofs are coloured by month. */
  function monthly(state) {
    return state.measure === "month" && state.overlays.indexOf("irradiation") >= 0 && Boolean(made.irradiation_1);
  }

  /* Layers that are on, bottom first. */
  G.visible = state => G.data.layers.filter(spec => wanted(spec, state));

  G.followLayers = function (map, store) {
    store.on(["view", "raster", "overlays", "measure", "month"], function (state) {
      G.data.layers.forEach(function (spec) {
        const layer = made[spec.key];
        if (!layer) return;
        const on = wanted(spec, state);
        if (on && !map.hasLayer(layer)) layer.addTo(map);
        if (!on && map.hasLayer(layer)) map.removeLayer(layer);
      });
    });
  };

  /* Style a GeoJSON layer by a property through its legend: the property is the place in the legend. */
  G.styleAreas = function (spec) {
    const layer = made[spec.key];
    if (!layer || !spec.style) return;
    layer.setStyle(function (feature) {
      const item = spec.legend && spec.legend.items ? spec.legend.items[feature.properties.place] : null;
      return Object.assign({ interactive: false }, spec.style, item ? { fillColor: item.color, color: item.edge || item.color } : {});
    });
  };
})(Guanghui);
