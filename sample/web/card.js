// The card of one device: its state and its buttons.
import { countdown } from "./format.js";
import { attempt } from "./log.js";
import { element, mode } from "./page.js";

/**
 * @param {string} label
 * @param {object} on handlers: login, call, refresh, logout, change, replay, ghost
 */
export function deviceCard(label, on) {
  const root = document.querySelector("#device").content.cloneNode(true).firstElementChild;
  const part = (name) => root.querySelector(`[data-${name}]`);
  const form = part("login");
  let session = null;

  part("title").textContent = label;
  root.setAttribute("aria-label", label);
  wireForm(form, on.login);
  wireChange(part("change"), on.change);
  for (const button of root.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => busy(button, () => on[button.dataset.do]()));
  }
  if (mode === "cookie") {
    part("summary").textContent = "What the server reads in the token (no script can)";
    part("jwt").hidden = true;
    root.querySelector("[data-do=replay]").hidden = true;
  }
  part("details").open = matchMedia("(min-width: 621px)").matches;
  setInterval(tick, 250);

  function tick() {
    if (session) {
      const left = session.accessExpiresAt - Date.now();
      part("left").textContent = countdown(left);
      part("bar").value = Math.max(0, left / (session.accessExpiresAt - session.obtainedAt));
    }
  }

  function say(text, kind) {
    part("banner").textContent = text;
    part("banner").className = `banner ${kind}`;
    part("banner").hidden = false;
  }

  function live(state) {
    part("live").textContent = { open: "live", lost: "reconnecting", revoked: "dropped", refused: "dropped" }[state] ?? state;
    part("live").dataset.state = state;
  }

  return {
    element: root,
    say,
    live,

    /** Shows a signed-in device. token: decoded, null in cookie mode. */
    show(now, claims, token) {
      session = now;
      form.hidden = part("banner").hidden = part("after").hidden = true;
      part("in").hidden = false;
      part("user").textContent = claims.role ? `${claims.sub} (${claims.role})` : claims.sub;
      part("generation").textContent = claims.gen;
      part("claims").replaceChildren(...Object.entries(claims).map(claim));
      if (token) {
        part("jwt").replaceChildren(...coloured(token));
      }
      tick();
    },

    /** Shows a signed-out device. ghost: it has tokens to try again. */
    end(text, kind, ghost) {
      session = null;
      form.hidden = false;
      part("in").hidden = true;
      part("after").hidden = !ghost;
      live(kind === "bad" ? "revoked" : "signed out");
      say(text, kind);
    },
  };
}

function wireForm(form, login) {
  const chips = [...form.querySelectorAll("[data-name]")];
  const fill = ({ dataset }) => {
    form.elements.username.value = dataset.name;
    form.elements.password.value = dataset.password;
    press();
  };
  const press = () => {
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", chip.dataset.name === form.elements.username.value);
    }
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => fill(chip));
  }
  form.addEventListener("input", press);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(event.submitter, () => login(form.elements.username.value, form.elements.password.value));
  });
  fill(chips[0]);
}

function wireChange(form, change) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { old, next } = form.elements;
    busy(event.submitter, async () => {
      await change(old.value, next.value);
      form.reset();
    });
  });
}

// Ignores further clicks while one is in progress.
async function busy(button, work) {
  button.disabled = true;
  try {
    await attempt(work);
  } finally {
    button.disabled = false;
  }
}

// Shows one claim: its value and, for a time, what it means.
function claim([name, value]) {
  const time = ["auth_time", "exp", "iat", "nbf"].includes(name);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return element("div", { title: time ? text : "" },
    element("dt", {}, name),
    element("dd", {}, time ? new Date(value * 1000).toLocaleTimeString("en-GB") : text));
}

// Shows header, payload and signature of a token in their colours, shortened.
function coloured({ parts, header }) {
  const [head, payload, signature] = parts;
  const span = (className, text, title) => element("span", { className, title }, text);
  return [
    span("jwt-head", `${head.slice(0, 26)}…`, JSON.stringify(header)), ".",
    span("jwt-body", `${payload.slice(0, 22)}…`, "the claims below"), ".",
    span("jwt-sign", `${signature.slice(0, 6)}…`, "the signature, which only servers can check"),
  ];
}
