// A browser client for ginauth in one file without dependencies. Copy it into your project.
//
//   import { GinauthClient } from "./ginauth-client.js";
//   const auth = new GinauthClient();
//   await auth.login("user1", "password123");
//   const response = await auth.fetch("/protected");
//   auth.addEventListener("change", () => render(auth.session));
//   await auth.logout();
//
// It takes care of: one refresh at a time across all tabs; refreshes whose answer was lost;
// refreshing before the token expires; signing out in all tabs.
//
// Where to keep the tokens:
// - mode "cookie" (the server's Config.Cookies): no script sees a token. This is the best
//   protection against cross-site scripting, and needs one origin for page and API. The
//   storage holds only times and ids.
// - mode "header" with sessionStorage, the default: one login per tab, gone when the tab closes.
// - mode "header" with localStorage: one login for all tabs, kept across restarts of the browser.
// In both storages any script of the page's origin can read the tokens.

const TRIES = 5; // attempts at a refresh or a logout that gets no answer
const TIMEOUT = 10_000; // ms, per attempt
const LONGEST_AHEAD = 60_000; // ms before the expiry
const LATER = 10_000; // ms, until the next attempt after a failed refresh ahead of the expiry
const LONGEST_TIMER = 2 ** 31 - 1; // ms, setTimeout's limit
const LONGEST_PAUSE = 30_000; // ms, the longest Retry-After that is waited for
const PATIENCE = 15_000; // ms, until the lock of a tab that hangs is passed over
const SETTLE = 500; // ms, upper bound until one tab sees what another has stored

// Refusals that a new access token may cure.
const CURABLE = ["token_missing", "token_expired", "token_revoked", "token_invalid"];

/**
 * The state of the login in the client. Times are milliseconds of this machine's clock.
 * @typedef {object} Session
 * @property {string} sessionId
 * @property {number} obtainedAt when the tokens arrived
 * @property {number} accessExpiresAt
 * @property {number} refreshExpiresAt
 * @property {string} [accessToken] in header mode only
 * @property {string} [refreshToken] in header mode only
 */

/** A refusal by the server, or no answer: then status is 0 and word is "unreachable". */
export class GinauthError extends Error {
  constructor(status, word, message, retryAfter = 0) {
    super(message);
    this.name = "GinauthError";
    this.status = status;
    this.word = word; // the reply's "error", such as invalid_credentials
    this.retryAfter = retryAfter; // seconds
  }

  /** Whether the same request may succeed later. */
  get temporary() {
    return [0, 502, 503, 504].includes(this.status);
  }
}

/**
 * A user's login in this browser. It dispatches "change" events whose detail is
 * {what: "signed-in" | "refreshed" | "signed-out", reason: string, elsewhere: boolean};
 * elsewhere says that it happened in another tab.
 */
export class GinauthClient extends EventTarget {
  #mode;
  #base;
  #paths;
  #storage;
  #name;
  #transport;
  #channel;
  #known; // the id of the session in the last "change" event
  #refreshing = null;
  #refreshAt = Infinity;
  #timer = 0;

