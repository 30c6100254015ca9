/* The lit roofs as a list: sorted by any column, only the rows in sight are drawn; to CSV, GeoJSON and an exclusion layer. */
(function (G) {
  "use strict";

  const ROW_PX = 30;
  const SPARE = 8;
  const ORDER = new Intl.Collator("zh");
  const COUNTED = ["usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan"];

  /* Columns of the list: those of the card, in the programme's own figures where a phase is shown. */
  function columnsOf(roofs) {
    const found = [{ column: "building_id", word: "list_id", text: true }, { column: "name", word: "list_name", text: true }];
    ["building_class", "roof_form"].filter(c => roofs.has(c)).forEach(c => found.push({ column: c, word: "list_" + c, category: true }));
    if (roofs.has("phase")) found.push({ column: "phase", word: "measure_phase", phase: true });
    found.push({ column: "yield_kwh", word: "figure_yield", unit: "kwh" });
    return found.concat(roofs.spec.card.map(f => ({ column: f.column, word: f.word, label: f.label, unit: f.unit, category: f.category, plain: f.plain, own: f.text })))
      .filter(c => c.text || c.phase || roofs.has(c.column));
  }

  function valueOf(roofs, column, roof) {
    if (column.text || column.own) return roofs.columns[column.column][roof];
    if (column.phase) {
      const place = roofs.columns.phase[roof];
      return place ? roofs.spec.phases.years[place - 1] : "";
    }
    if (column.category) return roofs.category(column.column, roof);
    return COUNTED.indexOf(column.column) >= 0 ? roofs.counted(column.column, roof) : roofs.value(column.column, roof);
  }

  function lit(roofs) {
    const found = [];
    for (let i = 0; i < roofs.count; i++) if (roofs.chosen[i]) found.push(i);
    return found;
  }

  function sorted(roofs, column, down) {
    const values = new Array(roofs.count), gaps = new Uint8Array(roofs.count), found = lit(roofs), sign = down ? -1 : 1;
    found.forEach(function (roof) {
      const value = (values[roof] = valueOf(roofs, column, roof));
      gaps[roof] = value === "" || value === null || (typeof value === "number" && isNaN(value)) ? 1 : 0;
    });
    return found.sort(function (a, b) {
      const x = values[a], y = values[b];
      if (gaps[a] || gaps[b]) return gaps[a] - gaps[b] || a - b;
      return (typeof x === "string" ? ORDER.compare(x, y) : x - y) * sign || a - b;
    });
  }

  /* A cell of a CSV file; text that a spreadsheet would take for a formula stays text. */
  function cell(value) {
    if (typeof value === "number") return isFinite(value) ? String(value) : "";
    const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  G.roofCsv = function (roofs) {
    const columns = columnsOf(roofs);
    const rows = lit(roofs).map(roof => columns.map(c => cell(valueOf(roofs, c, roof))).join(","));
    return "\ufeff" + [columns.map(c => c.column).join(",")].concat(rows).join("\r\n") + "\r\n";
  };

  const yearOf = (roofs, roof) => (roofs.has("phase") && roofs.columns.phase[roof] ? roofs.spec.phases.years[roofs.columns.phase[roof] - 1] : null);

  /* Lit roofs as a layer; extra(roof) gives properties that the region file reads. */
  G.roofGeoJson = function (roofs, extra) {
    const columns = columnsOf(roofs);
    const features = lit(roofs).map(function (roof) {
      const properties = {};
      columns.forEach(function (c) {
        const value = valueOf(roofs, c, roof);
        properties[c.column] = value === "" || (typeof value === "number" && !isFinite(value)) ? null : value;
      });
      if (extra) Object.assign(properties, extra(roof));
      return { type: "Feature", properties: properties, geometry: roofs.outlines.geometry(roof) };
    });
    return JSON.stringify({ type: "FeatureCollection", features: features });
  };

  function download(name, text, type) {
    const url = URL.createObjectURL(new Blob([text], { type: type + ";charset=utf-8" }));
    const link = G.el("a", { href: url, download: name });
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  /* The list itself, over the map; it stays with the choice while it is open. */
  G.followList = function (store, node, roofs) {
    let sort = "yield_kwh", down = true, rows = [], before = null;

    function close() {
      store.set({ list: false });
      if (before && before.focus) before.focus();
    }

    function draw(state) {
      node.hidden = !(state.list && state.view === "pv");
      if (node.hidden) return;
      const columns = columnsOf(roofs), code = G.data.page.code, kept = node.querySelector(".rows");
      const left = kept ? kept.scrollLeft : 0;
      rows = sorted(roofs, columns.filter(c => c.column === sort)[0] || columns[0], down);
      const shown = {};
      columns.filter(c => c.unit).forEach(c => (shown[c.column] = G.column(rows.map(roof => valueOf(roofs, c, roof)), c.unit)));
      const text = (c, roof) => (c.unit ? shown[c.column].text(valueOf(roofs, c, roof)) : c.plain ? G.plainText(valueOf(roofs, c, roof)) : String(valueOf(roofs, c, roof)));
      const unit = c => (c.unit && shown[c.column].unit ? G.t("list_unit", { unit: shown[c.column].unit }) : "");
      const grid = { "grid-template-columns": columns.map(c => (c.text || c.own ? "150px" : c.unit ? "112px" : c.category ? "122px" : "70px")).join(" ") };
      const head = G.el("div", { class: "row head-row", role: "row", style: grid }, columns.map(function (c) {
        const on = c.column === sort;
        return G.el("div", { role: "columnheader", "aria-sort": on ? (down ? "descending" : "ascending") : "none", class: c.unit ? "number" : "" }, [
          G.el("button", { type: "button", "data-column": c.column, onclick: function () {
            down = on ? !down : Boolean(c.unit);
            sort = c.column;
            draw(store.state);
            node.querySelector('[data-column="' + sort + '"]').focus();
          } }, [G.fieldName(c), unit(c) ? G.el("span", { class: "whole", text: unit(c) }) : null, on ? (down ? " ↓" : " ↑") : null]),
        ]);
      }));
      const body = G.el("div", { class: "body", style: { height: rows.length * ROW_PX + "px" } });
      const view = G.el("div", { class: "rows", role: "table", tabindex: 0, "aria-rowcount": rows.length + 1, "aria-label": G.t("list_title") }, [head, body]);
      const fill = function () {
        const first = Math.max(Math.floor(view.scrollTop / ROW_PX) - SPARE, 0);
        const last = Math.min(first + Math.ceil(view.clientHeight / ROW_PX) + 2 * SPARE, rows.length);
        G.replace(body, rows.slice(first, last).map((roof, i) => G.el("div", { class: "row", role: "row", "aria-rowindex": first + i + 2, style: Object.assign({ top: (first + i) * ROW_PX + "px" }, grid) },
          columns.map((c, at) => G.el("div", { role: "cell", class: c.unit ? "number" : "" }, [
            at ? text(c, roof) : G.el("button", { type: "button", text: text(c, roof), onclick: () => { close(); G.openRoof(roof, true); } }),
          ])))));
      };
      view.addEventListener("scroll", fill);
      const save = (word, name, make, type) => G.el("button", { type: "button", id: word, text: G.t(word), disabled: !rows.length, onclick: () => download(name, make(), type) });
      G.replace(node, [
        G.el("header", {}, [
          G.el("h2", { text: G.t("list_title") + " · " + G.number(rows.length, "roofs") }),
          save("list_csv", code + "-roofs.csv", () => G.roofCsv(roofs), "text/csv"),
          save("list_geojson", code + "-roofs.geojson", () => G.roofGeoJson(roofs), "application/geo+json"),
          save("list_exclude", code + "-exclude.geojson", () => G.roofGeoJson(roofs, () => ({ reason: G.t("list_reason") })), "application/geo+json"),
          save("list_programme", code + "-programme.geojson", () => G.roofGeoJson(roofs, roof => ({ year: yearOf(roofs, roof) })), "application/geo+json"),
          G.el("button", { type: "button", id: "list_sheets", text: G.t("list_sheets"), disabled: !rows.length || rows.length > G.MOST_SHEETS, title: G.t("list_sheets_hint", { most: G.MOST_SHEETS }), onclick: () => G.printRoofs(roofs, rows, store.state) }),
          G.el("button", { type: "button", class: "close", "aria-label": G.t("close"), text: "×", onclick: close }),
        ]),
        G.el("p", { class: "hint", text: G.t("list_hint", { exclude: code + "-exclude.geojson", programme: code + "-programme.geojson" }) }),
        view,
      ]);
      view.scrollLeft = left;
      fill();
    }

    node.addEventListener("keydown", event => event.key === "Escape" && close());
    G.openList = function () {
      before = document.activeElement;
      store.set({ list: true });
      node.querySelector(".close").focus();
    };
    store.on(["list", "lang", "view", "year", "classes", "least", "filters", "selected"], draw);
  };
})(Guanghui);
