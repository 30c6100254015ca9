/* A sheet of paper for the owner of a roof: plan with its neighbours, energy with its range, months, facts, money. */
(function (G) {
  "use strict";

  const PLAN_PX = 300;
  const MARGIN = 0.6;
  const STEPS_M = [1, 2, 5, 10, 20, 50, 100, 200];

  /* Rings of a roof as an SVG path; turn: corner in metres of Web Mercator -> point of the picture. */
  function path(outlines, roof, turn) {
    let text = "";
    for (let ring = outlines.roofStart[roof]; ring < outlines.roofStart[roof + 1]; ring++) {
      for (let i = outlines.ringStart[ring]; i < outlines.ringStart[ring + 1]; i++) {
        text += (i === outlines.ringStart[ring] ? "M" : "L") + turn(outlines.x[i], outlines.y[i]).map(v => v.toFixed(1)).join(" ");
      }
      text += "Z";
    }
    return text;
  }

  function plan(roofs, roof) {
    const outlines = roofs.outlines, box = outlines.box.slice(4 * roof, 4 * roof + 4);
    const side = Math.max(box[2] - box[0], box[3] - box[1]) * (1 + MARGIN);
    const west = (box[0] + box[2] - side) / 2, north = (box[1] + box[3] + side) / 2, scale = PLAN_PX / side;
    const turn = (x, y) => [(x - west) * scale, (north - y) * scale];
    const parts = [];
    outlines.within(west, north - side, west + side, north, function (other) {
      if (other !== roof) parts.push(G.svg("path", { d: path(outlines, other, turn), class: "beside" }));
    });
    parts.push(G.svg("path", { d: path(outlines, roof, turn), class: "own" }));
    ["face", "module"].forEach(function (kind) {
      const found = roofs.shapes(kind, roof);
      for (let one = found ? found.first : 0; found && one < found.end; one++) {
        const picture = G.svg("path", { d: path(found.outlines, one, turn), class: kind });
        if (kind === "face" && roofs.has("face_azimuth")) picture.appendChild(G.svg("title", {}, [G.t("sheet_face", { azimuth: Math.round(roofs.value("face_azimuth", one)), tilt: Math.round(roofs.value("face_tilt", one)) })]));
        parts.push(picture);
      }
    });
    const metre = scale / Math.cos((outlines.middle(roof).lat * Math.PI) / 180);
    const step = STEPS_M.filter(m => m * metre < PLAN_PX / 3).pop() || STEPS_M[0];
    parts.push(G.svg("path", { d: "M10 " + (PLAN_PX - 16) + "v6h" + (step * metre).toFixed(1) + "v-6", class: "scale" }));
    parts.push(G.svg("text", { x: 14, y: PLAN_PX - 20, class: "scale-text" }, [step + " m"]));
    parts.push(G.svg("path", { d: "M" + (PLAN_PX - 18) + " 10l6 18-6-5-6 5z", class: "needle" }));
    return G.svg("svg", { viewBox: "0 0 " + PLAN_PX + " " + PLAN_PX, class: "plan", role: "img", "aria-label": roofs.title(roof) }, parts);
  }

  /* What the plan shows, in words: faces, and modules with their power. */
  function drawn(roofs, roof) {
    const faces = roofs.shapes("face", roof), modules = roofs.shapes("module", roof), parts = [];
    if (faces) parts.push(G.t("sheet_faces", { count: G.number(faces.end - faces.first, "count") }));
    if (modules) parts.push(G.t("sheet_modules", { count: G.number(modules.end - modules.first, "modules"), power: G.number(roofs.value("module_kwp", roof), "kwp") }));
    (roofs.spec.shapes ? roofs.spec.shapes.left_out : []).forEach(kind => parts.push(G.t("sheet_left_out_" + kind)));
    return parts.length ? G.el("figcaption", { text: parts.join(" · ") + (modules ? G.t("sheet_stop") + G.t("sheet_modules_note") : "") }) : null;
  }

  function sheet(roofs, roof, state) {
    const page = G.data.page, months = roofs.months(roof), card = G.roofCard, energy = G.parts(roofs.value("yield_kwh", roof), "kwh");
    const kinds = ["building_class", "roof_form"].filter(column => roofs.has(column)).map(column => roofs.category(column, roof));
    const told = [G.pick(page.source), page.weather.length ? G.t("weather_by", { name: G.pick(page.weather) }) : "", page.date ? G.t("date", { date: page.date }) : "", G.t("roof_sheet_note")];
    return G.el("article", { class: "roof-sheet" }, [
      G.el("header", {}, [
        G.el("p", { text: [G.pick(page.city), G.pick(page.name), roofs.columns.building_id[roof]].concat(kinds).filter((part, at, all) => all.indexOf(part) === at).join(" · ") }),
        G.el("h1", { text: roofs.title(roof) }),
        G.el("p", {}, page.marks.map(key => G.el("b", { class: "mark", text: G.t(key) }))),
      ]),
      G.el("div", { class: "roof-sheet-head" }, [
        G.el("figure", {}, [plan(roofs, roof), drawn(roofs, roof)]),
        G.el("div", {}, [
          G.el("p", { class: "big" }, [G.el("b", { text: energy.number }), G.el("span", { text: energy.unit + G.t("per_year") })]),
          card.interval(roofs, roof),
          roofs.has("phase") ? G.el("p", { class: "phase-chip", text: card.phaseText(roofs, roof) }) : null,
          months ? card.monthChart(months) : null,
          G.sunChart(roofs, roof, {}),
        ]),
      ]),
      card.facts(roofs, roof),
      roofs.spec.whatif ? G.whatifCard(roofs, roof, state) : null,
      G.el("footer", { text: told.filter(Boolean).join(" · ") }),
    ]);
  }

  /* Print a sheet for each roof of a list, as many as a browser lays out at once. */
  G.MOST_SHEETS = 300;
  G.printRoofs = function (roofs, list, state) {
    const old = G.id("sheets"), node = G.el("div", { id: "sheets" }, list.slice(0, G.MOST_SHEETS).map(roof => sheet(roofs, roof, state)));
    if (old) old.remove();
    document.body.appendChild(node);
    document.body.classList.add("printing-roofs");
    window.addEventListener("afterprint", function () {
      document.body.classList.remove("printing-roofs");
      node.remove();
    }, { once: true });
    window.print();
  };
})(Guanghui);
