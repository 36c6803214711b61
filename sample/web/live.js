// The live connection of a device: server-sent events that end when the session ends.
// EventSource cannot send an Authorization header, so this reads the stream with fetch.

const AGAIN = 2000; // ms, pause before reconnecting

/**
 * Keeps a connection open until the server reports that the session was revoked, or until stop.
 * @param {(path: string, init: object) => Promise<Response>} fetch with the device's token
 * @param {(state: "open" | "lost" | "revoked" | "refused") => void} tell
 * @returns {() => void} stop
 */
export function listen(fetch, tell) {
  const stopped = new AbortController();
  keep(fetch, tell, stopped.signal);
  return () => stopped.abort();
}

async function keep(fetch, tell, signal) {
  while (!signal.aborted) {
    const end = await once(fetch, tell, signal);
    if (signal.aborted) {
      return;
    }
    if (end === "revoked" || end === "refused") {
      tell(end);
      return;
    }
    if (end === "lost") {
      tell("lost");
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
    // The token has expired; the next fetch gets a new one.
  }
}

// Runs one connection and returns how it ended.
async function once(fetch, tell, signal) {
  try {
    const response = await fetch("/protected/events", { signal });
    if (!response.ok) {
      return response.status === 401 ? "refused" : "lost";
    }
    tell("open");
    let text = "";
    for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
      text += chunk;
      const event = /^event: (revoked|expired)$/m.exec(text);
      if (event) {
        return event[1];
      }
      text = text.slice(text.lastIndexOf("\n") + 1);
    }
  } catch {
    // The connection broke or was stopped.
  }
  return "lost";
}

// Safari cannot iterate over a stream yet.
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      yield part.value;
    }
  } finally {
    reader.cancel().catch(() => {}); // the stream may have failed already
  }
}
