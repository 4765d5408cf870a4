// Choosing rows of a list: a counter, all of this page, all of every page, a run of rows with Shift.
// Without JavaScript the bar is always there and the boxes do the same.
const form = document.getElementById("changelist-form");
const bar = form?.querySelector(".actions");
const boxes = [...(form?.querySelectorAll("input.action-select") ?? [])];
const toggle = document.getElementById("action-toggle");

if (bar && boxes.length) {
  const counter = bar.querySelector(".action-counter");
  const across = bar.querySelector("input.select-across");
  const chooseAcross = bar.querySelector(".choose-across");
  const chooseNone = bar.querySelector(".choose-none");
  let last = null;

  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    const isAcross = across?.value === "1";
    boxes.forEach((box) => box.closest("tr").classList.toggle("selected", box.checked));
    toggle.checked = chosen.length === boxes.length;
    toggle.indeterminate = chosen.length > 0 && !toggle.checked;
    counter.textContent = isAcross
      ? bar.dataset.chosenAll
      : bar.dataset.chosen.replace("{count}", chosen.length).replace("{total}", boxes.length);
    bar.hidden = chosen.length === 0;
    if (chooseAcross) chooseAcross.hidden = isAcross || !toggle.checked;
    chooseNone.hidden = false;
  };
  const forget = () => { if (across) across.value = "0"; };
  const chooseEach = (rows, checked) => rows.forEach((box) => { box.checked = checked; });

  toggle.addEventListener("click", () => { forget(); chooseEach(boxes, toggle.checked); show(); });
  chooseAcross?.addEventListener("click", () => { across.value = "1"; show(); });
  chooseNone.addEventListener("click", () => { forget(); chooseEach(boxes, false); show(); toggle.focus(); });
  boxes.forEach((box, place) => box.addEventListener("click", (event) => {
    forget();
    if (event.shiftKey && last !== null) chooseEach(boxes.slice(Math.min(last, place), Math.max(last, place) + 1), box.checked);
    last = place;
    show();
  }));
  // A click beside the box is meant for the box.
  form.querySelectorAll("td.action-checkbox").forEach((cell) => cell.addEventListener("click", (event) => {
    if (event.target === cell) cell.querySelector("input").click();
  }));
  addEventListener("pageshow", show);
  show();
}

// The head of a list stays while the page scrolls, wherever the table needs no scroll box of its own.
const wrap = document.querySelector(".results.table-wrap");
if (wrap) {
  const table = wrap.querySelector("table");
  const fit = () => {
    wrap.classList.remove("fits");
    const fits = table.scrollWidth <= wrap.clientWidth;
    wrap.classList.toggle("fits", fits);
    if (fits) wrap.removeAttribute("tabindex"); else wrap.tabIndex = 0;
  };
  new ResizeObserver(fit).observe(wrap);
  fit();
}
