/** Files chosen by the user and files shown to the user. */
import { fileSize, h, icon } from "./dom.js";

const MOST_FILES = 10;
const SERVED = ["/_files/", "/_sandbox/files/", "/api/v2/attachments/"];
const MOST_BYTES = 20 * 1024 * 1024;

function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",", 2)[1] ?? ""));
    reader.addEventListener("error", () => reject(new Error(`${file.name} cannot be read.`)));
    reader.readAsDataURL(file);
  });
}

/** The files as the control API takes them. Throws an Error fit to show when they are too many or too big. */
export async function packFiles(files) {
  if (files.length > MOST_FILES) throw new Error(`At most ${MOST_FILES} files go with one message.`);
  for (const file of files) {
    if (file.size > MOST_BYTES) throw new Error(`${file.name} is bigger than 20 MB.`);
  }
  return Promise.all(
    files.map(async (file) => ({
      name: file.name,
      mimetype: file.type || "application/octet-stream",
      content_base64: await base64Of(file),
    })),
  );
}

/** Keep the path only: the sandbox may name itself by another host than the one the page came from. */
function localAddress(url) {
  try {
    const { pathname, search } = new URL(url, document.baseURI);
    return SERVED.some((prefix) => pathname.startsWith(prefix)) ? pathname + search : null;
  } catch {
    return null;
  }
}

/** A row of download links. Each file is `{name, url, size}`. */
export function renderFiles(files) {
  if (!files.length) return null;
  return h(
    "ul",
    { class: "files" },
    files.map(({ name, url, size }) => {
      const label = [
        icon("file"),
        h("span", { class: "file-name" }, name),
        h("span", { class: "muted" }, fileSize(size)),
      ];
      const address = localAddress(url);
      return h(
        "li",
        {},
        address
          ? h("a", { class: "file", href: address, download: name, testid: "file" }, label)
          : h("span", { class: "file" }, label),
      );
    }),
  );
}
