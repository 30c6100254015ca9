/* What is shown stands in the address, so that a reload, the way back or a link sent to a colleague shows it again. */
(function (G) {
  "use strict";

  const LONGEST = 12000;
  const WAIT_MS = 50;

  /* What the address asks for: key -> text. */
  G.asked = function () {
    const found = {};
    window.location.hash.slice(1).split("&").forEach(function (part) {
      const at = part.indexOf("=");
      if (at > 0) found[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    });
    return found;
  };

  G.askedLang = function () {
    const lang = G.asked().lang;
    return lang === "en" || lang === "zh" ? lang : G.data.page.lang;
  };

  /* Another page of the study, in the language of this one. */
  G.link = href => href + (href.indexOf("#") < 0 ? "#" : "&") + "lang=" + G.lang;

  /* "zoom/lat/lng" of the address, where it is one. */
  G.showPlace = function (map, text) {
    const parts = (text || "").split("/").map(Number);
    if (parts.length === 3 && parts.every(isFinite)) map.setView([parts[1], parts[2]], parts[0], { animate: false });
  };

  /* Keep the address with the state, once a hand rests: browsers slow down pages that write it at every step of a slider.
     write(state) gives key -> text, empty where it is the usual one. */
  G.followAddress = function (store, keys, write) {
    let wait = 0;
    const writeNow = function () {
      window.clearTimeout(wait);
      wait = 0;
      const parts = write(store.state);
      const hash = Object.keys(parts).filter(key => parts[key] !== "").map(key => key + "=" + encodeURIComponent(parts[key])).join("&");
      try {
        window.history.replaceState(null, "", "#" + hash);
      } catch (refused) {} // a page inside a notebook has no address of its own
    };
    const put = function () {
      window.clearTimeout(wait);
      wait = window.setTimeout(writeNow, WAIT_MS);
    };
    window.addEventListener("pagehide", () => wait && writeNow());
    store.on(keys, put);
    return put;
  };

  /* Places as runs, "0-9.12" in base 36, or as bits where that is shorter; empty where both are too long. */
  G.runsOf = function (flags) {
    const parts = [], bits = new Uint8Array(Math.ceil(flags.length / 8));
    for (let i = 0; i < flags.length; i++) {
      if (!flags[i]) continue;
      const first = i;
      while (i + 1 < flags.length && flags[i + 1]) i++;
      parts.push(first === i ? i.toString(36) : first.toString(36) + "-" + i.toString(36));
    }
    flags.forEach((flag, i) => flag && (bits[i >> 3] |= 1 << (i & 7)));
    const runs = parts.join("."), packed = "~" + btoa(bits.reduce((text, byte) => text + String.fromCharCode(byte), ""));
    const text = runs.length < packed.length ? runs : packed;
    return text.length > LONGEST ? "" : text;
  };

  G.flagsOf = function (text, count) {
    const flags = new Uint8Array(count);
    try {
      if (text[0] !== "~") {
        text.split(".").forEach(function (run) {
          const ends = run.split("-").map(end => parseInt(end, 36));
          for (let i = ends[0]; i <= Math.min(ends[ends.length - 1], count - 1); i++) flags[i] = 1;
        });
      } else {
        const bits = atob(text.slice(1));
        for (let i = 0; i < Math.min(count, 8 * bits.length); i++) flags[i] = (bits.charCodeAt(i >> 3) >> (i & 7)) & 1;
      }
    } catch (broken) {} // an address cut short chooses nothing
    return flags.some(flag => flag) ? flags : null;
  };
})(Guanghui);
