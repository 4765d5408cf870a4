/* Goldenbook on any page: map, list and next anniversaries of what an office has published.

     <script type="module" src="https://goldenbook.example.org/embed/v1.js"></script>
     <goldenbook-partners show="map list anniversaries"><a href="/partners">Our partner cities</a></goldenbook-partners>

   show         which parts, in this order: map, list, anniversaries
   lang         language of words and names, such as de or en; without it that of the page
   country kind status theme    narrow what is shown, as at /api/public/v1/partnerships/
   level        of the headings, 1 to 5; without it 2
   limit        how many anniversaries; without it 6
   src          the Goldenbook that is asked, such as https://goldenbook.example.org; without it whence this script comes

   What stands within the element is shown until all is loaded, and when it cannot be. For its own look a page sets the
   variables of v1/look.js. It reads the public API of that one host, sends no cookie and stores nothing. */

import { anniversarySection, listSection, make } from "./v1/lists.js";
import { LOOK } from "./v1/look.js";
import { Writer } from "./v1/words.js";

const PARTS = ["map", "list", "anniversaries"];
const FILTERS = ["country", "kind", "status", "theme"];
const HOUSE = new URL(import.meta.url).origin;
const PATIENCE = 20_000;

// --- what is asked ---

class Problem extends Error {}

async function ask(address) {
  const limits = { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE) };
  const answer = await fetch(address, limits);
  if (answer.ok) return answer;
  const [first] = answer.status === 400 ? (await answer.json()).errors : [];
  throw first ? new Problem(`${first.field}: ${first.detail}`) : new Error(`${answer.status} ${address}`);
}

async function rows(house, name, asked) {
  const found = [];
  let address = new URL(`/api/public/v1/${name}/?${new URLSearchParams({ ...asked, page_size: 500 })}`, house);
  while (address) {
    const page = await (await ask(address)).json();
    found.push(...page.results);
    // Of the next page only its question: whatever name the house goes by behind a proxy, no other host is asked.
    address = page.next && new URL(new URL(page.next).search, address);
  }
  return found;
}

async function anniversaries(house, asked, limit) {
  // The visitor's day; a date known to the month or year only is still coming until that is over.
  const today = new Date();
  const iso = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((part) => `${part}`.padStart(2, "0")).join("-");
  const years = [today.getFullYear(), today.getFullYear() + 1];
  const found = await Promise.all(years.map((year) => rows(house, "anniversaries", { ...asked, year })));
  const coming = found.flat().filter(({ on }) => on >= iso.slice(0, on.length));
  const isFirst = ({ partnership }, index) => index === coming.findIndex((other) => other.partnership.id === partnership.id);
  return coming.filter(isFirst).slice(0, limit);
}

// --- the element ---

class Partners extends HTMLElement {
  static observedAttributes = [...FILTERS, "lang", "level", "limit", "show", "src"];

  #status = make("p", { role: "status", class: "quiet" });
  #alert = make("div", { role: "alert" });
  #body = make("div", { class: "body" }, make("slot"));
  #all = make("div", { class: "all" }, this.#status, this.#alert, this.#body);
  #turn = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [LOOK];
    root.append(this.#all);
  }

  connectedCallback() {
    this.#queue();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#queue();
  }

  /** Several attributes that change at once are one load; of loads that overlap the last one counts. */
  async #queue() {
    const turn = (this.#turn += 1);
    await null;
    if (turn !== this.#turn) return;
    const lang = this.lang || this.closest("[lang]")?.lang || "de";
    const writer = new Writer(lang);
    this.#all.lang = writer.code;
    this.#say({ status: writer.words.loading });
    try {
      const view = await this.#load(writer, lang);
      if (turn === this.#turn) this.#show(view);
    } catch (problem) {
      if (turn === this.#turn) this.#fail(problem, writer);
    }
  }

  async #load(writer, lang) {
    const house = this.getAttribute("src") || HOUSE;
    const parts = [...new Set((this.getAttribute("show") ?? PARTS.join(" ")).split(/[\s,]+/).filter(Boolean))];
    const unknown = parts.find((part) => !PARTS.includes(part));
    if (unknown) throw new Problem(writer.words.wrong("show", unknown, PARTS.join(", ")));
    const asked = Object.fromEntries([["lang", lang], ...FILTERS.map((name) => [name, this.getAttribute(name)])].filter(([, value]) => value));
    const [wantsTies, wantsDays, wantsMap] = [["map", "list"], ["anniversaries"], ["map"]].map((some) => some.some((part) => parts.includes(part)));
    const [ties, cities, days, map, world] = await Promise.all([
      wantsTies ? rows(house, "partnerships", asked) : null,
      wantsTies ? rows(house, "cities", { lang }) : [],
      wantsDays ? anniversaries(house, asked, this.#number("limit", 6, 100)) : null,
      wantsMap ? import("./v1/map.js") : {},
      wantsMap ? ask(new URL("v1/world.svg", import.meta.url)).then((answer) => answer.text()) : "",
    ]);
    const severalHomes = new Set(ties?.map(({ home }) => home.id)).size > 1;
    const build = { map: map.mapSection, list: listSection, anniversaries: anniversarySection };
    const byId = new Map(cities.map((city) => [city.id, city]));
    return { writer, parts, build, ties, days, world, severalHomes, cities: byId, level: this.#number("level", 2, 5) };
  }

  #number(name, usual, most) {
    return Math.min(Math.max(Number.parseInt(this.getAttribute(name), 10) || usual, 1), most);
  }

  #show(view) {
    const { writer: { words }, parts, build, ties, days, level } = view;
    if (!ties?.length && !days?.length) return this.#say({ status: words.nothing });
    const sections = parts.map((part) => make("section", { "aria-labelledby": part, class: part, part: "section" },
      make(`h${level}`, { id: part, part: "heading" }, words[part]), ...build[part](view)));
    return this.#say({ status: words.shown(ties?.length, days?.length).filter(Boolean).join(", "), isShown: true }, ...sections);
  }

  #fail(problem, { words }) {
    const again = make("button", { type: "button", class: "again" }, words.again);
    again.addEventListener("click", () => this.#queue());
    this.#say({});
    if (!(problem instanceof Problem)) console.warn("goldenbook-partners", problem);
    this.#alert.append(make("p", {}, problem instanceof Problem ? problem.message : words.failed), again);
  }

  /** The slot shows what the page itself has put into the element. */
  #say({ status = "", isShown = false }, ...sections) {
    this.#status.textContent = status;
    this.#status.classList.toggle("unseen", isShown);
    this.#alert.replaceChildren();
    this.#body.replaceChildren(...(isShown ? sections : [make("slot")]));
  }
}

// A browser from before 2024 goes on showing what stands within the element.
if (CSS.supports("color", "light-dark(red, red)") && !customElements.get("goldenbook-partners")) {
  customElements.define("goldenbook-partners", Partners);
}
