/* Unpack the roofs: base64 -> inflate -> byte planes -> typed arrays (maps/pack.py writes them). */
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

  function values(column, bytes) {
    const stored = whole(column, bytes);
    if (column.delta) {
      const out = new Int32Array(column.n);
      for (let i = 0, sum = 0; i < column.n; i++) out[i] = sum += stored[i];
      return out;
    }
    if (!column.scale && !column.gaps) return stored;
    const lowest = -Math.pow(2, 8 * SIZE[column.kind] - 1);
    const scale = column.scale || 1;
    const out = new Float64Array(column.n);
    for (let i = 0; i < column.n; i++) out[i] = column.gaps && stored[i] === lowest ? NaN : stored[i] / scale;
    return out;
  }

  function texts(column, bytes) {
    return new TextDecoder("utf-8").decode(bytes).split("\n");
  }

  G.unpack = function (packed) {
    const bytes = pako.inflate(bytesOf(packed.data));
    const columns = {};
    let from = 0;
    packed.columns.forEach(function (column) {
      const part = bytes.subarray(from, from + column.bytes);
      columns[column.name] = column.kind === "text" ? texts(column, part) : values(column, part);
      from += column.bytes;
    });
    return columns;
  };
})(Guanghui);
