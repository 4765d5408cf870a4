// Rows within a form: add one, take a new one away. What is stored already is deleted by its box when saving.
for (const group of document.querySelectorAll("[data-inline]")) {
  const prefix = group.dataset.inline;
  const template = group.querySelector("template");
  const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
  const button = group.querySelector(".add-row");
  const wrap = group.querySelector(".table-wrap");
  if (!template || !total || !button) continue;

  const names = ["name", "id", "for", "aria-describedby", "aria-labelledby", "data-name"];
  const renumber = (row, from, to) => {
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const name of names) {
        const value = element.getAttribute(name);
        if (value?.includes(from)) element.setAttribute(name, value.replaceAll(from, to));
      }
    }
  };
  const rows = () => [...group.querySelectorAll(".inline-row")];
  const update = () => {
    button.hidden = rows().length >= Number(group.dataset.max || 1000);
    if (wrap) wrap.hidden = rows().length === 0;
  };

  button.addEventListener("click", () => {
    const row = template.content.firstElementChild.cloneNode(true);
    const number = Number(total.value);
    renumber(row, "__prefix__", number);
    row.dataset.number = number;
    template.before(row);
    total.value = number + 1;
    update();
    row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail: { formsetName: prefix } }));
    row.querySelector("input:not([type=hidden]), select:not([hidden]), textarea")?.focus();
  });

  group.addEventListener("click", (event) => {
    const remove = event.target.closest(".remove-row");
    if (!remove) return;
    const row = remove.closest(".inline-row");
    const place = rows().indexOf(row);
    if (row.previousElementSibling?.matches(".row-errors")) row.previousElementSibling.remove();
    row.remove();
    // The rows behind it move up, so that the numbers stay without a gap.
    rows().forEach((other, number) => { if (number >= place) renumber(other, `${prefix}-${number + 1}-`, `${prefix}-${number}-`); });
    total.value = Number(total.value) - 1;
    update();
    group.dispatchEvent(new CustomEvent("formset:removed", { bubbles: true, detail: { formsetName: prefix } }));
    button.focus();
  });
  update();
}
