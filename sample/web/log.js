// The log of the page: what happened, and every HTTP exchange as curl.
import { clock, millis, shorten } from "./format.js";
import { GinauthError } from "./ginauth-client.js";
import { element, mode } from "./page.js";

const LONGEST = 200; // lines

const list = document.querySelector("#log");
const announcer = document.querySelector("#announce");
document.querySelector("#clear").addEventListener("click", () => list.replaceChildren());

/** Adds a sentence that screen readers announce. */
export function note(text, kind = "") {
  announcer.textContent = text;
  add(element("li", { className: `note ${kind}` }, element("time", {}, clock()), element("span", {}, text)));
}

/**
 * A fetch that logs each exchange.
 * @param {string} who the device that sends
 */
export function logged(who) {
  return async (request) => {
    const line = new Line(who, request, request.method === "GET" ? "" : await request.clone().text());
    try {
      const response = await fetch(request);
      line.answered(response);
      return response;
    } catch (error) {
      line.failed(error);
      throw error;
    }
  };
}

/** Runs the work of a click. A failure that the client knows is logged, not thrown. */
export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GinauthError)) {
      throw error;
    }
    note(`${error.message} (${error.word})`, "bad");
  }
}

class Line {
  #begun = performance.now();
  #status = element("span", { className: "status" }, "…");
  #took = element("span", { className: "took" });
  #reply = element("pre", { tabIndex: 0, ariaLabel: "Reply" });

  constructor(who, request, body) {
    const command = curl(request, body);
    const shown = element("pre", { tabIndex: 0, ariaLabel: "curl" }, shorten(command));
    const copy = element("button", { type: "button" }, "Copy as curl");
    copy.addEventListener("click", async () => {
      if (navigator.clipboard) {
        await navigator.clipboard.writeText(command);
        copy.textContent = "Copied";
      } else { // plain http to another machine has no clipboard
        shown.textContent = command;
        copy.textContent = "Shown in full";
      }
    });
    const { pathname, search } = new URL(request.url);
    add(element("li", { dataset: { path: pathname, method: request.method } }, element("details", {},
      element("summary", {},
        element("time", {}, clock()),
        element("span", { className: "who" }, who),
        element("span", { className: "what" }, element("b", {}, request.method), ` ${pathname}${search}`),
        this.#status, this.#took),
      shown, copy, this.#reply)));
  }

  async answered(response) {
    const node = response.headers.get("X-Served-By");
    this.#took.textContent = millis(performance.now() - this.#begun) + (node ? ` · ${node}` : "");
    this.#status.textContent = response.status;
    this.#status.classList.add(response.ok ? "good" : "bad");
    if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      this.#reply.textContent = "an open stream of events";
      return;
    }
    const text = await response.clone().text();
    const word = /"error":"(\w+)"/.exec(text)?.[1];
    if (word) {
      this.#status.textContent += ` ${word}`;
    }
    this.#reply.textContent = shorten(pretty(text));
  }

  failed(error) {
    this.#status.textContent = error.name === "AbortError" ? "closed" : "no answer";
    this.#status.classList.add("bad");
  }
}

function pretty(text) {
  return text.startsWith("{") ? JSON.stringify(JSON.parse(text), null, 2) : text;
}

function add(line) {
  list.prepend(line);
  if (list.childElementCount > LONGEST) {
    list.lastElementChild.remove();
  }
}

function curl(request, body) {
  const words = ["curl", "-i"];
  if (request.method !== "GET") {
    words.push("-X", request.method);
  }
  if (mode === "cookie") {
    words.push("-b", "jar.txt", "-c", "jar.txt");
  }
  words.push(quote(request.url));
  for (const name of ["Authorization", "Content-Type"]) {
    if (request.headers.has(name)) {
      words.push("-H", quote(`${name}: ${request.headers.get(name)}`));
    }
  }
  if (body) {
    words.push("-d", quote(body));
  }
  return words.join(" ");
}

function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
