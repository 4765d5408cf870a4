// A button that copies the text of the field it names, and says that it did.
for (const button of document.querySelectorAll("button[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    const status = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(field.value);
      status.textContent = button.dataset.said;
    } catch {
      // Without leave to copy the text is marked, ready for the keyboard.
      field.focus();
      field.select();
    }
  });
}
