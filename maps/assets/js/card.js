/* The card of one roof: its row of the table. */
(function (G) {
  "use strict";

  const MONTH_PX = 15;
  const CHART_PX = 44;

  function monthChart(months) {
    const most = Math.max.apply(null, months);
    const best = months.indexOf(most);
    const bars = months.map(function (value, m) {
      const tall = most > 0 ? Math.max((CHART_PX * value) / most, 1) : 1;
      const bar = G.svg("rect", { x: m * MONTH_PX + 2, y: CHART_PX - tall, width: MONTH_PX - 4, height: tall, rx: 1.5, class: m === best ? "best" : "" });
      bar.appendChild(G.svg("title", {}, [G.t("month_n", { n: m + 1 }) + " " + G.number(value, "kwh")]));
      return bar;
    });
    const ticks = months.map((_, m) => G.svg("text", { x: m * MONTH_PX + MONTH_PX / 2, y: CHART_PX + 12, "text-anchor": "middle" }, [String(m + 1)]));
    const label = G.t("months_label", { month: G.t("month_n", { n: best + 1 }), value: G.number(most, "kwh") });
    return G.el("figure", { class: "months" }, [
      G.svg("svg", { viewBox: "0 0 " + 12 * MONTH_PX + " " + (CHART_PX + 15), role: "img", "aria-label": label }, bars.concat(ticks)),
      G.el("figcaption", { text: label }),
    ]);
  }

  /* Where the largest face looks, as a needle on a rose. */
  function compass(azimuth, tilt) {
    const flat = !(tilt >= 5);
    const needle = flat ? G.svg("circle", { cx: 20, cy: 20, r: 4, class: "needle" })
      : G.svg("path", { d: "M20 5 L24.5 22 L20 19 L15.5 22 Z", class: "needle", transform: "rotate(" + azimuth.toFixed(0) + " 20 20)" });
    return G.svg("svg", { viewBox: "0 0 40 40", class: "compass", role: "img", "aria-label": G.t(flat ? "facing_flat" : "facing", { degrees: Math.round(azimuth) }) }, [
      G.svg("circle", { cx: 20, cy: 20, r: 18 }), needle,
    ]);
  }

  function row(label, text) {
    return [G.el("dt", { text: label }), G.el("dd", { text: text })];
  }

  function phaseText(roofs, roof) {
    const place = roofs.columns.phase[roof];
    return place ? G.t("phase_year", { year: roofs.spec.phases.years[place - 1] }) : G.t("phase_none");
  }

  function facts(roofs, roof) {
    const found = [];
    roofs.spec.card.forEach(function (field) {
      if (field.category) found.push(row(G.fieldName(field), roofs.category(field.column, roof) || "—"));
      else if (field.plain || field.text) found.push(row(G.fieldName(field), G.plainText(roofs.columns[field.column][roof]) || "—"));
      else if (!field.column.startsWith("lost_") || roofs.value(field.column, roof) > 0) found.push(row(G.t(field.word), G.number(roofs.value(field.column, roof), field.unit)));
    });
    return G.el("dl", {}, found.reduce((all, pair) => all.concat(pair), []));
  }

  /* Interval of one roof's energy from what all roofs share and what is its own. */
  function interval(roofs, roof) {
    const u = roofs.spec.uncertainty, energy = roofs.value("yield_kwh", roof);
    if (!u || !(energy > 0)) return null;
    const part = u.z * Math.hypot(roofs.common(roof), roofs.own(roof));
    return G.el("p", { class: "interval" }, G.interval(G.range(energy * Math.max(1 - part, 0), energy * (1 + part), "kwh", energy)));
  }

  G.roofCard = { monthChart: monthChart, facts: facts, interval: interval, phaseText: phaseText };

  function content(roofs, roof, state, close) {
    const months = roofs.months(roof);
    const kinds = ["building_class", "roof_form"].filter(column => roofs.has(column)).map(column => roofs.category(column, roof));
    const energy = G.parts(roofs.value("yield_kwh", roof), "kwh");
    return [
      G.el("header", {}, [
        G.el("div", {}, [
          G.el("h2", { text: roofs.title(roof) }),
          G.el("p", { text: [roofs.columns.building_id[roof]].concat(kinds).join(" · ") }),
        ]),
        G.el("button", { type: "button", class: "sheet-of-roof", id: "roof-sheet", text: G.t("roof_sheet"), onclick: () => G.printRoofs(roofs, [roof], state) }),
        G.el("button", { type: "button", class: "close", "aria-label": G.t("close"), text: "×", onclick: close }),
      ]),
      G.el("div", { class: "card-head" }, [
        G.el("p", { class: "big" }, [G.el("b", { text: energy.number }), G.el("span", { text: energy.unit + G.t("per_year") })]),
        roofs.has("surface_azimuth") ? compass(roofs.value("surface_azimuth", roof), roofs.value("surface_tilt", roof)) : null,
      ]),
      interval(roofs, roof),
      roofs.has("phase") ? G.el("p", { class: "phase-chip" + (roofs.columns.phase[roof] ? "" : " none"), text: phaseText(roofs, roof) }) : null,
      months ? monthChart(months) : null,
      G.sunChart(roofs, roof, state),
      facts(roofs, roof),
      G.whatifCard(roofs, roof, state),
    ];
  }

  G.followCard = function (map, store, node, roofs) {
    let mark = null, before = null;
    function close() {
      store.set({ roof: -1 });
      if (before && before.focus) before.focus();
    }
    store.on(["roof", "lang", "view", "whatif"].concat(roofs.sky ? ["measure", "day", "minute"] : []), function (state) {
      const open = state.roof >= 0 && state.view === "pv";
      if (mark) map.removeLayer(mark);
      mark = null;
      node.hidden = !open;
      if (!open) return;
      mark = L.polygon(roofs.outlines.latLngs(state.roof), { pane: "highlight", interactive: false, color: "#12303a", weight: 2.5, fill: false }).addTo(map);
      G.replace(node, content(roofs, state.roof, state, close));
      node.setAttribute("aria-label", roofs.title(state.roof));
    });
    node.addEventListener("keydown", event => event.key === "Escape" && close());
    G.openRoof = function (roof, move) {
      before = document.activeElement;
      store.set({ roof: roof });
      if (!move) return;
      map.setView(roofs.outlines.middle(roof), Math.max(map.getZoom(), 17), { animate: false });
      node.querySelector(".close").focus();
    };
  };
})(Guanghui);
