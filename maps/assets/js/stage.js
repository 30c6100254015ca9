/* The map itself: panes are made by folium; here come scale, north, the way home, names, and what the pointer finds. */
(function (G) {
  "use strict";

  const NAME_PX = 12;
  const RIM = 18;
  const TOOLS = 64;
  const LEAST_PX = 220;
  const AROUND = 1.5;

  function button(className, label, children, click) {
    const node = G.el("button", { type: "button", class: className, "data-t-label": label, onclick: click }, children);
    node.setAttribute("aria-label", G.t(label));
    return node;
  }

  function northArrow() {
    return G.svg("svg", { viewBox: "0 0 24 34", class: "north", role: "img", "data-t-label": "north", "aria-label": G.t("north") }, [
      G.svg("path", { d: "M12 2 L19 24 L12 19.5 Z", class: "north-dark" }),
      G.svg("path", { d: "M12 2 L5 24 L12 19.5 Z", class: "north-light" }),
      G.svg("text", { x: 12, y: 33, "text-anchor": "middle" }, ["N"]),
    ]);
  }

  function cornersOf(layer) {
    const found = [];
    const walk = part => (part.lat !== undefined ? found.push(part) : part.forEach(walk));
    layer.eachLayer(part => walk(part.getLatLngs()));
    return found;
  }

  /* Show all of the place; where the legend would cover some of it, beside or above the legend, whichever is larger. */
  G.fit = function (map, bounds, outline) {
    const way = (left, right, bottom) => ({ animate: false, paddingTopLeft: [left, RIM], paddingBottomRight: [right, bottom] });
    map.fitBounds(bounds, way(TOOLS, TOOLS, RIM));
    const over = document.querySelector(".over > #legend");
    if (!over) return;
    const legend = over.getBoundingClientRect();
    const wide = legend.width + 2 * RIM, tall = legend.height + 2 * RIM;
    const covered = cornersOf(outline).some(function (corner) {
      const at = map.latLngToContainerPoint(corner);
      return at.x < wide - RIM && at.y > map.getSize().y - tall + RIM;
    });
    if (!covered) return;
    const zoom = (across, down) => map.getBoundsZoom(bounds, false, L.point(across, down));
    const beside = zoom(wide + RIM, 2 * RIM) >= zoom(RIM + TOOLS, tall + RIM);
    map.fitBounds(bounds, beside ? way(wide, RIM, RIM) : way(RIM, TOOLS, tall));
  };

  /* The place never gets smaller than a stamp, and cannot be dragged out of sight. */
  G.keepNear = function (map, bounds) {
    const box = L.latLngBounds(bounds), project = L.CRS.EPSG3857.project.bind(L.CRS.EPSG3857);
    const low = project(box.getSouthWest()), high = project(box.getNorthEast());
    const size = Math.max(high.x - low.x, high.y - low.y);
    const back = (x, y) => L.CRS.EPSG3857.unproject(L.point(x, y));
    map.options.maxBoundsViscosity = 1;
    map.options.minZoom = Math.max(Math.floor(Math.log(LEAST_PX * G.metresPerPx0 / size) / Math.LN2), 0); // setMinZoom would set off a zoom of its own, over the first fit
    map.fire("zoomlevelschange");
    map.setMaxBounds(L.latLngBounds(back(low.x - AROUND * size, low.y - AROUND * size), back(high.x + AROUND * size, high.y + AROUND * size)));
  };

  G.setStage = function (map, tools, home) {
    L.control.scale({ imperial: false, position: "bottomright", maxWidth: 110 }).addTo(map);
    G.replace(tools, [
      northArrow(),
      button("tool", "zoom_in", [G.el("span", { text: "+" })], () => map.zoomIn()),
      button("tool", "zoom_out", [G.el("span", { text: "−" })], () => map.zoomOut()),
      button("tool", "whole", [
        G.svg("svg", { viewBox: "0 0 20 20" }, [G.svg("path", { d: "M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5" })]),
      ], home),
    ]);
  };

  /* Names lie on the map as plain text that does not take the pointer, or as links to their pages. */
  G.placeNames = function (map, store, places) {
    const labels = places.map(function (place) {
      const text = G.el(place.href ? "a" : "span", { class: "place " + (place.kind || ""), tabindex: place.href ? "-1" : null });
      const icon = L.divIcon({ html: text, className: "place-anchor", iconSize: [0, NAME_PX] });
      L.marker(place.at, { icon: icon, interactive: false, keyboard: false, pane: "names" }).addTo(map);
      return { text: text, name: place.name, href: place.href };
    });
    /* A name that the edge of the map would cut, or that lies under a tool, is not shown. */
    function whole() {
      const stage = map.getContainer().getBoundingClientRect();
      const over = Array.prototype.map.call(document.querySelectorAll("#map-tools > *, #legend"), node => node.getBoundingClientRect());
      labels.forEach(function (label) {
        const box = label.text.getBoundingClientRect();
        const inside = box.left >= stage.left && box.right <= stage.right && box.top >= stage.top && box.bottom <= stage.bottom;
        const under = over.some(other => other.width && box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top);
        label.text.style.visibility = inside && !under ? "" : "hidden";
      });
    }
    store.on(["lang"], () => labels.forEach(function (label) {
      label.text.textContent = G.pick(label.name);
      if (label.href) label.text.href = G.link(label.href);
    }));
    const soon = () => window.requestAnimationFrame(whole);
    map.on("moveend zoomend resize", soon);
    store.on(["lang", "view", "measure"], soon);
    window.addEventListener("afterprint", soon);
  };

  /* Metres of Web Mercator a pixel covers at the present zoom. */
  G.metresPerPx0 = 40075016.685578488 / 256;
  G.metresPerPx = map => G.metresPerPx0 / Math.pow(2, map.getZoom());

  /* One place that turns pointer positions into what lies there; find(latlng) returns {text, open} or null. */
  G.followPointer = function (map, tip, find) {
    let wait = 0;
    function show(event) {
      const found = find(event.latlng);
      map.getContainer().style.cursor = found && found.open ? "pointer" : "";
      tip.hidden = !found;
      if (!found) return;
      G.replace(tip, found.lines.map((line, i) => G.el(i ? "span" : "strong", { text: line })));
      const right = event.containerPoint.x > map.getSize().x - 220;
      tip.style.left = event.containerPoint.x + (right ? -14 : 14) + "px";
      tip.style.top = event.containerPoint.y + 16 + "px";
      tip.classList.toggle("to-left", right);
    }
    map.on("mousemove", function (event) {
      window.cancelAnimationFrame(wait);
      wait = window.requestAnimationFrame(() => show(event));
    });
    map.on("mouseout movestart", function () {
      window.cancelAnimationFrame(wait);
      tip.hidden = true;
    });
    map.on("click", function (event) {
      const found = find(event.latlng);
      if (found && found.open) found.open();
    });
  };
})(Guanghui);
