// The map: land as it was drawn once (world.svg), points and ways as the window has room for them. Points are buttons
// with names, so that keys and screen readers reach them; the drawing itself is hidden from these.
import { isPast, make, tieItem } from "./lists.js";

const RANKS = ["home", "partner", "loose", "past"];
const TOUCH = 26; // pixels between two points, so that each can be hit
const MARGIN = 14;
const NARROWEST = 620; // units of the map that are shown at least: some 2,600 km
const CORNER = [98, 62]; // pixels that the buttons for zooming take, at the upper right
const CLOSEST = 3; // how often what is shown can be halved

/** Where a place lies on world.svg: Equal Earth (Šavrič, Patterson, Jenny 2018), 11° east in the middle. */
export function place(longitude, latitude) {
  const radius = 1500;
  const turned = (((longitude - 11 + 540) % 360) - 180) * (Math.PI / 180);
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin(latitude * (Math.PI / 180)));
  const [a, b, c, d] = [1.340264, -0.081106, 0.000893, 0.003796];
  const x = (2 * Math.sqrt(3) * turned * Math.cos(t)) / (3 * (9 * d * t ** 8 + 7 * c * t ** 6 + 3 * b * t ** 2 + a));
  return [radius * x, -radius * (d * t ** 9 + c * t ** 7 + b * t ** 3 + a * t)];
}

export function mapSection(view) {
  const { writer, ties } = view;
  const { points, ways } = drawn(view);
  const isPlaced = ({ id }) => points.some(({ city }) => city.id === id);
  const unplaced = new Set(ties.map(({ partner }) => partner).filter((city) => !isPlaced(city)).map(({ name }) => name));
  const missing = unplaced.size ? make("p", { class: "quiet" }, `${writer.words.unplaced} ${writer.names(unplaced)}`) : "";
  if (!points.length) return [missing];
  const map = new WorldMap(view, points, ways);
  return [map.field, map.detail, legend(points, writer), missing];
}

/** Each city once, as what it is first of RANKS; between two cities one way, of the tie that ranks first. */
function drawn({ ties, cities }) {
  const points = new Map();
  const ways = new Map();
  const goesFirst = (one, other) => RANKS.indexOf(one) < RANKS.indexOf(other);
  const meet = (id, rank, tie) => {
    const city = cities.get(id);
    if (city?.latitude == null) return null;
    const point = points.get(id) ?? { city, rank, ties: [], at: place(city.longitude, city.latitude) };
    if (goesFirst(rank, point.rank)) point.rank = rank;
    point.ties.push(tie);
    points.set(id, point);
    return point;
  };
  for (const tie of ties) {
    const rank = isPast(tie, ties) ? "past" : tie.kind === "contact" ? "loose" : "partner";
    const home = meet(tie.home.id, "home", tie);
    for (const { id } of [tie.partner, ...tie.further_cities]) {
      const there = meet(id, rank, tie);
      const pair = `${tie.home.id} ${id}`;
      if (home && there && !(ways.has(pair) && !goesFirst(rank, ways.get(pair).rank))) ways.set(pair, { home, there, rank });
    }
  }
  const byRank = (a, b) => RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank);
  return { points: [...points.values()].sort(byRank), ways: [...ways.values()].sort(byRank) };
}

function legend(points, { words }) {
  const ranks = RANKS.filter((rank) => points.some((point) => point.rank === rank));
  const entry = (rank) => make("li", { class: rank }, make("span", { class: "dot", "aria-hidden": "true" }), words.marks[rank]);
  return make("ul", { class: "legend" }, ...ranks.map(entry));
}

class WorldMap {
  closer = 0;
  chosen = null;

