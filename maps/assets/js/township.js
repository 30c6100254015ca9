/* Page of one township. */
(function (G) {
  "use strict";

  function startState(data) {
    const asked = {};
    window.location.hash.slice(1).split("&").forEach(part => (asked[part.split("=")[0]] = part.split("=")[1]));
    const views = data.page.views;
    return {
      lang: asked.lang === "en" || asked.lang === "zh" ? asked.lang : data.page.lang,
      view: views.indexOf(asked.view) >= 0 ? asked.view : views[0],
      measure: data.roofs ? data.roofs.measures[0].key : "",
      year: 0,
      classes: [],
      least: 0,
      month: 7,
      swipe: 50,
      raster: data.page.raster,
      overlays: data.layers.filter(spec => spec.role === "overlay" && spec.on).map(spec => spec.key),
      roof: -1,
    };
  }

  function followHead(store) {
    const page = G.data.page;
    if (page.home) G.id("home").href = page.home;
    else G.id("home").removeAttribute("data-t-label");
    store.on(["lang"], function () {
      G.id("crumb").textContent = G.pick(page.city);
      G.id("place").textContent = G.pick(page.name);
      G.id("place-second").textContent = G.lang === "zh" ? page.name[1] : page.name[0];
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
    const data = G.data;
    const store = new G.Store(startState(data));
    const roofs = data.roofs ? new G.Roofs(data.roofs) : null;
    G.lang = store.state.lang;
    G.followLanguage(store);
    map.setView(L.latLngBounds(data.page.bounds).getCenter(), 12, { animate: false });
    G.setStage(map, G.id("map-tools"), () => G.fit(map, data.page.bounds, G.made("outline")));
    G.keepNear(map, data.page.bounds);
    if (data.months) G.monthPictures(data.months);
    if (roofs) G.showRoofs(map, store, roofs);
    data.layers.forEach(G.styleAreas);
    G.followLayers(map, store);
    G.placeNames(map, store, data.page.places);
    followHead(store);
    G.followFoot(store);
    G.followLegend(store, G.id("legend"), G.legendBlocks(roofs));
    if (roofs) {
      G.followCard(map, store, G.id("card"), roofs);
      G.followSearch(store, G.id("search"), roofs);
      G.pvPanel(store, G.id("panel"), roofs);
    }
    G.id("search").hidden = !roofs;
    if (data.sink) G.sinkPanel(store, G.id("panel"), data.sink, map);
    const notes = G.el("div");
    G.id("panel").appendChild(G.follow(store, ["lang"], notes, () => [G.notesBlock()]));
    G.followPointer(map, G.id("tip"), G.finder(map, store, roofs, data.sink));
    G.fit(map, data.page.bounds, G.made("outline"));
    G.followPrint(map, data.page.bounds, G.made("outline"));
    document.body.classList.add("ready");
    G.page = { map: map, store: store, roofs: roofs };
  };
})(Guanghui);
