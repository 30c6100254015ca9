/* What all pages share around the map: head, language, foot, marks, notes, printing. */
(function (G) {
  "use strict";

  G.followLanguage = function (store) {
    const button = G.id("lang");
    button.addEventListener("click", () => store.set({ lang: store.state.lang === "zh" ? "en" : "zh" }));
    store.on(["lang"], function (state) {
      G.lang = state.lang;
      document.documentElement.lang = G.lang === "zh" ? "zh-CN" : "en";
      G.translate(document);
      button.textContent = state.lang === "zh" ? "EN" : "中文";
      button.setAttribute("lang", state.lang === "zh" ? "en" : "zh-CN");
    });
  };

  G.followFoot = function (store) {
    const page = G.data.page;
    store.on(["lang"], function () {
      const parts = [G.pick(page.source), page.weather ? G.t("weather_by", { name: page.weather }) : "", page.basemap ? G.t("basemap_by", { name: page.basemap }) : "", page.date ? G.t("date", { date: page.date }) : "", page.review ? G.t("review", { number: page.review }) : "", page.internal ? G.t("internal") : ""];
      G.replace(G.id("foot"), parts.filter(Boolean).map(text => G.el("span", { text: text })));
      G.replace(G.id("marks"), page.marks.map(key => G.el("span", { class: "mark", text: G.t(key) })));
    });
  };

  /* Links to the other pages of the city. */
  G.followLinks = function (store) {
    store.on(["lang"], () => G.replace(G.id("nav"), (G.data.page.links || []).map(link => G.el("a", { href: link.href, text: G.t(link.word) }))));
  };

  G.notesBlock = function () {
    const notes = G.data.page.notes;
    if (!notes.length) return null;
    const list = G.el("ul", {}, notes.map(note => G.el("li", {}, [G.el("b", { text: G.pick(note.source) }), " ", G.pick(note.text)])));
    return G.el("details", { class: "block notes" }, [G.el("summary", { text: G.t("notes", { count: notes.length }) }), list]);
  };

  /* The same as a sheet of its own. */
  G.notesSheet = function () {
    const notes = G.data.page.notes.map(note => G.el("li", {}, [G.el("b", { text: G.pick(note.source) }), G.pick(note.text)]));
    if (!notes.length) return null;
    return G.el("section", { class: "sheet" }, [G.el("h2", { text: G.t("notes", { count: notes.length }) }), G.el("ul", {}, notes)]);
  };

  /* A page without a map only changes its style on paper. */
  G.followPrintOnly = function () {
    window.addEventListener("beforeprint", () => document.body.classList.add("printing"));
    window.addEventListener("afterprint", () => document.body.classList.remove("printing"));
    G.id("print").addEventListener("click", () => window.print());
  };

  /* On paper the map has another size: fit it before printing and put it back afterwards. */
  G.followPrint = function (map, bounds, outline) {
    let before = null;
    window.addEventListener("beforeprint", function () {
      before = { center: map.getCenter(), zoom: map.getZoom() };
      document.body.classList.add("printing");
      map.invalidateSize({ animate: false, pan: false });
      G.fit(map, bounds, outline);
    });
    window.addEventListener("afterprint", function () {
      document.body.classList.remove("printing");
      map.invalidateSize({ animate: false, pan: false });
      if (before) map.setView(before.center, before.zoom, { animate: false });
    });
    G.id("print").addEventListener("click", () => window.print());
    window.addEventListener("resize", () => map.invalidateSize({ animate: false }));
  };
})(Guanghui);