  constructor(view, points, ways) {
    Object.assign(this, { view, points, ways });
    const { words } = view.writer;
    const here = new Set(points.map(({ city }) => city.country));
    const countries = [...view.world.matchAll(/ id="(\w+)" d="([^"]+)"/g)];
    this.land = make("svg", {}, ...countries.map(([, id, d]) => make("path", { d, class: here.has(id) ? "land here" : "land" })));
    this.lines = make("svg", { preserveAspectRatio: "none" });
    this.detail = make("div", { class: "detail", id: "detail", "aria-live": "polite" });
    this.buttons = [["+", words.closer, 1], ["−", words.wider, -1]].map(([sign, name, step]) => {
      const button = make("button", { type: "button", "aria-label": name }, sign);
      button.addEventListener("click", () => this.zoom(step));
      return button;
    });
    this.field = make("div", { class: "field", part: "map" },
      make("div", { class: "drawing", "aria-hidden": "true" }, this.land, this.lines),
      make("ul", { class: "points", "aria-label": words.points }, ...points.map((point) => this.item(point))),
      make("div", { class: "zoom" }, ...this.buttons));
    this.field.addEventListener("keydown", ({ key }) => key === "Escape" && this.open(null));
    // The names too: a reader may want more space within the text.
    const watcher = new ResizeObserver(() => this.layOut());
    for (const watched of [this.field, ...points.map(({ label }) => label)]) watcher.observe(watched);
  }

  item(point) {
    const { writer } = this.view;
    point.label = make("span", { class: "label" }, point.city.name);
    const more = make("span", { class: "unseen" }, `, ${writer.country(point.city)}, ${writer.words.marks[point.rank]}`);
    const facts = { type: "button", class: point.rank, "aria-expanded": "false", "aria-controls": "detail" };
    point.button = make("button", facts, make("span", { class: "dot" }), point.label, more);
    point.button.addEventListener("click", () => this.open(this.chosen === point ? null : point));
    point.item = make("li", {}, point.button);
    return point.item;
  }

  open(chosen) {
    this.chosen = chosen;
    for (const point of this.points) point.button.setAttribute("aria-expanded", point === chosen);
    this.detail.replaceChildren(...(chosen ? [this.facts(chosen)] : []));
  }

  facts({ city, rank, ties }) {
    const { writer } = this.view;
    if (rank !== "home") return make("ul", { class: "ties" }, ...ties.map((tie) => tieItem(tie, this.view)));
    const partners = writer.names(new Set(ties.map(({ partner }) => partner.name)));
    return make("p", {}, make("strong", {}, city.name), ` – ${partners}`);
  }

  zoom(step) {
    this.closer = Math.min(Math.max(this.closer + step, 0), CLOSEST);
    this.layOut();
  }

  // --- where all stands ---

  layOut() {
    const size = [this.field.clientWidth, this.field.clientHeight];
    if (!size[0] || !size[1]) return;
    const { unit, corner } = this.frame(size);
    this.land.setAttribute("viewBox", [...corner, ...size.map((pixels) => pixels * unit)].join(" "));
    this.lines.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
    this.buttons.forEach((button, index) => button.setAttribute("aria-disabled", this.closer === [CLOSEST, 0][index]));

    for (const point of this.points) {
      point.true = point.at.map((value, axis) => (value - corner[axis]) / unit);
      point.seen = [...point.true];
      point.item.hidden = point.true.some((value, axis) => value < 0 || value > size[axis]);
    }
    const visible = this.points.filter(({ item }) => !item.hidden);
    keepApart(visible, size);
    for (const { item, seen } of visible) {
      // In parts of the whole, so that a printed page that is narrower has them where they belong.
      [item.style.left, item.style.top] = seen.map((value, axis) => `${(100 * value) / size[axis]}%`);
    }
    this.lines.replaceChildren(...this.ways.toReversed().map(curve), ...visible.filter(hasMoved).map(leader));
    placeLabels(visible, size);
  }

