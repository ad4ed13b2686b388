/** A ticket's fields, tags and one-click steps. Every change is sent at once, as the chosen human agent. */
import { h, showOnce, syncOptions } from "./dom.js";
import { attempt } from "./notices.js";
import { humanAgents, isOfBot, isWithPeople } from "./world.js";

const STATUSES = ["new", "open", "pending", "hold", "solved", "closed"];
const PRIORITIES = ["low", "normal", "high", "urgent"];
const NONE = "";

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const choices = (words) => words.map((word) => ({ value: word, label: capital(word) }));
const idOrNull = (value) => (value === NONE ? null : /^\d+$/.test(value) ? Number(value) : value);

/** `change(fields)` sends an update of the shown ticket; `world()` is the newest state. */
export function createProperties({ world, change }) {
  let ticket = null;

  function pick(label, testid, toFields) {
    const select = h("select", { testid });
    select.addEventListener("change", async () => {
      if (!(await attempt(() => change(toFields(select.value))))) update(ticket);
    });
    return { select, node: h("label", { class: "property" }, h("span", {}, label), select) };
  }

  const status = pick("Status", "ticket-status", (value) => ({ status: value }));
  const priority = pick("Priority", "ticket-priority", (value) => ({ priority: value || null }));
  const group = pick("Group", "ticket-group", (value) => ({ group_id: idOrNull(value) }));
  const assignee = pick("Assignee", "ticket-assignee", (value) => ({ assignee_id: idOrNull(value) }));

  const tags = h("ul", { class: "tags", testid: "ticket-tags", "aria-label": "Tags" });
  const tagInput = h("input", {
    class: "tag-input",
    placeholder: "Add a tag, press Enter",
    "aria-label": "Add a tag",
    autocomplete: "off",
    spellcheck: "false",
    testid: "ticket-tag-input",
  });
  tagInput.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const added = tagInput.value
      .trim()
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean);
    if (added.length && (await attempt(() => change({ add_tags: added })))) tagInput.value = "";
  });

  const step = (label, caption, testid, fields) =>
    h(
      "button",
      {
        type: "button",
        class: "button small step",
        testid,
        on: { click: () => attempt(() => change(fields())) },
      },
      label,
      caption ? h("small", {}, caption) : null,
    );
  const solve = step("Solve", null, "ticket-solve", () => ({ status: "solved" }));
  const resume = step("Give back to the bot", "frontdesk_resume", "ticket-resume", () => ({
    add_tags: ["frontdesk_resume"],
  }));
  const mute = h("button", { type: "button", class: "button small step", testid: "ticket-off" });
  const isOff = () => ticket.tags.includes("frontdesk_off");
  mute.addEventListener("click", () =>
    attempt(() => change(isOff() ? { remove_tags: ["frontdesk_off"] } : { add_tags: ["frontdesk_off"] })),
  );

  const node = h(
    "details",
    { class: "properties", open: true },
    h("summary", {}, "Properties"),
    h("div", { class: "fields-grid" }, status.node, priority.node, group.node, assignee.node),
    h("div", { class: "steps", role: "group", "aria-label": "Next steps" }, solve, resume, mute),
    h("div", { class: "property" }, h("span", {}, "Tags"), tags, tagInput),
  );

  const phone = window.matchMedia("(max-width: 900px)");
  const fold = () => {
    node.open = !phone.matches;
  };
  phone.addEventListener("change", fold);
  fold();

  function showTags() {
    showOnce(tags, JSON.stringify(ticket.tags), () =>
      ticket.tags.map((tag) =>
        h(
          "li",
          { class: "tag" },
          tag,
          h(
            "button",
            {
              type: "button",
              class: "tag-remove",
              "aria-label": `Remove tag ${tag}`,
              on: { click: () => attempt(() => change({ remove_tags: [tag] })) },
            },
            "×",
          ),
        ),
      ),
    );
  }

  function update(next) {
    ticket = next;
    const { zendesk } = world();
    const statuses = ticket.status === "new" ? STATUSES : STATUSES.slice(1);
    const people = [...humanAgents(world()), zendesk.users.find((user) => user.id === zendesk.me.id)].filter(
      Boolean,
    );
    syncOptions(status.select, choices(statuses), ticket.status);
    syncOptions(
      priority.select,
      [...(ticket.priority ? [] : [{ value: NONE, label: "None" }]), ...choices(PRIORITIES)],
      ticket.priority ?? NONE,
    );
    syncOptions(
      group.select,
      [
        { value: NONE, label: "No group" },
        ...zendesk.groups.map(({ id, name }) => ({ value: String(id), label: name })),
      ],
      String(ticket.group_id ?? NONE),
    );
    syncOptions(
      assignee.select,
      [
        { value: NONE, label: "Nobody" },
        ...people.map(({ id, name }) => ({ value: String(id), label: name })),
      ],
      String(ticket.assignee_id ?? NONE),
    );
    showTags();
    const closed = ticket.status === "closed";
    for (const control of [
      status.select,
      priority.select,
      group.select,
      assignee.select,
      tagInput,
    ])
      control.disabled = closed;
    solve.disabled = closed || ticket.status === "solved";
    // A solved ticket has given its conversation back already, and a closed one takes no tag any more.
    resume.hidden = closed || !isWithPeople(world(), ticket);
    resume.disabled = ticket.tags.includes("frontdesk_resume");
    mute.hidden = closed || !isOfBot(world(), ticket);
    showOnce(mute, String(isOff()), () =>
      isOff()
        ? ["Let the bot speak again", h("small", {}, "removes frontdesk_off")]
        : ["Silence the bot", h("small", {}, "frontdesk_off")],
    );
  }

  return { node, update, hasText: () => Boolean(tagInput.value.trim()) };
}
