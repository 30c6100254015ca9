/* Side panel of the photovoltaic view: sums of the chosen roofs, phases, classes, colours, filters, the best roofs. */
(function (G) {
  "use strict";

  const TOP = 8;
  const FOLLOW = ["lang", "view", "year", "classes", "least", "filters", "selected", "undo"];

  function avoided(roofs, sum, year) {
    const phases = roofs.spec.phases;
    if (!phases || phases.co2_kg_kwh === null) return null;
    return (sum.yield_kwh * phases.co2_kg_kwh) / 1000;
  }

  function spread(roofs, sum) {
    const u = roofs.spec.uncertainty;
    if (!u || !(sum.yield_kwh > 0)) return null;
    return (u.z * Math.sqrt(Math.pow(sum.yield_common_kwh, 2) + sum.yield_squares)) / sum.yield_kwh;
  }

  /* What is left out, in words; "" when nothing is. */
  function filterText(roofs, state) {
    const all = roofs.has("building_class") ? roofs.spec.categories.building_class : [];
    const names = hidden => all.filter((_, code) => state.classes.indexOf(code) >= 0 === hidden).map(item => G.pick(item.label)).join(G.t("list_comma"));
    const parts = [];
    if (state.classes.length) parts.push(state.classes.length > all.length / 2 ? G.t("filter_only", { names: names(false) || G.t("filter_none") }) : G.t("filter_without", { names: names(true) }));
    if (state.selected) parts.push(G.t("filter_selected"));
    if (state.least) parts.push(G.t("least_text", { value: G.number(state.least, "kwh") }));
    return parts.concat(G.filterWords(roofs, state.filters)).join(" · ");
  }

  function sums(roofs, state, store) {
    const sum = roofs.totals();
    const part = spread(roofs, sum);
    const energy = { label: G.t("figure_yield"), value: sum.yield_kwh, unit: "kwh" };
    const between = row => (part === null ? row : Object.assign(row, { low: row.value * Math.max(1 - part, 0), high: row.value * (1 + part) }));
    const rows = [
      { label: G.t("figure_roofs"), value: sum.roofs, unit: "roofs" },
      { label: G.t("figure_capacity"), value: sum.capacity_kwp, unit: "kwp" },
      between(energy),
    ];
    const co2 = avoided(roofs, sum, state.year);
    if (co2 !== null) rows.push(between({ label: G.t("figure_avoided"), value: co2, unit: "tco2" }));
    else rows.push({ label: G.t("figure_usable"), value: sum.usable_m2, unit: "m2" });
    if (roofs.has("capex_yuan")) rows.push({ label: G.t("figure_capex"), value: sum.capex_yuan, unit: "yuan" });
    const title = state.year ? G.t("sums_phase", { year: state.year }) : G.t("sums_all");
    const filter = filterText(roofs, state);
    const list = G.el("p", { class: "filter on-screen after" }, [G.el("button", { type: "button", id: "open-list", text: G.t("list_open"), onclick: () => G.openList() })]);
    if (!filter) return [G.block(title, [G.selectionBlock(state), G.figures(rows), list], "lead")];
    const told = (state.classes.length || state.least || G.filterWords(roofs, state.filters).length) && G.el("p", { class: "filter" }, [
      G.el("span", { text: filter }),
      G.el("button", { type: "button", id: "reset", text: G.t("filter_reset"), onclick: () => { store.set({ classes: [], least: 0, filters: [] }); G.clearSelection(); } }),
    ]);
    return [G.block(G.t("sums_part", { whole: title }), [told, G.selectionBlock(state), G.figures(rows), list], "lead")];
  }

  /* The slider stands at "all roofs" or at the end of a year. */
  function slider(roofs, store) {
    const phases = roofs.spec.phases;
    if (!phases) return () => null;
    const stops = phases.years.concat([0]);
    return function (state) {
      const at = stops.indexOf(state.year);
      const names = stops.map(year => (year ? String(year) : G.t("all_roofs")));
      const range = G.el("input", { type: "range", id: "phase", min: 0, max: stops.length - 1, step: 1, "aria-label": G.t("phase_slider"), "aria-valuetext": names[at] });
      range.value = at;
      range.addEventListener("input", () => store.set({ year: stops[+range.value] }));
      range.style.setProperty("--fill", (100 * at) / (stops.length - 1) + "%");
      const marks = names.map((name, i) => G.el("button", { type: "button", class: i === at ? "on" : "", tabindex: -1, "aria-hidden": "true", text: name, onclick: () => store.set({ year: stops[i] }) }));
      return [G.block(G.t("phases"), [G.el("div", { class: "slider" }, [range, G.el("div", { class: "slider-marks" }, marks)]), cover(roofs, state)])];
    };
  }

  /* How much of the township's usable roof is developed, against the share asked of the city. */
  function cover(roofs, state) {
    const sum = roofs.totals();
    const share = sum.available_m2 > 0 ? sum.usable_m2 / sum.available_m2 : 0;
    const aim = filterText(roofs, state) ? 0 : roofs.spec.phases.shares[String(state.year)];
    const text = G.t("cover_text", { share: G.number(100 * share, "pct") }) + (aim ? " " + G.t("cover_aim", { year: state.year, aim: G.number(100 * aim, "pct") }) : "");
    return G.el("div", { class: "cover" }, [
      G.el("div", { class: "cover-track" }, [
        G.el("span", { class: "cover-fill", style: { width: 100 * share + "%" } }),
        aim ? G.el("span", { class: "cover-aim", style: { left: 100 * aim + "%" } }) : null,
      ]),
      G.el("p", { text: text }),
    ]);
  }

  function classes(roofs, store) {
    return function (state) {
      if (!roofs.has("building_class")) return null;
      const all = roofs.spec.categories.building_class;
      const sum = roofs.totals();
      const rows = all.map(function (item, code) {
        const part = sum.byClass[code] || { roofs: 0, capacity_kwp: 0 };
        const off = state.classes.indexOf(code) >= 0, others = all.map((_, c) => c).filter(c => c !== code);
        const alone = !off && state.classes.length === others.length;
        return {
          label: G.pick(item.label), value: part.capacity_kwp, unit: "kwp", color: item.color,
          more: G.number(part.roofs, "roofs"), pressed: !off,
          only: { text: G.t(alone ? "class_all" : "class_only"), on: alone, press: () => store.set({ classes: alone ? [] : others }) },
          press: () => store.set({ classes: off ? state.classes.filter(c => c !== code) : state.classes.concat([code]) }),
        };
      });
      return [G.block(G.t("by_class"), [G.el("p", { class: "hint", text: G.t("by_class_hint") }), G.bars(rows)])];
    };
  }

  function colours(roofs, store) {
    return state => [
      G.block(G.t("colour_by"), [
        G.choices("radio", "measure", roofs.measures.map(m => ({ key: m.key, label: G.pick(m.title) })), key => key === state.measure, key => store.set({ measure: key })),
        G.overlayChoices(store, state),
      ], "on-screen"),
    ];
  }

  /* Month of the measure that goes by month. */
  function month(store) {
    return function (state) {
      if (state.measure !== "month") return null;
      const text = G.t("month_n", { n: state.month });
      const range = G.el("input", { type: "range", id: "month", min: 1, max: 12, step: 1, "aria-label": G.t("month"), "aria-valuetext": text });
      range.value = state.month;
      range.style.setProperty("--fill", (100 * (state.month - 1)) / 11 + "%");
      range.addEventListener("input", () => store.set({ month: +range.value }));
      return [G.block(G.t("month"), [G.el("div", { class: "slider" }, [range]), G.el("p", { class: "hint after", text: text })], "on-screen")];
    };
  }

  function least(roofs, store) {
    const steps = roofs.spec.least_steps;
    if (!steps || steps.length < 2) return () => null;
    return function (state) {
      const at = Math.max(steps.indexOf(state.least), 0);
      const text = steps[at] ? G.t("least_text", { value: G.number(steps[at], "kwh") }) : G.t("least_none");
      const range = G.el("input", { type: "range", id: "least", min: 0, max: steps.length - 1, step: 1, "aria-label": G.t("least"), "aria-valuetext": text });
      range.value = at;
      range.style.setProperty("--fill", (100 * at) / (steps.length - 1) + "%");
      range.addEventListener("input", () => store.set({ least: steps[+range.value] }));
      return [G.block(G.t("least"), [G.el("div", { class: "slider" }, [range]), G.el("p", { class: "hint after", text: text })], "on-screen")];
    };
  }

  function best(roofs) {
    return function () {
      if (!roofs.has("yield_kwh")) return null;
      const rows = roofs.top("yield_kwh", TOP).map(roof => G.el("li", {}, [
        G.el("button", { type: "button", onclick: () => G.openRoof(roof, true) }, [
          G.el("span", { text: roofs.title(roof) }),
          G.el("span", { class: "quiet", text: roofs.has("building_class") ? roofs.category("building_class", roof) : "" }),
          G.el("b", { text: G.number(roofs.value("yield_kwh", roof), "kwh") }),
        ]),
      ]));
      return [G.block(G.t("best_roofs"), [rows.length ? G.el("ol", { class: "best" }, rows) : G.el("p", { class: "hint", text: G.t("nothing_chosen") })], "on-screen")];
    };
  }

  /* Plants beyond roofs and meters of the township, row by row; they are in none of the sums above. */
  function beside(table) {
    const plain = cell => (cell.text ? G.pick(cell.text) : G.number(cell.value, cell.unit));
    const more = cell => (cell.small ? G.pick(cell.small) : "");
    const write = cell => plain(cell) + (plain(cell) && more(cell) ? " (" + more(cell) + ")" : "");
    const rows = table.rows.map(row => G.el("li", {}, [
      G.el("b", { text: write(row[0]) }),
      G.el("span", { class: "quiet", text: row.slice(1).map(write).filter(text => text && text !== "—").join(" · ") }),
    ]));
    return () => [G.block(G.t(table.title), [G.el("ul", { class: "beside" }, rows), table.hint ? G.el("p", { class: "hint", text: G.t(table.hint) }) : null])];
  }

  G.pvPanel = function (store, node, roofs) {
    const draw = [
      [FOLLOW, state => sums(roofs, state, store)],
      [FOLLOW, slider(roofs, store)],
      [["lang", "view", "measure", "overlays"], colours(roofs, store)],
      [["lang", "view", "measure", "month"], month(store)],
      [FOLLOW.concat(["measure", "day", "minute"]), roofs.spec.sun ? G.sunBlock(roofs, store) : () => null],
      [FOLLOW, classes(roofs, store)],
      [["lang", "view", "least"], least(roofs, store)],
    ];
    const place = pair => node.appendChild(G.follow(store, pair[0], G.el("div"), state => (state.view === "pv" ? pair[1](state) : null)));
    draw.forEach(place);
    node.appendChild(G.filterPanel(store, roofs));
    [[FOLLOW, best(roofs)]].concat((G.data.tables || []).map(table => [["lang", "view"], beside(table)])).forEach(place);
    if (roofs.spec.whatif) node.appendChild(G.whatifPanel(store, roofs));
  };
})(Guanghui);
