/* Roofs chosen by hand: a rectangle or a line drawn about them, Shift adds, a click puts one in or takes it out. */
(function (G) {
  "use strict";

  const STILL_PX = 4;
  const KEPT = 30;
  const ICONS = {
    rectangle: "M3 5h14v10H3z",
    lasso: "M10 4c5 0 8 2 8 5s-3 5-8 5-8-2-8-5 3-5 8-5zM6 13.5c-2 2 0 4 2 4",
  };

  /* Roofs that phase and filters show and whose middle lies inside a line of Web Mercator points. */
  function roofsIn(roofs, line) {
    const xs = line.map(p => p.x), ys = line.map(p => p.y), box = roofs.outlines.box, found = [];
    roofs.outlines.within(Math.min.apply(null, xs), Math.min.apply(null, ys), Math.max.apply(null, xs), Math.max.apply(null, ys), function (roof) {
      const k = 4 * roof;
      if (roofs.pass[roof] && G.inRing(line.length, i => line[i].x, i => line[i].y, (box[k] + box[k + 2]) / 2, (box[k + 1] + box[k + 3]) / 2)) found.push(roof);
    });
    return found;
  }

  G.followSelection = function (map, store, roofs, tools) {
    const pane = map.getContainer(), before = [];
    let path = null, drawn = null, adding = false, moved = false;

    function keep(selected) {
      before.push(store.state.selected);
      if (before.length > KEPT) before.shift();
      store.set({ selected: selected, undo: before.length });
    }

    function take(found, add) {
      const flags = add && store.state.selected ? store.state.selected.slice() : new Uint8Array(roofs.count);
      found.forEach(roof => (flags[roof] = 1));
      keep(flags.some(flag => flag) ? flags : null);
    }

    G.selectRoofs = take;
    G.clearSelection = () => store.state.selected && keep(null);
    G.undoSelection = function () {
      if (before.length) store.set({ selected: before.pop(), undo: before.length });
    };
    G.toggleRoof = function (roof) {
      if (moved) return;
      const flags = store.state.selected ? store.state.selected.slice() : new Uint8Array(roofs.count);
      flags[roof] = flags[roof] ? 0 : 1;
      keep(flags.some(flag => flag) ? flags : null);
    };

    const pointOf = function (event) {
      const box = pane.getBoundingClientRect();
      return L.point(event.clientX - box.left, event.clientY - box.top);
    };

    function shape() {
      const first = path[0], last = path[path.length - 1];
      return store.state.tool === "rectangle" ? [first, L.point(last.x, first.y), last, L.point(first.x, last.y)] : path;
    }

    function end() {
      if (drawn) map.removeLayer(drawn);
      path = drawn = null;
    }

    pane.addEventListener("pointerdown", function (event) {
      moved = false;
      if (!ICONS[store.state.tool] || event.button || event.target.closest(".over")) return;
      path = [pointOf(event)];
      adding = event.shiftKey;
    });
    pane.addEventListener("mousedown", event => ICONS[store.state.tool] && !event.target.closest(".over") && event.preventDefault()); // else the page's text is marked
    window.addEventListener("pointermove", function (event) {
      if (!path) return;
      path.push(pointOf(event));
      moved = moved || path[0].distanceTo(path[path.length - 1]) > STILL_PX;
      if (!moved) return;
      const corners = shape().map(p => map.containerPointToLatLng(p));
      if (drawn) drawn.setLatLngs(corners);
      else drawn = L.polygon(corners, { pane: "highlight", interactive: false, color: "#12303a", weight: 2, dashArray: "5 4", fillOpacity: 0.08 }).addTo(map);
    });
    window.addEventListener("pointerup", function () {
      if (path && moved) take(roofsIn(roofs, shape().map(p => L.CRS.EPSG3857.project(map.containerPointToLatLng(p)))), adding);
      end();
    });
    window.addEventListener("pointercancel", end);
    window.addEventListener("keydown", event => event.key === "Escape" && ICONS[store.state.tool] && store.set({ tool: "" }));

    const buttons = Object.keys(ICONS).map(function (tool) {
      const node = G.el("button", { type: "button", class: "tool", id: "tool-" + tool, "data-t-label": "select_" + tool, onclick: () => store.set({ tool: store.state.tool === tool ? "" : tool }) }, [
        G.svg("svg", { viewBox: "0 0 20 20" }, [G.svg("path", { d: ICONS[tool], "stroke-dasharray": tool === "rectangle" ? "3 2" : null })]),
      ]);
      tools.appendChild(node);
      return { node: node, tool: tool };
    });
    store.on(["tool", "view", "lang"], function (state) {
      const on = state.view === "pv" && ICONS[state.tool] ? state.tool : "";
      buttons.forEach(button => {
        button.node.hidden = state.view !== "pv";
        button.node.setAttribute("aria-pressed", String(button.tool === on));
        button.node.setAttribute("aria-label", G.t("select_" + button.tool));
        button.node.title = G.t("select_hint");
      });
      ["dragging", "boxZoom"].forEach(way => map[way][on ? "disable" : "enable"]());
      pane.classList.toggle("drawing", Boolean(on));
    });
  };

  /* The block of the panel: how many are chosen, undo, clear. */
  G.selectionBlock = function (state) {
    if (!state.selected && !state.undo) return null;
    const count = state.selected ? state.selected.reduce((sum, flag) => sum + flag, 0) : 0;
    const press = (id, word, call, off) => G.el("button", { type: "button", id: id, text: G.t(word), onclick: call, disabled: off });
    return G.el("p", { class: "filter", id: "selection" }, [
      G.el("span", { text: state.selected ? G.t("select_text", { count: G.number(count, "roofs") }) : G.t("select_none") }),
      press("select-undo", "select_undo", G.undoSelection, !state.undo),
      press("select-clear", "select_clear", G.clearSelection, !state.selected),
    ]);
  };
})(Guanghui);
