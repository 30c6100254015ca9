/* Pieces every panel is made of: blocks, figures, bars, choices. */
(function (G) {
  "use strict";

  G.block = function (title, children, className) {
    return G.el("section", { class: "block " + (className || "") }, [title ? G.el("h2", { text: title }) : null].concat(children));
  };

  /* "95 % interval a–b kt C", the figures and their unit on one line. */
  G.interval = function (range) {
    const parts = G.t("interval", { range: "\n" }).split("\n");
    return [parts[0], G.el("span", { class: "whole", text: range }), parts[1]];
  };

  /* Key figures: [{label, value, unit, low, high, more}]. */
  G.figures = function (rows) {
    return G.el("dl", { class: "figures" }, rows.map(function (row) {
      const parts = G.parts(row.value, row.unit);
      const interval = row.low !== undefined && row.low !== null ? G.interval(G.range(row.low, row.high, row.unit, row.value)) : null;
      return G.el("div", {}, [
        G.el("dt", { text: row.label }),
        G.el("dd", {}, [G.el("b", { text: parts.number }), parts.unit ? G.el("span", { text: parts.unit }) : null]),
        interval ? G.el("dd", { class: "interval" }, interval) : null,
        row.more ? G.el("dd", { class: "more", text: row.more }) : null,
      ]);
    }));
  };

  /* Horizontal bars: [{label, value, unit, color, more, press, pressed}]; with press they are buttons. */
  G.bars = function (rows) {
    const most = Math.max.apply(null, rows.map(row => row.value).concat([1e-9]));
    return G.el("ul", { class: "bars" }, rows.map(function (row) {
      const inside = [
        G.el("span", { class: "bar-name" }, [G.el("i", { class: "swatch", style: { background: row.color } }), G.el("span", { text: row.label })]),
        G.el("span", { class: "bar-value", text: G.number(row.value, row.unit) + (row.more ? " · " + row.more : "") }),
        G.el("span", { class: "bar-track" }, [row.value > 0 ? G.el("span", { style: { width: (100 * row.value) / most + "%", background: row.color } }) : null]),
      ];
      if (!row.press) return G.el("li", { class: "bare" }, inside);
      const only = row.only;
      return G.el("li", { class: only ? "pick" : "" }, [
        G.el("button", { type: "button", "aria-pressed": String(row.pressed), onclick: row.press }, inside),
        only ? G.el("button", { type: "button", class: "only", "aria-label": only.text + " " + row.label, text: only.text, onclick: only.press }) : null,
      ]);
    }));
  };

  /* Radio buttons or check boxes: items [{key, label}], on(key) tells, pick(key) chooses. */
  G.choices = function (kind, name, items, on, pick) {
    return G.el("div", { class: "choices", role: kind === "radio" ? "radiogroup" : "group" }, items.map(function (item) {
      const input = G.el("input", { type: kind, name: name, value: item.key, onchange: () => pick(item.key) });
      input.checked = on(item.key);
      return G.el("label", {}, [input, G.el("span", { text: item.label })]);
    }));
  };

  /* Check boxes of the layers that lie over the map in the present view. */
  G.overlayChoices = function (store, state) {
    const items = G.data.layers
      .filter(spec => spec.role === "overlay" && (spec.view === state.view || spec.view === "both"))
      .map(spec => ({ key: spec.key, label: G.pick(spec.title) }));
    if (!items.length) return null;
    const flip = key => store.set({ overlays: state.overlays.indexOf(key) >= 0 ? state.overlays.filter(k => k !== key) : state.overlays.concat([key]) });
    return G.choices("checkbox", "overlay", items, key => state.overlays.indexOf(key) >= 0, flip);
  };

  /* Pages and files that belong to this one. */
  G.linksBlock = function (links) {
    const own = href => (/\.html$/.test(href) ? G.link(href) : href);
    return G.block(G.t("further"), [G.el("ul", { class: "links" }, links.map(link => G.el("li", {}, [G.el("a", { href: own(link.href), text: G.pick(link.label) })])))], "on-screen");
  };

  /* Draw a part of the panel again when its keys change; keep the focus where it was. */
  G.follow = function (store, keys, node, draw) {
    store.on(keys, function (state) {
      const held = node.contains(G.held()) ? G.held() : null;
      const place = held ? Array.prototype.indexOf.call(node.querySelectorAll("button, input, select"), held) : -1;
      const children = draw(state);
      node.hidden = !children;
      if (held && held.type === "range" && held.id && children && G.patch(node, children, held)) return;
      G.replace(node, children || []);
      const again = place >= 0 ? node.querySelectorAll("button, input, select")[place] : null;
      if (again) again.focus();
    });
    return node;
  };
})(Guanghui);
