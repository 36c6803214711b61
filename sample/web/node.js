// What the node that served this page reports about itself.

const EVERY = 2000; // ms

/** Shows the report, and updates it while the page is visible. */
export async function watchNode() {
  if (document.visibilityState === "visible") {
    await look().catch(() => fact("check", "no answer"));
  }
  setTimeout(watchNode, EVERY);
}

async function look() {
  const response = await fetch("/readyz");
  const node = response.headers.get("X-Served-By");
  if (node) {
    fact("node", node).parentElement.hidden = false;
  }
  const { mode, entries, lag_ms: lag, error } = await response.json();
  fact("check", error ? `not ready: ${error}` : { mirror: "its copy of the list", strict: "the store" }[mode]);
  const copied = entries !== undefined; // without a copy there is neither size nor lag
  fact("entries", copied ? `${entries} ${entries === 1 ? "entry" : "entries"}` : "").parentElement.hidden = !copied;
  fact("lag", copied ? `${lag} ms ago` : "").parentElement.hidden = !copied;
}

function fact(name, text) {
  const shown = document.querySelector(`[data-fact=${name}]`);
  if (shown.textContent !== text) {
    shown.textContent = text;
  }
  return shown;
}
