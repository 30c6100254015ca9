/* Below the map of the overview: what the plan asks for and what was found, and the balance of CO₂ by year. */
(function (G) {
  "use strict";

  const SIGNS = { met: "✓", short: "↓", over: "↑", under_way: "→", part: "◔", not_comparable: "–", no_data: "–" };

  function amount(value, row) {
    return value === null ? "—" : G.plain(value, row.unit);
  }

  /* Change on the year before: of a share in points, of all else in percent. */
  function change(percent, actual, row) {
    return percent === null || row.unit !== "%" ? percent : actual - actual / (1 + percent / 100);
  }

  function signed(value, row) {
    return value === null ? "" : " (" + (value > 0 ? "+" : "") + (row.unit === "%" ? G.t("points", { value: G.plain(value, "") }) : G.plain(value, "%")) + ")";
  }

  /* What was counted, beside the result. */
  function counted(row) {
    if (row.actual === null || row.actual === undefined) return null;
    return G.el("small", {}, [G.t("score_actual", { year: row.actual_year }) + " ", G.el("span", { class: "whole", text: amount(row.actual, row) }), " ", G.el("span", { class: "whole", text: signed(change(row.actual_change_pct, row.actual, row), row).trim() })]);
  }

  function scoreLine(row) {
    const why = G.pick(row.why), bring = row.bring && G.pick(row.bring);
    return G.el("tr", {}, [
      G.el("th", { scope: "row" }, [G.pick(row.name), row.responsible ? G.el("small", { text: G.t("score_responsible") + " " + row.responsible }) : null]),
      G.el("td", { "data-label": G.t("score_year"), text: row.year }),
      G.el("td", { "data-label": G.t("score_target") }, [
        row.target === null ? G.pick(row.target_text) : amount(row.target, row),
        row.target !== null && row.target_text[0] ? G.el("small", { text: G.pick(row.target_text) }) : null,
      ]),
      G.el("td", { "data-label": G.t("score_result") }, [G.el("b", { text: amount(row.result, row) }), counted(row)]),
      G.el("td", { class: "verdict" }, [
        G.el("span", { class: "status is-" + row.status }, [G.el("i", { "aria-hidden": "true", text: SIGNS[row.status] }), G.t("status_" + row.status)]),
        why ? G.el("small", { text: why }) : null,
        bring && why.indexOf(bring) < 0 ? G.el("small", { text: G.t("score_bring") + " " + bring }) : null,
      ]),
    ]);
  }

  function tally(rows) {
    return Object.keys(SIGNS).map(function (status) {
      const count = rows.filter(row => row.status === status).length;
      return count ? G.el("span", { class: "status is-" + status }, [G.el("b", { text: String(count) }), G.t("status_" + status)]) : null;
    });
  }

  /* Papers behind the targets, each named once, below the table. */
  function papers(rows) {
    const found = rows.map(row => row.source).filter((text, at, all) => text && all.indexOf(text) === at);
    return found.length ? G.el("p", { class: "hint after", text: G.t("sources") + "  " + found.join("；") }) : null;
  }

  G.scoreSheet = function (rows) {
    if (!rows || !rows.length) return null;
    const heads = ["score_item", "score_year", "score_target", "score_result", "score_status"];
    return G.el("section", { class: "sheet score" }, [
      G.el("h2", { text: G.t("scorecard") }),
      G.el("p", { class: "tally" }, tally(rows)),
      G.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": G.t("scorecard") }, [
        G.el("table", {}, [
          G.el("thead", {}, [G.el("tr", {}, heads.map(key => G.el("th", { scope: "col", text: G.t(key) })))]),
          G.el("tbody", {}, rows.map(scoreLine)),
        ]),
      ]),
      papers(rows),
    ]);
  };

  /* What was counted, year on year, for the yearly report. */
  G.yearlySheet = function (rows) {
    if (!rows || !rows.length) return null;
    const heads = ["score_item", "score_year", "yearly_actual", "yearly_change", "yearly_target", "yearly_reached"];
    const lines = rows.map((row, at) => G.el("tr", {}, [
      at && G.pick(rows[at - 1].name) === G.pick(row.name) ? G.el("td", { class: "again" }) : G.el("th", { scope: "row" }, [G.pick(row.name), row.responsible ? G.el("small", { text: row.responsible }) : null]),
      G.el("td", { "data-label": G.t(heads[1]), text: row.year }),
      G.el("td", { "data-label": G.t(heads[2]), text: amount(row.actual, row) }),
      G.el("td", { "data-label": G.t(heads[3]), text: row.change_pct === null ? "—" : signed(change(row.change_pct, row.actual, row), row).slice(2, -1) }),
      G.el("td", { "data-label": G.t(heads[4]) }, row.target === null ? ["—"] : [amount(row.target, row), G.el("small", { class: "beside", text: row.target_year })]),
      G.el("td", { "data-label": G.t(heads[5]), text: row.reached_pct === null ? "—" : G.plain(row.reached_pct, "%") }),
    ]));
    return G.el("section", { class: "sheet score yearly" }, [
      G.el("h2", { text: G.t("yearly") }),
      G.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": G.t("yearly") }, [
        G.el("table", {}, [
          G.el("thead", {}, [G.el("tr", {}, heads.map(key => G.el("th", { scope: "col", text: G.t(key) })))]),
          G.el("tbody", {}, lines),
        ]),
      ]),
    ]);
  };

  /* The same shares of two bases: the whole place, or a zone of it. */
  G.readingSheet = function (rows) {
    if (!rows || !rows.length) return null;
    const heads = ["reading_base", "score_year", "reading_reached", "reading_available", "fact_capacity_kwp", "fact_yield_kwh", "reading_left"];
    const columns = {};
    [["available_m2", "m2"], ["capacity_kwp", "kwp"], ["yield_kwh", "kwh"], ["left_m2", "m2"], ["left_kwp", "kwp"]].forEach(pair => (columns[pair[0]] = G.column(rows.map(row => row[pair[0]]), pair[1])));
    const cell = (name, row) => columns[name].text(row[name]) + (columns[name].unit ? " " + columns[name].unit : "");
    const lines = rows.map((row, at) => G.el("tr", {}, [
      at && rows[at - 1].reading === row.reading ? G.el("td", { class: "again" }) : G.el("th", { scope: "row" }, [G.t("reading_" + row.reading)]),
      G.el("td", { "data-label": G.t(heads[1]), text: String(row.year) }),
      G.el("td", { "data-label": G.t(heads[2]) }, [G.number(row.reached_pct, "pct"), G.el("small", { text: G.t("reading_asked") + " " + G.number(row.target_pct, "pct") })]),
      G.el("td", { "data-label": G.t(heads[3]), text: cell("available_m2", row) }),
      G.el("td", { "data-label": G.t(heads[4]), text: cell("capacity_kwp", row) }),
      G.el("td", { "data-label": G.t(heads[5]), text: cell("yield_kwh", row) }),
      G.el("td", { "data-label": G.t(heads[6]) }, [cell("left_m2", row), G.el("small", { text: cell("left_kwp", row) })]),
    ]));
    return G.el("section", { class: "sheet score readings" }, [
      G.el("h2", { text: G.t("readings") }),
      G.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": G.t("readings") }, [
        G.el("table", {}, [
          G.el("thead", {}, [G.el("tr", {}, heads.map(key => G.el("th", { scope: "col", text: G.t(key) })))]),
          G.el("tbody", {}, lines),
        ]),
      ]),
      G.el("p", { class: "hint after", text: G.t("reading_hint") }),
    ]);
  };

  function figureCell(cell, at, label) {
    const text = cell.text ? G.pick(cell.text) : G.number(cell.value, cell.unit);
    const parts = cell.small && G.pick(cell.small) ? G.pick(cell.small).replace(/(，|, )/g, "$1\n").split("\n") : [];
    const small = parts.length ? G.el("small", {}, parts.map(part => G.el("span", { class: "whole", text: part }))) : null;
    return G.el(at ? "td" : "th", at ? { "data-label": text ? label : null } : { scope: "row" }, [text, small]);
  }

  /* A plain table: words in both languages, numbers with a unit. */
  G.figureTable = function (table) {
    return G.el("section", { class: "sheet score tabled" }, [
      G.el("h2", { text: G.t(table.title) }),
      G.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": G.t(table.title) }, [
        G.el("table", {}, [
          G.el("thead", {}, [G.el("tr", {}, table.heads.map(key => G.el("th", { scope: "col", text: G.t(key) })))]),
          G.el("tbody", {}, table.rows.map(row => G.el("tr", {}, row.map((cell, at) => figureCell(cell, at, G.t(table.heads[at])))))),
        ]),
      ]),
      table.hint ? G.el("p", { class: "hint after", text: G.t(table.hint) }) : null,
    ]);
  };

  function yearTable(balance) {
    const columns = balance.series.map(one => G.column(one.values, "tco2"));
    const heads = [G.el("th", { scope: "col", text: G.t("year") })].concat(balance.series.map((one, i) => G.el("th", { scope: "col" }, [G.t("balance_" + one.key), G.el("small", { text: columns[i].unit })])));
    const lines = balance.years.map((year, at) => G.el("tr", {}, [G.el("th", { scope: "row", text: String(year) })].concat(balance.series.map((one, i) => G.el("td", { text: columns[i].text(one.values[at]) })))));
    return G.el("details", { class: "figures-table" }, [
      G.el("summary", { text: G.t("figures_table") }),
      G.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": G.t("figures_table") }, [
        G.el("table", {}, [G.el("thead", {}, [G.el("tr", {}, heads)]), G.el("tbody", {}, lines)]),
      ]),
    ]);
  }

  G.balanceSheet = function (balance) {
    if (!balance) return null;
    const panels = ["emission", "saving"].map(function (panel) {
      const series = balance.series.filter(one => one.panel === panel);
      if (!series.length) return null;
      const named = series.map(one => Object.assign({ label: G.t("balance_" + one.key) }, one));
      return G.lineChart({ title: G.t("balance_" + panel), years: balance.years, series: named, unit: "tco2" });
    });
    return G.el("section", { class: "sheet balance" }, [G.el("h2", { text: G.t("balance") })].concat(panels, [
      balance.doubt && G.pick(balance.doubt) ? G.el("p", { class: "hint doubt", text: G.pick(balance.doubt) }) : null,
      G.el("p", { class: "hint", text: G.t("never_added") }),
      yearTable(balance),
    ]));
  };
})(Guanghui);
