/* Roof outlines in Web Mercator metres: bounding boxes, a flat grid of bins over the data, and which roof lies under a point. */
(function (G) {
  "use strict";

  const ROOFS_A_BIN = 12;
  const LEAST_BIN_M = 20;
  const STEP_M = 0.1;

  /* Corners of packed outlines, whose columns have a prefix, in steps of so many metres. */
  G.corners = function (columns, prefix, stepM) {
    const rings = columns[prefix + "rings"], points = columns[prefix + "points"];
    const ax = columns[prefix + "ax"], ay = columns[prefix + "ay"], dx = columns[prefix + "dx"], dy = columns[prefix + "dy"];
    const total = points.reduce((sum, n) => sum + n, 0);
    const x = new Float64Array(total);
    const y = new Float64Array(total);
    const ringStart = new Int32Array(points.length + 1);
    const roofStart = new Int32Array(rings.length + 1);
    let corner = 0, ring = 0, step = 0;
    for (let roof = 0; roof < rings.length; roof++) {
      let cx = ax[roof], cy = ay[roof], first = true;
      for (let r = 0; r < rings[roof]; r++, ring++) {
        ringStart[ring] = corner;
        for (let p = 0; p < points[ring]; p++, corner++) {
          if (!first) {
            cx += dx[step];
            cy += dy[step++];
          }
          first = false;
          x[corner] = cx * stepM;
          y[corner] = cy * stepM;
        }
      }
      roofStart[roof + 1] = ring;
    }
    ringStart[ring] = corner;
    return { x: x, y: y, ringStart: ringStart, roofStart: roofStart };
  };

  const area = ring => ring.reduce((sum, p, i) => sum + p[0] * ring[(i + 1) % ring.length][1] - ring[(i + 1) % ring.length][0] * p[1], 0) / 2;

  G.Outlines = class {
    constructor(columns) {
      const found = G.corners(columns, "", STEP_M);
      this.count = columns.rings.length;
      this.x = found.x;
      this.y = found.y;
      this.ringStart = found.ringStart;
      this.roofStart = found.roofStart;
      this.box = this.boxes();
      this.extent = this.around();
      this.grid = this.sorted();
      this.area = this.areas();
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

    /* Area of each roof in square metres of Web Mercator; rings of courtyards turn the other way. */
    areas() {
      const found = new Float64Array(this.count), x = this.x, y = this.y;
      for (let roof = 0; roof < this.count; roof++) {
        let sum = 0;
        for (let ring = this.roofStart[roof]; ring < this.roofStart[roof + 1]; ring++) {
          const first = this.ringStart[ring], end = this.ringStart[ring + 1];
          for (let i = first, j = end - 1; i < end; j = i++) sum += (x[j] - x[i]) * (y[j] + y[i] - 2 * y[first]);
        }
        found[roof] = Math.abs(sum) / 2;
      }
      return found;
    }

    /* How many roofs lie under this one, each with a corner or the middle of the next on it: outlines drawn twice, annexes.
       Found out when it is first drawn and kept: of all roofs at once it would hold up the first near view. */
    level(roof) {
      if (!this.levels) this.levels = new Uint8Array(this.count);
      if (!this.levels[roof]) {
        let under = 0;
        this.largerUnder(roof).forEach(other => (under = Math.max(under, this.level(other) + 1)));
        this.levels[roof] = Math.min(under + 1, 255);
      }
      return this.levels[roof] - 1;
    }

    largerUnder(roof) {
      const b = this.box, k = 4 * roof, first = this.ringStart[this.roofStart[roof]], end = this.ringStart[this.roofStart[roof] + 1], found = [];
      this.within(b[k], b[k + 1], b[k + 2], b[k + 3], other => {
        if (other === roof || !this.above(roof, other)) return;
        let on = this.contains(other, (b[k] + b[k + 2]) / 2, (b[k + 1] + b[k + 3]) / 2);
        for (let i = first; i < end && !on; i++) on = this.contains(other, this.x[i], this.y[i]);
        if (on) found.push(other);
      });
      return found;
    }

    /* Whether a roof lies over another where both are: the smaller does, so that each can be seen and reached. */
    above(roof, other) {
      return this.area[roof] < this.area[other] || (this.area[roof] === this.area[other] && roof > other);
    }

    /* Roofs sorted into square bins: those of bin b are places start[b] to start[b + 1] - 1 of roofs, of their boxes, and of
       what says whether the bin is the roof's first of its row (1) and of its column (2). */
    sorted() {
      const e = this.extent, b = this.box, across = Math.max(e[2] - e[0], 1), up = Math.max(e[3] - e[1], 1);
      const side = Math.max(Math.sqrt((across * up * ROOFS_A_BIN) / Math.max(this.count, 1)), LEAST_BIN_M);
      const grid = { side: side, wide: Math.floor(across / side) + 1, tall: Math.floor(up / side) + 1 };
      const fill = call => {
        for (let roof = 0, k = 0; roof < this.count; roof++, k += 4) {
          const x0 = Math.floor((b[k] - e[0]) / side), y0 = Math.floor((b[k + 1] - e[1]) / side);
          const x1 = Math.floor((b[k + 2] - e[0]) / side), y1 = Math.floor((b[k + 3] - e[1]) / side);
          for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) call(y * grid.wide + x, roof, (x === x0 ? 1 : 0) | (y === y0 ? 2 : 0));
        }
      };
      const start = new Int32Array(grid.wide * grid.tall + 1);
      fill(bin => start[bin + 1]++);
      for (let bin = 0; bin < grid.wide * grid.tall; bin++) start[bin + 1] += start[bin];
      const held = start[start.length - 1], next = start.slice();
      const roofs = new Int32Array(held), first = new Uint8Array(held), boxes = new Float64Array(4 * held);
      fill((bin, roof, which) => {
        const at = next[bin]++;
        roofs[at] = roof;
        first[at] = which;
        for (let i = 0; i < 4; i++) boxes[4 * at + i] = b[4 * roof + i];
      });
      return Object.assign(grid, { start: start, roofs: roofs, first: first, boxes: boxes });
    }

    /* Roofs whose box touches a window, each once: in the first of its bins that the window holds. call(roof, k): its box is
       grid.boxes[k] to [k + 3], which lie in the order of the walk. */
    within(west, south, east, north, call) {
      const e = this.extent, grid = this.grid, b = grid.boxes, first = grid.first, roofs = grid.roofs; // bins beyond the data are never walked
      const bin = (value, low, most) => Math.max(Math.min(Math.floor((value - low) / grid.side), most - 1), 0);
      if (!this.count || west > e[2] || east < e[0] || south > e[3] || north < e[1]) return;
      const x0 = bin(west, e[0], grid.wide), x1 = bin(east, e[0], grid.wide), y0 = bin(south, e[1], grid.tall), y1 = bin(north, e[1], grid.tall);
      for (let y = y0; y <= y1; y++) {
        const row = y * grid.wide, rim = grid.start[row + x0 + 1], last = grid.start[row + x1 + 1]; // bins of a row lie one after the other
        for (let i = grid.start[row + x0], k = 4 * i; i < last; i++, k += 4) {
          if (!((first[i] & 1 || i < rim) && (first[i] & 2 || y === y0))) continue;
          if (b[k] <= east && b[k + 2] >= west && b[k + 1] <= north && b[k + 3] >= south) call(roofs[i], k);
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

    /* Roof under a point, the upper one where two are, else the nearest whose box lies within reach; -1 when there is none. */
    at(x, y, reach, wanted) {
      let best = -1, bestGap = Infinity;
      this.within(x - reach, y - reach, x + reach, y + reach, roof => {
        if (!wanted(roof)) return;
        const k = 4 * roof;
        const gap = this.contains(roof, x, y) ? -1
          : Math.hypot((this.box[k] + this.box[k + 2]) / 2 - x, (this.box[k + 1] + this.box[k + 3]) / 2 - y);
        const near = Math.hypot(Math.max(this.box[k] - x, 0, x - this.box[k + 2]),
                                Math.max(this.box[k + 1] - y, 0, y - this.box[k + 3]));
        const over = gap < 0 && bestGap < 0 && this.above(roof, best);
        if (over || (gap < bestGap && (gap < 0 || near <= reach))) {
          best = roof;
          bestGap = gap;
        }
      });
      return best;
    }

    /* GeoJSON of a roof: a ring that turns as the first is a part, one that turns the other way a courtyard. */
    geometry(roof) {
      const parts = [];
      let turn = 0;
      this.latLngs(roof).forEach(function (line) {
        const ring = line.map(p => [+p.lng.toFixed(7), +p.lat.toFixed(7)]), way = Math.sign(area(ring));
        turn = turn || way;
        const out = way === turn;
        if (area(ring) > 0 !== out) ring.reverse();
        ring.push(ring[0]);
        if (out) parts.push([ring]);
        else parts[parts.length - 1].push(ring);
      });
      return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
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
