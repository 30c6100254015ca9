/* What a picture says at a point: its pixel is looked up among the colours of the legend. */
(function (G) {
  "use strict";

  const drawn = {};

  function pixels(spec) {
    const image = G.made(spec.key).getElement();
    if (!image || !image.complete || !image.naturalWidth) return null;
    if (!drawn[spec.key]) {
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      pen.drawImage(image, 0, 0);
      drawn[spec.key] = pen;
    }
    return drawn[spec.key];
  }

  function hex(n) {
    return (n < 16 ? "0" : "") + n.toString(16);
  }

  function rampText(legend, i) {
    const low = legend.breaks[i - 1], high = legend.breaks[i];
    if (low === undefined && high === undefined) return "";
    if (low === undefined) return "< " + G.number(high, legend.unit);
    if (high === undefined) return "≥ " + G.number(low, legend.unit);
    return G.range(low, high, legend.unit);
  }

  /* Text of the class of a picture under a point, "" where it is clear. */
  G.readPicture = function (spec, point) {
    const pen = pixels(spec);
    const bounds = G.made(spec.key).getBounds();
    if (!pen || !bounds.contains(point)) return "";
    const project = L.CRS.EPSG3857.project.bind(L.CRS.EPSG3857);
    const nw = project(bounds.getNorthWest()), se = project(bounds.getSouthEast()), at = project(point);
    const x = Math.floor(((at.x - nw.x) / (se.x - nw.x)) * pen.canvas.width);
    const y = Math.floor(((at.y - nw.y) / (se.y - nw.y)) * pen.canvas.height);
    const rgba = pen.getImageData(x, y, 1, 1).data;
    if (!rgba[3]) return "";
    const color = "#" + hex(rgba[0]) + hex(rgba[1]) + hex(rgba[2]);
    const legend = spec.legend;
    if (legend.type === "ramp") {
      const place = legend.colors.indexOf(color);
      return place < 0 ? "" : rampText(legend, place);
    }
    const item = legend.items.filter(one => one.color === color)[0];
    return item ? G.pick(item.label) : "";
  };

  G.rampText = rampText;
})(Guanghui);
