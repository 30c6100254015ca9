/* Overview of the city: one measure on the map and in the table at a time. */
(function (G) {
  "use strict";

  const TONES = { pv: "#b4530a", sink: "#1f6b4a" };

  function valueOf(row, measure, year) {
    const part = measure.by_year ? row.pv[String(year)] : row.sink;
    const value = part ? part[measure.key] : null;
    return value === undefined ? null : value;
  }

  /* 95 % interval of a figure, "" where there is none. */
  function rangeOf(row, measure, year, column) {
    const ends = ["_low", "_high"].map(end => valueOf(row, { key: measure.key + end, by_year: measure.by_year }, year));
    if (ends[0] === null || ends[1] === null) return "";
    return column ? column.range(ends[0], ends[1]) : G.range(ends[0], ends[1], measure.unit, valueOf(row, measure, year));
  }

  function measureOf(state) {
    return G.data.measures.filter(measure => measure.key === state.measure)[0];
  }

  function toneOf(measure) {
    return TONES[measure.view];
  }

  function heroRows(state) {
    return G.data.measures.filter(measure => measure.hero).map(function (measure) {
      const total = valueOf(G.data.total, measure, state.year);
      const between = rangeOf(G.data.total, measure, state.year);
      const parts = G.parts(total, measure.unit);
      return G.el("div", { style: { "--tone": toneOf(measure) } }, [
        G.el("dt", {}, [G.t(measure.word), measure.by_year && state.year ? G.el("small", { text: G.t("until", { year: state.year }) }) : null]),
        G.el("dd", {}, [G.el("b", { text: parts.number }), parts.unit ? G.el("span", { text: parts.unit }) : null]),
        between ? G.el("dd", { class: "interval" }, G.interval(between)) : null,
      ]);
    });
  }

  function chips(name, items, on, pick, className, label) {
    return G.el("div", { class: "chips " + (className || ""), role: "radiogroup", "aria-label": label }, items.map(function (item) {
      const input = G.el("input", { type: "radio", name: name, value: item.key, onchange: () => pick(item.key) });
      input.checked = item.key === on;
      return G.el("label", { class: input.checked ? "on" : "", style: { "--tone": item.tone || "" } }, [input, G.el("span", { text: item.label })]);
    }));
  }

  function switches(store) {
    return function (state) {
      const measures = G.data.measures.filter(m => m.legend).map(m => ({ key: m.key, label: G.t(m.word), tone: toneOf(m) }));
      const years = G.data.years.map(year => ({ key: year, label: year ? String(year) : G.t("all_roofs") }));
      return [
        chips("measure", measures, state.measure, key => store.set({ measure: key }), "", G.t("measure")),
        years.length > 1 && measureOf(state).by_year ? chips("year", years, state.year, key => store.set({ year: key }), "years", G.t("phases")) : null,
      ];
    };
  }

  function colourOf(legend, value) {
    if (value === null || !isFinite(value)) return "#d9dcd6";
    let place = 0;
    while (place < legend.breaks.length && value >= legend.breaks[place]) place++;
    return legend.colors[place];
  }

  function paint(state) {
    const measure = measureOf(state);
    G.made("townships").setStyle(function (feature) {
      const row = G.data.rows[feature.properties.row];
      const on = state.row === feature.properties.row;
      return { fillColor: colourOf(measure.legend, valueOf(row, measure, state.year)), fillOpacity: 0.82, color: on ? "#12303a" : "#ffffff", weight: on ? 3 : 1.6, opacity: 1, interactive: false };
    });
  }

  function header(key, label, unit, state, store) {
    const on = state.sort === key;
    const down = on ? !state.down : key !== "code";
    return G.el("th", { scope: "col", "aria-sort": on ? (state.down ? "descending" : "ascending") : "none" }, [
      G.el("button", { type: "button", onclick: () => store.set({ sort: key, down: down }) }, [label, unit ? G.el("small", { text: unit }) : null]),
    ]);
  }

  function compare(state) {
    const sort = G.data.measures.filter(m => m.key === state.sort)[0];
    return function (a, b) {
      const x = sort ? valueOf(a, sort, state.year) : a.code, y = sort ? valueOf(b, sort, state.year) : b.code;
      const order = x === null ? 1 : y === null ? -1 : x < y ? -1 : x > y ? 1 : 0;
      return state.down && x !== null && y !== null ? -order : order;
    };
  }

  function line(row, shown, columns, state, store) {
    const name = row.href ? G.el("a", { href: G.link(row.href), text: G.pick(row.name) }) : G.el("span", { text: G.pick(row.name) });
    const cells = shown.map(function (measure, i) {
      const value = valueOf(row, measure, state.year);
      const bar = measure.key === state.measure && value > 0 ? G.el("span", { class: "cell-bar", style: { width: (100 * value) / columns[i].most + "%", "--tone": toneOf(measure) } }) : null;
      const between = measure.key === state.measure ? rangeOf(row, measure, state.year, columns[i]) : "";
      return G.el("td", {}, [columns[i].text(value), bar, between ? G.el("small", { text: between }) : null]);
    });
    const at = G.data.rows.indexOf(row);
    return G.el("tr", { onmouseenter: () => store.set({ row: at }), onmouseleave: () => store.set({ row: -1 }) }, [G.el("td", {}, [name])].concat(cells));
  }

  function table(store) {
    return function (state) {
      const shown = G.data.measures.filter(m => m.table);
      const rows = G.data.rows.slice().sort(compare(state));
      const columns = shown.map(function (measure) {
        const values = rows.map(row => valueOf(row, measure, state.year));
        const column = G.column(values.concat([valueOf(G.data.total, measure, state.year)]), measure.unit);
        return Object.assign(column, { most: Math.max.apply(null, values) });
      });
      const heads = [header("code", G.t("township"), "", state, store)].concat(shown.map((m, i) => header(m.key, G.t(m.word), columns[i].unit, state, store)));
      const total = [G.el("th", { scope: "row", text: G.t("city_total") })].concat(shown.map((m, i) => G.el("td", { text: columns[i].text(valueOf(G.data.total, m, state.year)) })));
      return [G.el("table", {}, [
        G.el("caption", { class: "hidden", text: G.t("ranking") }),
        G.el("thead", {}, [G.el("tr", {}, heads)]),
        G.el("tbody", {}, rows.map(row => line(row, shown, columns, state, store))),
        G.el("tfoot", {}, [G.el("tr", {}, total)]),
      ])];
    };
  }

  function marked(state) {
    const rows = G.data.rows.slice().sort(compare(state));
    document.querySelectorAll("#ranking tbody tr").forEach(function (line, i) {
      line.classList.toggle("on", G.data.rows.indexOf(rows[i]) === state.row);
    });
  }

  function names(map, store) {
    const labels = G.data.rows.map(function (row) {
      const text = G.el("span", { class: "place own" });
      L.marker(row.at, { icon: L.divIcon({ html: text, className: "place-anchor", iconSize: [0, 0] }), interactive: false, keyboard: false, pane: "names" }).addTo(map);
      return text;
    });
    store.on(["lang", "measure", "year"], function (state) {
      const measure = measureOf(state);
      labels.forEach((label, i) => G.replace(label, [document.createTextNode(G.pick(G.data.rows[i].name)), G.el("small", { text: G.number(valueOf(G.data.rows[i], measure, state.year), measure.unit) })]));
    });
  }

  function lower(store) {
    store.on(["lang"], function () {
      const page = G.data.page;
      const links = page.files.map(file => G.el("li", {}, [G.el("a", { href: file.href, text: G.pick(file.label) })]));
      G.replace(G.id("files"), [links.length ? G.el("section", { class: "sheet" }, [G.el("h2", { text: G.t("files") }), G.el("ul", {}, links)]) : null]);
      G.replace(G.id("lower"), [G.notesSheet()]);
    });
  }

  function followHead(store) {
    const page = G.data.page;
    store.on(["lang"], function () {
      G.id("place").textContent = G.pick(page.city);
      G.id("place-second").textContent = G.lang === "zh" ? page.city[1] : page.city[0];
      document.title = G.pick(page.city) + " · " + G.t("index_line");
    });
  }

  G.overview = function (map) {
    const data = G.data, page = data.page;
    const store = new G.Store({ lang: G.askedLang(), measure: data.measures.length ? data.measures.filter(m => m.legend)[0].key : "", year: data.years[Math.max(data.years.length - 2, 0)], sort: "code", down: false, row: -1, view: "both", raster: {}, overlays: [] });
    G.lang = store.state.lang;
    map.setView(L.latLngBounds(page.bounds).getCenter(), 11, { animate: false });
    G.followLanguage(store);
    const home = () => G.fit(map, page.bounds, G.made("townships"));
    G.setStage(map, G.id("map-tools"), home);
    G.keepNear(map, page.bounds);
    data.layers.forEach(G.styleAreas);
    G.followLayers(map, store);
    followHead(store);
    G.followFoot(store);
    G.followLinks(store);
    lower(store);
    G.follow(store, ["lang"], G.id("score"), () => data.score.length && [G.scoreSheet(data.score)]);
    G.follow(store, ["lang"], G.id("balance"), () => data.balance && [G.balanceSheet(data.balance)]);
    G.follow(store, ["lang"], G.id("tables"), () => data.tables && data.tables.map(G.figureTable));
    G.follow(store, ["lang"], G.id("readings"), () => data.readings && data.readings.length && [G.readingSheet(data.readings)]);
    G.follow(store, ["lang"], G.id("yearly"), () => data.yearly && data.yearly.length && [G.yearlySheet(data.yearly)]);
    if (store.state.measure) {
      store.on(["measure", "year", "row"], paint);
      names(map, store);
      G.follow(store, ["lang", "year"], G.id("hero"), heroRows);
      G.follow(store, ["lang", "measure", "year"], G.id("switch"), switches(store));
      G.follow(store, ["lang", "measure", "year", "sort", "down"], G.id("ranking"), table(store));
      store.on(["row"], marked);
      G.followLegend(store, G.id("legend"), state => [{ title: G.t(measureOf(state).word), legend: measureOf(state).legend }]);
      G.followPointer(map, G.id("tip"), function (point) {
        const row = G.areaAt(G.made("townships"), point);
        store.set({ row: row });
        if (row < 0) return null;
        const measure = measureOf(store.state), href = data.rows[row].href;
        const between = rangeOf(data.rows[row], measure, store.state.year);
        const lines = [G.pick(data.rows[row].name), G.t(measure.word) + "  " + G.number(valueOf(data.rows[row], measure, store.state.year), measure.unit)];
        return { lines: between ? lines.concat([G.t("interval", { range: between })]) : lines, open: href ? () => (window.location.href = G.link(href)) : null };
      });
    }
    home();
    G.followAddress(store, ["lang"], state => ({ lang: state.lang }));
    G.followPrint(map, page.bounds, G.made("townships"));
    document.body.classList.add("ready");
    G.page = { map: map, store: store };
  };
})(Guanghui);
