/* Numbers with units, by the same rules as maps/words/numbers.py. */
(function (G) {
  "use strict";

  const SMALL = 0.005;
  const SHOWN = 0.01;
  const LARGE = 1000;
  const READ = 0.1;

  function digitsOf(value) {
    const size = Math.abs(value);
    return size >= 100 || size < SMALL ? 0 : size >= 10 ? 1 : 2;
  }

  function grouped(text) {
    const dot = text.indexOf(".");
    return (dot < 0 ? text : text.slice(0, dot)).replace(/\B(?=(\d{3})+$)/g, ",") + (dot < 0 ? "" : text.slice(dot));
  }

  function rounded(value, digits) {
    const text = Math.abs(value).toFixed(digits);
    return (value < 0 && /[1-9]/.test(text) ? "-" : "") + grouped(text);
  }

  function stepFor(value, unit) {
    const steps = G.data.units[unit][G.lang];
    return steps.filter(step => Math.abs(value) >= step[0])[0];
  }

  function digitsFor(value, unit) {
    const fixed = G.data.units[unit].digits;
    return fixed === null ? digitsOf(value) : fixed;
  }

  /* {number, unit}: the two parts of a figure. */
  G.parts = function (value, unit) {
    if (value === null || value === undefined || !isFinite(value)) return { number: "—", unit: "" };
    const step = stepFor(value, unit);
    const scaled = value / step[1];
    return { number: rounded(scaled, digitsFor(scaled, unit)), unit: step[2] };
  };

  function join(number, unit) {
    return unit === "" || unit === "%" || unit === "°" ? number + unit : number + " " + unit;
  }

  G.number = function (value, unit) {
    const parts = G.parts(value, unit);
    return join(parts.number, parts.unit);
  };

  const known = value => value !== null && value !== undefined && isFinite(value);

  function between(low, high, size, digits) {
    return [low, high].map(v => rounded(v / size, digits)).join(low < 0 ? " ~ " : "–");
  }

  /* An interval in the unit of its figure; without a figure in that of its larger end. */
  G.range = function (low, high, unit, figure) {
    if (!known(low) || !known(high)) return "—";
    const most = Math.max(Math.abs(low), Math.abs(high)), step = stepFor(known(figure) ? figure : most, unit);
    return join(between(low, high, step[1], digitsFor(most / step[1], unit)), step[2]);
  };

  /* A number in a unit that is written out, or in one of the pages' own. */
  G.plain = function (value, unit) {
    const own = G.data.plan_units[unit];
    if (own) return G.number(value * own[1], own[0]);
    return G.data.units[unit] ? G.number(value, unit) : join(rounded(value, digitsOf(value)), unit);
  };

  /* A number with no more digits than it has. */
  function short(value) {
    return grouped(String(parseFloat(value.toPrecision(6))));
  }

  /* One unit and the same digits for a whole column, intervals too: the rule of format_column. */
  G.column = function (values, unit) {
    const sizes = values.filter(known).map(Math.abs);
    const most = Math.max.apply(null, sizes.concat([0]));
    const counted = sizes.filter(size => size > SHOWN * most), fixed = G.data.units[unit].digits;
    const least = counted.length ? Math.min.apply(null, counted) : 0;
    const below = G.data.units[unit][G.lang].filter(step => most >= step[0]);
    const step = below.filter(step => least / step[1] >= READ)[0] || below[0];
    const digits = fixed !== null ? fixed : most / step[1] >= LARGE ? 0 : digitsOf(least / step[1]);
    return {
      unit: step[2],
      tick: value => short(value / step[1]),
      text: value => (known(value) ? rounded(value / step[1], digits) : "—"),
      range: (low, high) => (known(low) && known(high) ? between(low, high, step[1], digits) : ""),
    };
  };

  /* Class limits in the unit of the last of them: {unit, texts}. */
  G.limits = function (values, unit) {
    if (!values.length) return { unit: "", texts: [] };
    const step = stepFor(values[values.length - 1], unit);
    return { unit: step[2], texts: values.map(value => short(value / step[1])) };
  };
})(Guanghui);
