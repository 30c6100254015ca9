/* Filters by any field of the card: limits of a number, one of a few words, or letters of a text. */
(function (G) {
  "use strict";

  const DRAWN = ["lang", "view", "filters"];
  const BETWEEN = "~", NEXT = "|";

  /* Fields that a filter can be set on: the energy, then those of the card and of the user's own. */
  G.filterFields = function (roofs) {
    const energy = roofs.has("yield_kwh") ? [{ column: "yield_kwh", word: "figure_yield", unit: "kwh" }] : [];
    return energy.concat(roofs.spec.card.filter(field => roofs.has(field.column)));
  };

  G.fieldName = field => (field.label ? G.pick(field.label) : G.t(field.word));

  /* A value of a field that is no measured one of ours. */
  G.plainText = value => (typeof value === "number" ? (isFinite(value) ? String(+value.toPrecision(12)) : "") : value);

  const asks = filter => filter.low !== null || filter.high !== null || filter.text !== "";
  const fieldOf = (roofs, filter) => G.filterFields(roofs).filter(field => field.column === filter.column)[0];

  /* Smallest unit of a field, in which limits are typed: [size, word]. */
  function stepOf(field) {
    if (!field.unit) return [1, ""];
    return G.data.units[field.unit][G.lang].map(step => [step[1], step[2]]).sort((a, b) => a[0] - b[0])[0];
  }

  /* One test a filter: roof -> whether it stays. A roof without the figure goes. */
  G.filterTests = function (roofs, filters) {
    return filters.filter(asks).map(function (filter) {
      const field = fieldOf(roofs, filter), values = roofs.values(filter.column);
      if (field.category) return roof => values[roof] === +filter.text;
      if (field.text) return roof => values[roof].toLowerCase().indexOf(filter.text.toLowerCase()) >= 0;
      const low = filter.low === null ? -Infinity : filter.low, high = filter.high === null ? Infinity : filter.high;
      return roof => values[roof] >= low && values[roof] <= high;
    });
  };

  /* What is asked, in words: "Usable area ≥ 500 m²". */
  G.filterWords = function (roofs, filters) {
    return filters.filter(asks).map(function (filter) {
      const field = fieldOf(roofs, filter), name = G.fieldName(field);
      if (field.category) return name + " " + (roofs.categoryText(filter.column, +filter.text) || "—");
      if (field.text) return name + " " + G.t("filter_has", { text: filter.text });
      const text = value => (field.plain ? G.plainText(value) : G.number(value, field.unit));
      if (filter.low !== null && filter.high !== null) return name + " " + (field.plain ? text(filter.low) + "–" + text(filter.high) : G.range(filter.low, filter.high, field.unit));
      return name + (filter.low !== null ? " ≥ " + text(filter.low) : " ≤ " + text(filter.high));
    });
  };

  /* State of the address: "usable_m2~500~|ownership~~3". */
  G.filtersText = filters => filters.filter(asks).map(f => [f.column, f.low === null ? "" : f.low, f.high === null ? "" : f.high, f.text].map(part => encodeURIComponent(part)).join(BETWEEN)).join(NEXT);
  G.filtersAsked = function (text, roofs) {
    const found = [];
    (roofs && text ? text.split(NEXT) : []).forEach(function (part) {
      let given = [];
      try {
        given = part.split(BETWEEN).map(decodeURIComponent);
      } catch (broken) {} // an address cut short asks for nothing
      const limit = at => (given[at] && isFinite(+given[at]) ? +given[at] : null);
      const filter = { column: given[0], low: limit(1), high: limit(2), text: given[3] || "" };
      if (given.length === 4 && fieldOf(roofs, filter) && asks(filter)) found.push(filter);
    });
    return found;
  };

  /* Least and largest value of a column, looked for once. */
  function ends(roofs, column) {
    const kept = roofs.ends || (roofs.ends = {});
    if (kept[column]) return kept[column];
    const values = roofs.values(column);
    let low = Infinity, high = -Infinity;
    for (let i = 0; i < roofs.count; i++) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
    return (kept[column] = [low, high]);
  }

  function limits(roofs, field, filter, change) {
    const step = stepOf(field), usual = ends(roofs, field.column);
    const shown = value => G.plainText(+(value / step[0]).toPrecision(6));
    const input = function (end, word, widest) {
      const node = G.el("input", { type: "number", step: "any", "data-end": end, "aria-label": G.fieldName(field) + " " + G.t(word) + (step[1] ? " (" + step[1] + ")" : ""), placeholder: isFinite(widest) ? shown(widest) : "" });
      if (filter[end] !== null) node.value = shown(filter[end]);
      node.addEventListener("change", () => change({ [end]: node.value === "" || !isFinite(+node.value) ? null : +node.value * step[0] }));
      return node;
    };
    return [input("low", "filter_from", usual[0]), G.el("span", { text: "–" }), input("high", "filter_to", usual[1]), G.el("span", { class: "unit", text: step[1] })];
  }

  function words(roofs, field, filter, change) {
    const codes = new Set(roofs.values(field.column));
    const items = roofs.spec.categories[field.column].map((item, code) => ({ code: code, text: G.pick(item.label) || "—" })).filter(item => codes.has(item.code));
    const node = G.el("select", { "aria-label": G.fieldName(field) }, [G.el("option", { value: "", text: G.t("filter_any") })].concat(items.map(item => G.el("option", { value: item.code, text: item.text }))));
    node.value = filter.text;
    node.addEventListener("change", () => change({ text: node.value }));
    return [node];
  }

  function letters(field, filter, change) {
    const node = G.el("input", { type: "search", "aria-label": G.fieldName(field) + " " + G.t("filter_find"), placeholder: G.t("filter_find") });
    node.value = filter.text;
    node.addEventListener("change", () => change({ text: node.value.trim() }));
    return [node];
  }

  /* The block of the panel: one row a condition, and a list to add one. */
  G.filterPanel = function (store, roofs) {
    const fields = G.filterFields(roofs);
    return G.follow(store, DRAWN, G.el("div"), function (state) {
      if (state.view !== "pv" || !fields.length) return null;
      const rows = state.filters.map(function (filter, at) {
        const field = fieldOf(roofs, filter);
        const change = to => store.set({ filters: state.filters.map((one, i) => (i === at ? Object.assign({}, one, to) : one)) });
        const controls = field.category ? words(roofs, field, filter, change) : field.text ? letters(field, filter, change) : limits(roofs, field, filter, change);
        return G.el("li", { "data-column": field.column }, [
          G.el("span", { class: "name", text: G.fieldName(field) }),
          G.el("button", { type: "button", class: "drop", "aria-label": G.t("filter_drop", { name: G.fieldName(field) }), text: "×", onclick: () => store.set({ filters: state.filters.filter((_, i) => i !== at) }) }),
          G.el("span", { class: "limits" }, controls),
        ]);
      });
      const left = fields.filter(field => !state.filters.some(filter => filter.column === field.column));
      const add = G.el("select", { id: "filter-add", "aria-label": G.t("filter_add") }, [G.el("option", { value: "", text: G.t("filter_add") })].concat(left.map(field => G.el("option", { value: field.column, text: G.fieldName(field) }))));
      add.addEventListener("change", function () {
        store.set({ filters: state.filters.concat([{ column: add.value, low: null, high: null, text: "" }]) });
        const own = document.querySelector("#filters li:last-child .limits > *");
        if (own) own.focus();
      });
      return [G.block(G.t("filters"), [rows.length ? G.el("ul", { id: "filters" }, rows) : null, left.length ? add : null], "on-screen")];
    });
  };
})(Guanghui);
