// The admin view: all sessions, revocation with the time until every node obeys it, and the
// event counts of this node.
import { millis } from "./format.js";
import { attempt, note } from "./log.js";
import { mark } from "./moment.js";
import { element } from "./page.js";
import { sessionRow } from "./sessions.js";

const card = document.querySelector("#admin");
const COUNTED = ["login", "login_failed", "refresh", "refresh_retry", "refresh_reuse", "logout", "revoked", "refused"];
let admin = null; // the signed-in device with the admin role

/** @returns {(device: import("./device.js").Device | null) => Promise<void>} shows the view to an admin */
export function wireAdmin() {
  for (const row of card.querySelectorAll("[data-users] > li")) {
    const { name } = row.dataset;
    const on = {
      revoke: () => revoke({ subject: name }, name),
      disable: () => setDisabled(name, true),
      enable: () => setDisabled(name, false),
    };
    for (const button of row.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => attempt(on[button.dataset.do]));
    }
  }
  card.querySelector("[data-do=everything]").addEventListener("click", () => attempt(() => revoke({ all: true }, "everybody")));
  return async (device) => {
    admin = device;
    card.hidden = !device;
    if (device) {
      await attempt(refresh);
    }
  };
}

async function post(path, body) {
  const response = await admin.client.fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return response.json();
}

// With wait the server answers when every live node obeys. The time of the request is
// therefore an upper bound of how long the revocation took to arrive.
async function revoke(target, whom) {
  mark();
  const begun = performance.now();
  const { revoked, error } = await post("/protected/admin/revocations", { ...target, wait: true });
  const took = millis(performance.now() - begun);
  say(error ? `Not confirmed by every node: ${error}, after ${took}.`
    : `${whom}: ${revoked} session${revoked === 1 ? "" : "s"} ended. Every live node obeys, ${took} after the click.`);
  if (admin) {
    await refresh();
  }
}

async function setDisabled(name, disabled) {
  const { error } = await post(`/protected/admin/users/${encodeURIComponent(name)}`, { disabled });
  say(error ?? (disabled ? `${name} can no longer log in, and every session of ${name} has ended.` : `${name} can log in.`));
}

function say(text) {
  card.querySelector("[data-result]").textContent = text;
  note(`Admin: ${text}`);
}

async function refresh() {
  await Promise.all([count(), ...[...card.querySelectorAll("[data-users] > li")].map(list)]);
}

async function list(row) {
  const response = await admin.client.fetch(`/protected/admin/sessions?subject=${encodeURIComponent(row.dataset.name)}`);
  if (!response.ok) {
    return;
  }
  const { sessions } = await response.json();
  row.querySelector("[data-sessions]").textContent = `${sessions.length} session${sessions.length === 1 ? "" : "s"}`;
  row.querySelector("[data-list]").replaceChildren(...sessions.map((session) =>
    sessionRow(session, session.current ? "this one" : "", () => attempt(() => revoke({ session_id: session.id }, row.dataset.name)))));
}

async function count() {
  const text = await (await fetch("/metrics")).text();
  const value = (name) => Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1] ?? 0);
  const shown = COUNTED.map((kind) => [kind, value(`ginauth_events_total{kind="${kind}"}`)]);
  shown.push(["list entries", value("ginauth_mirror_entries")], ["list lag", millis(1000 * value("ginauth_mirror_lag_seconds"))]);
  card.querySelector("[data-counts]").replaceChildren(...shown.map(([name, number]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, number))));
}