  /**
   * @param {object} [options]
   * @param {"header" | "cookie"} [options.mode] how the tokens travel; default "header"
   * @param {string} [options.base] the API's origin; default the page's own
   * @param {{login: string, refresh: string, logout: string}} [options.paths]
   * @param {Storage} [options.storage] default sessionStorage, in cookie mode localStorage
   * @param {string} [options.name] keeps two clients of one page apart; default "ginauth"
   * @param {(request: Request) => Promise<Response>} [options.transport] default fetch
   */
  constructor({ mode = "header", base = location.origin, paths, storage, name = "ginauth", transport } = {}) {
    super();
    this.#mode = mode;
    this.#base = base;
    this.#paths = { login: "/login", refresh: "/refresh", logout: "/logout", ...paths };
    this.#storage = storage ?? (mode === "cookie" ? localStorage : sessionStorage);
    this.#name = name;
    this.#transport = transport ?? ((request) => fetch(request));
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
    this.#known = this.session?.sessionId;
    document.addEventListener("visibilitychange", () => this.#schedule());
    this.#schedule();
  }

  /**
   * The stored login; null: signed out. In cookie mode it is also null if the storage was
   * cleared but the cookies are still there: refresh() finds out. A stored value that this
   * client cannot have written counts as none, and the next login replaces it.
   * @returns {Session | null}
   */
  get session() {
    const session = object(this.#storage.getItem(this.#name));
    const times = [session.obtainedAt, session.accessExpiresAt, session.refreshExpiresAt];
    const texts = [session.sessionId, ...(this.#mode === "header" ? [session.accessToken, session.refreshToken] : [])];
    return times.every(Number.isFinite) && texts.every((text) => text && typeof text === "string") ? session : null;
  }

  /**
   * Begins a session. The server ends the previous session of this client.
   * @throws {GinauthError} invalid_credentials, too_many_attempts, unavailable, unreachable
   * @returns {Promise<Session>}
   */
  async login(username, password) {
    const previous = this.session?.refreshToken;
    const body = { username, password, ...(previous && { refresh_token: previous }) };
    const begin = async () => {
      const session = this.#read(await this.#post(this.#paths.login, body));
      this.#keep(session, "signed-in");
      return session;
    };
    // A refresh that is answered late would replace the cookies of this login.
    return this.#mode === "cookie" ? exclusively(this.#lock(), begin) : begin();
  }

  /**
   * Sends a request whose reply has the tokens of a new session, such as a change of password,
   * and goes on with that session.
   * @throws {GinauthError} the server's refusal; unreachable: it may have happened all the same
   * @returns {Promise<Session>}
   */
  async replace(path, body) {
    const before = await this.#inTime();
    // A refresh meanwhile would present the old session, and its refusal clear the new cookies.
    return exclusively(this.#lock(before), async () => {
      const session = this.#read(await this.#post(path, body, this.session));
      this.#keep(session, "signed-in");
      return session;
    });
  }

  /**
   * Like the global fetch, with the access token. It refreshes first when the token expires
   * soon, and once more when the server refuses the token; a second refusal is the response.
   * The token is sent only to the API's own origin.
   * @returns {Promise<Response>}
   */
  async fetch(input, init) {
    const request = new Request(input instanceof Request ? input : this.#url(input), init);
    if (new URL(request.url).origin !== this.#url("/").origin) {
      throw new TypeError("ginauth: a token is not sent to another origin");
    }
    const used = await this.#inTime();
    const response = await this.#transport(authorized(request.clone(), used));
    if (!(await curable(response)) || (!used && this.#mode === "header")) {
      return response;
    }
    try {
      return await this.#transport(authorized(request, await this.#renew(used)));
    } catch (error) {
      if (error instanceof GinauthError) {
        return response;
      }
      throw error;
    }
  }

  /**
   * Gets new tokens now. Concurrent calls in all tabs share one refresh. If the server
   * refuses, the client is signed out. If the server cannot be reached, it stays signed in.
   * @throws {GinauthError} invalid_grant, token_missing, unavailable, unreachable
   * @returns {Promise<Session>}
   */
  refresh() {
    return this.#renew(this.session);
  }

  /**
   * Ends the session at the server, and signs out all tabs at once whatever the server says.
   * @throws {GinauthError} unavailable, unreachable: the session may still be alive
   */
  async logout() {
    const session = this.session;
    this.forget("logout");
    const body = session?.refreshToken ? { refresh_token: session.refreshToken } : {};
    if (session || this.#mode === "cookie") {
      await persist(() => this.#post(this.#paths.logout, body));
    }
  }

  /**
   * Drops the tokens in all tabs without a request to the server, for a session that has
   * already ended in another way, for example by "sign out everywhere".
   * @param {string} reason the reason in the event
   */
  forget(reason) {
    const session = this.session;
    if (session) {
      this.#channel.postMessage({ ended: session.sessionId, reason });
      this.#drop(reason, false);
    }
  }

  // Returns the session, refreshed first if its access token expires soon and a refresh
  // succeeds.
  async #inTime() {
    const session = this.session;
    if (!session || Date.now() < this.#refreshAt) {
      return session;
    }
    try {
      return await this.#renew(session);
    } catch (error) {
      if (!(error instanceof GinauthError)) {
        throw error;
      }
      // The old token may still be valid; if not, the server says so.
      this.#wakeAt(Date.now() + LATER * (0.5 + Math.random()));
      return this.session;
    }
  }

  // The name of the lock for getting tokens. Cookies are shared by the whole browser; in
  // header mode each tab can have its own session.
  #lock(session) {
    return this.#mode === "cookie" ? this.#name : `${this.#name} ${session?.sessionId ?? ""}`;
  }

  // Returns the session that replaces the one in seen.
  #renew(seen) {
    this.#refreshing ??= exclusively(this.#lock(seen), (waited) => this.#renewUnlessDone(seen, waited)).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #renewUnlessDone(seen, waited) {
    if (waited) { // another tab has most likely refreshed already
      await settled(() => this.session?.obtainedAt !== seen?.obtainedAt);
    }
    const current = this.session;
    if (!current && (seen || this.#mode === "header")) {
      throw new GinauthError(401, "token_missing", "Signed out");
    }
    if (current && current.obtainedAt !== seen?.obtainedAt) {
      return current; // another tab or an earlier call has refreshed
    }
    const body = current?.refreshToken ? { refresh_token: current.refreshToken } : {};
    try {
      // Presenting the same token again is safe: the server answers a repeated refresh with
      // the same successor.
      const session = this.#read(await persist(() => this.#post(this.#paths.refresh, body)));
      if (this.session?.sessionId !== current?.sessionId) {
        throw new GinauthError(401, "token_missing", "Signed out meanwhile");
      }
      this.#keep(session, "refreshed");
      return session;
    } catch (error) {
      if (error.status === 401 && current && this.session?.sessionId === current.sessionId) {
        this.forget(error.word);
      }
      throw error;
    }
  }

  async #post(path, body, session) {
    const request = authorized(new Request(this.#url(path), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
      keepalive: true, // sends a logout even while the page closes
    }), session);
    let response, text;
    try {
      response = await this.#transport(request);
      text = await response.text();
    } catch {
      throw new GinauthError(0, "unreachable", "The server did not answer");
    }
    const reply = object(text); // a proxy's own error is an HTML page
    if (!response.ok) {
      const wait = Number(response.headers.get("Retry-After")) || 0;
      throw new GinauthError(response.status, reply.error ?? "", reply.message ?? response.statusText, wait);
    }
    return reply;
  }

  #url(path) {
    return new URL(path, new URL(this.#base, location));
  }

  // Builds the session from a token reply.
  #read(reply) {
    if (this.#mode === "header" && !reply.access_token) {
      throw new TypeError('ginauth: the reply has no token; is the server in cookie mode? Then use mode: "cookie"');
    }
    const now = Date.now();
    return {
      sessionId: reply.session_id,
      obtainedAt: now,
      accessExpiresAt: now + reply.expires_in * 1000,
      refreshExpiresAt: now + reply.refresh_expires_in * 1000,
      accessToken: reply.access_token,
      refreshToken: reply.refresh_token,
    };
  }

  #keep(session, what) {
    this.#storage.setItem(this.#name, JSON.stringify(session));
    this.#channel.postMessage({ session, what });
    this.#tell(what, "", false);
  }

  #drop(reason, elsewhere) {
    this.#storage.removeItem(this.#name);
    this.#tell("signed-out", reason, elsewhere);
  }

