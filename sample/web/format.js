// How the page formats values.

/** Decodes header, claims and the three parts of a JWT. It does not check the signature: only servers can. */
export function decode(token) {
  const parts = token.split(".");
  return { parts, header: json(parts[0]), claims: json(parts[1]) };
}

function json(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Shortens the tokens in a text and removes passwords, since other people may see the screen. */
export function shorten(text) {
  return text
    .replaceAll(/(eyJ[\w-]{6})[\w.-]{24,}([\w-]{4})/g, "$1…$2")
    .replaceAll(/(rt1_[\w-]{4})[\w-]{16,}([\w-]{4})/g, "$1…$2")
    .replaceAll(/("(?:old_|new_)?password":")(?:[^"\\]|\\.)*"/g, '$1…"');
}

/** For example "Firefox on Windows". */
export function deviceName(userAgent) {
  const first = (names) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = first([
    [/\bEdg/, "Edge"],
    [/\bOPR\//, "Opera"],
    [/\bFirefox\/|\bFxiOS\//, "Firefox"],
    [/Chrome\/|\bCriOS\//, "Chrome"],
    [/\bSafari\//, "Safari"],
    [/^curl\//, "curl"],
  ]);
  const system = first([
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "macOS"],
    [/Linux|X11/, "Linux"],
  ]);
  return [browser ?? (userAgent.slice(0, 40) || "Unknown client"), system].filter(Boolean).join(" on ");
}

/** Minutes and seconds, for example 14:05. */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Roughly how long ago a Unix time was. */
export function ago(unix) {
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - unix));
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size) {
      return `${Math.floor(seconds / size)} ${unit} ago`;
    }
  }
  return seconds < 5 ? "just now" : `${seconds} s ago`;
}

/** Milliseconds, with one decimal where it matters. */
export function millis(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The time of day with milliseconds. */
export function clock(date = new Date()) {
  return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
