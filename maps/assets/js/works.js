/* Forest and restoration works. */
(function (G) {
  "use strict";

  const HERO = "#1f6b4a";

  function head(text, unit) {
    return G.el("th", { scope: "col" }, [text, unit ? G.el("small", { text: unit }) : null]);
  }

  function scroll(label, table) {
    return G.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, [table]);
  }

  function sheet(title, children, className) {
    return G.el("section", { class: "sheet " + (className || "") }, [G.el("h2", { text: title })].concat(children));
  }

  function tile(label, value, unit, more) {
    const parts = G.parts(value, unit);
    return G.el("div", { style: { "--tone": HERO } }, [
      G.el("dt", { text: label }),
      G.el("dd", {}, [G.el("b", { text: parts.number }), parts.unit ? G.el("span", { text: parts.unit }) : null]),
      more ? G.el("dd", { class: "more interval" }, [].concat(more)) : null,
    ]);
  }

  const whole = () => G.data.rows[G.data.rows.length - 1];

  function hero() {
    const data = G.data, total = whole(), out = [];
    if (data.forest) out.push(tile(G.t("forest_now"), data.forest.forest_ha, "ha", data.forest.forest_cover_pct === undefined ? "" : G.t("figure_cover", { value: G.number(data.forest.forest_cover_pct, "pct") })));
    if (data.forest && data.forest.stock_doubtful_pct !== undefined) out.push(tile(G.t("trust_title"), data.forest.stock_doubtful_pct, "pct", G.t("trust_sink", { sink: G.number(data.forest.sink_doubtful_pct, "pct") })));
    const sum = data.growth && data.growth.lines.filter(line => line.key === "total")[0];
    if (sum) sum.at.forEach((one, i) => out.push(tile(G.t("forecast_by", { year: data.growth.wanted[i] }), one.values, "tc", one.low === null ? "" : G.interval(G.range(one.low, one.high, "tc", one.values)))));
    if (total.plant_ha !== undefined) out.push(tile(G.t("plant_ha"), total.plant_ha, "ha", G.number(total.plant_ha, "other_area")));
    (total.gains || []).forEach((gain, i) => out.push(tile(G.t("gain_all_by", { year: data.planting_years[i] }), gain.value, "tc", gain.low === null ? "" : G.interval(G.range(gain.low, gain.high, "tc", gain.value)))));
    if (data.credits.length) {
      const credit = data.credits[0];
      out.push(tile(G.t("credit_land"), credit.eligible_ha, "ha", G.number(credit.credit, "tco2") + G.t("per_year")));
    }
    return out.length ? out : [G.el("div", {}, [G.el("dt", { text: G.t("nothing_known") })])];
  }

  function choices(store) {
    return state => [G.overlayChoices(store, state)];
  }

  /* Cell of a figure with its interval [t C], in the unit of its column. */
  function amount(one, scale) {
    return G.el("td", {}, [G.el("b", { text: scale.text(one.value) }), one.low === null ? null : G.el("small", { text: scale.range(one.low, one.high) })]);
  }

  const scalesOf = rows => rows[0].map((_, i) => G.column(rows.map(row => row[i].value), "tc"));

  function growthTable(growth) {
    const rows = growth.lines.map(line => line.at.map(one => ({ value: one.values, low: one.low, high: one.high })));
    const scales = scalesOf(rows);
    const heads = [head(G.t("line"), "")].concat(growth.wanted.map((year, i) => head(String(year), scales[i].unit)));
    const lines = growth.lines.map((line, at) => G.el("tr", { class: line.key === "total" ? "sum" : "" }, [
      G.el("th", { scope: "row", text: G.t("line_" + line.key) }),
    ].concat(rows[at].map((one, i) => amount(one, scales[i])))));
    return scroll(G.t("growth_table"), G.el("table", { class: "plain" }, [G.el("thead", {}, [G.el("tr", {}, heads)]), G.el("tbody", {}, lines)]));
  }

  function growthSheet() {
    const growth = G.data.growth;
    if (!growth) return null;
    const series = growth.series.map(one => Object.assign({ label: G.t("line_" + one.key) }, one));
    return sheet(G.t("growth_title"), [
      G.lineChart({ title: G.t("growth_chart", { year: growth.years[0] }), years: growth.years, series: series, unit: "tc" }),
      G.el("h3", {}, [G.t("growth_table"), G.el("small", { text: G.t("in_brackets_interval") })]),
      growthTable(growth),
    ]);
  }

  function ledgerSheet() {
    const ledger = G.data.ledger;
    if (!ledger) return null;
    const scale = G.column(ledger.lines.reduce((all, line) => all.concat(line.values), []), "tc");
    const heads = [head(G.t("line"), scale.unit)].concat(ledger.years.map(year => head(String(year))));
    const lines = ledger.lines.map(line => G.el("tr", {}, [G.el("th", { scope: "row", text: G.t("ledger_" + line.key) })].concat(line.values.map(value => G.el("td", { text: scale.text(value) })))));
    return sheet(G.t("ledger_title"), [
      scroll(G.t("ledger_title"), G.el("table", { class: "plain" }, [G.el("thead", {}, [G.el("tr", {}, heads)]), G.el("tbody", {}, lines)])),
      G.el("p", { class: "hint", text: G.t("ledger_hint") }),
    ]);
  }

  function worksSheet() {
    const works = G.data.works;
    if (!works.length) return sheet(G.t("works_title"), [G.el("p", { class: "hint", text: G.t("works_none") })]);
    const years = works[0].expected.map(one => one.year);
    const scales = scalesOf(works.map(work => work.expected));
    const when = work => (work.first === work.last ? work.first : work.first + "–" + work.last);
    const beside = works.filter(work => !work.counted);
    const gases = beside.map(work => {
      const last = work.gases[work.gases.length - 1];
      return G.el("p", { class: "warn", text: G.t("works_beside", { work: G.t(work.word), place: G.pick(work.place) + " " + when(work), year: last.year, gases: G.number(last.value, "tco2e") }) });
    });
    const lines = works.map(work => G.el("tr", {}, [
      G.el("th", { scope: "row" }, [G.t(work.word), G.el("small", { text: G.pick(work.place) + "  " + when(work) })]),
      G.el("td", {}, [G.el("b", { text: G.number(work.area_ha, "ha") }), G.el("small", { text: G.number(work.area_ha, "other_area") })]),
    ].concat(work.expected.map((one, i) => amount(one, scales[i])))));
    const heads = [head(G.t("line")), head(G.t("works_area"))].concat(years.map((year, i) => head(G.t("gain_by", { year: year }), scales[i].unit)));
    return sheet(G.t("works_title"), [
      scroll(G.t("works_title"), G.el("table", { class: "plain" }, [G.el("thead", {}, [G.el("tr", {}, heads)]), G.el("tbody", {}, lines)])),
    ].concat(gases));
  }

  function rules(rows, inside, color) {
    const all = rows.concat([{ label: G.data.words.rule_inside, area_ha: inside }]);
    return G.bars(all.map(row => ({ label: G.pick(row.label), value: row.area_ha, unit: "ha", color: color })));
  }

  function creditSheet(credit) {
    return sheet(G.t("credit_title", { number: credit.methodology }), [
      G.el("p", { class: "warn", text: G.t("credit_estimate") }),
      G.figures([
        { label: G.t("credit_ha"), value: credit.eligible_ha, unit: "ha", more: G.number(credit.eligible_ha, "other_area") },
        { label: G.t("credit_yearly"), value: credit.credit, unit: "tco2", low: credit.low, high: credit.high },
      ]),
      G.el("h3", { text: G.t("rules_title") }),
      rules(credit.rules, credit.eligible_ha, "#7a3fa0"),
    ]);
  }

  function plantSheet() {
    const rows = G.data.planting_rules;
    return rows.length ? sheet(G.t("plant_title"), [G.el("p", { class: "warn", text: G.t("estimate") }), G.el("h3", { text: G.t("rules_title") }), rules(rows, whole().plant_ha, "#d29a00")]) : null;
  }

  function shade(value, most) {
    return value > 0 && most > 0 ? "rgba(194, 97, 26, " + (0.08 + 0.5 * Math.sqrt(value / most)).toFixed(3) + ")" : "";
  }

  function matrixSheet() {
    const change = G.data.change;
    if (!change) return null;
    const moved = change.area_ha.map((row, i) => row.filter((_, j) => i !== j));
    const most = Math.max.apply(null, moved.reduce((all, row) => all.concat(row), [0]));
    const named = group => [G.el("i", { class: "swatch", style: { background: group.color } }), " ", G.pick(group.label)];
    const scale = G.column(change.area_ha.reduce((all, row) => all.concat(row), []), "ha");
    const lines = change.groups.map((group, i) => G.el("tr", {}, [G.el("th", { scope: "row" }, named(group))].concat(change.area_ha[i].map((value, j) => G.el("td", { class: i === j ? "same" : "", style: { background: i === j ? "" : shade(value, most) }, text: value > 0 ? scale.text(value) : "·" })))));
    const border = G.column([change.border_ha || 0], "ha");
    const title = G.t("matrix_title", { years: change.years, unit: scale.unit });
    return sheet(title, [
      scroll(title, G.el("table", { class: "plain matrix" }, [
        G.el("thead", {}, [G.el("tr", {}, [G.el("td")].concat(change.groups.map(group => G.el("th", { scope: "col" }, named(group)))))]),
        G.el("tbody", {}, lines),
      ])),
      G.el("p", { class: "hint", text: G.t("matrix_hint") }),
      change.border_ha > 0 ? G.el("p", { class: "hint", text: G.t("matrix_border", { area: border.text(change.border_ha), unit: border.unit }) }) : null,
    ], "wide-sheet");
  }

  /* Areas a land survey states beside those of its polygons. */
  function surveySheet() {
    const rows = G.data.survey;
    if (!rows) return null;
    const keys = ["stated", "mapped", "difference"];
    const scales = keys.map(key => G.column(rows.map(row => row[key]), "ha"));
    const line = row => G.el("tr", {}, [G.el("th", { scope: "row", text: row.code + " " + G.pick(row.label) })].concat(keys.map((key, i) => G.el("td", { text: scales[i].text(row[key]) }))));
    const title = G.t("survey_title");
    return sheet(title, [
      scroll(title, G.el("table", { class: "plain" }, [
        G.el("thead", {}, [G.el("tr", {}, [head(G.t("survey_code"))].concat(keys.map((key, i) => head(G.t("survey_" + key), scales[i].unit))))]),
        G.el("tbody", {}, rows.slice(0, -1).map(line)),
        G.el("tfoot", {}, [line(rows[rows.length - 1])]),
      ])),
      G.el("p", { class: "hint", text: G.t("survey_hint") }),
    ]);
  }

  /* Where one more field plot narrows the range of the stock most. */
  function plotSheet() {
    const plots = G.data.plots;
    if (!plots) return null;
    const keys = [["area_ha", "ha"], ["part", "pct"], ["one", "tc"], ["ten", "tc"]];
    const scales = keys.map(key => G.column(plots.rows.map(row => row[key[0]]), key[1]));
    const line = row => G.el("tr", {}, [
      G.el("th", { scope: "row" }, [G.pick(row.land) + " · " + G.pick(row.pool), G.el("small", { text: G.pick(row.place) })]),
    ].concat(keys.map((key, i) => G.el("td", { text: scales[i].text(row[key[0]]) + (key[0] === "one" && !row.known ? " *" : "") }))));
    const title = G.t("plots_title");
    return sheet(title, [
      G.el("p", { text: G.t("plots_now", { value: G.number(plots.now, "tc") }) }),
      scroll(title, G.el("table", { class: "plain" }, [
        G.el("thead", {}, [G.el("tr", {}, [head(G.t("plots_what"))].concat(keys.map((key, i) => head(G.t("plots_" + key[0]), scales[i].unit))))]),
        G.el("tbody", {}, plots.rows.map(line)),
      ])),
      G.el("p", { class: "hint", text: G.t("plots_hint") }),
    ]);
  }

  function columns() {
    const data = G.data, out = [], total = whole();
    if (total.plant_ha !== undefined) {
      out.push({ label: G.t("plant_ha"), unit: "ha", of: row => row.plant_ha });
      data.planting_years.forEach((year, i) => out.push({ label: G.t("gain_all_by", { year: year }), unit: "tc", of: row => (row.gains ? row.gains[i].value : undefined), range: row => (row.gains && row.gains[i].low !== null ? [row.gains[i].low, row.gains[i].high] : null) }));
    }
    if (total.credit_ha !== undefined) {
      out.push({ label: G.t("credit_ha"), unit: "ha", of: row => row.credit_ha });
      out.push({ label: G.t("credit_year"), unit: "tco2", of: row => row.credit });
    }
    return out;
  }

  function townships(map) {
    return function () {
      const shown = columns();
      if (!shown.length) return null;
      const rows = G.data.rows;
      const scales = shown.map(column => G.column(rows.map(row => column.of(row)).filter(value => value !== undefined), column.unit));
      const cells = row => shown.map((column, i) => {
        const value = column.of(row), range = column.range && column.range(row);
        return G.el("td", {}, [value === undefined ? "—" : scales[i].text(value), range ? G.el("small", { text: scales[i].range(range[0], range[1]) }) : null]);
      });
      const name = row => (row.at ? G.el("button", { type: "button", class: "link", text: G.pick(row.name), onclick: () => show(map, row) }) : G.pick(row.name));
      const line = row => G.el("tr", {}, [G.el("th", { scope: "row" }, [name(row)])].concat(cells(row)));
      return [
        G.el("h2", { text: G.t("by_township") }),
        scroll(G.t("by_township"), G.el("table", { class: "plain" }, [
          G.el("thead", {}, [G.el("tr", {}, [head(G.t("township"))].concat(shown.map((column, i) => head(column.label, scales[i].unit))))]),
          G.el("tbody", {}, rows.slice(0, -1).map(line)),
          G.el("tfoot", {}, [line(rows[rows.length - 1])]),
        ])),
        G.el("p", { class: "hint", text: G.t("gain_hint") + "  ·  " + G.t("estimate") }),
      ];
    };
  }

  function show(map, row) {
    const at = G.data.rows.indexOf(row), bounds = G.areaBounds(G.made("townships"), at);
    if (bounds) map.fitBounds(bounds, { animate: false, padding: [24, 24] });
    document.querySelector(".map-sheet").scrollIntoView({ block: "nearest" });
  }

  function readings(state, point) {
    const row = G.areaAt(G.made("townships"), point);
    const lines = G.visible(state).filter(spec => spec.legend).map(spec => G.readPicture(spec, point)).filter(Boolean);
    return row < 0 ? null : { lines: [G.pick(G.data.rows[row].name)].concat(lines), open: null };
  }

  function followHead(store) {
    const page = G.data.page;
    store.on(["lang"], function () {
      G.id("place").textContent = G.pick(page.city);
      G.id("place-second").textContent = G.second(page.city);
      document.title = G.pick(page.city) + " · " + G.t("nav_works");
    });
  }

  G.works = function (map) {
    const data = G.data, page = data.page;
    const store = new G.Store({ lang: G.askedLang(), view: "both", raster: {}, overlays: data.layers.filter(spec => spec.role === "overlay" && spec.on).map(spec => spec.key) });
    G.lang = store.state.lang;
    G.followAddress(store, ["lang"], state => ({ lang: state.lang }));
    map.setView(L.latLngBounds(page.bounds).getCenter(), 11, { animate: false });
    G.followLanguage(store);
    const home = () => G.fit(map, page.bounds, G.made("townships"));
    G.setStage(map, G.id("map-tools"), home);
    G.keepNear(map, page.bounds);
    data.layers.forEach(G.styleAreas);
    G.followLayers(map, store);
    G.placeNames(map, store, data.rows.filter(row => row.at));
    followHead(store);
    G.followFoot(store);
    G.followLinks(store);
    G.follow(store, ["lang"], G.id("hero"), hero);
    G.follow(store, ["lang", "overlays"], G.id("switch"), choices(store));
    G.followLegend(store, G.id("legend"), state => G.visible(state).map(spec => ({ title: G.pick(spec.title), legend: spec.legend })));
    G.follow(store, ["lang"], G.id("side"), () => [growthSheet()]);
    G.follow(store, ["lang"], G.id("plan"), () => [worksSheet(), ledgerSheet()]);
    G.follow(store, ["lang"], G.id("ranking"), townships(map));
    G.follow(store, ["lang"], G.id("story"), () => [plantSheet()].concat(data.credits.map(creditSheet), [plotSheet(), surveySheet(), matrixSheet()]));
    G.follow(store, ["lang"], G.id("lower"), () => [G.notesSheet()]);
    G.followPointer(map, G.id("tip"), point => readings(store.state, point));
    home();
    G.followPrint(map, page.bounds, G.made("townships"));
    document.body.classList.add("ready");
    G.page = { map: map, store: store };
  };
})(Guanghui);
