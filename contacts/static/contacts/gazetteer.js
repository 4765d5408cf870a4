// The field above a city's form: a combobox (ARIA 1.2) over the gazetteer that fills in the form below.
// Without JavaScript it is a plain search that leads to a page. All its words come from the template.
const NAMES = ["name_de", "name_en", "name_local"];
const picker = document.querySelector("#gazetteer-form");
const cityForm = document.querySelector("#city_form");
if (picker && cityForm) new Picker(picker, cityForm);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function Picker(form, city) {
  const input = form.querySelector("input[name=q]");
  const answer = form.querySelector(".gazetteer-answer");
  const say = (word, text) => form.dataset[word].replace("%s", text);
  const list = element("ul", { class: "options", id: "gazetteer-list", role: "listbox", "aria-label": form.dataset.list, hidden: "" });
  let places = [], active = -1, waiting, asked;

  input.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
  form.querySelector("button[type=submit]").hidden = true;

  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 200); });
  input.addEventListener("blur", () => setTimeout(close, 150));
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) ask(); else move(active < 0 && step < 0 ? places.length - 1 : (active + step + places.length) % places.length);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(places[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  // So that the field keeps the focus, and the list stays, until the click is over.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(places[[...list.children].indexOf(option)]);
  });

  async function ask() {
    asked?.abort();
    const text = input.value.trim();
    if (!text) { close(); answer.replaceChildren(); return; }
    asked = new AbortController();
    try {
      const url = `${form.dataset.places}?${new URLSearchParams({ q: text })}`;
      const response = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.status);
      show((await response.json()).places);
    } catch (error) {
      if (error.name !== "AbortError") { close(); tell(element("p", {}, form.dataset.failed)); }
    }
  }

  function show(found) {
    places = found;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...places.map((place, index) => element("li", { role: "option", id: `gazetteer-${index}`, "aria-selected": "false" },
      element("span", {}, place.names[0] === place.names.at(-1) ? place.label : `${place.label} (${place.names[0]})`),
      element("span", {}, place.hint))));
    list.hidden = !places.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    tell(element("p", { class: places.length ? "visually-hidden" : "" }, places.length ? say("count", places.length) : form.dataset.none));
  }

  function move(to) {
    active = to;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
    list.children[to].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[to].id);
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function tell(...parts) { answer.replaceChildren(...parts); }

  function choose(place) {
    close();
    input.value = place.names[0];
    if (elsewhere(place.city)) {
      tell(linked(form.dataset.known, place.city));
      return;
    }
    const named = unlessNamed(place);
    const result = fill({ ...place.fields, ...named });
    Object.values(named).forEach(drop);
    report(place, result);
  }

  // A city must be called something: by the name it was found by, in the language of whoever looked for it.
  function unlessNamed(place) {
    const isNamed = NAMES.some((name) => city.elements[name]?.value.trim() || place.fields[name]);
    const own = `name_${document.documentElement.lang}`;
    return isNamed || !NAMES.includes(own) ? {} : { [own]: place.names[0] };
  }

  function elsewhere(record) { return record && new URL(record.url, location.href).pathname !== location.pathname; }

  function linked(text, record) { return element("p", {}, `${text} `, element("a", { href: record.url }, record.name)); }

  // Fills in what is empty; what was typed stays, and is told.
  function fill(fields, { replace = false } = {}) {
    const filled = [], kept = {};
    for (const [name, value] of Object.entries(fields)) {
      const field = city.elements[name];
      if (!field || !value) continue;
      const merged = name === "other_names" ? merge(field.value, value) : value;
      if (same(field.value, merged)) continue;
      if (field.value.trim() && !replace && name !== "other_names") { kept[name] = value; continue; }
      set(field, merged);
      filled.push(label(field));
    }
    return { filled, kept };
  }

  function report(place, { filled, kept }) {
    const parts = elsewhere(place.perhaps) ? [linked(form.dataset.perhaps, place.perhaps)] : [];
    parts.push(element("p", {}, filled.length ? say("filled", filled.join(", ")) : Object.keys(kept).length ? "" : form.dataset.same));
    if (Object.keys(kept).length) {
      const names = Object.keys(kept).map((name) => `${label(city.elements[name])} (${city.elements[name].value} ≠ ${kept[name]})`);
      const button = element("button", { type: "button", class: "button small" }, form.dataset.replace);
      button.addEventListener("click", () => { report(place, fill(kept, { replace: true })); input.focus(); });
      parts.push(element("p", {}, say("kept", names.join(", "))), element("p", {}, button));
    }
    const unnamed = NAMES.map((name) => city.elements[name]).filter((field) => field && !field.value.trim());
    const names = place.names.filter((name) => !NAMES.some((field) => city.elements[field]?.value.trim() === name));
    if (unnamed.length && names.length) {
      parts.push(element("p", {}, form.dataset.whose));
      for (const name of names) {
        const row = element("div", { class: "gazetteer-names", role: "group", "aria-label": name }, element("strong", {}, name));
        for (const field of unnamed) {
          const button = element("button", { type: "button", class: "button small" }, label(field));
          button.addEventListener("click", () => {
            set(field, name);
            drop(name);
            report(place, { filled: [label(field)], kept });
            field.focus();
          });
          row.append(button);
        }
        parts.push(row);
      }
    }
    tell(...parts.filter((part) => part.textContent));
  }

  // A name that has a field of its own is no other name any more.
  function drop(name) {
    const others = city.elements.other_names;
    if (others) set(others, others.value.split("\n").filter((line) => line.trim() !== name).join("\n"));
  }

  function set(field, value) {
    field.value = value;
    field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function merge(typed, found) {
    const named = NAMES.map((name) => city.elements[name]?.value.trim());
    const lines = [...typed.split("\n"), ...found.split("\n")].map((line) => line.trim());
    return [...new Set(lines)].filter((line) => line && !named.includes(line)).join("\n");
  }

  function same(typed, found) {
    if (typed.trim() === found.trim()) return true;
    return typed.trim() !== "" && !Number.isNaN(Number(typed)) && Number(typed) === Number(found);
  }

  function label(field) {
    // Without what stands in a tag of its own, such as "(optional)".
    const words = [...(field.labels?.[0]?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE);
    return words.map((node) => node.textContent).join("").replace(/[:*]\s*$/, "").trim() || field.name;
  }
}