  #tell(what, reason, elsewhere) {
    this.#known = this.session?.sessionId;
    this.#schedule();
    this.dispatchEvent(new CustomEvent("change", { detail: { what, reason, elsewhere } }));
  }

  // Handles a message from another tab.
  async #hear({ ended, reason, session, what }) {
    if (ended) {
      if (this.session?.sessionId === ended) {
        this.#drop(reason, true);
      } else if (this.#known === ended) {
        this.#tell("signed-out", reason, true); // the shared storage is already empty
      }
      return;
    }
    if (this.#storage === globalThis.localStorage) {
      await settled(() => this.session?.obtainedAt >= session.obtainedAt);
    } else if (this.session?.sessionId === session.sessionId && this.session.obtainedAt < session.obtainedAt) {
      // A duplicated tab has a copy of the sessionStorage and thus the same session. It needs
      // the new tokens, or its next refresh would look like theft.
      this.#storage.setItem(this.#name, JSON.stringify(session));
    }
    if (this.session?.sessionId === session.sessionId) {
      this.#tell(what, "", true);
    }
  }

  // Schedules the refresh ahead of the expiry: at a random moment in the last fifth of the
  // token's life, and within its last minute. The random moment keeps many clients from
  // refreshing at once.
  #schedule() {
    const session = this.session;
    if (!session) {
      this.#wakeAt(Infinity);
      return;
    }
    const ahead = Math.min(LONGEST_AHEAD, (session.accessExpiresAt - session.obtainedAt) / 5);
    this.#wakeAt(session.accessExpiresAt - ahead * (0.5 + Math.random() / 2));
  }

  // A hidden tab waits until it is used again: a forgotten tab must not keep its user signed
  // in.
  #wakeAt(time) {
    clearTimeout(this.#timer);
    this.#refreshAt = time;
    if (time < Infinity && document.visibilityState === "visible") {
      // A timer can fire slightly early, so the timer, not the clock, decides that it is time.
      const ring = () => {
        this.#refreshAt = 0;
        this.#inTime();
      };
      this.#timer = setTimeout(ring, Math.max(0, Math.min(time - Date.now(), LONGEST_TIMER)));
    }
  }
}

