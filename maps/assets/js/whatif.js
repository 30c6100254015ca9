/* What if: other modules, prices and self-use; the figures of the chosen roofs and of the card follow the hand. */
(function (G) {
  "use strict";

  const PERCENT = [-50, 50, 5];
  const CONTROLS = [
    { key: "module", unit: "w", limits: spec => [spec.module_w - 150, spec.module_w + 250, 5], usual: spec => spec.module_w },
    { key: "capex", unit: "pct", limits: () => PERCENT, usual: () => 0 },
    { key: "retail", unit: "pct", limits: () => PERCENT, usual: () => 0 },
    { key: "feed_in", unit: "pct", limits: () => PERCENT, usual: () => 0 },
    { key: "self_use", unit: "pct", limits: () => [-5, 100, 5], usual: () => -5 },
  ];
  const FIGURES = [
    ["figure_capacity", "capacity_kwp", "kwp"], ["figure_yield", "yield_kwh", "kwh"], ["figure_capex", "capex_yuan", "yuan"],
    ["field_lcoe_yuan_kwh", "lcoe_yuan_kwh", "yuan_kwh"], ["field_npv_yuan", "npv_yuan", "yuan"], ["field_irr", "irr", "pct"],
    ["field_payback_years", "payback_years", "years"],
  ];

  /* Factors on the values of the study; whatif: control -> where it stands, only those that were moved. */
  G.whatifChange = function (spec, whatif) {
    const at = (key, usual) => (key in whatif ? whatif[key] : usual);
    const factor = key => 1 + at(key, 0) / 100;
    return {
      module: at("module", spec.module_w) / spec.module_w, capex: factor("capex"), retail: factor("retail"), feed_in: factor("feed_in"),
      self_use: at("self_use", -1) < 0 ? null : at("self_use", 0) / 100,
    };
  };

  function figures(found) {
    return FIGURES.map(row => ({ label: G.t(row[0]), value: row[1] === "irr" ? 100 * found.irr : found[row[1]], unit: row[2] }));
  }

  function saying(control, spec, value) {
    if (control.key === "module") return G.number(value, "w");
    if (control.key === "self_use") return value < 0 ? G.t("whatif_as_study") : G.number(value, "pct");
    return value ? (value > 0 ? "+" : "−") + G.number(Math.abs(value), "pct") : G.t("whatif_as_study");
  }

  function slider(control, spec, whatif, store) {
    const limits = control.limits(spec), usual = control.usual(spec), value = control.key in whatif ? whatif[control.key] : usual;
    const range = G.el("input", { type: "range", id: "whatif-" + control.key, min: limits[0], max: limits[1], step: limits[2], "aria-label": G.t("whatif_" + control.key), "aria-valuetext": saying(control, spec, value) });
    range.value = value;
    range.style.setProperty("--fill", (100 * (value - limits[0])) / (limits[1] - limits[0]) + "%");
    range.addEventListener("input", function () {
      const moved = Object.assign({}, store.state.whatif, { [control.key]: +range.value });
      if (Math.abs(moved[control.key] - usual) < limits[2] / 2) delete moved[control.key];
      store.set({ whatif: moved });
    });
    return G.el("div", { class: "slider whatif" }, [
      G.el("p", {}, [G.el("span", { text: G.t("whatif_" + control.key) }), G.el("b", { text: saying(control, spec, value) })]),
      range,
    ]);
  }

  /* One block a control, so that the one a hand is on is never taken out, then the figures. */
  G.whatifPanel = function (store, roofs) {
    const spec = roofs.spec.whatif;
    const follow = ["lang", "view", "year", "classes", "least", "filters", "selected", "whatif"];
    const head = state => [G.el("h2", { text: G.t("whatif") }), G.el("p", { class: "hint", text: G.t("whatif_hint") })];
    const parts = [[["lang", "view"], head]];
    CONTROLS.forEach(control => parts.push([["lang", "view", "whatif"], state => [slider(control, spec, state.whatif, store)]]));
    parts.push([follow, function (state) {
      const moved = Object.keys(state.whatif).length > 0;
      return [
        G.figures(figures(G.appraiseChosen(roofs, G.whatifChange(spec, state.whatif)))),
        moved ? G.el("p", { class: "filter after" }, [G.el("button", { type: "button", id: "whatif-back", text: G.t("whatif_back"), onclick: () => store.set({ whatif: {} }) })]) : null,
      ];
    }]);
    const node = G.el("section", { class: "block on-screen", id: "whatif" });
    parts.forEach(pair => node.appendChild(G.follow(store, pair[0], G.el("div"), state => (state.view === "pv" ? pair[1](state) : null))));
    store.on(["view"], state => (node.hidden = state.view !== "pv"));
    return node;
  };

  /* Money of one roof, for its card. */
  G.whatifCard = function (roofs, roof, state) {
    const spec = roofs.spec.whatif;
    if (!spec || !(roofs.columns.capex_yuan[roof] > 0)) return null;
    const found = G.appraise(spec, [G.invested(roofs, roof, true)], G.whatifChange(spec, state.whatif));
    const moved = Object.keys(state.whatif).length > 0, rows = figures(found).slice(moved ? 0 : 4, moved ? 7 : 6);
    return G.el("section", { class: "card-money" }, [
      moved ? G.el("h3", { text: G.t("whatif") }) : null,
      G.el("dl", {}, rows.reduce((all, row) => all.concat([G.el("dt", { text: row.label }), G.el("dd", { text: G.number(row.value, row.unit) })]), [])),
    ]);
  };

  /* State of the address: "module:600,capex:-10". */
  G.whatifText = whatif => Object.keys(whatif).map(key => key + ":" + whatif[key]).join(",");
  G.whatifAsked = function (text, spec) {
    const found = {};
    (text || "").split(",").forEach(function (part) {
      const pair = part.split(":"), control = CONTROLS.filter(one => one.key === pair[0])[0], value = parseFloat(pair[1]);
      if (!spec || !control || !isFinite(value)) return;
      const limits = control.limits(spec);
      if (value >= limits[0] && value <= limits[1]) found[control.key] = value;
    });
    return found;
  };
})(Guanghui);
