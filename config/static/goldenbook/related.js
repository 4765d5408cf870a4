// Enter or correct what a field points to in a small window; its answer calls one of the functions below.
(() => {
  const opened = new Map();  // name of the window → the select that it is for
  let count = 0;

  const selectOf = (link) => link.closest(".related").querySelector("select");
  const update = (select) => {
    const link = select.closest(".related")?.querySelector("[data-action=change]");
    if (!link) return;
    const one = !select.multiple && select.value;
    link.hidden = !one;
    if (one) link.href = link.dataset.hrefTemplate.replace("__fk__", encodeURIComponent(select.value));
  };
  const updateAll = (within) => within.querySelectorAll(".related select").forEach(update);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.related-link");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // Within a small window a name of its own: the window that has the name is the one that would be filled.
    const name = `${window.name || "related"}-${count += 1}`;
    opened.set(name, selectOf(link));
    window.open(link.href, name, "width=960,height=760,resizable=yes,scrollbars=yes")?.focus();
  });
  document.addEventListener("change", (event) => { if (event.target.matches(".related select")) update(event.target); });
  document.addEventListener("formset:added", (event) => updateAll(event.target));
  updateAll(document);

  const answer = (win, change) => {
    const select = opened.get(win.name);
    opened.delete(win.name);
    if (select) {
      change(select);
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    win.close();
  };
  window.dismissAddRelatedObjectPopup = (win, id, name) => answer(win, (select) => {
    select.append(new Option(name, id, true, true));
  });
  window.dismissChangeRelatedObjectPopup = (win, id, name, newId) => answer(win, (select) => {
    for (const option of select.options) if (option.value === String(id)) { option.textContent = name; option.value = newId; }
  });
  window.dismissDeleteRelatedObjectPopup = (win, id) => answer(win, (select) => {
    [...select.options].filter((option) => option.value === String(id)).forEach((option) => option.remove());
  });
  window.dismissChildPopups = () => {};
})();
