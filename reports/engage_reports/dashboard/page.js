"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const SIGN = data.words.sign, ONE = data.words.one, MANY = data.words.many;
const at = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const whole = (value) => Math.round(value).toLocaleString("en-US");
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const percent = (value, digits = 1) => (value * 100).toFixed(digits) + "%";
const dollars = (value) => {
  const size = Math.abs(value), sign = (value < 0 ? "-" : "") + SIGN;
  if (size >= 999500) return sign + (size / 1e6).toFixed(2) + "M";
  if (size >= 9995) return sign + (size / 1e3).toFixed(1) + "k";
  return sign + (size >= 100 ? whole(size) : size.toFixed(2));
};
const VALUES = ["below " + SIGN + 10, ...[[10, 50], [50, 150], [150, 500]].map(([low, high]) => SIGN + low + " to " + SIGN + high), SIGN + "500 and more"];
const BANDS = Array.from({length: 10}, (_, band) => band * 10 + "-" + (band + 1) * 10 + "%");
const SUMS = ["customers", "active", "leavers", "revenue", "revenueAtRisk", "valueAtRisk", "contacts", "cost", "value"];
const FIRST = 5; // the sums stand behind segment, tier, location, churn band, value band
const NARROW = matchMedia("(max-width: 600px)"); // a phone: panes stand below each other
const filters = {segment: -1, tier: -1, location: -1};
let plotly = null;

