/* The legend follows what is shown. */
(function (G) {
  "use strict";

  function swatch(color, label) {
    return G.el("li", {}, [G.el("span", { class: "swatch", style: { background: color } }), G.el("span", { text: label })]);
  }

  function ramp(legend) {
    const limits = G.limits(legend.breaks, legend.unit);
    const cells = legend.colors.map(color => G.el("span", { style: { background: color } }));
    const marks = limits.texts.map((text, i) => G.el("span", { text: text, style: { left: (100 * (i + 1)) / legend.colors.length + "%" } }));
    return [G.el("div", { class: "ramp-box" }, [G.el("div", { class: "ramp" }, cells), G.el("div", { class: "ramp-marks" }, marks)]), limits.unit];
  }

  /* One block: title, unit, colours. */
  G.legendBlock = function (title, legend) {
    if (legend.type === "categories") {
      const items = legend.items.filter(item => !item.quiet).map(item => swatch(item.color, G.pick(item.label)));
      return G.el("section", {}, [G.el("h2", { text: title }), G.el("ul", { class: "swatches" }, items)]);
    }
    const parts = ramp(legend);
    const heading = G.el("h2", { text: title }, parts[1] ? [G.el("small", { text: parts[1] })] : []);
    return G.el("section", { class: legend.breaks.length > 5 ? "wide" : "" }, [heading, parts[0]]);
  };

  G.followLegend = function (store, node, blocksOf) {
    store.on(["lang", "view", "measure", "month", "raster", "overlays", "year"], function (state) {
      const blocks = blocksOf(state).filter(block => block.legend || block.node);
      node.hidden = !blocks.length;
      G.replace(node, blocks.map(block => block.node || G.legendBlock(block.title, block.legend)));
    });
  };
})(Guanghui);
