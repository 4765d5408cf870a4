// The search of the head as a palette: Ctrl+K opens it, arrows choose, Enter opens, Escape closes.
// Pages are those of the menu, which stands on every page; rows come from the server.
import { marked } from "../goldenbook/marking.js";

const dialog = document.getElementById("palette");
const AFTER_TYPING = 150;

if (dialog) {
  const words = dialog.dataset;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const status = dialog.querySelector("[role=status]");
  let waiting;
  let asking;

  // As the server folds names, near enough for the few words of a menu.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ı", "i").toLowerCase();

  const linesOf = (links) => [...links].map((link) => ({
    name: (link.querySelector(".name") ?? link).textContent.trim(),
    url: link.href,
    icon: link.querySelector("use")?.getAttribute("href").split("#i-")[1] ?? "plus",
  }));
  const matching = (lines, text) => lines.filter((line) => fold(line.name).includes(fold(text)));

  const pageOf = (text) => `${words.page}?${new URLSearchParams({ q: text })}`;

  function iconOf(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${words.icons}#i-${name}`);
    svg.append(use);
    return svg;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function optionOf(line, number, text) {
    const option = document.createElement("div");
    option.id = `palette-option-${number}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.url = line.url;
    const title = element("span", "title", "");
    title.append(...marked(line.name, text));
    option.append(iconOf(line.icon), title, element("span", "meta", line.hint ?? ""));
    return option;
  }

  function show(groups, text = "") {
    list.replaceChildren();
    let number = 0;
    groups.filter((group) => group.lines.length).forEach((group, index) => {
      const box = document.createElement("div");
      const name = element("div", "group-name", group.name);
      name.id = `palette-group-${index}`;
      name.setAttribute("role", "presentation");
      box.setAttribute("role", "group");
      box.setAttribute("aria-labelledby", name.id);
      box.append(name, ...group.lines.map((line) => optionOf(line, number++, text)));
      list.append(box);
    });
    input.setAttribute("aria-expanded", String(number > 0));
    choose(list.querySelector("[role=option]"));
  }

  function choose(option) {
    list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function step(by) {
    const options = [...list.querySelectorAll("[role=option]")];
    const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    choose(options[(now + by + options.length) % options.length]);
  }

  function pagesFor(text) {
    const pages = linesOf(document.querySelectorAll("#nav-sidebar ul a"));
    const actions = linesOf(dialog.querySelectorAll(".palette-actions a"));
    return [{ name: words.pages, lines: matching(pages, text) }, { name: words.do, lines: matching(actions, text) }];
  }

  async function look() {
    const text = input.value.trim();
    asking?.abort();
    const [pages, actions] = pagesFor(text);
    if (!text) {
      status.textContent = "";
      show([actions, pages]);
      return;
    }
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(`${words.hits}?${new URLSearchParams({ q: text })}`, { signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const found = await answer.json();
      const groups = found.groups.map((group) => ({
        name: group.name,
        lines: group.hits.map((hit) => ({ ...hit, icon: group.icon })),
      }));
      const all = found.count ? [{ name: words.all, url: pageOf(text), icon: "search" }] : [];
      show([...groups, pages, { ...actions, lines: [...actions.lines, ...all] }], text);
      const many = words.many.replace("{count}", found.count);
      status.textContent = found.count === 0 ? words.none : found.count === 1 ? words.one : many;
    } catch (error) {
      if (error.name === "AbortError") return;
      show([pages, { ...actions, lines: [{ name: words.failed, url: pageOf(text), icon: "search" }] }]);
      status.textContent = words.failed;
    }
  }

  function open(text = "") {
    if (!dialog.open) dialog.showModal();
    input.value = text;
    input.focus();
    look();
  }

  const follow = (option) => { if (option) location.href = option.dataset.url; };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  // On narrow screens the head has a link instead of the field.
  document.querySelector(".search-open")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, AFTER_TYPING);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = list.querySelector("[aria-selected=true]");
      chosen ? follow(chosen) : (location.href = pageOf(input.value));
    }
  });
  list.addEventListener("click", (event) => follow(event.target.closest("[role=option]")));
  dialog.querySelector(".palette-close").addEventListener("click", () => dialog.close());
  // A click beside the palette closes it.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { clearTimeout(waiting); asking?.abort(); });
}
