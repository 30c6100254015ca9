/* The roofs of a township: their columns, which are chosen by phase and filters, their colours and their sums. */
(function (G) {
  "use strict";

  const MONTHS = 12;

  function place(value, breaks) {
    let low = 0, high = breaks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value >= breaks[middle]) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  G.Roofs = class {
    constructor(spec, inflated) {
      this.spec = spec;
      this.columns = G.unpack(spec.packed, inflated);
      this.outlines = new G.Outlines(this.columns);
      this.count = this.outlines.count;
      this.pass = new Uint8Array(this.count).fill(1);
      this.chosen = this.pass.slice();
      this.developed = null;
      this.exact = null;
      this.measures = spec.measures;
      this.places = {};
      this.sky = spec.sun ? G.unpackSkylines(this.columns.skyline, this.count, spec.sun.directions) : null;
    }

    has(column) {
      return column in this.columns;
    }

    /* A column of the table, or one worked out from others: without shade, energy of a month a kilowatt. */
    values(column) {
      if (column in this.columns) return this.columns[column];
      if (column === "open_poa") return (this.columns.open_poa = this.unshaded());
      if (/^monthly_\d+$/.test(column)) return (this.columns[column] = this.monthly(+column.slice(8)));
      if (/^sun_/.test(column)) return this.sunAt(column);
      return null;
    }

    /* Where the sun stands or not at a minute of a day, "sun_winter_720"; the last one is kept. */
    sunAt(column) {
      if (!this.sunKept || this.sunKept.column !== column) {
        const parts = column.split("_");
        this.sunKept = { column: column, places: G.sunPlaces(this.sky, G.sunNow(this.spec.sun, { day: parts[1], minute: +parts[2] })) };
      }
      return this.sunKept.places;
    }

    /* Faces or modules of a roof, kind "face" or "module": their outlines and the first and last of them. */
    shapes(kind, roof) {
      const spec = this.spec.shapes, kept = this.shapesKept || (this.shapesKept = {});
      if (!spec || spec.kinds.indexOf(kind) < 0) return null;
      if (!kept[kind]) {
        const start = new Int32Array(this.count + 1);
        this.columns[kind + "_of"].forEach((count, at) => (start[at + 1] = start[at] + count));
        kept[kind] = Object.assign(G.corners(this.columns, kind + "_", spec.step), { start: start });
      }
      const first = kept[kind].start[roof], end = kept[kind].start[roof + 1];
      return end > first ? { outlines: kept[kind], first: first, end: end } : null;
    }

    unshaded() {
      const poa = this.columns.poa_kwh_m2, loss = this.columns.shading_loss_pct;
      return poa.map((value, roof) => value / (1 - loss[roof] / 100));
    }

    monthly(month) {
      const own = this.columns["month_" + month], shape = this.spec.month_shape[month - 1];
      return this.columns.specific_yield_kwh_kwp.map((value, roof) => value * (shape + own[roof]));
    }

    value(column, roof) {
      const values = this.values(column);
      return values ? values[roof] : NaN;
    }

    title(roof) {
      return this.columns.name[roof] || this.columns.building_id[roof];
    }

    category(column, roof) {
      return this.categoryText(column, this.columns[column][roof]);
    }

    categoryText(column, code) {
      const item = this.spec.categories[column][code];
      return item ? G.pick(item.label) : "";
    }

    /* Energy of each month: the year times the roof's share, kept as a difference from the mean shape. */
    months(roof) {
      if (!this.spec.month_shape) return null;
      const found = [];
      for (let m = 0; m < MONTHS; m++) {
        const share = this.spec.month_shape[m] + this.value("month_" + (m + 1), roof);
        found.push(share * this.value("yield_kwh", roof));
      }
      return found;
    }

    /* Apply phase, filters and the choice by hand. state: {year, classes, least, filters, selected}; year 0 means every roof. */
    choose(state) {
      const years = this.spec.phases ? this.spec.phases.years : [];
      const tests = G.filterTests(this, state.filters);
      this.developed = state.year && this.spec.phases ? this.spec.phases.developed[String(state.year)] : null;
      this.exact = state.classes.length || state.least || tests.length || state.selected ? null : this.spec.sums[String(state.year)] || null;
      const phase = this.columns.phase, kind = this.columns.building_class, energy = this.columns.yield_kwh;
      const built = [0].concat(years.map(year => (year <= state.year ? 1 : 0))), hidden = new Uint8Array(256);
      state.classes.forEach(code => (hidden[code] = 1));
      for (let i = 0; i < this.count; i++) {
        let stays = !state.year || (phase && built[phase[i]]) ? 1 : 0;
        if (stays && ((kind && hidden[kind[i]]) || (energy && energy[i] < state.least))) stays = 0;
        for (let t = 0; stays && t < tests.length; t++) if (!tests[t](i)) stays = 0;
        this.pass[i] = stays;
        this.chosen[i] = stays && (!state.selected || state.selected[i]) ? 1 : 0;
      }
      this.summed = null;
    }

    /* Place of every roof among the colours of a legend. */
    placesOf(column, legend) {
      const values = this.values(column);
      if (legend.type === "categories") return values;
      if (!this.places[column]) {
        const found = (this.places[column] = new Uint8Array(this.count));
        for (let i = 0; i < this.count; i++) found[i] = isNaN(values[i]) ? G.DIM : place(values[i], legend.breaks);
      }
      return this.places[column];
    }

    paint(column, legend) {
      const places = this.placesOf(column, legend);
      const found = new Uint8Array(this.count);
      for (let i = 0; i < this.count; i++) found[i] = this.chosen[i] ? places[i] : G.DIM;
      return found;
    }

    /* Figure of a roof in the sums: in a phase, that of its row of the programme. */
    counted(name, roof) {
      return this.countedAll([name], [this.columns[name]], roof, [0])[0];
    }

    /* The same for several columns at once, into found. */
    countedAll(names, columns, roof, found) {
      const part = this.developed ? this.developed.part : 1, row = this.developed && this.developed.rows[roof];
      for (let n = 0; n < names.length; n++) found[n] = row && names[n] in row ? row[names[n]] : (columns[n][roof] || 0) * part;
      return found;
    }

    /* Relative standard deviation of a roof's own year. */
    own(roof) {
      const u = this.spec.uncertainty;
      if (!u) return 0;
      return u.by_lod ? u.by_lod[this.columns.lod[roof]] : u.independent;
    }

    /* The part of it that all roofs share. */
    common(roof) {
      const u = this.spec.uncertainty;
      if (!u) return 0;
      return u.common_by_lod ? u.common_by_lod[this.columns.lod[roof]] : u.common;
    }

    /* Sums over the chosen roofs, whole and by building class; without a filter they are those of the programme. */
    totals() {
      return this.summed || (this.summed = this.added());
    }

    added() {
      const names = ["usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan"].filter(name => this.has(name));
      const kinds = this.columns.building_class, columns = names.map(name => this.columns[name]), energetic = names.indexOf("yield_kwh");
      const total = new Float64Array(names.length + 1), parts = {}, row = new Float64Array(names.length);
      let squares = 0, shared = 0;
      for (let i = 0; i < this.count; i++) {
        if (!this.chosen[i]) continue;
        const kind = kinds ? kinds[i] : 0, part = parts[kind] || (parts[kind] = new Float64Array(names.length + 1));
        this.countedAll(names, columns, i, row);
        total[names.length]++;
        part[names.length]++;
        for (let n = 0; n < names.length; n++) {
          total[n] += row[n];
          part[n] += row[n];
        }
        if (energetic >= 0) {
          const energy = row[energetic], own = this.own(i) * energy;
          squares += own * own;
          shared += this.common(i) * energy;
        }
      }
      const named = values => names.reduce((found, name, n) => ((found[name] = values[n]), found), { roofs: values[names.length] });
      const sum = named(total), byClass = {};
      Object.keys(parts).forEach(kind => (byClass[kind] = named(parts[kind])));
      sum.available_m2 = this.spec.sums["0"].available_m2;
      sum.yield_squares = squares;
      sum.yield_common_kwh = shared;
      if (this.exact) Object.keys(this.exact).forEach(name => (sum[name] = this.exact[name]));
      sum.byClass = byClass;
      return sum;
    }

    /* Roofs by falling value of a column, chosen ones only. */
    top(column, count) {
      const values = this.values(column), found = [];
      for (let i = 0; i < this.count; i++) {
        if (!this.chosen[i] || !(values[i] > 0) || (found.length === count && values[i] <= values[found[count - 1]])) continue;
        let at = Math.min(found.length, count - 1);
        while (at > 0 && values[found[at - 1]] < values[i]) found[at] = found[--at];
        found[at] = i;
      }
      return found;
    }

    search(text, count) {
      const wanted = text.trim().toLowerCase();
      const found = [];
      if (!wanted) return found;
      for (let i = 0; i < this.count && found.length < count; i++) {
        const hit = this.columns.building_id[i].toLowerCase().indexOf(wanted) >= 0 ||
          this.columns.name[i].toLowerCase().indexOf(wanted) >= 0;
        if (hit) found.push(i);
      }
      return found;
    }
  };
})(Guanghui);
