/** What the page says beside the two panes: errors, spoken news, and questions before something is lost. */
import { h, icon } from "./dom.js";

/** Show an error until it is dismissed; the same words are shown once. */
export function report(error) {
  const region = document.getElementById("notices");
  const text = error instanceof Error ? error.message : String(error);
  if ([...region.children].some((notice) => notice.dataset.text === text)) return;
  const close = () => notice.remove();
  const notice = h(
    "div",
    { class: "notice", testid: "notice", data: { text } },
    h("p", {}, text),
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: close } },
      icon("close"),
    ),
  );
  region.append(notice);
  while (region.children.length > 3) region.firstChild.remove();
}

/** Take back an error that is no longer true. */
export function withdraw(text) {
  for (const notice of document.querySelectorAll(".notice"))
    if (notice.dataset.text === text) notice.remove();
}

/** Run a request; an error becomes a notice. Answers true when it went well. */
export async function attempt(request) {
  try {
    await request();
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

/** Tell a screen reader, without moving the focus. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Ask before going on; resolves to true for yes. */
export function confirmed({ title, text, yes = "OK", no = "Cancel", danger = false }) {
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-text").textContent = text;
  document.getElementById("confirm-no").textContent = no;
  const agree = document.getElementById("confirm-yes");
  agree.textContent = yes;
  agree.classList.toggle("danger", danger);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
