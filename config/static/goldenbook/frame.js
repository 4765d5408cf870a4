// Menus that open by themselves (details) close by Escape, by a click elsewhere, and when another opens.
const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  // The menu of narrow screens is open while its address is: leave that address.
  if (location.hash === "#nav-sidebar") document.querySelector(".menu-close")?.click();
});

// A long menu shows where we are; the page itself does not move.
const nav = document.getElementById("nav-sidebar");
const here = nav?.querySelector("[aria-current]");
if (here && here.offsetTop + here.offsetHeight > nav.clientHeight) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;

// A form is sent once: a second click while the first is under way does nothing. The server knows this, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
