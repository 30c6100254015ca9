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
  const EDGE_PX = 0.7;
  const EDGE = G.ink([52, 38, 24, 140]);

  const rgba = (color, a) => [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16)).concat([a]);

  /* The picture all tiles are drawn in, one after the other. */
  let kept = null;
  const pixelsOf = side => (kept && kept.side === side ? kept : (kept = new G.Pixels(side)));

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
      const ratio = window.devicePixelRatio || 1, side = Math.round(TILE * ratio), perPx = (2 * WORLD) / (TILE * Math.pow(2, coords.z));
      const west = coords.x * TILE * perPx - WORLD, north = WORLD - coords.y * TILE * perPx, rim = 3 * perPx;
      const o = this.outlines, paint = this.paint, boxes = o.grid.boxes, near = coords.z >= STROKE_ZOOM, small = 2 * DOT_PX * perPx;
      const dim = [], dots = [], levels = [];
      o.within(west - rim, north - TILE * perPx - rim, west + TILE * perPx + rim, north + rim, function (roof, k) {
        const place = paint[roof];
        if (place === G.HIDDEN) return;
        if (boxes[k + 2] - boxes[k] < small && boxes[k + 3] - boxes[k + 1] < small) {
          if (place === G.DIM) dim.push(roof, k);
          else dots.push(roof, k);
        } else {
          const level = place === G.DIM ? 0 : near ? 1 + o.level(roof) : 1;
          if (!levels[level]) levels[level] = [];
          levels[level].push(roof);
        }
      });
      const any = dim.length + dots.length + levels.length > 0;
      if (!any && !tile.inked) return; // no canvas without a roof
      const pixels = pixelsOf(side), inks = this.inks();
      pixels.place(west, north, ratio / perPx);
      [dim, dots].forEach(some => pixels.dots(boxes, some, Math.round(DOT_PX * ratio), paint, inks));
      levels.forEach((roofs, level) => this.setRoofs(pixels, roofs, inks, this.hollow || (near && level > 0) ? EDGE_PX * ratio : 0));
      if (tile.width !== side || tile.height !== side) tile.width = tile.height = side;
      tile.getContext("2d").putImageData(pixels.picture, 0, 0);
      pixels.clear();
      tile.inked = any;
    },

    /* Colour of each place, as the picture's memory holds it. */
    inks: function () {
      const inks = new Int32Array(256).fill(EDGE); // in outlines alone, what is too small for one
      if (this.hollow) return inks;
      this.colors.forEach((color, place) => (inks[place] = G.ink(rgba(color, 255))));
      inks[G.DIM] = G.ink(DIM_RGBA);
      return inks;
    },

    /* Roofs of one level, their surfaces and then their edges. */
    setRoofs: function (pixels, roofs, inks, edge) {
      const o = this.outlines;
      for (let i = 0; i < roofs.length && !this.hollow; i++) pixels.fill(o.x, o.y, o.ringStart, o.roofStart[roofs[i]], o.roofStart[roofs[i] + 1], inks[this.paint[roofs[i]]]);
      for (let i = 0; i < roofs.length && edge; i++) pixels.stroke(o.x, o.y, o.ringStart, o.roofStart[roofs[i]], o.roofStart[roofs[i] + 1], edge, EDGE);
    },
  });
})(Guanghui);
