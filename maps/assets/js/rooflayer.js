/* All roofs on canvas tiles. A change of colours repaints the tiles that are on screen; geometry is never touched. */
(function (G) {
  "use strict";

  const WORLD = 20037508.342789244;
  const TILE = 256;
  const DOT_PX = 1.7;
  const STROKE_ZOOM = 16;

  G.HIDDEN = 255;
  G.DIM = 254;

  G.RoofLayer = L.GridLayer.extend({
    options: { tileSize: TILE, pane: "roofs", updateWhenZooming: false, keepBuffer: 1 },

    /* outlines: G.Outlines; paint: one number a roof (place in colors, G.DIM or G.HIDDEN). */
    initialize: function (outlines, options) {
      L.setOptions(this, options);
      this.outlines = outlines;
      this.paint = new Uint8Array(outlines.count);
      this.colors = ["#888888"];
    },

    createTile: function (coords) {
      const tile = L.DomUtil.create("canvas", "roof-tile");
      this.drawTile(tile, coords);
      return tile;
    },

    recolor: function (paint, colors) {
      this.paint = paint;
      this.colors = colors;
      Object.keys(this._tiles || {}).forEach(function (key) {
        const tile = this._tiles[key];
        this.drawTile(tile.el, tile.coords);
      }, this);
    },

    /* Outlines only, so that a picture below can be seen. */
    setHollow: function (hollow) {
      this.hollow = hollow;
    },

    drawTile: function (tile, coords) {
      const ratio = window.devicePixelRatio || 1;
      const perPx = (2 * WORLD) / (TILE * Math.pow(2, coords.z));
      const west = coords.x * TILE * perPx - WORLD;
      const north = WORLD - coords.y * TILE * perPx;
      const rim = 3 * perPx;
      const groups = {};
      this.outlines.within(west - rim, north - TILE * perPx - rim, west + TILE * perPx + rim, north + rim, roof => {
        const place = this.paint[roof];
        if (place !== G.HIDDEN) (groups[place] || (groups[place] = [])).push(roof);
      });
      tile.width = tile.height = TILE * ratio; // empties it; clearRect would turn into a soft mask in a printed PDF
      const pen = tile.getContext("2d");
      pen.scale(ratio, ratio);
      if (groups[G.DIM]) this.fillRoofs(pen, groups[G.DIM], west, north, perPx, "rgba(150,158,160,0.45)", false);
      Object.keys(groups).forEach(function (place) {
        if (+place !== G.DIM) this.fillRoofs(pen, groups[place], west, north, perPx, this.colors[place], coords.z >= STROKE_ZOOM);
      }, this);
    },

    /* One path for all roofs of a colour. Outer and inner rings turn opposite ways, so courtyards stay open. */
    fillRoofs: function (pen, roofs, west, north, perPx, color, stroke) {
      const o = this.outlines;
      pen.beginPath();
      roofs.forEach(function (roof) {
        const k = 4 * roof;
        const wide = (o.box[k + 2] - o.box[k]) / perPx, tall = (o.box[k + 3] - o.box[k + 1]) / perPx;
        if (wide < 2 * DOT_PX && tall < 2 * DOT_PX) {
          const side = Math.max(wide, tall, DOT_PX);
          pen.rect((o.box[k] - west) / perPx, (north - o.box[k + 3]) / perPx + side, side, -side);
          return;
        }
        for (let ring = o.roofStart[roof]; ring < o.roofStart[roof + 1]; ring++) {
          for (let i = o.ringStart[ring]; i < o.ringStart[ring + 1]; i++) {
            const x = (o.x[i] - west) / perPx, y = (north - o.y[i]) / perPx;
            if (i === o.ringStart[ring]) pen.moveTo(x, y);
            else pen.lineTo(x, y);
          }
          pen.closePath();
        }
      });
      pen.fillStyle = color;
      if (!this.hollow) pen.fill("nonzero");
      if (stroke || this.hollow) {
        pen.lineWidth = 0.7;
        pen.strokeStyle = "rgba(52,38,24,0.55)";
        pen.stroke();
      }
    },
  });
})(Guanghui);