function authorized(request, session) {
  if (session?.accessToken) {
    request.headers.set("Authorization", `Bearer ${session.accessToken}`);
  }
  return request;
}

async function curable(response) {
  if (response.status !== 401) {
    return false;
  }
  return CURABLE.includes(object(await response.clone().text()).error);
}

// Parses a JSON object; anything else becomes an empty object.
function object(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

// Runs one task at a time across all tabs, and tells the task whether it had to wait. Without
// Web Locks (plain http to another machine) tabs run at the same time. That is safe too: the
// server answers repeated refreshes with one and the same successor.
//
// A tab that closes gives its lock back, but one that hangs does not. Whoever has waited long
// enough takes another lock in its place, as all who wait with it do.
async function exclusively(name, task) {
  if (!navigator.locks) {
    return task(false);
  }
  const free = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => lock && { result: await task(false) });
  if (free) {
    return free.result;
  }
  let mine = false;
  const turn = () => {
    mine = true;
    return task(true);
  };
  try {
    return await navigator.locks.request(name, { signal: AbortSignal.timeout(PATIENCE) }, turn);
  } catch (error) {
    if (mine) {
      throw error;
    }
    return exclusively(`${name} again`, task);
  }
}

// Repeats a request that had no answer, with growing pauses.
async function persist(task) {
  for (let n = 1; ; n++) {
    try {
      return await task();
    } catch (error) {
      if (!error.temporary || n === TRIES || error.retryAfter * 1000 > LONGEST_PAUSE) {
        throw error;
      }
      await pause(Math.max(error.retryAfter * 1000, 100 * 2 ** n) * (1 + Math.random()));
    }
  }
}

async function settled(done) {
  for (let waited = 0; waited < SETTLE && !done(); waited += 10) {
    await pause(10);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
