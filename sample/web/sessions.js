// The session list of a signed-in device, with buttons to sign out one session, the others, or
// all.
import { ago, deviceName } from "./format.js";
import { attempt, note } from "./log.js";
import { mark } from "./moment.js";
import { element } from "./page.js";

const card = document.querySelector("#sessions");
let shown = null; // the device whose sessions are shown

/**
 * @param {(count: number) => void} counted called with the number of sessions
 * @param {() => void} removed called when another session was signed out
 * @param {() => import("./device.js").Device[]} devices the devices of this page
 */
export function wireSessions(counted, removed, devices) {
  const revoke = (path, method = "POST") => attempt(async () => {
    const device = shown;
    mark();
    const response = await device.client.fetch(path, { method });
    if (!response.ok) {
      return;
    }
    const { revoked } = await response.json();
    note(`${device.label}: ${revoked} session${revoked === 1 ? "" : "s"} ended`, "good");
    if (path === "/logout/all") {
      device.client.forget("logout");
    } else if (revoked) {
      removed();
      await refresh();
    }
  });
  card.querySelector("[data-do=others]").addEventListener("click", () => revoke("/logout/others"));
  card.querySelector("[data-do=all]").addEventListener("click", () => revoke("/logout/all"));

  async function refresh() {
    const device = shown;
    const response = await device?.client.fetch("/protected/sessions");
    if (!response?.ok || device !== shown) {
      return; // signed out in the meantime
    }
    const { sessions } = await response.json();
    counted(sessions.length);
    card.querySelector("[data-list]").replaceChildren(...sessions.map((session) => {
      const device = devices().find(({ client }) => client.session?.sessionId === session.id);
      return sessionRow(session, device?.label ?? "", () =>
        session.current ? attempt(() => (mark(), shown.client.logout())) : revoke(`/protected/sessions/${session.id}`, "DELETE"));
    }));
  }

  /** Lists the sessions of a device; null: clears the list. */
  return async (device) => {
    shown = device;
    card.hidden = !device;
    if (device) {
      card.querySelector("[data-user]").textContent = device.claims.sub;
      await attempt(refresh);
    }
  };
}

/** Builds the list item of one session. */
export function sessionRow(session, badge, signOut) {
  const button = element("button", { type: "button" }, "Sign out");
  button.ariaLabel = `Sign out ${badge || deviceName(session.user_agent)}`;
  button.addEventListener("click", async () => {
    button.disabled = true;
    await signOut();
    button.disabled = false;
  });
  return element("li", { dataset: { session: session.id } },
    element("div", { className: "row-main" },
      element("b", {}, deviceName(session.user_agent)),
      badge ? element("span", { className: "badge" }, badge) : "",
      element("small", {}, `${session.ip} · signed in ${ago(session.created_at)} · used ${ago(session.last_used_at)}`)),
    button);
}
