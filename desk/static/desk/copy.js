// A button that copies what stands in a field. Browsers allow it only where the connection is safe; else the
// field stays to be marked by hand.
for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const words = button.querySelector("span");
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  words.setAttribute("aria-live", "polite");
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    words.textContent = button.dataset.done;
  });
}
