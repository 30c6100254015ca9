/* All roofs on canvas tiles. A change of colours repaints the tiles in sight at once and those around them when there is
   time; geometry is never touched. */
(function (G) {
  "use strict";

  const WORLD = 20037508.342789244;
  const TILE = 256;
  const DOT_PX = 1.7;
  const STROKE_ZOOM = 16;
  const LATER_MS = 120;
  const DIM_RGBA = [150, 158, 160, 115];

  const rgba = (color, a) => [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16)).concat([a]);

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
      window.clearTimeout(this.later);
      const left = this.drawSome(Object.keys(this._tiles || {}), tile => this.inSight(tile.coords));
      if (left.length) this.later = window.setTimeout(() => this.drawSome(left, () => true), LATER_MS);
    },

    /* Draw the tiles that are wanted and still there; the keys of the others. */
    drawSome: function (keys, wanted) {
      return keys.filter(function (key) {
        const tile = this._tiles[key];
        if (!tile) return false;
        if (!wanted(tile)) return true;
        this.drawTile(tile.el, tile.coords);
        return false;
      }, this);
    },

    inSight: function (coords) {
      const map = this._map, scale = map.getZoomScale(map.getZoom(), coords.z), view = map.getPixelBounds();
      const west = (coords.x * TILE) * scale, north = (coords.y * TILE) * scale;
      return west < view.max.x && west + TILE * scale > view.min.x && north < view.max.y && north + TILE * scale > view.min.y;
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
      const groups = {}, dots = [], drawn = [], upper = [], box = this.outlines.box, small = this.hollow ? 0 : 2 * DOT_PX * perPx;
      this.outlines.within(west - rim, north - TILE * perPx - rim, west + TILE * perPx + rim, north + rim, roof => {
        const place = this.paint[roof], k = 4 * roof;
        if (place === G.HIDDEN) return;
        if (box[k + 2] - box[k] < small && box[k + 3] - box[k + 1] < small) dots.push(roof);
        else drawn.push(roof);
      });
      drawn.forEach(roof => { // once the walk is over: this asks for the roofs around each
        const place = this.paint[roof];
        if (coords.z >= STROKE_ZOOM && place !== G.DIM && this.outlines.onLarger(roof)) upper.push(roof);
        else (groups[place] || (groups[place] = [])).push(roof);
      });
      tile.width = tile.height = TILE * ratio; // empties it; clearRect would turn into a soft mask in a printed PDF
      const pen = tile.getContext("2d");
      if (dots.length) this.setDots(pen, dots, west, north, perPx / ratio, tile.width);
      pen.scale(ratio, ratio);
      if (groups[G.DIM]) this.fillRoofs(pen, groups[G.DIM], west, north, perPx, "rgba(" + DIM_RGBA.slice(0, 3).join() + "," + DIM_RGBA[3] / 255 + ")", false);
      Object.keys(groups).forEach(function (place) {
        if (+place !== G.DIM) this.fillRoofs(pen, groups[place], west, north, perPx, this.colors[place], coords.z >= STROKE_ZOOM);
      }, this);
      upper.sort((a, b) => (this.outlines.above(a, b) ? 1 : -1));
      upper.forEach(roof => this.fillRoofs(pen, [roof], west, north, perPx, this.colors[this.paint[roof]], true));
    },

    /* Roofs of a few pixels, set pixel by pixel, the dim ones below the others: twenty times quicker than a path of them. */
    setDots: function (pen, roofs, west, north, perPx, side) {
      const picture = pen.createImageData(side, side), pixels = new Uint32Array(picture.data.buffer), box = this.outlines.box;
      const bytes = new Uint8Array(4), word = new Uint32Array(bytes.buffer), inks = {};
      const ink = place => (bytes.set(place === G.DIM ? DIM_RGBA : rgba(this.colors[place], 255)), word[0]);
      const least = Math.round(DOT_PX * (window.devicePixelRatio || 1));
      const set = function (roof, color) {
        const k = 4 * roof, x0 = Math.round((box[k] - west) / perPx), y0 = Math.round((north - box[k + 3]) / perPx);
        const x1 = Math.min(x0 + Math.max(Math.round((box[k + 2] - box[k]) / perPx), least), side);
        const y1 = Math.min(y0 + Math.max(Math.round((box[k + 3] - box[k + 1]) / perPx), least), side);
        for (let y = Math.max(y0, 0); y < y1; y++) for (let x = Math.max(x0, 0); x < x1; x++) pixels[y * side + x] = color;
      };
      [true, false].forEach(dim => roofs.forEach(roof => {
        const place = this.paint[roof];
        if ((place === G.DIM) === dim) set(roof, place in inks ? inks[place] : (inks[place] = ink(place)));
      }));
      pen.putImageData(picture, 0, 0);
    },

    /* One path for all roofs of a colour. Outer and inner rings turn opposite ways, so courtyards stay open. A line back to
       the first corner closes a ring: closePath asks for the bounds of the whole path, which makes many rings slow. */
    fillRoofs: function (pen, roofs, west, north, perPx, color, stroke) {
      const o = this.outlines;
      pen.beginPath();
      roofs.forEach(function (roof) {
        const k = 4 * roof;
        const wide = (o.box[k + 2] - o.box[k]) / perPx, tall = (o.box[k + 3] - o.box[k + 1]) / perPx;
        if (wide < 2 * DOT_PX && tall < 2 * DOT_PX) { // where outlines alone are drawn
          const side = Math.max(wide, tall, DOT_PX);
          pen.rect((o.box[k] - west) / perPx, (north - o.box[k + 3]) / perPx + side, side, -side);
          return;
        }
        for (let ring = o.roofStart[roof]; ring < o.roofStart[roof + 1]; ring++) {
          const first = o.ringStart[ring], last = o.ringStart[ring + 1];
          pen.moveTo((o.x[first] - west) / perPx, (north - o.y[first]) / perPx);
          for (let i = first + 1; i < last; i++) pen.lineTo((o.x[i] - west) / perPx, (north - o.y[i]) / perPx);
          pen.lineTo((o.x[first] - west) / perPx, (north - o.y[first]) / perPx);
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
