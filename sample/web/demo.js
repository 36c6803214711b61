// The demo page: connects the devices, the lists and the log.
import { wireAdmin } from "./admin.js";
import { Device } from "./device.js";
import { attempt } from "./log.js";
import { openNode } from "./moment.js";
import { watchNode } from "./node.js";
import { mode } from "./page.js";
import { wireSessions } from "./sessions.js";

const devices = [];
const showAdmin = wireAdmin();
const showSessions = wireSessions(
  (count) => count > 1 && done("second"),
  () => mode === "cookie" && done("drop"),
  () => devices,
);

function changed(device, what) {
  const step = { "signed-in": "login", called: "call", dropped: "drop", replayed: "theft" }[what];
  if (step) {
    done(step);
  }
  if (["signed-in", "refreshed", "signed-out"].includes(what)) {
    showSessions(devices.find(({ claims }) => claims) ?? null);
    showAdmin(devices.find(({ claims }) => claims?.role === "admin") ?? null);
  }
}

function done(step) {
  const item = document.querySelector(`[data-step=${step}]`);
  if (!item.classList.contains("done")) {
    item.classList.add("done");
    item.ariaLabel = `${item.textContent} (done)`;
  }
}

function addDevice(label, name) {
  const device = new Device({ label, name, changed });
  devices.push(device);
  document.querySelector("#devices").append(device.element);
  attempt(() => device.resume());
}

// Cookies belong to a host name, whatever the port. This machine has two names, so it can have
// two sets of cookies.
function addElsewhere() {
  const card = document.querySelector("#elsewhere").content.cloneNode(true);
  const twin = { "127.0.0.1": "localhost", localhost: "127.0.0.1" }[location.hostname];
  const link = card.querySelector("a");
  if (twin) {
    link.href = link.textContent = `${location.protocol}//${twin}:${location.port}/`;
  } else {
    link.parentElement.remove();
  }
  document.querySelector("#devices").append(card);
}

addDevice("This device", "ginauth-demo");
if (mode === "cookie") {
  addElsewhere();
} else {
  addDevice("Second device", "ginauth-demo-second");
}
document.querySelector("[data-open]").addEventListener("submit", (event) => {
  event.preventDefault();
  openNode(event.target.elements.url.value);
});
watchNode();
