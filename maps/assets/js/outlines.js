/* Roof outlines in Web Mercator metres: bounding boxes, a grid of bins, and which roof lies under a point. */
(function (G) {
  "use strict";

  const BIN_M = 1200;
  const STEP_M = 0.1;

  function corners(columns) {
    const rings = columns.rings;
    const points = columns.points;
    const total = points.reduce((sum, n) => sum + n, 0);
    const x = new Float64Array(total);
    const y = new Float64Array(total);
    const ringStart = new Int32Array(points.length + 1);
    const roofStart = new Int32Array(rings.length + 1);
    let corner = 0, ring = 0, step = 0;
    for (let roof = 0; roof < rings.length; roof++) {
      let cx = columns.ax[roof], cy = columns.ay[roof], first = true;
      for (let r = 0; r < rings[roof]; r++, ring++) {
        ringStart[ring] = corner;
        for (let p = 0; p < points[ring]; p++, corner++) {
          if (!first) {
            cx += columns.dx[step];
            cy += columns.dy[step++];
          }
          first = false;
          x[corner] = cx * STEP_M;
          y[corner] = cy * STEP_M;
        }
      }
      roofStart[roof + 1] = ring;
    }
    ringStart[ring] = corner;
    return { x: x, y: y, ringStart: ringStart, roofStart: roofStart };
  }

  G.Outlines = class {
    constructor(columns) {
      const found = corners(columns);
      this.count = columns.rings.length;
      this.x = found.x;
      this.y = found.y;
      this.ringStart = found.ringStart;
      this.roofStart = found.roofStart;
      this.box = this.boxes();
      this.bins = this.sorted();
      this.extent = this.around();
      this.stamp = new Int32Array(this.count);
      this.visit = 0;
    }

    boxes() {
      const box = new Float64Array(this.count * 4);
      for (let roof = 0; roof < this.count; roof++) {
        let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
        const end = this.ringStart[this.roofStart[roof + 1]];
        for (let i = this.ringStart[this.roofStart[roof]]; i < end; i++) {
          west = Math.min(west, this.x[i]);
          east = Math.max(east, this.x[i]);
          south = Math.min(south, this.y[i]);
          north = Math.max(north, this.y[i]);
        }
        box[4 * roof] = west;
        box[4 * roof + 1] = south;
        box[4 * roof + 2] = east;
        box[4 * roof + 3] = north;
      }
      return box;
    }

    /* West, south, east, north of all roofs. */
    around() {
      const found = [Infinity, Infinity, -Infinity, -Infinity];
      for (let k = 0; k < 4 * this.count; k += 4) {
        found[0] = Math.min(found[0], this.box[k]);
        found[1] = Math.min(found[1], this.box[k + 1]);
        found[2] = Math.max(found[2], this.box[k + 2]);
        found[3] = Math.max(found[3], this.box[k + 3]);
      }
      return found;
    }

    sorted() {
      const bins = new Map();
      for (let roof = 0; roof < this.count; roof++) {
        const b = this.box;
        for (let i = Math.floor(b[4 * roof] / BIN_M); i <= Math.floor(b[4 * roof + 2] / BIN_M); i++) {
          for (let j = Math.floor(b[4 * roof + 1] / BIN_M); j <= Math.floor(b[4 * roof + 3] / BIN_M); j++) {
            const key = i + "," + j;
            if (!bins.has(key)) bins.set(key, []);
            bins.get(key).push(roof);
          }
        }
      }
      return bins;
    }

    /* Roofs whose box touches a window, each once. */
    within(west, south, east, north, call) {
      const b = this.box, e = this.extent; // bins beyond the data are never walked
      this.visit++;
      const lastX = Math.floor(Math.min(east, e[2]) / BIN_M), lastY = Math.floor(Math.min(north, e[3]) / BIN_M);
      for (let i = Math.floor(Math.max(west, e[0]) / BIN_M); i <= lastX; i++) {
        for (let j = Math.floor(Math.max(south, e[1]) / BIN_M); j <= lastY; j++) {
          (this.bins.get(i + "," + j) || []).forEach(function (roof) {
            if (this.stamp[roof] === this.visit) return;
            this.stamp[roof] = this.visit;
            const k = 4 * roof;
            if (b[k] <= east && b[k + 2] >= west && b[k + 1] <= north && b[k + 3] >= south) call(roof);
          }, this);
        }
      }
    }

    contains(roof, x, y) {
      let inside = false;
      for (let ring = this.roofStart[roof]; ring < this.roofStart[roof + 1]; ring++) {
        const start = this.ringStart[ring], count = this.ringStart[ring + 1] - start;
        if (G.inRing(count, i => this.x[start + i], i => this.y[start + i], x, y)) inside = !inside;
      }
      return inside;
    }

    /* Roof under a point, else the nearest whose box lies within reach; -1 when there is none. */
    at(x, y, reach, wanted) {
      let best = -1, bestGap = Infinity;
      this.within(x - reach, y - reach, x + reach, y + reach, roof => {
        if (!wanted(roof)) return;
        const k = 4 * roof;
        const gap = this.contains(roof, x, y) ? -1
          : Math.hypot((this.box[k] + this.box[k + 2]) / 2 - x, (this.box[k + 1] + this.box[k + 3]) / 2 - y);
        const near = Math.hypot(Math.max(this.box[k] - x, 0, x - this.box[k + 2]),
                                Math.max(this.box[k + 1] - y, 0, y - this.box[k + 3]));
        if (gap < bestGap && (gap < 0 || near <= reach)) {
          best = roof;
          bestGap = gap;
        }
      });
      return best;
    }

    middle(roof) {
      const k = 4 * roof;
      return L.CRS.EPSG3857.unproject(L.point((this.box[k] + this.box[k + 2]) / 2, (this.box[k + 1] + this.box[k + 3]) / 2));
    }

    latLngs(roof) {
      const rings = [];
      for (let ring = this.roofStart[roof]; ring < this.roofStart[roof + 1]; ring++) {
        const line = [];
        for (let i = this.ringStart[ring]; i < this.ringStart[ring + 1]; i++) {
          line.push(L.CRS.EPSG3857.unproject(L.point(this.x[i], this.y[i])));
        }
        rings.push(line);
      }
      return rings;
    }
  };
})(Guanghui);
