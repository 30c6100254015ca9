/* Two townships side by side. */
(function (G) {
  "use strict";

  const TONES = { pv: "#b4530a", sink: "#1f6b4a" };
  const SCALE_STEPS = [0.5, 1, 2, 5, 10, 20, 50];
  const SCALE_PX = 110;

  const rowOf = code => G.data.rows.filter(row => row.code === code)[0];

  function valueOf(row, key, measure, year) {
    if (key === "area_ha") return row.area_ha;
    const part = measure.by_year ? row.pv[String(year)] : row.sink;
    const value = part ? part[key] : null;
    return value === undefined ? null : value;
  }

  function startState() {
    const asked = G.asked(), codes = G.data.rows.map(row => row.code);
    const pick = (code, place) => (codes.indexOf(code) >= 0 ? code : codes[Math.min(place, codes.length - 1)]);
    const years = G.data.years;
    return { lang: G.askedLang(), left: pick(asked.left, 0), right: pick(asked.right, 1), year: years.indexOf(+asked.year) >= 0 ? +asked.year : years[Math.max(years.length - 2, 0)] };
  }

  function fillPicker(store, side) {
    const select = G.id(side);
    select.addEventListener("change", () => store.set(side === "left" ? { left: select.value } : { right: select.value }));
    store.on(["lang", side], function (state) {
      G.replace(select, G.data.rows.map(row => G.el("option", { value: row.code, text: G.pick(row.name) })));
      select.value = state[side];
    });
  }

  function years(store) {
    return function (state) {
      if (G.data.years.length < 2) return null;
      return [G.el("div", { class: "chips years", role: "radiogroup", "aria-label": G.t("phases") }, G.data.years.map(function (year) {
        const input = G.el("input", { type: "radio", name: "year", value: year, onchange: () => store.set({ year: year }) });
        input.checked = year === state.year;
        return G.el("label", { class: input.checked ? "on" : "" }, [input, G.el("span", { text: year ? String(year) : G.t("all_roofs") })]);
      }))];
    };
  }

  function scaleBar(pictures) {
    const km = SCALE_STEPS.filter(step => (step * 1000) / pictures.m_px <= SCALE_PX).pop() || SCALE_STEPS[0];
    const long = (km * 1000) / pictures.m_px, x = pictures.width - 10 - long, y = pictures.height - 10;
    return G.svg("g", { class: "thumb-scale" }, [
      G.svg("path", { d: "M" + x + " " + (y - 5) + "v5h" + long + "v-5" }),
      G.svg("text", { x: x + long / 2, y: y - 6, "text-anchor": "middle" }, [km + " km"]),
    ]);
  }

  function thumb(row, kind) {
    const pictures = row.pictures;
    const word = kind === "roofs" ? "view_pv" : "view_sink";
    const images = [pictures.ground, pictures[kind]].filter(Boolean).map(url => G.el("img", { src: url, alt: "", width: pictures.width, height: pictures.height }));
    const svg = G.svg("svg", { viewBox: "0 0 " + pictures.width + " " + pictures.height, role: "img", "aria-label": G.pick(row.name) + " · " + G.t(word) }, [
      G.svg("path", { class: "thumb-outline", d: pictures.outline }), scaleBar(pictures),
    ]);
    const wide = most("width");
    return G.el("figure", { class: "thumb" }, [
      G.el("figcaption", { text: G.t(word) }),
      G.el("div", { class: "thumb-box", style: { width: (100 * pictures.width) / wide + "%" } }, images.concat([svg])),
    ]);
  }

  const most = side => Math.max.apply(null, G.data.rows.map(row => row.pictures[side]));

  function card(row) {
    const kinds = ["roofs", "carbon"].filter(kind => row.pictures[kind]);
    return G.el("section", { class: "sheet place-card" }, [
      G.el("header", {}, [
        G.el("h2", {}, [G.pick(row.name), G.el("small", { text: row.name[G.lang === "zh" ? 1 : 0] })]),
        row.href ? G.el("a", { href: G.link(row.href), text: G.t("township_page") }) : null,
      ]),
      G.el("div", { class: "thumbs", style: { "--tall": String(most("height") / most("width")) } }, kinds.map(kind => thumb(row, kind))),
    ]);
  }

  function legends() {
    return ["roofs", "carbon"].filter(kind => G.data.legends[kind]).map(kind => G.legendBlock(G.t(kind === "roofs" ? "view_pv" : "pool_total"), G.data.legends[kind]));
  }

  function range(row, measure, year) {
    if (!measure.ranged) return "";
    const ends = ["_low", "_high"].map(end => valueOf(row, measure.key + end, measure, year));
    return ends[0] === null || ends[1] === null ? "" : G.range(ends[0], ends[1], measure.unit, valueOf(row, measure.key, measure, year));
  }

  function cell(row, measure, year, most, className) {
    const value = valueOf(row, measure.key, measure, year);
    const between = range(row, measure, year);
    return G.el("td", { class: className }, [
      G.el("b", { text: G.number(value, measure.unit) }),
      between ? G.el("small", { text: between }) : null,
      G.el("span", { class: "half-bar", style: { width: most > 0 && value > 0 ? (100 * value) / most + "%" : "0", "--tone": TONES[measure.view] } }),
    ]);
  }

  function figures(state) {
    const left = rowOf(state.left), right = rowOf(state.right);
    const all = [{ key: "area_ha", word: "fact_area_ha", unit: "ha", view: "sink", by_year: false, ranged: false }].concat(G.data.measures);
    const lines = all.map(function (measure) {
      const most = Math.max.apply(null, [left, right].map(row => valueOf(row, measure.key, measure, state.year) || 0));
      const until = measure.by_year && state.year ? G.el("small", { text: G.t("until", { year: state.year }) }) : null;
      return G.el("tr", {}, [
        cell(left, measure, state.year, most, "at-left"),
        G.el("th", { scope: "row" }, [G.t(measure.word), until]),
        cell(right, measure, state.year, most, "at-right"),
      ]);
    });
    const heads = [left, null, right].map(row => (row ? G.el("th", { scope: "col", text: G.pick(row.name) }) : G.el("td")));
    return [
      G.el("h2", {}, [G.t("compare_figures"), G.el("small", { text: G.t("in_brackets_interval") })]),
      G.el("table", { class: "butterfly" }, [G.el("thead", {}, [G.el("tr", {}, heads)]), G.el("tbody", {}, lines)]),
      G.el("p", { class: "hint", text: G.t("never_added") }),
    ];
  }

  function monthBars(row, most) {
    const scale = G.column(row.months, "kwh");
    const bars = row.months.map(function (value, i) {
      const tall = most > 0 ? (90 * value) / most : 0;
      return G.svg("g", {}, [
        G.svg("rect", { x: 6 + 27 * i, y: 104 - tall, width: 20, height: tall }),
        G.svg("text", { class: "bar-number", x: 16 + 27 * i, y: 100 - tall, "text-anchor": "middle" }, [scale.text(value)]),
        G.svg("text", { x: 16 + 27 * i, y: 118, "text-anchor": "middle" }, [String(i + 1)]),
      ]);
    });
    return G.el("figure", { class: "month-bars" }, [
      G.el("figcaption", { text: G.t("compare_months") + G.t("in_unit", { unit: scale.unit }) }),
      G.svg("svg", { viewBox: "0 0 334 122", role: "img", "aria-label": G.pick(row.name) + " · " + G.t("compare_months") }, bars),
    ]);
  }

  function more(state) {
    const pair = [rowOf(state.left), rowOf(state.right)];
    const most = Math.max.apply(null, pair.reduce((all, row) => all.concat(row.months || []), [0]));
    return pair.map(row => G.el("section", { class: "sheet" }, [
      G.el("h2", { text: G.pick(row.name) }),
      row.months ? monthBars(row, most) : null,
      row.groups.length ? G.el("h3", { text: G.t("compare_land") }) : null,
      row.groups.length ? G.bars(row.groups.map(group => ({ label: G.pick(group.label), value: group.value, unit: group.unit, color: group.color, more: G.number(group.area_ha, "ha") }))) : null,
    ]));
  }

  function followHead(store) {
    const page = G.data.page;
    store.on(["lang"], function () {
      G.id("place").textContent = G.pick(page.city);
      G.id("place-second").textContent = G.second(page.city);
      document.title = G.pick(page.city) + " · " + G.t("nav_compare");
    });
  }

  G.compare = function () {
    const store = new G.Store(startState());
    G.lang = store.state.lang;
    G.followAddress(store, ["lang", "left", "right", "year"], state => ({ lang: state.lang, left: state.left, right: state.right, year: String(state.year || "") }));
    G.followLanguage(store);
    G.followFoot(store);
    G.followLinks(store);
    followHead(store);
    fillPicker(store, "left");
    fillPicker(store, "right");
    G.id("swap").addEventListener("click", () => store.set({ left: store.state.right, right: store.state.left }));
    G.follow(store, ["lang", "year"], G.id("switch"), years(store));
    G.follow(store, ["lang", "left", "right"], G.id("pair"), state => [card(rowOf(state.left)), card(rowOf(state.right)), G.el("div", { class: "sheet legends", role: "region", "aria-label": G.t("legend") }, legends())]);
    G.follow(store, ["lang", "left", "right", "year"], G.id("figures"), figures);
    G.follow(store, ["lang", "left", "right"], G.id("more"), more);
    G.follow(store, ["lang"], G.id("lower"), () => [G.notesSheet()]);
    store.on(["left", "right"], state => window.history.replaceState(null, "", "#left=" + state.left + "&right=" + state.right));
    G.followPrintOnly();
    document.body.classList.add("ready");
    G.page = { store: store };
  };
})(Guanghui);
