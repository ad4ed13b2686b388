/** A message box with files. Drafts are kept per key, so that switching never loses one. */
import { h, icon } from "./dom.js";
import { packFiles } from "./files.js";
import { announce, report } from "./notices.js";

const drafts = new Map();
const EMPTY = { text: "", files: [] };

/** Forget every draft: the world they were written for is gone. */
export const forgetDrafts = () => drafts.clear();

function chosenFiles(files, remove) {
  return files.map((file) =>
    h(
      "span",
      { class: "chosen-file" },
      icon("file"),
      file.name,
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": `Remove ${file.name}`,
          on: { click: () => remove(file) },
        },
        icon("close"),
      ),
    ),
  );
}

/**
 * `prepare(text)` is called when the user sends; it fixes what goes where and answers a function of the
 * packed files that does it. Sends run one after the other; a failed one puts its text back.
 * `sendOn` is "enter" or "ctrl-enter".
 */
export function createComposer({
  label,
  placeholder = "",
  inputId,
  testids,
  sendLabel = "Send",
  sendOn = "enter",
  compact = false,
  extras = [],
  prepare,
}) {
  let key = "";
  let queue = Promise.resolve();

  const input = h("textarea", {
    id: inputId,
    rows: "1",
    placeholder,
    "aria-label": label,
    testid: testids.input,
  });
  const picker = h("input", {
    type: "file",
    multiple: true,
    class: "unseen",
    tabindex: "-1",
    "aria-label": `Files for: ${label}`,
    testid: testids.files,
  });
  const attach = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Attach files",
      title: "Attach files",
      on: { click: () => picker.click() },
    },
    icon("clip"),
  );
  const send = h(
    "button",
    {
      type: "button",
      class: compact ? "icon-button send" : "button primary small send",
      testid: testids.send,
      "aria-label": compact ? sendLabel : null,
      title: compact ? sendLabel : null,
    },
    compact ? icon("send") : sendLabel,
  );
  const chosen = h("div", { class: "chosen", hidden: true });
  const hint = h(
    "span",
    { class: "hint" },
    sendOn === "enter" ? "Enter sends, Shift+Enter starts a new line" : "Ctrl+Enter sends",
  );
  const bar = h("div", { class: "composer-bar" }, attach, extras, hint, send);
  const node = h("div", { class: compact ? "composer compact" : "composer" }, input, chosen, bar, picker);

  const draft = () => drafts.get(key) ?? EMPTY;
  const keep = (change) => drafts.set(key, { ...draft(), ...change });

  function grow() {
    input.style.height = "auto";
    if (input.value) input.style.height = `${input.scrollHeight + 2}px`;
  }

  function show() {
    const { text, files } = draft();
    if (input.value !== text) input.value = text;
    chosen.replaceChildren(
      ...chosenFiles(files, (file) => {
        keep({ files: draft().files.filter((each) => each !== file) });
        show();
        input.focus();
      }),
    );
    chosen.hidden = files.length === 0;
    node.classList.toggle("filled", Boolean(text.trim() || files.length));
    grow();
  }

  function putBack(sentKey, sent) {
    const now = drafts.get(sentKey) ?? EMPTY;
    drafts.set(sentKey, {
      text: [sent.text, now.text].filter(Boolean).join("\n"),
      files: [...sent.files, ...now.files],
    });
    show();
  }

  function submit() {
    const sent = draft();
    if (!sent.text.trim() && !sent.files.length) return input.focus();
    const sentKey = key;
    const deliver = prepare(sent.text.trim());
    drafts.delete(key);
    show();
    input.focus();
    queue = queue.then(async () => {
      try {
        await deliver(await packFiles(sent.files));
        announce("Sent.");
      } catch (error) {
        putBack(sentKey, sent);
        report(error);
      }
    });
  }

  input.addEventListener("input", () => {
    keep({ text: input.value });
    node.classList.toggle("filled", Boolean(input.value.trim() || draft().files.length));
    grow();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const wanted = sendOn === "enter" ? !event.shiftKey : event.ctrlKey || event.metaKey;
    if (!wanted) return;
    event.preventDefault();
    submit();
  });
  picker.addEventListener("change", () => {
    keep({ files: [...draft().files, ...picker.files] });
    picker.value = "";
    show();
    input.focus();
  });
  send.addEventListener("click", submit);

  return {
    node,
    input,
    /** Show the draft of another place. */
    use(nextKey) {
      if (nextKey === key) return;
      key = nextKey;
      show();
    },
    hasText: () => Boolean(draft().text.trim() || draft().files.length),
    insert(text) {
      input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
      input.dispatchEvent(new Event("input"));
      input.focus();
    },
    refresh: show,
    setLabels({ label: newLabel, placeholder: newPlaceholder, sendLabel: newSend }) {
      input.setAttribute("aria-label", newLabel);
      input.placeholder = newPlaceholder;
      if (!compact) send.textContent = newSend;
    },
  };
}
