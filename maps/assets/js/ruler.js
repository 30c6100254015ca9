/* Where the pointer is, in CGCS2000, and how long and how large what is drawn by clicks is. */
(function (G) {
  "use strict";

  const A = 6378137, FLAT = 1 / 298.257222101; // CGCS2000
  const N = FLAT / (2 - FLAT), ROUND = (A / (1 + N)) * (1 + N * N / 4 + Math.pow(N, 4) / 64);
  const SERIES = [
    N / 2 - (2 / 3) * N * N + (5 / 16) * Math.pow(N, 3),
    (13 / 48) * N * N - (3 / 5) * Math.pow(N, 3),
    (61 / 240) * Math.pow(N, 3),
  ];
  const ECC = Math.sqrt(FLAT * (2 - FLAT));
  const ZONE = 3, EAST_M = 500000, DEG = Math.PI / 180;
  const CHINA = { west: 73, east: 136, south: 17, north: 54 };
  const LONG_M = 1000;
  const ICON = "M3 13.5 13.5 3 17 6.5 6.5 17zM6 10.5l2 2M8.5 8l1.5 1.5M11 5.5l2 2";

  /* Transverse Mercator on the ellipsoid, to the third order of Krüger: metres east of a meridian and north of the equator. */
  G.plane = function (lat, lng, meridian) {
    const phi = lat * DEG, turn = (lng - meridian) * DEG, sine = Math.sin(phi);
    const t = Math.sinh(Math.atanh(sine) - ECC * Math.atanh(ECC * sine));
    const xi = Math.atan2(t, Math.cos(turn)), eta = Math.atanh(Math.sin(turn) / Math.sqrt(1 + t * t));
    let north = xi, east = eta;
    SERIES.forEach(function (weight, i) {
      const k = 2 * (i + 1);
      north += weight * Math.sin(k * xi) * Math.cosh(k * eta);
      east += weight * Math.cos(k * xi) * Math.sinh(k * eta);
    });
    return { x: ROUND * east, y: ROUND * north };
  };

  const whole = value => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");

  /* Degrees and, in China, the three-degree zone that its bureaus use. */
  G.placeText = function (at) {
    const degrees = Math.abs(at.lng).toFixed(5) + "° " + (at.lng < 0 ? "W" : "E") + ", " + Math.abs(at.lat).toFixed(5) + "° " + (at.lat < 0 ? "S" : "N");
    if (at.lng < CHINA.west || at.lng > CHINA.east || at.lat < CHINA.south || at.lat > CHINA.north) return [degrees + " (WGS 84)"];
    const meridian = ZONE * Math.round(at.lng / ZONE), point = G.plane(at.lat, at.lng, meridian);
    return [degrees, G.t("place_zone", { meridian: meridian, east: whole(EAST_M + point.x), north: whole(point.y) })];
  };

  /* Length of a line and area within it, in metres. */
  G.measured = function (points) {
    const middle = points.length ? points[0].lng : 0, flat = points.map(p => G.plane(p.lat, p.lng, middle));
    let length = 0, twice = 0;
    flat.forEach(function (p, i) {
      const next = flat[(i + 1) % flat.length];
      if (i + 1 < flat.length) length += Math.hypot(next.x - p.x, next.y - p.y);
      twice += (p.x - flat[0].x) * (next.y - flat[0].y) - (next.x - flat[0].x) * (p.y - flat[0].y);
    });
    return { length: length, area: Math.abs(twice) / 2 };
  };

  const four = value => String(+value.toPrecision(4));
  const lengthText = m => (m >= LONG_M ? G.t("length_km", { value: four(m / LONG_M) }) : G.t("length_m", { value: four(m) }));

  G.followRuler = function (map, store, tools, where, told) {
    const pane = map.getContainer(), points = [];
    let line = null;
    const button = G.el("button", { type: "button", class: "tool", id: "tool-ruler", "data-t-label": "ruler", onclick: () => store.set({ tool: store.state.tool === "ruler" ? "" : "ruler" }) }, [
      G.svg("svg", { viewBox: "0 0 20 20" }, [G.svg("path", { d: ICON })]),
    ]);
    tools.appendChild(button);

    function draw() {
      if (line) map.removeLayer(line);
      line = points.length ? L.polygon(points, { pane: "highlight", interactive: false, color: "#12303a", weight: 2, fill: points.length > 2, fillOpacity: 0.08, noClip: true }).addTo(map) : null;
      const found = G.measured(points), parts = [];
      if (points.length > 1) parts.push(G.t("ruler_length", { value: lengthText(found.length) }));
      if (points.length > 2) parts.push(G.t("ruler_area", { value: G.number(found.area, "m2") }));
      told.textContent = parts.length ? parts.join(" · ") : G.t("ruler_hint");
    }

    map.on("click", function (event) {
      if (store.state.tool !== "ruler") return;
      points.push(event.latlng);
      draw();
    });
    map.on("mousemove", event => G.replace(where, G.placeText(event.latlng).map(text => G.el("span", { text: text }))));
    map.on("mouseout", () => G.replace(where, []));
    store.on(["tool", "lang"], function (state) {
      const on = state.tool === "ruler";
      button.setAttribute("aria-pressed", String(on));
      button.setAttribute("aria-label", G.t("ruler"));
      button.title = G.t("ruler");
      map.doubleClickZoom[on ? "disable" : "enable"]();
      pane.classList.toggle("measuring", on);
      told.hidden = !on;
      if (!on) points.length = 0;
      draw();
    });
    window.addEventListener("keydown", event => event.key === "Escape" && store.state.tool === "ruler" && store.set({ tool: "" }));
  };
})(Guanghui);
