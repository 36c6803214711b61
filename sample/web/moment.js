// When something was revoked in this window, or in the one that opened it, so that a live
// connection that drops can tell how long the revocation took to arrive. Both windows run on
// one machine and read one clock.

const LONGEST = 10_000; // ms: what drops later has another cause

const opened = [];
let marked = -Infinity; // on this window's performance clock

/** Now something is being revoked. */
export function mark() {
  marked = performance.now();
  for (const { target, origin } of opened) {
    target.postMessage({ revoking: performance.timeOrigin + marked }, origin);
  }
}

/** Milliseconds since the last mark; null: none that matters. */
export function sinceMark() {
  const passed = performance.now() - marked;
  return passed < LONGEST ? passed : null;
}

/** Opens the page of another node, which is told of the marks. */
export function openNode(url) {
  const { origin } = new URL(url);
  const target = open(`${origin}/`, "_blank");
  if (target) {
    opened.push({ target, origin });
  }
}

// The opener is of another origin. It can set this number, and nothing else.
addEventListener("message", ({ source, data }) => {
  if (opener && source === opener && Number.isFinite(data?.revoking)) {
    marked = data.revoking - performance.timeOrigin;
  }
});
