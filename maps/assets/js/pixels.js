/* Outlines filled into pixels: each pixel takes the colour by the share of it that is covered. For thousands of roofs of a
   few pixels many times quicker than paths of a canvas. */
(function (G) {
  "use strict";

  const RGB = 0xffffff, RED_BLUE = 0xff00ff, GREEN = 0x00ff00;

  /* Bytes red, green, blue, alpha as one number of the picture's memory (little-endian on all that run a browser). */
  G.ink = rgba => (rgba[3] << 24) | (rgba[2] << 16) | (rgba[1] << 8) | rgba[0];

  G.Pixels = class {
    /* side: pixels of the square. */
    constructor(side) {
      this.side = side;
      this.picture = new ImageData(side, side);
      this.words = new Int32Array(this.picture.data.buffer);
      this.row = side + 2;
      this.turns = new Float32Array(this.row * side); // what each pixel adds to the cover of those right of it
    }

    clear() {
      this.words.fill(0);
    }

    /* Where metres are pixels: west and north of the square, pixels a metre. */
    place(west, north, scale) {
      this.west = west;
      this.north = north;
      this.scale = scale;
    }

    /* Lay ink over a pixel, as much as cover [1] says. Twice the same ink is one surface: its edges make no seam. */
    blend(at, ink, cover) {
      const most = ink >>> 24, alpha = (most * cover + 0.5) | 0, under = this.words[at], below = under >>> 24;
      if (alpha === 255 || below === 0) this.words[at] = (alpha << 24) | (ink & RGB);
      else if (((under ^ ink) & RGB) === 0) {
        const sum = below + alpha, full = sum > most ? most : sum;
        this.words[at] = ((full > below ? full : below) << 24) | (ink & RGB);
      } else {
        const whole = below === 255 ? 255 : alpha + ((below * (255 - alpha) / 255 + 0.5) | 0), part = ((256 * alpha) / whole + 0.5) | 0, rest = 256 - part;
        const redBlue = (((under & RED_BLUE) * rest + (ink & RED_BLUE) * part) >>> 8) & RED_BLUE;
        const green = (((under & GREEN) * rest + (ink & GREEN) * part) >>> 8) & GREEN;
        this.words[at] = (whole << 24) | redBlue | green;
      }
    }

    /* Boxes of whole pixels, at least so many each way. found: thing and place of its box in metres, by turns; inkOf[what[thing]]
       is its ink. */
    dots(boxes, found, least, what, inkOf) {
      const side = this.side, words = this.words, west = this.west, north = this.north, scale = this.scale;
      for (let i = 0; i < found.length; i += 2) {
        const k = found[i + 1], ink = inkOf[what[found[i]]];
        const left = Math.floor((boxes[k] - west) * scale + 0.5), top = Math.floor((north - boxes[k + 3]) * scale + 0.5);
        const wide = Math.max(Math.floor((boxes[k + 2] - boxes[k]) * scale + 0.5), least), tall = Math.max(Math.floor((boxes[k + 3] - boxes[k + 1]) * scale + 0.5), least);
        const right = Math.min(left + wide, side), bottom = Math.min(top + tall, side);
        for (let y = Math.max(top, 0); y < bottom; y++) for (let x = Math.max(left, 0); x < right; x++) words[y * side + x] = ink;
      }
    }

    /* Fill rings of corners x, y in metres; ring r is corners start[r] to start[r + 1] - 1. A courtyard turns the other way. */
    fill(x, y, start, first, end, ink) {
      const side = this.side, west = this.west, north = this.north, scale = this.scale;
      let left = side, right = 0, top = side, bottom = 0;
      for (let ring = first; ring < end; ring++) {
        const last = start[ring + 1];
        let x0 = (x[last - 1] - west) * scale, y0 = (north - y[last - 1]) * scale;
        for (let i = start[ring]; i < last; i++) {
          const x1 = (x[i] - west) * scale, y1 = (north - y[i]) * scale;
          if (x1 < left) left = x1;
          if (x1 > right) right = x1;
          if (y1 < top) top = y1;
          if (y1 > bottom) bottom = y1;
          if (y0 < y1) this.turn(x0, y0, x1, y1, 1);
          else if (y0 > y1) this.turn(x1, y1, x0, y0, -1);
          x0 = x1;
          y0 = y1;
        }
      }
      this.sweep(Math.max(Math.floor(left), 0), Math.min(Math.floor(right) + 1, side), Math.max(Math.floor(top), 0), Math.min(Math.ceil(bottom), side), ink);
    }

    /* An edge that runs down: in each row it crosses, what it takes from the cover of its pixels and those right of it. */
    turn(x0, y0, x1, y1, way) {
      const side = this.side, turns = this.turns, slope = (x1 - x0) / (y1 - y0), top = Math.max(y0, 0), bottom = Math.min(y1, side);
      let x = x0 + (top - y0) * slope;
      for (let y = Math.floor(top), from = top; from < bottom; y++) {
        const to = Math.min(y + 1, bottom), next = x + (to - from) * slope, at = y * this.row;
        let share = (to - from) * way, low = x < next ? x : next, high = x < next ? next : x;
        if (high <= 0) turns[at] += share;
        else if (low < side) {
          if (low < 0) { // the part left of the square covers its rows whole
            const out = (share * -low) / (high - low);
            turns[at] += out;
            share -= out;
            low = 0;
          }
          if (high > side) {
            share -= (share * (high - side)) / (high - low);
            high = side;
          }
          const pixel = Math.floor(low);
          if (high <= pixel + 1) {
            const right = share * ((low + high) / 2 - pixel);
            turns[at + pixel] += share - right;
            turns[at + pixel + 1] += right;
          } else this.spread(at, low, high, share);
        }
        x = next;
        from = to;
      }
    }

    /* A flat edge: over each pixel of the row it runs, its part of the share. */
    spread(at, low, high, share) {
      const each = share / (high - low), turns = this.turns;
      for (let pixel = Math.floor(low), from = low; from < high; pixel++) {
        const to = Math.min(pixel + 1, high), part = (to - from) * each, right = part * ((from + to) / 2 - pixel);
        turns[at + pixel] += part - right;
        turns[at + pixel + 1] += right;
        from = to;
      }
    }

    /* Add the rows up from left to right, paint, and leave nothing behind. */
    sweep(left, right, top, bottom, ink) {
      const side = this.side, turns = this.turns, words = this.words, solid = ink >>> 24 === 255;
      for (let y = top; y < bottom; y++) {
        let cover = 0, share = 0;
        const base = y * side, from = y * this.row;
        for (let x = left; x < right; x++) {
          if (turns[from + x] !== 0) {
            cover += turns[from + x];
            turns[from + x] = 0;
            share = cover < 0 ? -cover : cover;
            if (share > 0.996) share = 1;
          }
          if (share === 1 && solid) words[base + x] = ink;
          else if (share > 0.004) this.blend(base + x, ink, share);
        }
        turns[from + right] = turns[from + right + 1] = 0;
      }
    }

    /* Lines along the rings, so many pixels wide. */
    stroke(x, y, start, first, end, wide, ink) {
      const west = this.west, north = this.north, scale = this.scale;
      for (let ring = first; ring < end; ring++) {
        const last = start[ring + 1];
        let x0 = (x[last - 1] - west) * scale, y0 = (north - y[last - 1]) * scale;
        for (let i = start[ring]; i < last; i++) {
          const x1 = (x[i] - west) * scale, y1 = (north - y[i]) * scale;
          const flat = Math.abs(x1 - x0) > Math.abs(y1 - y0);
          if (flat) this.line(x0, y0, x1, y1, 1, this.side, wide, ink);
          else this.line(y0, x0, y1, x1, this.side, 1, wide, ink);
          x0 = x1;
          y0 = y1;
        }
      }
    }

    /* A line along the axis on which it runs farther: step and across are the ways of memory on that axis and the other. */
    line(a0, b0, a1, b1, step, across, wide, ink) {
      if (a0 === a1) return;
      const side = this.side, slope = (b1 - b0) / (a1 - a0), half = (wide / 2) * Math.sqrt(1 + slope * slope);
      const low = Math.max(Math.min(a0, a1), 0), high = Math.min(Math.max(a0, a1), side);
      for (let a = Math.floor(low), from = low; from < high; a++) {
        const to = Math.min(a + 1, high), middle = b0 + ((from + to) / 2 - a0) * slope, least = middle - half, most = middle + half;
        const end = Math.min(Math.ceil(most), side);
        for (let b = Math.max(Math.floor(least), 0); b < end; b++) {
          const share = (Math.min(b + 1, most) - Math.max(b, least)) * (to - from);
          if (share > 0.01) this.blend(a * step + b * across, ink, share);
        }
        from = to;
      }
    }
  };
})(Guanghui);
