// A browser client for ginauth in one file without dependencies. Copy it into your project.
//
//   import { GinauthClient } from "./ginauth-client.js";
//   const auth = new GinauthClient();
//   await auth.login("user1", "password123");
//   const response = await auth.fetch("/protected");
//   auth.addEventListener("change", () => render(auth.session));
//   await auth.logout();
//
// What it takes care of: one refresh at a time over all tabs; a refresh whose answer was
// lost; refreshing ahead of the expiry; signing out in all tabs.
//
// Where to keep the tokens:
// - mode "cookie" (the server's Config.Cookies): no script sees a token. Best against cross-site
//   scripting, needs one origin for page and API. The storage then holds times and ids only.
// - mode "header" with sessionStorage, the default: a login per tab, gone when the tab closes.
// - mode "header" with localStorage: one login for all tabs, kept when the browser restarts.
// In both storages any script of the page's origin can read the tokens.

const TRIES = 5; // of a refresh or a logout that has no answer
const TIMEOUT = 10_000; // ms, each try
const LONGEST_AHEAD = 60_000; // ms before the expiry
const LATER = 10_000; // ms, after a refresh ahead that failed
const LONGEST_TIMER = 2 ** 31 - 1; // ms, setTimeout's limit
const SETTLE = 500; // ms, at most, until what one tab has stored reaches another

// The refusals that a new access token may cure.
const CURABLE = ["token_missing", "token_expired", "token_revoked", "token_invalid"];

/**
 * What the client knows of the login. Times are milliseconds of this machine's clock.
 * @typedef {object} Session
 * @property {string} sessionId
 * @property {number} obtainedAt when the tokens came
 * @property {number} accessExpiresAt
 * @property {number} refreshExpiresAt
 * @property {string} [accessToken] in header mode only
 * @property {string} [refreshToken] in header mode only
 */

/** A refusal of the server, or no answer: then status is 0 and word "unreachable". */
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
 * A user's login in this browser. Dispatches "change" events whose detail is
 * {what: "signed-in" | "refreshed" | "signed-out", reason: string, elsewhere: boolean};
 * elsewhere: in another tab.
 */
export class GinauthClient extends EventTarget {
  #mode;
  #base;
  #paths;
  #storage;
  #name;
  #transport;
  #channel;
  #known; // the id of the session that the page has been told of
  #refreshing = null;
  #refreshAt = Infinity;
  #timer = 0;

