/* Page of one township. */
(function (G) {
  "use strict";

  /* What the address asks for, and the usual where it asks for nothing that is there. */
  function startState(data, roofs) {
    const asked = G.asked(), views = data.page.views;
    const one = (value, all, usual) => (all.indexOf(value) >= 0 ? value : usual);
    const numbers = text => (text ? text.split(".").map(Number) : []);
    return {
      lang: G.askedLang(),
      view: one(asked.view, views, views[0]),
      measure: roofs ? one(asked.measure, roofs.measures.map(m => m.key), roofs.measures[0].key) : "",
      year: one(+asked.year, roofs && roofs.spec.phases ? roofs.spec.phases.years : [], 0),
      classes: roofs && roofs.has("building_class") ? numbers(asked.without).filter(code => code < roofs.spec.categories.building_class.length) : [],
      least: one(+asked.least, (roofs && roofs.spec.least_steps) || [], 0),
      filters: G.filtersAsked(asked.filter, roofs),
      month: one(+asked.month, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 7),
      day: G.sunAsked(asked.sun, roofs && roofs.spec.sun).day,
      minute: G.sunAsked(asked.sun, roofs && roofs.spec.sun).minute,
      selected: roofs && asked.roofs ? G.flagsOf(asked.roofs, roofs.count) : null,
      tool: "",
      undo: 0,
      whatif: G.whatifAsked(asked.if, roofs && roofs.spec.whatif),
      list: false,
      swipe: 50,
      raster: data.page.raster,
      overlays: data.layers.filter(spec => spec.role === "overlay" && spec.on).map(spec => spec.key),
      roof: roofs && asked.roof ? roofs.columns.building_id.indexOf(asked.roof) : -1,
    };
  }

  /* The address of what is shown now; the middle of the map once a hand has moved it. */
  function followState(map, store, roofs) {
    let at = G.asked().at || "";
    const put = G.followAddress(store, ["lang", "view", "measure", "year", "classes", "least", "filters", "month", "day", "minute", "selected", "whatif", "roof"], state => ({
      lang: state.lang,
      view: state.view,
      measure: roofs && state.measure !== roofs.measures[0].key ? state.measure : "",
      year: state.year ? String(state.year) : "",
      without: state.classes.join("."),
      least: state.least ? String(state.least) : "",
      filter: G.filtersText(state.filters),
      month: state.measure === "month" ? String(state.month) : "",
      sun: state.measure === "sun" ? state.day + "." + state.minute : "",
      roofs: state.selected ? G.runsOf(state.selected) : "",
      if: G.whatifText(state.whatif),
      roof: state.roof >= 0 ? roofs.columns.building_id[state.roof] : "",
      at: at,
    }));
    map.on("moveend", function () {
      const middle = map.getCenter();
      if (document.body.classList.contains("printing")) return;
      at = [map.getZoom(), middle.lat.toFixed(5), middle.lng.toFixed(5)].join("/");
      put();
    });
  }

  function followHead(store) {
    const page = G.data.page;
    if (page.home) store.on(["lang"], () => (G.id("home").href = G.link(page.home)));
    else G.id("home").removeAttribute("data-t-label");
    store.on(["lang"], function () {
      G.id("crumb").textContent = G.pick(page.city);
      G.id("place").textContent = G.pick(page.name);
      G.id("place-second").textContent = G.second(page.name);
      document.title = G.pick(page.name) + " · " + G.pick(page.city) + " · " + G.t("product");
    });
    store.on(["view"], state => document.body.setAttribute("data-view", state.view));
    G.id("tabs").querySelectorAll("[role=tab]").forEach(function (tab, _, all) {
      const view = tab.getAttribute("data-view");
      tab.hidden = page.views.indexOf(view) < 0;
      tab.addEventListener("click", () => store.set({ view: view, roof: -1 }));
      tab.addEventListener("keydown", function (event) {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        const other = Array.prototype.filter.call(all, one => one !== tab && !one.hidden)[0];
        if (other) { other.click(); other.focus(); }
      });
      store.on(["view"], function (state) {
        tab.setAttribute("aria-selected", String(state.view === view));
        tab.tabIndex = state.view === view ? 0 : -1;
      });
    });
  }

  G.township = function (map) {
    const packed = G.data.roofs && G.data.roofs.packed;
    (packed ? G.inflated(packed) : Promise.resolve(null)).then(bytes => start(map, bytes));
  };

  function start(map, bytes) {
    const data = G.data;
    const roofs = data.roofs ? new G.Roofs(data.roofs, bytes) : null;
    const asked = G.asked().at, store = new G.Store(startState(data, roofs));
    G.lang = store.state.lang;
    G.followLanguage(store);
    followHead(store);
    G.followFoot(store);
    map.invalidateSize({ animate: false, pan: false }); // head and foot have their text now: the map has the rest
    map.setView(L.latLngBounds(data.page.bounds).getCenter(), 12, { animate: false });
    G.setStage(map, G.id("map-tools"), () => G.fit(map, data.page.bounds, G.made("outline")));
    G.keepNear(map, data.page.bounds);
    G.followLegend(store, G.id("legend"), G.legendBlocks(roofs));
    G.fit(map, data.page.bounds, G.made("outline")); // before the roofs, or they are drawn twice
    G.showPlace(map, asked);
    if (data.labels) G.placeLabels(data.labels);
    if (data.months) G.monthPictures(data.months);
    if (roofs) G.showRoofs(map, store, roofs);
    data.layers.forEach(G.styleAreas);
    G.followLayers(map, store);
    G.placeNames(map, store, data.page.places);
    G.followRuler(map, store, G.id("map-tools"), G.id("where"), G.id("measured"));
    if (roofs) {
      G.followSelection(map, store, roofs, G.id("map-tools"));
      G.followList(store, G.id("list"), roofs);
      G.followCard(map, store, G.id("card"), roofs);
      G.followSearch(store, G.id("search"), roofs);
      G.pvPanel(store, G.id("panel"), roofs);
    }
    G.id("search").hidden = !roofs;
    if (data.sink) G.sinkPanel(store, G.id("panel"), data.sink, map);
    const notes = G.el("div");
    G.id("panel").appendChild(G.follow(store, ["lang"], notes, () => [G.notesBlock()]));
    if (data.page.links.length) G.id("panel").appendChild(G.follow(store, ["lang"], G.el("div"), () => [G.linksBlock(data.page.links)]));
    G.followPointer(map, G.id("tip"), G.finder(map, store, roofs, data.sink));
    followState(map, store, roofs);
    G.followPrint(map, data.page.bounds, G.made("outline"));
    G.page = { map: map, store: store, roofs: roofs };
    document.body.classList.add("ready");
  }
})(Guanghui);
