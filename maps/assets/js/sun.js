/* The sun through a day: which roofs it reaches at an hour of the solstices and the equinox, by their skylines. */
(function (G) {
  "use strict";

  const WIDE = 264, TALL = 62, FOOT = 12, TOP_DEG = 90;
  const NOON = 720;

  /* Skylines by roof, whole degrees: packed direction by direction, each less that of the direction before. */
  G.unpackSkylines = function (packed, count, directions) {
    const heights = new Int8Array(packed.length);
    for (let i = 0; i < packed.length; i++) heights[i] = packed[i] + (i < count ? 0 : heights[i - count]);
    return { heights: heights, count: count, directions: directions };
  };

  /* Height of a roof's skyline in a direction [°], straight between those that are known; below 0 where none is. */
  G.skylineAt = function (sky, roof, azimuth) {
    const at = azimuth / (360 / sky.directions), left = Math.floor(at) % sky.directions, right = (left + 1) % sky.directions;
    const low = sky.heights[left * sky.count + roof];
    return low + (at - Math.floor(at)) * (sky.heights[right * sky.count + roof] - low);
  };

  G.sunlit = (sky, roof, altitude, azimuth) => altitude > 0 && altitude > G.skylineAt(sky, roof, azimuth);

  const dayOf = (sun, state) => sun.days.filter(day => day.key === state.day)[0] || sun.days[1];

  /* Place of the sun that is shown in its day: the nearest to the minute asked for. */
  function placeOf(day, minute) {
    let best = 0;
    day.minute.forEach((value, i) => Math.abs(value - minute) < Math.abs(day.minute[best] - minute) && (best = i));
    return best;
  }

  G.sunNow = function (sun, state) {
    const day = dayOf(sun, state), at = placeOf(day, state.minute);
    return { day: day, at: at, minute: day.minute[at], altitude: day.altitude[at], azimuth: day.azimuth[at] };
  };

  /* 0 lit, 1 shaded, G.DIM unknown; for all roofs. */
  G.sunPlaces = function (sky, now) {
    const found = new Uint8Array(sky.count);
    for (let i = 0; i < sky.count; i++) found[i] = sky.heights[i] < 0 ? G.DIM : G.sunlit(sky, i, now.altitude, now.azimuth) ? 0 : 1;
    return found;
  };

  const clock = minute => Math.floor(minute / 60) + ":" + ("0" + (minute % 60)).slice(-2);
  const sunText = now => G.t("sun_at", { clock: clock(now.minute), altitude: Math.round(now.altitude), azimuth: Math.round(now.azimuth) });

  G.sunAsked = function (text, sun) {
    const parts = (text || "").split(".");
    const known = sun && sun.days.some(day => day.key === parts[0]) && isFinite(parts[1]);
    return known ? { day: parts[0], minute: +parts[1] } : { day: "equinox", minute: NOON };
  };

  /* Day and hour, beside the measures; how many of the lit roofs of the list the sun reaches. */
  G.sunBlock = function (roofs, store) {
    const sun = roofs.spec.sun;
    return function (state) {
      if (state.measure !== "sun") return null;
      const now = G.sunNow(sun, state), places = roofs.values("sun_" + now.day.key + "_" + now.minute);
      let lit = 0, all = 0;
      for (let i = 0; i < roofs.count; i++) {
        if (!roofs.chosen[i] || places[i] === G.DIM) continue;
        all++;
        if (places[i] === 0) lit++;
      }
      const range = G.el("input", { type: "range", id: "hour", min: 0, max: now.day.minute.length - 1, step: 1, "aria-label": G.t("sun_hour"), "aria-valuetext": sunText(now) });
      range.value = now.at;
      range.style.setProperty("--fill", (100 * now.at) / (now.day.minute.length - 1) + "%");
      range.addEventListener("input", () => store.set({ minute: dayOf(sun, store.state).minute[+range.value] }));
      const days = sun.days.map(day => ({ key: day.key, label: G.t("sun_" + day.key) }));
      return [G.block(G.t("sun_day"), [
        G.choices("radio", "sun-day", days, key => key === now.day.key, key => store.set({ day: key })),
        G.el("div", { class: "slider after-choices" }, [range]),
        G.el("p", { class: "hint after", text: sunText(now) + " · " + G.t("sun_count", { lit: G.number(lit, "roofs"), all: G.number(all, "roofs") }) }),
      ], "on-screen")];
    };
  };

  /* Hours in which the sun reaches a roof, by day. */
  G.sunHours = (roofs, roof) => roofs.spec.sun.days.map(function (day) {
    const lit = day.minute.filter((_, i) => G.sunlit(roofs.sky, roof, day.altitude[i], day.azimuth[i])).length;
    return (lit * roofs.spec.sun.step_min) / 60;
  });

  /* Skyline of a roof from north over south to north, with the paths of the sun over it. */
  G.sunChart = function (roofs, roof, state) {
    if (!roofs.sky || roofs.sky.heights[roof] < 0) return null;
    const x = azimuth => (azimuth / 360) * WIDE, y = altitude => TALL - (altitude / TOP_DEG) * TALL, directions = roofs.sky.directions;
    let land = "M0 " + TALL;
    for (let k = 0; k <= directions; k++) land += "L" + x((k * 360) / directions).toFixed(1) + " " + y(roofs.sky.heights[(k % directions) * roofs.sky.count + roof]).toFixed(1);
    const paths = roofs.spec.sun.days.map(day => G.svg("path", { class: "sun-path " + day.key, d: day.minute.map((_, i) => (i ? "L" : "M") + x(day.azimuth[i]).toFixed(1) + " " + y(day.altitude[i]).toFixed(1)).join("") }));
    const now = state.measure === "sun" ? G.sunNow(roofs.spec.sun, state) : null;
    const ticks = ["north", "east", "south", "west", "north"].map((word, k) => G.svg("text", { x: Math.min(Math.max((k * WIDE) / 4, 5), WIDE - 5), y: TALL + FOOT - 2, "text-anchor": "middle" }, [G.t("sun_" + word)]));
    const hours = G.sunHours(roofs, roof), days = roofs.spec.sun.days;
    const label = G.t("sun_hours", { list: days.map((day, i) => G.t("sun_" + day.key) + " " + G.t("sun_h", { hours: hours[i].toFixed(1) })).join(G.t("list_comma")) });
    return G.el("figure", { class: "skyline" }, [
      G.svg("svg", { viewBox: "0 0 " + WIDE + " " + (TALL + FOOT), role: "img", "aria-label": label }, paths.concat(
        [G.svg("path", { class: "land", d: land + "L" + WIDE + " " + TALL + "Z" })],
        now ? [G.svg("circle", { class: "sun-dot", cx: x(now.azimuth), cy: y(now.altitude), r: 4 })] : [], ticks)),
      G.el("figcaption", { text: label }),
    ]);
  };
})(Guanghui);
