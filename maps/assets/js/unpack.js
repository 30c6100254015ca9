/* Unpack columns: base64 -> inflate -> byte planes -> typed arrays (maps/page/pack.py writes them). */
(function (G) {
  "use strict";

  const SIZE = { i1: 1, i2: 2, i4: 4 };

  function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  /* Bytes of equal weight lie together; bring each number's bytes side by side again. */
  function joined(planes, count, size) {
    const bytes = new Uint8Array(count * size);
    for (let plane = 0; plane < size; plane++) {
      const from = plane * count;
      for (let i = 0, to = plane; i < count; i++, to += size) bytes[to] = planes[from + i];
    }
    return bytes.buffer;
  }

  function whole(column, bytes) {
    const buffer = joined(bytes, column.n, SIZE[column.kind]);
    if (column.kind === "i1") return new Int8Array(buffer);
    return column.kind === "i2" ? new Int16Array(buffer) : new Int32Array(buffer);
  }

  /* The linear sum of other columns that nearly tells this one, added up in the order in which it was packed. */
  function foretold(column, wholes) {
    const found = new Float64Array(column.n).fill(column.weights[0]);
    column.like.forEach(function (names, t) {
      const weight = column.weights[t + 1], first = wholes[names[0]], second = names[1] && wholes[names[1]];
      for (let i = 0; i < column.n; i++) found[i] = found[i] + weight * (second ? first[i] * second[i] : first[i]);
    });
    return found;
  }

  function values(column, bytes, wholes) {
    const stored = whole(column, bytes);
    if (column.delta) {
      const out = new Int32Array(column.n);
      for (let i = 0, sum = 0; i < column.n; i++) out[i] = sum += stored[i];
      return out;
    }
    if (!column.scale && !column.gaps) return stored;
    const told = column.like && foretold(column, wholes), kept = (wholes[column.name] = new Float64Array(column.n));
    const lowest = -Math.pow(2, 8 * SIZE[column.kind] - 1);
    const scale = column.scale || 1;
    const out = new Float64Array(column.n);
    for (let i = 0; i < column.n; i++) {
      const gap = column.gaps && stored[i] === lowest;
      kept[i] = gap ? 0 : told ? stored[i] + Math.floor(told[i] + 0.5) : stored[i];
      out[i] = gap ? NaN : kept[i] / scale;
    }
    return out;
  }

  function texts(column, bytes) {
    return new TextDecoder("utf-8").decode(bytes).split("\n");
  }

  /* Bytes of a packed string, inflated beside the page where the browser can: a promise of what unpack takes. */
  G.inflated = function (packed) {
    if (!window.DecompressionStream) return Promise.resolve(pako.inflate(bytesOf(packed.data)));
    const stream = new Blob([bytesOf(packed.data)]).stream().pipeThrough(new window.DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer().then(buffer => new Uint8Array(buffer));
  };

  G.unpack = function (packed, inflated) {
    const bytes = inflated || pako.inflate(bytesOf(packed.data));
    const columns = {}, wholes = {};
    let from = 0;
    packed.columns.forEach(function (column) {
      const part = bytes.subarray(from, from + column.bytes);
      columns[column.name] = column.kind === "text" ? texts(column, part) : values(column, part, wholes);
      from += column.bytes;
    });
    return columns;
  };
})(Guanghui);
