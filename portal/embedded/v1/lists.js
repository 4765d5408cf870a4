// Ties and anniversaries as lists, of elements alone: no text of the API is ever read as HTML.

const SVG = new Set(["svg", "g", "path"]);
export const make = (name, facts, ...inside) => {
  const node = SVG.has(name)
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(facts ?? {})) node.setAttribute(key, value);
  node.append(...inside.filter((one) => one != null && one !== ""));
  return node;
};

/** Ended, or followed by a closer tie between the two. */
export const isPast = (tie, ties) => tie.status === "ended" || ties.some((other) => other.predecessor?.id === tie.id);

export function tieItem(tie, { writer, cities, severalHomes }) {
  const { words } = writer;
  const city = cities.get(tie.partner.id);
  const line = [words[tie.kind], severalHomes && `${words.with} ${tie.home.name}`, tie.founded && `${words.since} ${writer.date(tie.founded)}`];
  const state = words[tie.status] && [words[tie.status], tie.ended_on && writer.at(tie.ended_on)].filter(Boolean).join(" ");
  const further = tie.further_cities.map(({ name }) => name);
  const link = /^https?:/.test(city?.website) && { href: city.website, target: "_top", "aria-label": `${words.website}: ${tie.partner.name}` };
  return make("li", { class: "tie", part: "item" },
    make("p", { class: "name" }, make("strong", {}, tie.partner.name), " ", make("span", { class: "quiet" }, writer.country(city))),
    make("p", {}, line.filter(Boolean).join(" "), state && " ", state && make("span", { class: "state" }, state)),
    further.length ? make("p", { class: "quiet" }, `${words.also} ${writer.names(further)}`) : "",
    tie.motto && make("p", { class: "quiet" }, make("q", {}, tie.motto)),
    link ? make("p", {}, make("a", link, words.website)) : "");
}

export function listSection(view) {
  const { ties, writer, level } = view;
  const order = new Intl.Collator(writer.locale);
  const sorted = ties.toSorted((a, b) => order.compare(a.partner.name, b.partner.name));
  const [now, past] = [false, true].map((wanted) => sorted.filter((tie) => isPast(tie, ties) === wanted));
  const list = (found) => make("ul", { class: "ties" }, ...found.map((tie) => tieItem(tie, view)));
  return [
    now.length ? list(now) : past.length ? "" : make("p", { class: "quiet" }, writer.words.nothing),
    ...(past.length ? [make(`h${level + 1}`, { part: "heading" }, writer.words.former), list(past)] : []),
  ];
}

export function anniversarySection({ days, writer }) {
  const { words } = writer;
  if (!days.length) return [make("p", { class: "quiet" }, words.noneAhead)];
  const item = ({ partnership, years, on, milestone }) => make("li", { class: `anniversary ${milestone}`, part: "item" },
    make("span", { class: "figure", "aria-hidden": "true" }, `${years}`),
    make("div", {},
      make("p", { class: "name" }, make("strong", {}, partnership.name)),
      make("p", {}, `${words.years(years)} `, make("time", { datetime: on }, writer.at(on)),
        words[milestone] && " ", words[milestone] && make("span", { class: "state" }, words[milestone]))));
  return [make("ol", { class: "days" }, ...days.map(item))];
}
