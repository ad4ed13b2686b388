/** A worker that is killed in the middle of its turn: the line above the panes says how it goes. */
import { h, showOnce } from "./dom.js";
import { attempt } from "./notices.js";
import { post } from "./stream.js";

const times = (number) => (number === 1 ? "once" : `${number} times`);

const WORDS = {
  starting: () => "A worker process of its own is starting; Frontdesk's other worker rests meanwhile…",
  working: ({ pid }) => `Worker ${pid} has the message, and is in the middle of its turn…`,
  killed: ({ pid }) =>
    `Worker ${pid} is dead (SIGKILL, in mid-turn). What it held is free as soon as its lease of 6 seconds is over…`,
  answered: ({ pid, seconds, times: number }) =>
    `Worker ${pid} was killed in mid-turn. ${seconds} s later another worker had answered, ${times(number)}: ` +
    "look under “Why this answer?” for the second attempt.",
  failed: ({ why }) => `No worker was killed: ${why}.`,
};
const OVER = new Set(["answered", "failed"]);

/** `show(line)` leads to the thread in which it happens. */
export function createCrash({ show }) {
  const region = document.getElementById("crash");
  let dismissed = "";

  return {
    kill: (line) =>
      attempt(async () => {
        dismissed = "";
        await post("frontdesk/kill", line);
        show(line);
      }),
    update({ notes }) {
      const crash = notes.crash ?? {};
      const signature = JSON.stringify(crash);
      const words = WORDS[crash.stage]?.(crash) ?? "";
      const isOver = OVER.has(crash.stage);
      region.hidden = !words || signature === dismissed;
      region.dataset.stage = crash.stage ?? "";
      showOnce(region, signature, () => [
        h("p", { testid: "crash" }, words),
        isOver &&
          h(
            "button",
            {
              type: "button",
              class: "button small",
              testid: "crash-close",
              on: {
                click() {
                  dismissed = signature;
                  region.hidden = true;
                },
              },
            },
            "Close",
          ),
      ]);
    },
  };
}
