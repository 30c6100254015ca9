/* Overview of the city: one measure on the map and in the table at a time. */
(function (G) {
  "use strict";

  const LARGEST_PX = 34;
  const LEAST_PX = 2;
  const GAP_PX = 3;
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

  /* A total would say how large a township is, so it is drawn as a circle of its size; a share fills the township. Where
     there is one township its roofs are drawn, and neither says anything. */
  const isTotal = measure => measure.unit !== "pct" && !G.data.roofs;

  function mostOf(measure) {
    const years = measure.by_year ? G.data.years : [0];
    return Math.max.apply(null, years.map(year => Math.max.apply(null, G.data.rows.map(row => Math.abs(valueOf(row, measure, year)) || 0))));
  }

  function radiusOf(row, measure, year) {
    const value = Math.abs(valueOf(row, measure, year)) || 0;
    return isTotal(measure) && value ? Math.max(LARGEST_PX * Math.sqrt(value / mostOf(measure)), LEAST_PX) : 0;
  }

  function paint(circles) {
    return function (state) {
      const measure = measureOf(state), total = isTotal(measure), pale = total || G.data.roofs;
      G.made("townships").setStyle(function (feature) {
        const row = G.data.rows[feature.properties.row];
        const on = state.row === feature.properties.row;
        const fill = pale ? "#eceee7" : colourOf(measure.legend, valueOf(row, measure, state.year));
        return { fillColor: fill, fillOpacity: G.data.roofs ? 0 : pale ? 0.45 : 0.82, color: on ? "#12303a" : pale ? "#a9b0a6" : "#ffffff", weight: on ? 3 : 1.6, opacity: 1, interactive: false };
      });
      circles.forEach((circle, i) => circle.setRadius(radiusOf(G.data.rows[i], measure, state.year)).setStyle({ fillColor: toneOf(measure), fillOpacity: total ? 0.72 : 0, opacity: total ? 1 : 0 }));
    };
  }

  /* Two circles to measure the others by: the largest round figure, and a quarter of it. */
  function circleKey(measure) {
    const most = mostOf(measure), step = Math.pow(10, Math.floor(Math.log(most) / Math.LN10)), round = step * ([5, 2, 1].filter(n => n * step <= most)[0] || 1);
    const size = value => 2 * LARGEST_PX * Math.sqrt(value / most);
    const item = value => G.el("li", {}, [G.el("span", { class: "circle", style: { width: size(value) + "px", height: size(value) + "px", background: toneOf(measure) } }), G.el("span", { class: "whole", text: G.number(value, measure.unit) })]);
    return G.el("section", { class: "sized" }, [G.el("h2", { text: G.t(measure.word) }), G.el("ul", { class: "circles" }, [round, round / 4].map(item))]);
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

  /* Places a label may take about its township or its circle, the best first: shifts of its middle. */
  function beside(wide, tall, radius) {
    const down = radius ? radius + tall / 2 + GAP_PX : 0, side = radius + wide / 2 + GAP_PX;
    const found = radius ? [[0, down], [0, -down], [side, 0], [-side, 0]] : [[0, 0]];
    [0.7, 1.3, 2].forEach(n => found.push([0, down + n * tall], [0, -down - n * tall], [side, n * tall], [-side, n * tall], [side, -n * tall], [-side, -n * tall]));
    return found;
  }

  const apart = (a, b) => Math.abs(a[0] - b[0]) >= (a[2] + b[2]) / 2 || Math.abs(a[1] - b[1]) >= (a[3] + b[3]) / 2;

  /* Names with their figures, under their circles; one that would lie on another steps aside, or gives way to its row of the table. */
  function names(map, store) {
    const labels = G.data.rows.map(function (row) {
      const text = G.el("span", { class: "place own" });
      L.marker(row.at, { icon: L.divIcon({ html: text, className: "place-anchor", iconSize: [0, 0] }), interactive: false, keyboard: false, pane: "names" }).addTo(map);
      return text;
    });
    function place() {
      const measure = measureOf(store.state), spots = G.data.rows.map(row => map.latLngToContainerPoint(row.at));
      const radii = G.data.rows.map(row => radiusOf(row, measure, store.state.year));
      const taken = spots.map((at, i) => [at.x, at.y, 2 * radii[i], 2 * radii[i]]).filter(box => box[2]);
      labels.forEach(function (label, i) {
        const wide = label.offsetWidth, tall = label.offsetHeight;
        const boxOf = step => [spots[i].x + step[0], spots[i].y + step[1], wide, tall];
        const step = beside(wide, tall, radii[i]).filter(shift => taken.every(other => apart(boxOf(shift), other)))[0];
        label.style.visibility = step ? "" : "hidden";
        if (!step) return;
        label.style.left = step[0] + "px";
        label.style.top = step[1] + "px";
        taken.push(boxOf(step));
      });
    }
    store.on(["lang", "measure", "year"], function (state) {
      const measure = measureOf(state), values = G.data.rows.map(row => valueOf(row, measure, state.year)), column = G.column(values, measure.unit);
      const text = value => column.text(value) + (value === null || column.unit === "%" ? column.unit : " " + column.unit);
      labels.forEach((label, i) => G.replace(label, [document.createTextNode(G.pick(G.data.rows[i].name)), G.el("small", { text: text(values[i]) })]));
      place();
    });
    map.on("zoomend resize viewreset", place);
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
      G.id("place-second").textContent = G.second(page.city);
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
      if (data.roofs) L.imageOverlay(data.roofs.url, data.roofs.bounds, { pane: "raster", className: "crisp" }).addTo(map);
      const circles = data.rows.map(row => L.circleMarker(row.at, { pane: "names", radius: 0, color: "#ffffff", weight: 1.2, interactive: false }).addTo(map));
      store.on(["measure", "year", "row"], paint(circles));
      if (!data.roofs) names(map, store);
      G.follow(store, ["lang", "year"], G.id("hero"), heroRows);
      G.follow(store, ["lang", "measure", "year"], G.id("switch"), switches(store));
      G.follow(store, ["lang", "measure", "year", "sort", "down"], G.id("ranking"), table(store));
      store.on(["row"], marked);
      G.followLegend(store, G.id("legend"), state => [isTotal(measureOf(state)) ? { node: circleKey(measureOf(state)) } : data.roofs ? { title: G.t("roofs_layer"), legend: data.roofs.legend } : { title: G.t(measureOf(state).word), legend: measureOf(state).legend }]);
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
