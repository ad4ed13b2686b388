/** Talk to the sandbox: commands by POST, the world by state + event stream. One fetch at a time. */

/** What is reported while the sandbox is away; no longer true once it is back. */
export const UNREACHABLE = "The sandbox cannot be reached. Is it still running?";

const TIMEOUT_MS = 15000;
const BACKOFF_MS = { first: 500, most: 10000 };

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(
    body.error ? `The sandbox refused: ${body.error}` : `The sandbox answered ${response.status}.`,
  );
}

async function call(path, options = {}, timeout = TIMEOUT_MS) {
  let response;
  try {
    response = await fetch(`/_sandbox/${path}`, { ...options, signal: AbortSignal.timeout(timeout) });
  } catch {
    throw new Error(UNREACHABLE);
  }
  return answerOf(response);
}

/** Send a command, e.g. `post("slack/post", {...})`. Throws an Error in words fit to show. */
export function post(path, body, timeout = TIMEOUT_MS) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) }, timeout);
}

/**
 * Keep `onState` told of the newest world. Changes that arrive while a fetch runs are answered by one
 * more fetch. `onLive(boolean)` tells whether news arrive at once.
 */
export function follow({ onState, onLive, onError }) {
  let running = false;
  let asked = false;
  let delay = BACKOFF_MS.first;
  let source = null;
  let timer = 0;

  async function refresh() {
    asked = true;
    if (running) return;
    running = true;
    while (asked) {
      asked = false;
      try {
        onState(await call("state"));
      } catch (error) {
        onError(error);
      }
      await new Promise(requestAnimationFrame);
    }
    running = false;
  }

  function connect() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/_sandbox/events");
    source.addEventListener("open", () => {
      delay = BACKOFF_MS.first;
      onLive(true);
    });
    source.addEventListener("changed", refresh);
    source.addEventListener("error", () => {
      source.close();
      onLive(false);
      timer = setTimeout(connect, delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * 2, BACKOFF_MS.most);
    });
  }

  const isDown = () => source?.readyState !== EventSource.OPEN;
  window.addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isDown()) connect();
  });
  connect();
  refresh();
  return refresh;
}
