/** How much Frontdesk may do by itself, and the brake: the button above the panes and the dialog behind it. */
import { h, showOnce, syncOptions } from "./dom.js";
import { attempt } from "./notices.js";
import { post } from "./stream.js";

const byId = (id) => document.getElementById(id);
const MODES = { public: "Public", draft: "Drafts", silent: "Silent" };
const SHARES = [10, 30, 50, 100];
const BRAKED = "brake on";

/** What the button says: the brake first, then the mode, and what is public already. */
export function modeWords({ otherwise, topic, share, brake }) {
  if (brake !== "off") return BRAKED;
  const mode = MODES[otherwise] ?? otherwise;
  if (!topic || otherwise === "public") return mode.toLowerCase();
  return `${mode.toLowerCase()}, ${topic} public${share === 100 ? "" : ` ${share} %`}`;
}

/** `refresh()` asks for the newest state. */
export function createSwitches({ refresh }) {
  const dialog = byId("switches");
  const [topic, share, brake] = ["switch-topic", "switch-share", "switch-brake"].map(byId);
  const modes = [...dialog.querySelectorAll('input[name="mode"]')];
  let busy = false;

  async function turn(change) {
    busy = true;
    await attempt(() => post("frontdesk", change));
    busy = false;
    refresh();
  }

  byId("switches-open").addEventListener("click", () => dialog.showModal());
  for (const mode of modes) mode.addEventListener("change", () => turn({ mode: mode.value }));
  const turnTopic = () => turn({ topic: topic.value, share: Number(share.value) });
  topic.addEventListener("change", turnTopic);
  share.addEventListener("change", turnTopic);
  brake.addEventListener("change", () => turn({ brake: brake.checked ? "draft" : "off" }));

  function show(stands) {
    for (const mode of modes) mode.checked = mode.value === stands.otherwise;
    syncOptions(
      topic,
      [
        { value: "", label: "Nothing" },
        ...stands.topics.map((name) => ({ value: name, label: `What ${name} answers` })),
      ],
      stands.topic,
    );
    const shares = [...new Set([...SHARES, stands.share])].sort((a, b) => a - b);
    syncOptions(
      share,
      shares.map((each) => ({
        value: String(each),
        label: each === 100 ? "in all conversations" : `in ${each} % of them`,
      })),
      String(stands.share),
    );
    topic.disabled = stands.otherwise === "public";
    share.disabled = topic.disabled || !stands.topic;
    brake.checked = stands.brake !== "off";
    byId("replays-link").href = stands.replays_url;
  }

  return {
    update({ notes }) {
      const stands = notes.switches;
      const button = byId("switches-open");
      button.hidden = !stands;
      if (!stands) return;
      const words = modeWords(stands);
      button.classList.toggle("danger", words === BRAKED);
      showOnce(button, words, () => h("span", {}, "Mode: ", h("strong", {}, words)));
      if (!busy) show(stands);
    },
  };
}

/** On which side of a share a conversation is, as a chip; null where none decides. */
export function shareChip(world, id) {
  const side = world.notes.switches?.sides?.[id];
  if (!side) return null;
  const which = side.public ? "answered in public" : "answered by drafts";
  return h(
    "span",
    { class: "chip", testid: "share", title: `Public in ${side.share} % of conversations with ${side.of}` },
    `${side.share} %: ${which}`,
  );
}
