/* Side panel of the carbon view: stock and sink, pools, land, which raster is shown, wetlands. */
(function (G) {
  "use strict";

  function lead(sink) {
    if (!sink.figures.length) return null;
    const rows = sink.figures.map(row => ({
      label: G.t(row.word), value: row.value, unit: row.unit, low: row.low, high: row.high,
      more: row.more ? G.t(row.more.word, { value: row.more.unit ? G.number(row.more.value, row.more.unit) : "" }) : "",
    }));
    const trust = sink.trust ? G.el("p", { class: "hint", text: G.t("trust_weight", { stock: G.number(sink.trust.stock, "pct"), sink: G.number(sink.trust.sink, "pct") }) }) : null;
    return [G.block(G.t("sums_sink"), [G.figures(rows), G.el("p", { class: "hint", text: G.t("never_added") }), trust], "lead")];
  }

  function stack(rows) {
    const whole = rows.reduce((sum, row) => sum + row.value, 0);
    return G.el("div", { class: "stack", "aria-hidden": "true" }, rows.map(row => G.el("span", { style: { width: (100 * row.value) / whole + "%", background: row.color } })));
  }

  function shares(title, rows, hint) {
    const whole = rows.reduce((sum, row) => sum + row.value, 0);
    if (!(whole > 0)) return null;
    const named = rows.map(row => ({
      label: G.pick(row.label), value: row.value, unit: row.unit, color: row.color,
      more: row.area_ha !== undefined ? G.number(row.area_ha, "ha") : G.number((100 * row.value) / whole, "pct"),
    }));
    return G.block(title, [hint ? G.el("p", { class: "hint", text: hint }) : null, stack(rows), G.bars(named)]);
  }

  function layers(store, state) {
    const rasters = G.data.layers.filter(spec => spec.view === "sink" && spec.role === "raster");
    const items = rasters.map(spec => ({ key: spec.key, label: G.pick(spec.title) }));
    if (items.length) items.push({ key: "none", label: G.t("raster_none") });
    return [
      G.block(G.t("map_layers"), [
        items.length ? G.choices("radio", "raster", items, key => key === state.raster.sink, key => store.set({ raster: Object.assign({}, state.raster, { sink: key }) })) : null,
        G.overlayChoices(store, state),
      ], "on-screen"),
    ];
  }

  function wetlands(sink, map) {
    if (!sink.wetlands.length) return null;
    const rows = sink.wetlands.map((row, i) => G.el("li", {}, [
      G.el("button", { type: "button", onclick: () => { const b = G.areaBounds(G.made("wetlands"), i); if (b) map.fitBounds(b, { maxZoom: 16, animate: false, padding: [40, 40] }); } }, [
        G.el("i", { class: "swatch", style: { background: row.color } }),
        G.el("span", { text: G.pick(row.name) || G.pick(row.kind) }),
        G.el("span", { class: "quiet", text: G.pick(row.kind) }),
        G.el("b", { text: G.number(row.area_ha, "ha") }),
      ]),
    ]));
    return [G.block(G.t("wetlands"), [G.el("ol", { class: "best" }, rows)])];
  }

  function change(sink) {
    if (!sink.change) return null;
    const rows = sink.change.rows.map(row => ({ label: G.t("became", { before: G.pick(row.before), after: G.pick(row.after) }), value: row.area_ha, unit: "ha", color: row.color }));
    return [G.block(G.t("change_title", { years: sink.change.years }), [rows.length ? G.bars(rows) : G.el("p", { class: "hint", text: G.t("change_none") })])];
  }

  function potential(sink) {
    if (!sink.potential) return null;
    const rows = [{ label: G.t("potential_area"), value: sink.potential.eligible_ha, unit: "ha", more: G.number(sink.potential.eligible_ha, "other_area") }]
      .concat(sink.potential.gains.map(gain => ({ label: G.t("potential_gain", { year: gain.year }), value: gain.value, unit: "tco2" })));
    return [G.block(G.t("potential_title"), [G.figures(rows), G.el("p", { class: "hint after", text: G.t("estimate") })])];
  }

  G.sinkPanel = function (store, node, sink, map) {
    const draw = [
      [["lang", "view"], () => lead(sink)],
      [["lang", "view", "raster", "overlays"], state => layers(store, state)],
      [["lang", "view"], () => [shares(G.t("by_pool"), sink.pools)]],
      [["lang", "view"], () => [shares(G.t("by_land"), sink.groups)]],
      [["lang", "view"], () => change(sink)],
      [["lang", "view"], () => potential(sink)],
      [["lang", "view"], () => wetlands(sink, map)],
    ];
    draw.forEach(pair => node.appendChild(G.follow(store, pair[0], G.el("div"), state => (state.view === "sink" ? pair[1](state) : null))));
  };
})(Guanghui);
