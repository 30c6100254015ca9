/* Polygons of a layer: a GeoJSON layer from a packed string, and which of them lies under a point. */
(function (G) {
  "use strict";

  /* Layer of packed polygons; each knows its row and its place in the legend. */
  G.areas = function (packed, options) {
    const columns = G.unpack(packed), outlines = new G.Outlines(columns), features = [];
    for (let i = 0; i < outlines.count; i++) {
      if (!columns.rings[i]) continue;
      features.push({ type: "Feature", properties: { row: columns.row[i], place: columns.place[i] }, geometry: outlines.geometry(i) });
    }
    return L.geoJSON({ type: "FeatureCollection", features: features }, options);
  };

  /* Whether a point lies inside a ring of n corners, by even and odd crossings; x(i) and y(i) give a corner. */
  G.inRing = function (n, x, y, px, py) {
    let inside = false;
    for (let i = 0, j = n - 1; i < n; j = i++) {
      if (y(i) > py !== y(j) > py && px < ((x(j) - x(i)) * (py - y(i))) / (y(j) - y(i)) + x(i)) inside = !inside;
    }
    return inside;
  };

  function inside(rings, point) {
    if (!rings.length) return false;
    if (rings[0].lat !== undefined) return G.inRing(rings.length, i => rings[i].lng, i => rings[i].lat, point.lng, point.lat);
    return rings.reduce((odd, part) => odd !== inside(part, point), false);
  }

  /* Row number of the polygon under a point, -1 when there is none. */
  G.areaAt = function (layer, point) {
    let row = -1;
    layer.eachLayer(function (part) {
      if (row < 0 && part.getBounds().contains(point) && inside(part.getLatLngs(), point)) row = part.feature.properties.row;
    });
    return row;
  };

  G.areaBounds = function (layer, row) {
    let bounds = null;
    layer.eachLayer(part => part.feature.properties.row === row && (bounds = part.getBounds()));
    return bounds;
  };
})(Guanghui);
