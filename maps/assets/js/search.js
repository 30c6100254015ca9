/* Search by name or number: a combobox with a list; Up, Down, Enter, Escape. */
(function (G) {
  "use strict";

  const MOST = 8;

  G.followSearch = function (store, box, roofs) {
    const input = box.querySelector("input");
    const list = box.querySelector("ul");
    let found = [], at = -1;

    function open(roof) {
      close();
      store.set({ view: "pv" });
      G.openRoof(roof, true);
    }

    function close() {
      found = [];
      at = -1;
      G.replace(list, []);
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function option(roof, i) {
      const id = "found-" + i;
      return G.el("li", { id: id, role: "option", "aria-selected": i === at, onmousedown: event => { event.preventDefault(); open(roof); } }, [
        G.el("strong", { text: roofs.title(roof) }),
        G.el("span", { text: roofs.columns.building_id[roof] + (roofs.has("yield_kwh") ? " · " + G.number(roofs.value("yield_kwh", roof), "kwh") : "") }),
      ]);
    }

    function show() {
      const rows = found.length ? found.map(option) : [G.el("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false", text: G.t("search_none") })];
      G.replace(list, rows);
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      if (at >= 0) input.setAttribute("aria-activedescendant", "found-" + at);
    }

    input.addEventListener("input", function () {
      at = -1;
      if (!input.value.trim()) return close();
      found = roofs.search(input.value, MOST);
      show();
    });
    input.addEventListener("keydown", function (event) {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && found.length) {
        event.preventDefault(); // else the key goes on to the button that the open card focuses
        open(found[Math.max(at, 0)]);
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        at = found.length ? (at + (event.key === "ArrowDown" ? 1 : found.length) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % found.length : -1;
        show();
      }
    });
    input.addEventListener("blur", close);
  };
})(Guanghui);
