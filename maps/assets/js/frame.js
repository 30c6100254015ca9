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
      const parts = [G.pick(page.source), page.weather.length ? G.t("weather_by", { name: G.pick(page.weather) }) : "", page.basemap ? G.t("basemap_by", { name: page.basemap }) : "", page.date ? G.t("date", { date: page.date }) : "", page.review ? G.t("review", { number: page.review }) : "", page.internal ? G.t("internal") : ""];
      G.replace(G.id("foot"), parts.filter(Boolean).map(text => G.el("span", { text: text })));
      G.replace(G.id("marks"), page.marks.map(key => G.el("span", { class: "mark", text: G.t(key) })));
    });
  };

  /* Links to the other pages of the city. */
  G.followLinks = function (store) {
    store.on(["lang"], () => G.replace(G.id("nav"), (G.data.page.links || []).map(link => G.el("a", { href: G.link(link.href), text: G.t(link.word) }))));
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

  const A3 = "@page { size: A3 landscape; margin: 10mm }";

  /* The print button, and beside it the paper: a page that names its paper leaves the browser no choice of its own. */
  function followPaper() {
    const print = G.id("print"), choice = G.el("select", { id: "paper", "data-t-label": "paper", "aria-label": G.t("paper") }, ["A4", "A3"].map(size => G.el("option", { value: size, text: size })));
    const style = document.head.appendChild(G.el("style"));
    choice.addEventListener("change", function () {
      document.body.classList.toggle("a3", choice.value === "A3");
      style.textContent = choice.value === "A3" ? A3 : "";
    });
    print.parentNode.insertBefore(choice, print);
    print.addEventListener("click", () => window.print());
  }

  /* A page without a map only changes its style on paper. */
  G.followPrintOnly = function () {
    window.addEventListener("beforeprint", () => document.body.classList.add("printing"));
    window.addEventListener("afterprint", () => document.body.classList.remove("printing"));
    followPaper();
  };

  const MM = 96 / 25.4;
  const SHEET_MM = { A4: 188, A3: 275 };

  /* Blocks of the panel that end below the sheet are put on the next one, and back after printing. */
  G.flowPanel = function (panel) {
    const foot = G.id("foot"), next = G.el("div", { class: "next-sheet" });
    const room = SHEET_MM[document.body.classList.contains("a3") ? "A3" : "A4"] * MM - document.querySelector(".head").getBoundingClientRect().height;
    const small = room - foot.getBoundingClientRect().height;
    const parts = Array.prototype.filter.call(panel.children, part => part.getBoundingClientRect().height > 0);
    const low = part => part.getBoundingClientRect().bottom - panel.getBoundingClientRect().top;
    const over = at => parts.some(part => low(part) > at);
    const height = over(small) ? room - 2 * MM : small;
    const first = over(small) ? parts.findIndex(part => low(part) > height) : -1;
    const all = Array.prototype.slice.call(panel.children);
    document.body.style.setProperty("--sheet", Math.floor(height) + "px");
    foot.parentNode.insertBefore(next, foot);
    if (first >= 0) all.slice(all.indexOf(parts[first])).forEach(part => next.appendChild(part));
    return function () {
      Array.prototype.slice.call(next.children).forEach(part => panel.appendChild(part));
      next.remove();
    };
  };

  /* On paper the map has another size: fit it before printing and put it back afterwards. */
  G.followPrint = function (map, bounds, outline) {
    let before = null, back = null;
    const panel = G.id("panel");
    window.addEventListener("beforeprint", function () {
      if (before || document.body.classList.contains("printing-roofs")) return;
      before = { center: map.getCenter(), zoom: map.getZoom() };
      document.body.classList.add("printing");
      if (panel) back = G.flowPanel(panel);
      map.invalidateSize({ animate: false, pan: false });
      G.fit(map, bounds, outline);
    });
    window.addEventListener("afterprint", function () {
      document.body.classList.remove("printing");
      if (back) back(); // first: the next sheet makes the map taller
      map.invalidateSize({ animate: false, pan: false });
      if (before) map.setView(before.center, before.zoom, { animate: false });
      before = back = null;
    });
    followPaper();
    window.addEventListener("resize", () => map.invalidateSize({ animate: false }));
  };
})(Guanghui);
