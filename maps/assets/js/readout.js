/* What a picture says at a point: its pixel is looked up among the colours of the legend. */
(function (G) {
  "use strict";

  /* The picture of a layer, or that of its pieces, which holds a point. */
  function pictureAt(layer, point) {
    if (!layer.eachLayer) return layer.getBounds().contains(point) ? layer : null;
    let found = null;
    layer.eachLayer(part => part.getBounds().contains(point) && (found = part));
    return found;
  }

  function pixels(picture) {
    const image = picture.getElement();
    if (!image || !image.complete || !image.naturalWidth) return null;
    if (!picture.drawn) {
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      picture.drawn = canvas.getContext("2d", { willReadFrequently: true });
      picture.drawn.drawImage(image, 0, 0);
    }
    return picture.drawn;
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
    const picture = pictureAt(G.made(spec.key), point);
    const pen = picture && pixels(picture);
    if (!pen) return "";
    const bounds = picture.getBounds();
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
