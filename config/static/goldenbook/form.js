// A form that says how much has changed, warns before that is lost, and is sent once.
const forms = document.querySelectorAll("form.record-form");

// What would be sent, by name; the token and the bookkeeping of rows are no change.
const isBookkeeping = (name) => name === "csrfmiddlewaretoken" || /-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(name);
const read = (form) => {
  const values = new Map();
  for (const [name, value] of new FormData(form)) {
    if (isBookkeeping(name)) continue;
    const text = value instanceof File ? value.name : value;
    values.set(name, `${values.get(name) ?? ""}\u0000${text}`);
  }
  return values;
};
const isEmpty = (value) => value === undefined || value === "\u0000";
// The four parts of a date are one change.
const fieldOf = (name) => name.replace(/_(precision|day|month|year)$/, "");

for (const form of forms) {
  const counter = form.querySelector(".change-count");
  let before = null;
  let changes = 0;
  let isSent = false;

  const count = () => {
    const now = read(form);
    const changed = new Set();
    for (const name of new Set([...before.keys(), ...now.keys()])) {
      const [old, given] = [before.get(name), now.get(name)];
      if (old !== given && !(isEmpty(old) && isEmpty(given)) && !/_precision$/.test(name)) changed.add(fieldOf(name));
    }
    changes = changed.size;
    if (counter) {
      const text = changes === 1 ? form.dataset.change : form.dataset.changes.replace("{count}", changes);
      const shown = changes ? text : "";
      if (counter.textContent !== shown) counter.textContent = shown;
    }
  };
  // After the modules that turn fields into others have run.
  addEventListener("load", () => { before = read(form); });
  let waiting = null;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(() => before && count(), 150); };
  for (const event of ["input", "change", "formset:added", "formset:removed"]) form.addEventListener(event, soon);

  form.addEventListener("submit", () => { isSent = true; });
  addEventListener("pageshow", () => { isSent = false; });
  addEventListener("beforeunload", (event) => {
    if (before) count();
    if (changes && !isSent) event.preventDefault();
  });
}

// After a refusal the reader stands at its summary.
document.getElementById("error-summary")?.focus();

// Where a link of the summary or of the sections leads into something folded, it opens.
const unfold = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.querySelector?.(":scope > details.fold")?.setAttribute("open", "");
  if (target.matches("input, select, textarea")) target.focus();
};
addEventListener("hashchange", unfold);
unfold();

// Faults are never folded away.
for (const fault of document.querySelectorAll(".form-row.errors, td.errors")) {
  for (let fold = fault.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

// The list of sections shows which one is in view.
const links = new Map([...document.querySelectorAll(".section-nav a")].map((link) => [link.hash.slice(1), link]));
if (links.size) {
  const inView = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? inView.add(target.id) : inView.delete(target.id);
    const first = [...links.keys()].find((id) => inView.has(id));
    for (const [id, link] of links) id === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }, { rootMargin: "-80px 0px -55% 0px" });
  for (const id of links.keys()) {
    const section = document.getElementById(id);
    if (section) watcher.observe(section);
  }
}

// A whole date pasted or typed into the year is taken apart.
document.addEventListener("change", (event) => {
  const set = event.target.matches(".partial-date .year") && event.target.closest(".partial-date");
  if (!set) return;
  const text = event.target.value.trim();
  const found = text.match(/^(?:(\d{1,2})\.)?(\d{1,2})\.(\d{4})$/) ?? text.match(/^(\d{4})-(\d{2})(?:-(\d{2}))?$/);
  if (!found) return;
  const [year, month, day] = text.includes("-") ? [found[1], found[2], found[3]] : [found[3], found[2], found[1]];
  set.querySelector(`[value=${day ? "day" : "month"}]`).checked = true;
  set.querySelector(".day").value = day ?? "";
  set.querySelector(".month").value = month.padStart(2, "0");
  event.target.value = year;
});