  /** All points with room for their names; closer, what lies around the chosen one or amid most of them. */
  frame(size) {
    const values = [0, 1].map((axis) => this.points.map(({ at }) => at[axis]).sort((a, b) => a - b));
    const spans = values.map((sorted) => sorted.at(-1) - sorted[0]);
    const room = Math.min(64, size[0] * 0.14);
    const whole = Math.max(NARROWEST / size[0], ...spans.map((span, axis) => span / (size[axis] - 2 * room)));
    const unit = whole / 2 ** this.closer;
    const corner = values.map((sorted, axis) => {
      const middle = (sorted[0] + sorted.at(-1)) / 2;
      const wanted = this.chosen?.at[axis] ?? sorted[sorted.length >> 1];
      const slack = ((whole - unit) * size[axis]) / 2;
      return Math.min(Math.max(wanted, middle - slack), middle + slack) - (unit * size[axis]) / 2;
    });
    return { unit, corner };
  }
}

const hasMoved = ({ seen, true: real }) => Math.hypot(seen[0] - real[0], seen[1] - real[1]) > 4;
const leader = ({ seen, true: real }) => make("path", { d: `M${real.join(" ")}L${seen.join(" ")}`, class: "leader" });

function curve({ home: { seen: [x, y] }, there: { seen: [u, v] }, rank }) {
  const over = `${(x + u) / 2 + (v - y) * 0.14} ${(y + v) / 2 - Math.abs(u - x) * 0.14}`;
  return make("path", { d: `M${x} ${y}Q${over} ${u} ${v}`, class: `way ${rank}` });
}

/** Points that would hide each other move aside, each as far as it must; a line leads to where it is. */
function keepApart(points, size) {
  for (let round = 0; round < 120; round += 1) {
    let isQuiet = true;
    points.forEach(({ seen: a }, index) => {
      for (const { seen: b } of points.slice(index + 1)) {
        const [x, y] = [b[0] - a[0], b[1] - a[1]];
        const distance = Math.hypot(x, y);
        if (distance >= TOUCH) continue;
        isQuiet = false;
        const turn = distance ? Math.atan2(y, x) : index;
        const push = (TOUCH - distance) / 2 + 0.1;
        [Math.cos(turn), Math.sin(turn)].forEach((part, axis) => {
          a[axis] -= part * push;
          b[axis] += part * push;
        });
      }
    });
    for (const { seen } of points) {
      seen.forEach((value, axis) => { seen[axis] = Math.min(Math.max(value, MARGIN), size[axis] - MARGIN); });
      if (seen[0] > size[0] - CORNER[0]) seen[1] = Math.max(seen[1], CORNER[1]);
    }
    if (isQuiet) return;
  }
}

/** A name stands beside its point where there is room for it; elsewhere it shows when the point is chosen. */
function placeLabels(points, [width, height]) {
  const dots = points.map(({ seen: [x, y] }) => [x - 8, y - 8, x + 8, y + 8]);
  const taken = [[width - CORNER[0], 0, width, CORNER[1] - MARGIN]];
  const meets = ([l, t, r, b]) => ([left, top, right, bottom]) => l < right && r > left && t < bottom && b > top;
  points.forEach(({ seen: [x, y], label, button }, index) => {
    const [w, h] = [label.offsetWidth, label.offsetHeight];
    const boxes = Object.entries({
      right: [x + 10, y - h / 2, x + 10 + w, y + h / 2],
      left: [x - 10 - w, y - h / 2, x - 10, y + h / 2],
      above: [x - w / 2, y - 10 - h, x + w / 2, y - 10],
      below: [x - w / 2, y + 10, x + w / 2, y + 10 + h],
    }).filter(([, [left, top, right, bottom]]) => left >= 0 && top >= 0 && right <= width && bottom <= height);
    const others = [...dots.filter((_, other) => other !== index), ...taken];
    const free = boxes.find(([, box]) => !others.some(meets(box)));
    if (free) taken.push(free[1]);
    button.dataset.side = (free ?? boxes[0] ?? ["below"])[0];
    button.toggleAttribute("data-crowded", !free);
  });
}
