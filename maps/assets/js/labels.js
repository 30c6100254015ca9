/* Names of the place: roads and rivers as lines, names where there is room, villages before water before roads. */
(function (G) {
  "use strict";

  const LINE = { road: { color: "#a08f78", weight: 1.3, opacity: 0.75 }, water: { color: "#5b9bc8", weight: 1.4, opacity: 0.8 }, village: { color: "#a08f78", weight: 1, opacity: 0.6 }, place: { color: "#a08f78", weight: 1, opacity: 0.6 } };
  const LETTER_PX = 12.5, LINE_PX = 17, MOST = 160, LEAST_PX = 46;
  const FROM_ZOOM = { village: 12.5, water: 0, road: 13.5, place: 14 };

  const wide = text => Array.from(text).reduce((sum, letter) => sum + (letter.charCodeAt(0) > 255 ? LETTER_PX : LETTER_PX * 0.58), 6);
  const latLng = (x, y) => L.CRS.EPSG3857.unproject(L.point(x, y));

  function linesOf(columns, kinds) {
    const found = kinds.map(() => []);
    let step = 0;
    for (let line = 0; line < columns.points.length; line++) {
      let x = columns.ax[line], y = columns.ay[line];
      const way = [latLng(x, y)];
      for (let i = 1; i < columns.points[line]; i++, step++) {
        x += columns.dx[step];
        y += columns.dy[step];
        way.push(latLng(x, y));
      }
      found[columns.line_kind[line]].push(way);
    }
    return found;
  }

  /* Names in sight that find room, larger ones first within a kind; they were packed in that order. */
  function placed(map, columns, kinds) {
    const view = map.getPixelBounds(), origin = view.min, zoom = map.getZoom(), perPx = G.metresPerPx(map), taken = [], found = [];
    for (let i = 0; i < columns.name.length && found.length < MOST; i++) {
      const kind = kinds[columns.kind[i]];
      if (!columns.name[i] || zoom < FROM_ZOOM[kind] || (kind !== "village" && kind !== "place" && columns.size[i] / perPx < LEAST_PX)) continue;
      const at = latLng(columns.x[i], columns.y[i]), p = map.project(at).subtract(origin), half = wide(columns.name[i]) / 2;
      const box = [p.x - half, p.y - LINE_PX / 2, p.x + half, p.y + LINE_PX / 2];
      if (box[2] < 0 || box[3] < 0 || box[0] > view.max.x - view.min.x || box[1] > view.max.y - view.min.y) continue;
      if (taken.some(other => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      found.push({ at: at, name: columns.name[i], kind: kind });
    }
    return found;
  }

  const Labels = L.LayerGroup.extend({
    initialize: function (labels) {
      L.LayerGroup.prototype.initialize.call(this);
      this.kinds = labels.kinds;
      this.columns = G.unpack(labels);
      linesOf(this.columns, this.kinds).forEach((lines, k) => lines.length && this.addLayer(L.polyline(lines, Object.assign({ pane: "areas", interactive: false, smoothFactor: 1 }, LINE[this.kinds[k]]))));
      this.texts = L.layerGroup();
      this.addLayer(this.texts);
    },
    onAdd: function (map) {
      L.LayerGroup.prototype.onAdd.call(this, map);
      map.on("moveend", this.write, this);
      this.write();
    },
    onRemove: function (map) {
      map.off("moveend", this.write, this);
      L.LayerGroup.prototype.onRemove.call(this, map);
    },
    write: function () {
      this.texts.clearLayers();
      placed(this._map, this.columns, this.kinds).forEach(one => {
        const text = G.el("span", { class: "place-label " + one.kind, text: one.name });
        this.texts.addLayer(L.marker(one.at, { icon: L.divIcon({ html: text, className: "place-anchor", iconSize: [0, LINE_PX] }), interactive: false, keyboard: false, pane: "names" }));
      });
    },
  });

  G.placeLabels = labels => G.layer("labels", new Labels(labels));
})(Guanghui);
