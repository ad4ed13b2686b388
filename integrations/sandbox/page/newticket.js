/** The dialog that opens a ticket as a customer, known or new. */
import { h } from "./dom.js";
import { attempt } from "./notices.js";
import { post } from "./stream.js";
import { endUsers } from "./world.js";

const SOMEONE_NEW = "new";

/** `world()` is the newest state; `onOpened(id)` is told the new ticket. Answers the function that opens the dialog. */
export function createTicketDialog({ world, onOpened }) {
  const dialog = document.getElementById("ticket-dialog");
  const form = document.getElementById("ticket-form");
  const newcomer = document.getElementById("someone-new");
  const { requester, name, email, subject, body } = form.elements;

  function showNewcomer() {
    const isNew = requester.value === SOMEONE_NEW;
    newcomer.hidden = !isNew;
    name.required = isNew;
    email.required = isNew;
  }

  function chosenRequester() {
    if (requester.value === SOMEONE_NEW) return { name: name.value.trim(), email: email.value.trim() };
    return endUsers(world()).find((user) => String(user.id) === requester.value).id;
  }

  requester.addEventListener("change", showNewcomer);
  document.getElementById("ticket-dialog-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const ticket = { requester: chosenRequester(), subject: subject.value.trim(), body: body.value.trim() };
    dialog.close();
    const opened = await attempt(async () => onOpened((await post("zendesk/ticket", ticket)).id));
    if (opened) form.reset();
    else dialog.showModal();
  });

  return () => {
    requester.replaceChildren(
      ...endUsers(world()).map(({ id, name: label }) => h("option", { value: String(id) }, label)),
      h("option", { value: SOMEONE_NEW }, "Someone new…"),
    );
    showNewcomer();
    dialog.showModal();
    subject.focus();
  };
}