function element(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function missing(target, why) {
  target.replaceChildren(element("p", "Not available: " + why + ".", "missing"));
}

function table(heads, rows, caption) {
  const box = element("div", undefined, "scroll"), made = element("table"), line = element("tr"), head = element("thead"), body = element("tbody");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", caption);
  made.append(element("caption", caption));
  heads.forEach(([name, numeric]) => {
    const cell = element("th", name, numeric ? "n" : "");
    cell.scope = "col";
    line.append(cell);
  });
  head.append(line);
  rows.forEach((row) => {
    const each = element("tr");
    row.forEach((value, place) => each.append(element("td", value, heads[place][1] ? "n" : "")));
    body.append(each);
  });
  made.append(head, body);
  box.append(made);
  return box;
}

function chart(target, name, label, traces, layout, heads, rows) {
  let plot = target.querySelector(".chart");
  if (!plot) {
    plot = element("div", undefined, "chart");
    plot.setAttribute("role", "img");
    const details = element("details"), summary = element("summary", "The figures as a table");
    details.append(summary, element("div"));
    target.replaceChildren(plot, details);
  }
  plot.setAttribute("aria-label", label);
  target.querySelector("details > div").replaceChildren(table(heads, rows, name));
  if (!plotly) return;
  const axis = {gridcolor: colour("--grid"), linecolor: colour("--rule"), zerolinecolor: colour("--rule"), automargin: true, fixedrange: true};
  const whole_layout = {
    height: 330, margin: {l: 60, r: 16, t: 16, b: 48}, showlegend: false, dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: {color: colour("--ink"), size: 12, family: getComputedStyle(document.body).fontFamily},
    ...layout,
  };
  for (const key of ["xaxis", "yaxis", "xaxis2", "yaxis2", "xaxis3", "yaxis3"]) if (layout[key]) whole_layout[key] = {...axis, ...layout[key]};
  plotly.react(plot, traces, whole_layout, {displayModeBar: false, responsive: true, typesetMath: false});
}

const chosen = () => data.cells.rows.filter((row) => ["segment", "tier", "location"].every((name, place) => filters[name] < 0 || row[place] === filters[name]));
const total = (rows) => Object.fromEntries(SUMS.map((name, place) => [name, rows.reduce((sum, row) => sum + row[FIRST + place], 0)]));

function cards(rows) {
  const sums = total(rows), all = rows.length === data.cells.rows.length, previous = all ? data.previous : null;
  const signed = (change) => (Math.abs(change) < 0.0005 ? "unchanged" : (change > 0 ? "+" : "") + percent(change));
  const since = (now, then) => (then ? " (" + signed((now - then) / then) + " since " + data.previous.week + ")" : "");
  const list = [
    [whole(sums.customers), MANY + (previous ? since(sums.customers, previous.customers) : "")],
    [whole(sums.leavers), "expected to leave" + data.words.within + ", " + percent(sums.customers ? sums.leavers / sums.customers : 0) + (previous ? since(sums.leavers, previous.leavers) : "")],
    [dollars(sums.revenueAtRisk), "of " + dollars(sums.revenue) + " revenue" + data.words.revenue + " at risk"],
    [dollars(sums.valueAtRisk), "value of 12 months at risk"],
    [whole(sums.contacts), MANY + " to contact, for " + dollars(sums.cost)],
    [dollars(sums.value), "expected value of these actions, after cost"],
  ];
  at("cards").replaceChildren(...list.map(([figure, words]) => {
    const card = element("div", undefined, "card");
    card.append(element("b", figure), element("span", words));
    return card;
  }));
  at("shown").textContent = "Showing " + whole(sums.customers) + " of " + whole(total(data.cells.rows).customers) + (total(data.cells.rows).customers === 1 ? " " + ONE : " " + MANY);
}

function riskMap(rows) {
  const money = VALUES.map(() => BANDS.map(() => 0)), people = VALUES.map(() => BANDS.map(() => 0));
  rows.forEach((row) => {
    people[row[4]][row[3]] += row[FIRST];
    money[row[4]][row[3]] += row[FIRST + 5];
  });
  const top = Math.max(...money.flat()), sum = money.flat().reduce((a, b) => a + b, 0);
  const where = money.flat().indexOf(top);
  const words = sum > 0 ? "Most value at risk (" + dollars(top) + ", " + percent(top / sum, 0) + "): " + MANY + " worth " + VALUES[Math.floor(where / BANDS.length)] + " with a churn probability of " + BANDS[where % BANDS.length] + ". Colour: value at risk (" + SIGN.trim() + ")" + (NARROW.matches ? "." : "; numbers: " + MANY + ".") : "No value is at risk here.";
  at("t-map").textContent = words;
  chart(at("map"), capital(MANY) + " and value at risk by value (rows) and churn probability", words, [{
    type: "heatmap", z: money, x: BANDS, y: VALUES, text: people.map((line) => line.map((n) => (n ? whole(n) : ""))), texttemplate: NARROW.matches ? "" : "%{text}",
    colorscale: [[0, colour("--low")], [1, colour("--high")]], showscale: false, xgap: 2, ygap: 2,
    hovertemplate: "%{y}, churn %{x}<br>%{text} " + MANY + "<br>" + SIGN + "%{z:,.0f} at risk<extra></extra>",
  }], {xaxis: {title: {text: "Churn probability" + data.words.window}}, yaxis: {title: {text: "Value of 12 months"}}},
  [["Value", false], ...BANDS.map((band) => [band, true])],
  VALUES.map((name, line) => [name, ...BANDS.map((_, band) => whole(people[line][band]) + " / " + dollars(money[line][band]))]));
}

function groups(rows) {
  const place = {segment: 0, tier: 1, location: 2}[at("dimension").value], names = data.cells[["segments", "tiers", "locations"][place]];
  const sums = names.map((name, index) => ({name, ...total(rows.filter((row) => row[place] === index))})).filter((each) => each.customers);
  sums.sort((a, b) => a.leavers - b.leavers);
  const shown = sums.slice(-12), last = shown[shown.length - 1];
  chart(at("groups"), "Expected leavers by " + at("dimension").value, last ? last.name + " has the most expected leavers: " + whole(last.leavers) : "nobody", [{
    type: "bar", orientation: "h", x: shown.map((e) => e.leavers), y: shown.map((e) => e.name), marker: {color: colour("--bar")},
    text: shown.map((e) => whole(e.leavers) + " (" + percent(e.leavers / e.customers, 0) + ")"), textposition: "auto", hoverinfo: "none", cliponaxis: false,
  }], {xaxis: {title: {text: "Expected leavers, " + MANY}, rangemode: "tozero"}, yaxis: {type: "category"}},
  [["Group", false], [capital(MANY), true], ["Expected leavers", true], ["Revenue at risk", true], ["Value at risk", true]],
  [...sums].reverse().map((e) => [e.name, whole(e.customers), whole(e.leavers), dollars(e.revenueAtRisk), dollars(e.valueAtRisk)]));
}

function risky() {
  if (!data.risky.length) return missing(at("risky"), "no active " + ONE + " is on the list of this week");
  const name = filters.segment < 0 ? null : data.cells.segments[filters.segment];
  const rows = data.risky.filter((row) => name === null || row[2] === name).slice(0, 15);
  at("t-risky").textContent = "The first " + rows.length + " of " + whole(data.risky.length) + " listed active " + MANY + (name ? " of the segment " + name : "") + ", by value at risk. This list follows the segment only. Ids only; the reason is the strongest one of the model.";
  if (!rows.length) return missing(at("risky"), "no listed " + ONE + " belongs to this segment");
  at("risky").replaceChildren(table([["Rank", true], [capital(ONE), false], ["Segment", false], ["Churn", true], ["Value, 12 months", true], ["At risk", true], ["First reason", false], ["Action", false]],
    rows.map((r) => [whole(r[0]), r[1], r[2], percent(r[3], 0), dollars(r[4]), dollars(r[5]), r[6], r[7]]), capital(MANY) + " by value at risk"));
}

function actions() {
  if (!data.actions.length) return missing(at("actions"), "no action pays for itself this week");
  at("actions").replaceChildren(table([["Action", false], ["Channel", false], ["Contacts", true], ["Holdout", true], ["Cost", true], ["Expected value after cost", true]],
    data.actions.map((r) => [r[0], r[1], whole(r[2]), whole(r[3]), dollars(r[4]), dollars(r[5])]), "Actions by expected value"));
}

function model() {
  if (!data.reliability.length) return missing(at("model"), "the validation week has too few " + MANY);
  const bins = data.reliability, top = Math.max(...bins.map((b) => Math.max(b[0], b[3]))) * 1.05;
  chart(at("model"), "Reliability of the churn model", "Predicted and observed share of leavers in " + bins.length + " groups of " + MANY, [
    {type: "scatter", mode: "lines", x: [0, top], y: [0, top], line: {color: colour("--muted"), dash: "dot", width: 1}, hoverinfo: "skip"},
    {type: "scatter", mode: "markers+lines", x: bins.map((b) => b[0]), y: bins.map((b) => b[1]), marker: {color: colour("--bar"), size: 7}, line: {color: colour("--bar"), width: 1},
      error_y: {type: "data", symmetric: false, array: bins.map((b) => b[3] - b[1]), arrayminus: bins.map((b) => b[1] - b[2]), color: colour("--bar"), thickness: 1},
      hovertemplate: "predicted %{x:.1%}, observed %{y:.1%}<extra></extra>"},
  ], {xaxis: {title: {text: "Predicted share of leavers"}, tickformat: ".0%"}, yaxis: {title: {text: "Observed"}, tickformat: ".0%"}},
  [["Predicted", true], ["Observed", true], ["From", true], ["To", true], [capital(MANY), true]], bins.map((b) => [...b.slice(0, 4).map((v) => percent(v)), whole(b[4])]));
  const more = element("details");
  more.append(element("summary", "The scorecard of all models"), table([["Model", false], [capital(MANY), false], ["Metric", false], ["Value", true], ["95% interval", true]],
    data.scorecard.map((r) => [r[0], r[1], r[2], r[3].toFixed(3), r[4] === null ? "not estimated" : r[4].toFixed(3) + " to " + r[5].toFixed(3)]), "Scorecard"));
  at("model").querySelectorAll(":scope > details + details").forEach((old) => old.remove());
  at("model").append(more);
}

function fairness() {
  const judged = data.fairness.filter((r) => r[3] !== null);
  if (!judged.length) return missing(at("fairness"), "no group is large enough to judge");
  const shown = judged.filter((r) => r[6] !== "insufficient").sort((a, b) => b[3] - a[3]).slice(-16), failed = data.fairness.filter((r) => r[6] === "failed").length;
  at("t-fair").textContent = (failed ? whole(failed) + " groups are outside the limit." : "No group is outside the limit.") + " A group's selection rate and that of all " + MANY + ", the smaller divided by the larger; bars: simultaneous 95% intervals.";
  chart(at("fairness"), "Selection-rate ratios by group", at("t-fair").textContent, [{
    type: "scatter", mode: "markers", x: shown.map((r) => r[3]), y: shown.map((r) => r[1] + (NARROW.matches ? "<br>" : " · ") + r[0]),
    marker: {size: 8, color: shown.map((r) => colour(r[6] === "failed" ? "--warn" : "--bar")), symbol: shown.map((r) => (r[6] === "failed" ? "diamond" : "circle"))},
    error_x: {type: "data", symmetric: false, array: shown.map((r) => Math.max(0, (r[5] ?? r[3]) - r[3])), arrayminus: shown.map((r) => Math.max(0, r[3] - (r[4] ?? r[3]))), color: colour("--muted"), thickness: 1},
    hovertemplate: "%{y}: %{x:.2f}<extra></extra>",
  }], {height: NARROW.matches ? 600 : 420, xaxis: {title: {text: NARROW.matches ? "1 is alike" : "Like that of all: 1 is alike"}, nticks: 4, tickangle: 0}, yaxis: {type: "category"}},
  [["Attribute", false], ["Group", false], [capital(MANY), true], ["Ratio", true], ["State", false]], data.fairness.map((r) => [r[0], r[1], whole(r[2]), r[3] === null ? "too few" : r[3].toFixed(2), r[6]]));
}

function weeks() {
  if (data.weeks.length < 2) return missing(at("weeks"), "this is the first published week");
  const series = [["Daily actives", 1, ",.0f"], ["Expected churn of actives", 2, ".2%"], ["Revenue at risk, " + SIGN.trim(), 3, ",.3s"]], layout = {height: NARROW.matches ? 600 : 260, annotations: []};
  const traces = series.map(([name, place, tick], number) => {
    const n = number ? String(number + 1) : "";
    const place_x = NARROW.matches ? [0, 1] : [number * 0.355, number * 0.355 + 0.29], place_y = NARROW.matches ? [0.74 - number * 0.37, 1 - number * 0.37] : [0, 1];
    layout["xaxis" + n] = {domain: place_x, anchor: "y" + n, tickformat: "%d %b", ...(data.weeks.length <= 4 ? {tickvals: data.weeks.map((w) => w[0])} : {nticks: 4})};
    layout["yaxis" + n] = {domain: place_y, anchor: "x" + n, tickformat: tick, nticks: 5};
    layout.annotations.push({text: "<b>" + name + "</b>", x: place_x[0], y: place_y[1] + 0.01, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false});
    return {type: "scatter", mode: "lines+markers", x: data.weeks.map((w) => w[0]), y: data.weeks.map((w) => w[place]), xaxis: "x" + n, yaxis: "y" + n, line: {color: colour("--bar"), width: 2}, hovertemplate: "%{x}: %{y}<extra></extra>"};
  });
  layout.margin = {l: 60, r: 16, t: 34, b: 40};
  chart(at("weeks"), "The published weeks", "Daily actives, expected churn and revenue at risk over " + data.weeks.length + " weeks", traces, layout,
    [["Week", false], ["Daily actives", true], ["Expected churn of actives", true], ["Revenue at risk", true], [capital(MANY), true]],
    data.weeks.map((w) => [w[0], whole(w[1]), percent(w[2]), dollars(w[3]), whole(w[4])]));
}

function gates() {
  if (!data.gates.length) return missing(at("gates"), "no verdict is recorded for this run");
  const states = ["passed", "failed", "insufficient"].map((state) => [state, data.gates.filter((g) => g[2] === state).length]).filter(([, n]) => n);
  at("gates").replaceChildren(element("p", states.map(([state, n]) => n + " " + state).join(", ") + "."));
  const others = data.gates.filter((g) => g[2] !== "passed");
  if (others.length) at("gates").append(table([["Gate", false], ["Asset", false], ["State", false], ["Finding", false]], others, "Verdicts other than passed"));
}

function filtered() {
  if (!data.cells.rows.length) {
    missing(at("cards"), "the cells of this week are not published, so nothing can be filtered");
    missing(at("map"), "the cells of this week are not published");
    missing(at("groups"), "the cells of this week are not published");
  } else {
    const rows = chosen();
    cards(rows);
    riskMap(rows);
    groups(rows);
  }
  risky();
}

function draw() {
  filtered();
  actions();
  model();
  fairness();
  weeks();
  gates();
}

function fill(id, names) {
  const all = element("option", "all");
  all.value = "-1";
  at(id).replaceChildren(all, ...names.map((name, place) => {
    const option = element("option", name);
    option.value = String(place);
    return option;
  }));
  at(id).disabled = !names.length;
  at(id).addEventListener("change", () => { filters[id] = Number(at(id).value); filtered(); });
}

function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  at("theme").setAttribute("aria-pressed", String(dark));
  draw();
}

async function start() {
  at("churn").textContent = data.words.churn;
  fill("segment", data.cells.segments);
  fill("tier", data.cells.tiers);
  fill("location", data.cells.locations);
  at("dimension").addEventListener("change", filtered);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("filters").addEventListener("reset", () => { Object.keys(filters).forEach((name) => { filters[name] = -1; }); setTimeout(filtered); });
  NARROW.addEventListener("change", draw);
  at("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme !== "dark"));
  const packed = Uint8Array.from(atob(at("plotly").textContent.trim()), (letter) => letter.charCodeAt(0));
  const script = element("script", await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).text());
  script.nonce = NONCE;
  document.head.append(script);
  plotly = window.Plotly;
  theme(matchMedia("(prefers-color-scheme: dark)").matches);
  let dark = false;
  addEventListener("beforeprint", () => { dark = document.documentElement.dataset.theme === "dark"; if (dark) theme(false); });
  addEventListener("afterprint", () => { if (dark) theme(true); });
  document.documentElement.dataset.ready = "true";
}

const NONCE = document.currentScript.nonce;
start();
