/* Money of roofs with other prices than the study's: the sums of pv/programme/money.py over the chosen roofs. */
(function (G) {
  "use strict";

  const LOW = -0.5, HIGH = 5, HALVINGS = 60;

  /* Sum over t = 1…years of (1 - fall)^(t-1) / (1 + rate)^t. */
  function series(rate, fall, years) {
    const ratio = (1 - fall) / (1 + rate);
    return (Math.abs(1 - ratio) < 1e-9 ? years : (1 - Math.pow(ratio, years)) / (1 - ratio)) / (1 + rate);
  }

  function irr(first, price) {
    const worth = rate => first * series(rate, price.degradation, price.life_years) - price.opex_share * series(rate, 0, price.life_years) - 1;
    if (!(worth(0) + 1 > 0)) return NaN;
    let low = LOW, high = HIGH;
    for (let k = 0; k < HALVINGS; k++) {
      const middle = (low + high) / 2;
      if (worth(middle) > 0) low = middle;
      else high = middle;
    }
    const found = (low + high) / 2;
    return found > LOW + 1e-6 && found < HIGH - 1e-6 ? found : NaN;
  }

  function payback(first, price) {
    let before = 0;
    for (let year = 1; year <= price.life_years; year++) {
      const flow = first * Math.pow(1 - price.degradation, year - 1) - price.opex_share;
      if (before + flow >= 1) return year - 1 + (1 - before) / flow;
      before += flow;
    }
    return Infinity;
  }

  /* Investment a watt at a size: straight between the anchors over the logarithm of the size. */
  function unitCost(size, price) {
    const at = price.capex_kwp, cost = price.capex_yuan_w, x = Math.log(Math.max(size, 1e-3));
    if (x <= Math.log(at[0])) return cost[0];
    for (let k = 1; k < at.length; k++) {
      const left = Math.log(at[k - 1]), right = Math.log(at[k]);
      if (x <= right) return cost[k - 1] + ((cost[k] - cost[k - 1]) * (x - left)) / (right - left);
    }
    return cost[cost.length - 1];
  }

  /* Appraise roofs: rows of {capacity_kwp, yield_kwh, capex_yuan, self_use, retail}, what is new of each.
     change: {module, capex, retail, feed_in: factors; self_use: share or null}. */
  function appraise(price, rows, change) {
    const found = { roofs: 0, capacity_kwp: 0, yield_kwh: 0, capex_yuan: 0, earned_yuan: 0 };
    rows.forEach(function (row) {
      if (!(row.capex_yuan > 0)) return;
      const size = row.size_kwp || row.capacity_kwp;
      const dearer = unitCost(size * change.module, price) / unitCost(size, price);
      const energy = row.yield_kwh * change.module, self = change.self_use === null ? row.self_use : change.self_use;
      found.roofs++;
      found.capacity_kwp += row.capacity_kwp * change.module;
      found.yield_kwh += energy;
      found.capex_yuan += row.capex_yuan * change.module * dearer * change.capex;
      found.earned_yuan += energy * (self * row.retail * change.retail + (1 - self) * price.feed_in_yuan_kwh * change.feed_in);
    });
    const first = found.earned_yuan / found.capex_yuan, years = price.life_years;
    const worth = series(price.discount_rate, price.degradation, years);
    const costs = 1 + price.opex_share * series(price.discount_rate, 0, years);
    found.npv_yuan = found.roofs ? found.capex_yuan * (first * worth - costs) : NaN;
    found.lcoe_yuan_kwh = found.roofs ? (found.capex_yuan * costs) / (found.yield_kwh * worth) : NaN;
    found.irr = found.roofs ? irr(first, price) : NaN;
    found.payback_years = found.roofs ? payback(first, price) : NaN;
    return found;
  }

  G.appraise = appraise;

  /* What is invested in a roof: all of it, or the new part that the programme has built by the year looked at. */
  G.invested = function (roofs, roof, whole) {
    const c = roofs.columns, price = roofs.spec.whatif;
    const capex = whole ? c.capex_yuan[roof] : roofs.counted("capex_yuan", roof);
    const part = c.capex_yuan[roof] > 0 ? capex / c.capex_yuan[roof] : 0;
    const kind = roofs.spec.categories.building_class[c.building_class[roof]];
    return {
      capacity_kwp: part * c.capacity_kwp[roof], yield_kwh: part * c.yield_kwh[roof], capex_yuan: capex, size_kwp: c.capacity_kwp[roof],
      self_use: c.self_use_share[roof], retail: price.retail_yuan_kwh[kind.code],
    };
  };

  G.appraiseChosen = function (roofs, change) {
    const rows = [];
    for (let i = 0; i < roofs.count; i++) if (roofs.chosen[i]) rows.push(G.invested(roofs, i, false));
    return appraise(roofs.spec.whatif, rows, change);
  };
})(Guanghui);
