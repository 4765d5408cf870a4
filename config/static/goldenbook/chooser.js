// A field that searches (combobox of ARIA 1.2) in place of a select. The select stays in the form, hidden, and
// holds what is chosen; other scripts may change it and fire "change".
import { marked } from "./marking.js";

const PAUSE = 200;
let count = 0;

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const sprite = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];
const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
};

class Chooser {
  constructor(select) {
    this.select = select;
    this.words = select.dataset;
    this.found = [];
    this.active = -1;
    this.build();
    this.show();
  }

  build() {
    const { select } = this;
    const id = select.id;
    select.id = `${id}-chosen`;
    select.hidden = true;
    count += 1;
    this.listId = `chooser-list-${count}`;
    this.input = element("input", {
      type: "text", id, role: "combobox", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.listId, placeholder: this.words.placeholder,
    });
    for (const name of ["aria-describedby", "aria-invalid", "aria-label"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
    }
    this.input.disabled = select.disabled;
    this.list = element("ul", { class: "options", id: this.listId, role: "listbox", "aria-label": this.words.list });
    this.list.hidden = true;
    this.note = element("p", { class: "chooser-note" });
    this.note.hidden = true;
    this.status = element("span", { class: "visually-hidden", role: "status" });
    this.clear = element("button", { type: "button", class: "button plain square chooser-clear" }, icon("close"));
    this.field = element("div", { class: "chooser-field" }, this.input);
    if (!select.multiple) this.field.append(this.clear);
    this.chosen = element("ul", { class: "chosen" });
    this.box = element("div", { class: "chooser" }, this.field, this.list, this.note, this.status);
    if (select.multiple) this.box.prepend(this.chosen);
    select.before(this.box);

    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("click", () => { if (this.list.hidden) this.ask(0); });
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("focus", () => { if (!this.select.multiple) this.input.select(); });
    this.input.addEventListener("blur", () => { this.close(); this.show(); });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.found[Number(option.dataset.place)]);
    });
    this.clear.addEventListener("click", () => { this.set([]); this.input.focus(); });
    select.addEventListener("change", () => this.show());
    for (const event of ["scroll", "resize"]) addEventListener(event, () => { if (this.isOpen()) this.place(); }, true);
  }

  chosenOptions() { return [...this.select.selectedOptions].filter((option) => option.value); }
  isOpen() { return !this.list.hidden || !this.note.hidden; }

  // Write into the field, or beside it, what is chosen.
  show() {
    const chosen = this.chosenOptions();
    if (!this.select.multiple) {
      if (document.activeElement !== this.input || this.list.hidden) this.input.value = chosen[0]?.textContent.trim() ?? "";
      this.clear.hidden = chosen.length === 0 || this.select.disabled;
      if (chosen[0]) this.clear.setAttribute("aria-label", this.words.remove.replace("{name}", chosen[0].textContent.trim()));
      return;
    }
    this.input.value = document.activeElement === this.input ? this.input.value : "";
    this.chosen.hidden = chosen.length === 0;
    this.chosen.replaceChildren(...chosen.map((option) => {
      const name = option.textContent.trim();
      const remove = element("button", { type: "button", class: "button plain square", "aria-label": this.words.remove.replace("{name}", name) }, icon("close"));
      remove.addEventListener("click", () => {
        this.set(this.chosenOptions().filter((other) => other !== option).map((other) => [other.value, other.textContent]));
        this.input.focus();
      });
      return element("li", {}, name, remove);
    }));
  }

  set(pairs) {
    this.select.replaceChildren(...(this.select.multiple || pairs.length ? [] : [new Option("", "", true, true)]));
    for (const [value, name] of pairs) this.select.append(new Option(name, value, true, true));
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  choose(row) {
    if (!row) return;
    this.close();
    if (row.isNew) { this.enter(row.term); return; }
    const before = this.select.multiple ? this.chosenOptions().map((option) => [option.value, option.textContent]) : [];
    this.input.value = "";
    this.set([...before.filter(([value]) => value !== row.id), [row.id, row.text]]);
  }

  // In a small window, with the name that was typed; what is entered there comes back as chosen.
  enter(name) {
    const link = this.adding;
    const { href } = link;
    const address = new URL(href);
    address.searchParams.set("_name", name);
    link.href = address;
    link.click();
    link.href = href;
    this.show();
  }

  ask(pause = PAUSE) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fetch(), pause);
  }

  async fetch() {
    const only = this.chosenOptions()[0]?.textContent.trim();
    const term = !this.select.multiple && this.input.value === only ? "" : this.input.value.trim();
    const url = new URL(this.words.url, location.href);
    for (const [name, value] of [["term", term], ["app_label", this.words.appLabel], ["model_name", this.words.modelName], ["field_name", this.words.fieldName]]) {
      url.searchParams.set(name, value);
    }
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(url, { signal: this.asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { results, pagination } = await answer.json();
      const taken = new Set(this.select.multiple ? this.chosenOptions().map((option) => option.value) : []);
      this.offer(results.filter((row) => !taken.has(row.id)), term, pagination?.more);
    } catch (error) {
      if (error.name !== "AbortError") this.offer([], term, false, this.words.failed);
    }
  }

  // The way to enter a new row: a link beside the field, or nothing where the user may not.
  get adding() { return this.box.closest(".related")?.querySelector("[data-action=add]"); }

  offer(rows, term, hasMore, fault = "") {
    if (document.activeElement !== this.input) return;
    this.found = this.adding && term && !fault ? [...rows, { isNew: true, term }] : rows;
    this.list.replaceChildren(...this.found.map((row, place) => element(
      "li",
      { role: "option", id: `${this.listId}-${place}`, "aria-selected": "false", "data-place": place, ...(row.isNew ? { class: "create" } : {}) },
      ...(row.isNew
        ? [element("span", {}, this.words.create.replace("{name}", term)), icon("plus")]
        : [element("span", {}, ...marked(row.text, term)), ...(row.hint ? [element("span", { class: "quiet" }, row.hint)] : [])]),
    )));
    this.list.hidden = this.found.length === 0;
    const note = fault || (rows.length === 0 ? this.words.nothing : hasMore ? this.words.more : "");
    this.note.textContent = note;
    this.note.hidden = !note;
    this.status.textContent = fault || (rows.length ? this.words.found.replace("{count}", rows.length) : this.words.nothing);
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.mark(term && rows.length ? 0 : -1);
    this.place();
  }

  // Over everything else, also out of a table that scrolls: below the field, or above where there is more room.
  place() {
    const field = this.field.getBoundingClientRect();
    const noteHeight = this.note.hidden ? 0 : this.note.offsetHeight;
    const below = innerHeight - field.bottom - 12;
    const above = field.top - 12;
    const isAbove = below < 180 && above > below;
    const room = Math.max(96, Math.min(320, (isAbove ? above : below) - noteHeight));
    const width = Math.max(field.width, Math.min(320, innerWidth - 24));
    const left = Math.max(12, Math.min(field.left, innerWidth - width - 12));
    for (const part of [this.list, this.note]) {
      part.style.left = `${left}px`;
      part.style.width = `${width}px`;
    }
    this.list.style.maxHeight = `${room}px`;
    const height = this.list.hidden ? 0 : this.list.offsetHeight;
    this.list.style.top = `${isAbove ? field.top - 4 - height - noteHeight : field.bottom + 4}px`;
    this.note.style.top = `${isAbove ? field.top - 4 - noteHeight : field.bottom + 4 + height}px`;
  }

  mark(place) {
    const options = [...this.list.children];
    options[this.active]?.setAttribute("aria-selected", "false");
    this.active = place;
    const option = options[place];
    if (!option) { this.input.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  close() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.list.hidden = true;
    this.note.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
  }

  press(event) {
    const size = this.found.length;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (this.list.hidden) { this.ask(0); return; }
        this.mark(((event.key === "ArrowDown" ? this.active + 1 : this.active - 1) + size) % size);
        break;
      case "Enter":
        if (this.isOpen()) {
          event.preventDefault();
          this.choose(this.found[this.active]);
        }
        break;
      case "Escape":
        if (this.isOpen()) { event.preventDefault(); event.stopPropagation(); this.close(); this.input.value = ""; this.show(); }
        break;
      case "Backspace":
        if (this.select.multiple && !this.input.value) {
          this.set(this.chosenOptions().slice(0, -1).map((option) => [option.value, option.textContent]));
        } else if (!this.select.multiple && this.input.value && this.input.selectionStart === 0 && this.input.selectionEnd === this.input.value.length) {
          this.input.value = "";
          this.set([]);
        }
        break;
    }
  }
}

const upgrade = (within) => {
  for (const select of within.querySelectorAll("select.chooser-select:not([hidden])")) {
    if (!select.name.includes("__prefix__")) new Chooser(select);
  }
};
document.addEventListener("formset:added", (event) => upgrade(event.target));
upgrade(document);
