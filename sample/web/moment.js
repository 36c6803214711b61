// The moment of the last revocation in this window, or in the window that opened it. A live
// connection that drops uses it to show how long the revocation took. Both windows run on one
// machine and read the same clock.

const LONGEST = 10_000; // ms; a connection that drops later has another cause

const opened = [];
let marked = -Infinity; // on this window's performance clock

/** Marks a revocation as happening now. */
export function mark() {
  marked = performance.now();
  for (const { target, origin } of opened) {
    target.postMessage({ revoking: performance.timeOrigin + marked }, origin);
  }
}

/** Milliseconds since the last mark; null: no recent mark. */
export function sinceMark() {
  const passed = performance.now() - marked;
  return passed < LONGEST ? passed : null;
}

/** Opens the page of another node and sends it the marks. */
export function openNode(url) {
  const { origin } = new URL(url);
  const target = open(`${origin}/`, "_blank");
  if (target) {
    opened.push({ target, origin });
  }
}

// The opener has another origin. It can set only this number.
addEventListener("message", ({ source, data }) => {
  if (opener && source === opener && Number.isFinite(data?.revoking)) {
    marked = data.revoking - performance.timeOrigin;
  }
});
