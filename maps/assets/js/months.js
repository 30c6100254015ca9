/* Irradiation of roof cells by month: one picture a piece of the city, painted when a month is first shown. */
(function (G) {
  "use strict";

  const MONTHS = 12;

  function rgb(color) {
    return [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16));
  }

  function paint(piece, at, classes, first, colors) {
    const canvas = document.createElement("canvas");
    canvas.width = piece.w;
    canvas.height = piece.h;
    const pen = canvas.getContext("2d"), image = pen.createImageData(piece.w, piece.h);
    for (let i = first; i < first + piece.n; i++) {
      const color = colors[classes[i] - 1];
      image.data.set(color, 4 * at[i]);
      image.data[4 * at[i] + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    return L.imageOverlay(canvas.toDataURL(), piece.bounds, { pane: "raster", className: "crisp" });
  }

  const Pictures = L.LayerGroup.extend({
    initialize: function (draw) {
      L.LayerGroup.prototype.initialize.call(this);
      this.draw = draw;
    },
    onAdd: function (map) {
      if (this.draw) this.draw().forEach(layer => this.addLayer(layer));
      this.draw = null;
      L.LayerGroup.prototype.onAdd.call(this, map);
    },
  });

  G.monthPictures = function (months) {
    const colors = months.legend.colors.map(rgb);
    let columns = null;
    /* Classes of a month: each month is packed as what it differs by from the month before. */
    function classesOf(month) {
      columns = columns || G.unpack(months);
      const classes = Uint8Array.from(columns.m1);
      for (let m = 2; m <= month; m++) for (let i = 0; i < classes.length; i++) classes[i] += columns["m" + m][i];
      return classes;
    }
    for (let month = 1; month <= MONTHS; month++) {
      G.layer("irradiation_" + month, new Pictures(function () {
        const classes = classesOf(month);
        let first = 0;
        return months.pieces.map(function (piece) {
          const layer = paint(piece, columns.at, classes, first, colors);
          first += piece.n;
          return layer;
        });
      }));
    }
  };
})(Guanghui);
