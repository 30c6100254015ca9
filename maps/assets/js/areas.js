/* Which polygon of a GeoJSON layer lies under a point. */
(function (G) {
  "use strict";

  function inRing(ring, point) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i], b = ring[j];
      if (a.lat > point.lat !== b.lat > point.lat &&
          point.lng < ((b.lng - a.lng) * (point.lat - a.lat)) / (b.lat - a.lat) + a.lng) {
        inside = !inside;
      }
    }
    return inside;
  }

  function inside(rings, point) {
    if (!rings.length) return false;
    if (rings[0].lat !== undefined) return inRing(rings, point);
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
