// One device: a login with its own client, live connection and card.
import { deviceCard } from "./card.js";
import { decode, millis } from "./format.js";
import { GinauthClient } from "./ginauth-client.js";
import { listen } from "./live.js";
import { logged, note } from "./log.js";
import { mark, sinceMark } from "./moment.js";
import { mode } from "./page.js";

export class Device {
  claims = null; // of the access token; null: signed out
  #card;
  #changed;
  #tokens = []; // of this login, newest last
  #stop = null; // closes the live connection

  /**
   * @param {object} options
   * @param {string} options.label its name on the page
   * @param {string} options.name the name of its client
   * @param {(device: Device, what: string) => void} options.changed called after every change
   */
  constructor({ label, name, changed }) {
    this.label = label;
    this.#changed = changed;
    this.client = new GinauthClient({ mode, name, transport: logged(label) });
    this.client.addEventListener("change", ({ detail }) => this.#heard(detail));
    this.#card = deviceCard(label, {
      login: (username, password) => this.#login(username, password),
      call: () => this.#call(),
      refresh: () => this.#refresh(),
      logout: () => this.#logout(),
      change: (old, next) => this.#changePassword(old, next),
      replay: () => this.#replay(),
      ghost: () => this.#ghost(),
    });
  }

  get element() {
    return this.#card.element;
  }

  /** Continues the login that the storage or the cookies have kept. */
  async resume() {
    if (!this.client.session && mode === "cookie") {
      const { message } = await (await this.client.fetch("/hello")).json();
      if (message !== "Hello, stranger") {
        await this.client.refresh();
      }
    } else if (this.client.session) {
      await this.#heard({ what: "signed-in", elsewhere: false });
    }
  }

  async #login(username, password) {
    try {
      await this.client.login(username, password);
    } catch (error) {
      this.#card.say(`${error.message} (${error.word})`, "bad");
      note(`${this.label}: login refused, ${error.word}`, "bad");
    }
  }

  async #call() {
    const response = await this.client.fetch("/protected");
    if (response.ok) {
      const { identity } = await response.json();
      note(`${this.label}: the protected route answered, to ${identity}`, "good");
      this.#changed(this, "called");
    }
  }

  async #refresh() {
    try {
      await this.client.refresh();
    } catch (error) {
      note(`${this.label}: refresh failed, ${error.word}`, "bad");
    }
  }

  async #logout() {
    mark();
    await this.client.logout();
  }

  async #changePassword(old, next) {
    try {
      await this.client.replace("/protected/password", { old_password: old, new_password: next });
      note(`${this.label}: new password; every other device is signed out, and this one has a new session`, "good");
    } catch (error) {
      this.#card.say(`${error.message} (${error.word})`, "bad");
      note(`${this.label}: the password stays as it is, ${error.word}`, "bad");
    }
  }

  // Acts like a thief. The token just before the current one would be answered with its
  // successor, since the reply may have been lost. An older one gives the thief away.
  async #replay() {
    while (this.#tokens.length < 3) {
      await this.client.refresh();
    }
    const old = this.#tokens.at(-3);
    note(`A thief replays the refresh token of generation ${old.generation}; the current one is ${this.claims.gen}`, "bad");
    mark();
    const response = await send("Thief", "POST", "/refresh", { refresh_token: old.refreshToken });
    if (!response.ok) {
      this.#changed(this, "replayed");
    }
  }

  // Presents the tokens of the ended login, from memory.
  async #ghost() {
    const { accessToken, refreshToken } = this.#tokens.at(-1);
    const answers = [
      await send("Ghost", "GET", "/protected", null, accessToken),
      await send("Ghost", "POST", "/refresh", { refresh_token: refreshToken }),
    ];
    const words = await Promise.all(answers.map(async (answer) => (await answer.json()).error ?? "served"));
    this.#card.say(`Access token: ${words[0]}. Refresh token: ${words[1]}.`, "good");
    note(`The ended session's tokens: ${words.join(", ")}`, "good");
  }

  async #heard({ what, reason, elsewhere }) {
    if (what === "signed-out") {
      this.#ended(reason, elsewhere);
    } else {
      await this.#renewed(what, elsewhere);
    }
    this.#changed(this, what);
  }

  async #renewed(what, elsewhere) {
    const session = this.client.session;
    if (what === "signed-in") {
      this.#tokens = [];
      this.#listen();
    }
    const token = session.accessToken ? decode(session.accessToken) : null;
    this.claims = token?.claims ?? (await this.#me());
    if (!this.claims) {
      return; // signed out in the meantime
    }
    this.#tokens.push({ ...session, generation: this.claims.gen });
    this.#card.show(this.client.session, this.claims, token);
    const how = what === "signed-in" ? "signed in" : "refreshed";
    note(`${this.label}: ${how} as ${this.claims.sub}, generation ${this.claims.gen}${elsewhere ? ", by another tab" : ""}`);
    if (!this.#stop) {
      this.#listen();
    }
  }

  // In cookie mode only the server can read the token.
  async #me() {
    const response = await this.client.fetch("/protected/me");
    return response.ok ? (await response.json()).claims : null;
  }

  #ended(reason, elsewhere) {
    this.#stop?.();
    this.#stop = null;
    this.claims = null;
    const passed = sinceMark();
    const text = {
      logout: elsewhere ? "Signed out in another tab" : "Signed out",
      revoked: `Revoked: the server closed the live connection${passed === null ? "" : ` ${millis(passed)} after the click`}`,
    }[reason] ?? `The session has ended: ${reason}`;
    this.#card.end(`${text}.`, reason === "logout" ? "" : "bad", this.#tokens.some((t) => t.accessToken));
    note(`${this.label}: ${text}`, reason === "logout" ? "" : "bad");
  }

  #listen() {
    this.#stop?.();
    this.#stop = listen((path, init) => this.client.fetch(path, init), (state) => {
      this.#card.live(state);
      if (state === "revoked") {
        this.client.forget("revoked");
        this.#changed(this, "dropped");
      }
    });
  }
}

// Sends a request without the client, as a thief or a script would.
function send(who, method, path, body, token) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) };
  return logged(who)(new Request(path, { method, headers, body: body && JSON.stringify(body) }));
}