  /**
   * @param {object} [options]
   * @param {"header" | "cookie"} [options.mode] how tokens travel; default "header"
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
   * The login as stored now; null: signed out. In cookie mode it can be null although
   * the cookies are there, when the storage was cleared: refresh() finds out.
   * @returns {Session | null}
   */
  get session() {
    return JSON.parse(this.#storage.getItem(this.#name));
  }

  /**
   * Begins a session. One that this client had before is ended by the server.
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
    // The cookies of a refresh that is answered late would take the place of the login's.
    return this.#mode === "cookie" ? exclusively(this.#lock(), begin) : begin();
  }

  /**
   * Like the global fetch, with the access token. Refreshes first when it is time to, and
   * once more when the server refuses the token; a refusal after that is the response.
   * The token goes to the API's own origin only.
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
   * Gets new tokens now. Calls at the same time, in all tabs, share one refresh. When the
   * server refuses, the client is signed out; when it cannot be reached, it is not.
   * @throws {GinauthError} invalid_grant, token_missing, unavailable, unreachable
   * @returns {Promise<Session>}
   */
  refresh() {
    return this.#renew(this.session);
  }

  /**
   * Ends the session, here and in all tabs at once, whatever the server says.
   * @throws {GinauthError} unavailable, unreachable: the session may still live there
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
   * Drops the tokens in all tabs without telling the server: for a session that was ended
   * in another way, such as "sign out everywhere".
   * @param {string} reason the event's
   */
  forget(reason) {
    const session = this.session;
    if (session) {
      this.#channel.postMessage({ ended: session.sessionId, reason });
      this.#drop(reason, false);
    }
  }

  // The session with an access token that is good for a while, if that can be had.
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
      // The old token may still do; if not, the server will say so.
      this.#wakeAt(Date.now() + LATER * (0.5 + Math.random()));
      return this.session;
    }
  }

  // The name of the lock under which tokens are got. Cookies are those of the whole browser;
  // in header mode tabs can have sessions of their own.
  #lock(session) {
    return this.#mode === "cookie" ? this.#name : `${this.#name} ${session?.sessionId ?? ""}`;
  }

  // The session that comes after the one that was seen.
  #renew(seen) {
    this.#refreshing ??= exclusively(this.#lock(seen), (waited) => this.#renewUnlessDone(seen, waited)).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #renewUnlessDone(seen, waited) {
    if (waited) { // another tab has most likely done it
      await settled(() => this.session?.obtainedAt !== seen?.obtainedAt);
    }
    const current = this.session;
    if (!current && (seen || this.#mode === "header")) {
      throw new GinauthError(401, "token_missing", "Signed out");
    }
    if (current && current.obtainedAt !== seen?.obtainedAt) {
      return current; // another tab, or an earlier call, has done it
    }
    const body = current?.refreshToken ? { refresh_token: current.refreshToken } : {};
    try {
      // Asking again with the same token is safe: the server answers a repeated refresh
      // with the successor that it has already made.
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

  async #post(path, body) {
    const request = new Request(this.#url(path), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
      keepalive: true, // a logout is sent although the page is being closed
    });
    let response, text;
    try {
      response = await this.#transport(request);
      text = await response.text();
    } catch {
      throw new GinauthError(0, "unreachable", "The server did not answer");
    }
    const reply = object(text); // a proxy's own error is a page
    if (!response.ok) {
      const wait = Number(response.headers.get("Retry-After")) || 0;
      throw new GinauthError(response.status, reply.error ?? "", reply.message ?? response.statusText, wait);
    }
    return reply;
  }

  #url(path) {
    return new URL(path, new URL(this.#base, location));
  }

  // The session of a token reply.
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

  // What another tab has done.
  async #hear({ ended, reason, session, what }) {
    if (ended) {
      if (this.session?.sessionId === ended) {
        this.#drop(reason, true);
      } else if (this.#known === ended) {
        this.#tell("signed-out", reason, true); // the storage that the tabs share is empty already
      }
      return;
    }
    if (this.#storage === globalThis.localStorage) {
      await settled(() => this.session?.obtainedAt >= session.obtainedAt);
    } else if (this.session?.sessionId === session.sessionId && this.session.obtainedAt < session.obtainedAt) {
      // A tab that was duplicated has a copy of the sessionStorage, and with it the same
      // session: it needs the new tokens, or its next refresh would look like a thief's.
      this.#storage.setItem(this.#name, JSON.stringify(session));
    }
    if (this.session?.sessionId === session.sessionId) {
      this.#tell(what, "", true);
    }
  }

  // Sets when to refresh ahead: somewhere in the last fifth of the token's life, at most a
  // minute before its end, and by chance, so that many clients do not come at once.
  #schedule() {
    const session = this.session;
    if (!session) {
      this.#wakeAt(Infinity);
      return;
    }
    const ahead = Math.min(LONGEST_AHEAD, (session.accessExpiresAt - session.obtainedAt) / 5);
    this.#wakeAt(session.accessExpiresAt - ahead * (0.5 + Math.random() / 2));
  }

  // A hidden tab waits until it is used: nobody is kept signed in by a forgotten tab.
  #wakeAt(time) {
    clearTimeout(this.#timer);
    this.#refreshAt = time;
    if (time < Infinity && document.visibilityState === "visible") {
      // A timer can fire a moment early, so that it, and not the clock, says that it is time.
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

// A JSON object, or an empty one.
function object(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

// Runs one task at a time over all tabs, and tells it whether it had to wait. Without Web
// Locks (plain http to another machine) tabs run at the same time, and the server's answer
// to repeated refreshes, one and the same successor, keeps them together.
async function exclusively(name, task) {
  if (!navigator.locks) {
    return task(false);
  }
  const free = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => lock && { result: await task(false) });
  return free ? free.result : navigator.locks.request(name, () => task(true));
}

// Repeats what had no answer, later each time.
async function persist(task) {
  for (let n = 1; ; n++) {
    try {
      return await task();
    } catch (error) {
      if (!error.temporary || n === TRIES) {
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
