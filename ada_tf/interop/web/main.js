// The explorer: controls change the state, the state asks for pictures.

import { about } from "./blocks.js";
import { commandOf, isPlain } from "./command.js";
import { element, make, randomSeed, seedIn, shownNumber } from "./controls.js";
import { startDirections } from "./directions.js";
import { available, Engine, ENGINES } from "./engine.js";
import { History } from "./history.js";
import { startLabels } from "./labels.js";
import { Latents } from "./latents.js";
import { startMixing } from "./mixing.js";
import { Plane } from "./plane.js";
import { startSaving } from "./saving.js";
import { Show } from "./show.js";
import { change, follow, seedAt, SEEDS, state } from "./state.js";
import { startWalking } from "./walk.js";

const status = element("status");
const picture = element("picture");
const past = new History(element("history"), picture);
const show = new Show(picture, shown, failed);
const plane = new Plane(element("plane"), element("place"), show);
let current = null;
let engine = null;

function say(words, bad = false) {
  status.textContent = words;
  status.classList.toggle("bad", bad);
}

function shown(made) {
  current = made;
  const words = commandOf(made.state);
  picture.setAttribute("aria-label", `Picture of ${words}`);
  element("command").textContent = words;
  element("command-hint").hidden = isPlain(made.state);
  element("pace").textContent = paceOf(made.seconds);
  past.see(made.state);
  plane.fill();
}

// An engine that has worked may still run out of memory, or its card be taken away.
function failed(error) {
  const words = `${ENGINES[engine.kind]} stopped: ${error.message}`;
  if (engine.kind === "wasm") say(`${words}. Load the page again.`, true);
  else useEngine(["wasm"], [words]);
}

function paceOf(seconds) {
  return seconds > 0.6 ? `${shownNumber(seconds)} s a picture` : `${shownNumber(1 / seconds)} pictures a second`;
}

// The first kind of engine that starts and makes the right pictures.
async function useEngine(kinds, reasons = []) {
  engine?.stop();
  show.use(null);
  for (const kind of kinds) {
    say(`Starting ${ENGINES[kind]} …`);
    engine = new Engine(kind);
    const latents = new Latents(engine);
    try {
      await Promise.all([engine.start(), latents.load()]);
    } catch (error) {
      engine.stop();
      reasons.push(`${ENGINES[kind]}: ${error.message}`);
      continue;
    }
    element("engine").value = kind;
    const threads = kind === "wasm" ? `, ${engine.threads} thread${engine.threads > 1 ? "s" : ""}` : "";
    say([`Ready: ${ENGINES[kind]}${threads}`, ...reasons].join(" · "));
    show.use({ engine, latents });
    show.request(state);
    return;
  }
  say(`Nothing runs the network here. ${reasons.join(" · ")}`, true);
}

function startSeed() {
  const seed = element("seed");
  const go = (number) => change({ x: ((number % SEEDS) + SEEDS) % SEEDS, y: 0 });
  const nearest = () => seedAt(state.x, state.y);
  const random = () => go(randomSeed());
  seed.addEventListener("input", () => {
    const number = seedIn(seed);
    if (number !== null) go(number);
  });
  element("previous").addEventListener("click", () => go(nearest() - 1));
  element("next").addEventListener("click", () => go(nearest() + 1));
  element("random").addEventListener("click", random);
  follow(() => {
    if (document.activeElement !== seed) seed.value = nearest();
  });
  return random;
}

function startTruncation() {
  const psi = element("psi");
  element("psi-control").hidden = !about.truncates;
  element("toward-control").hidden = !about.truncates || about.classes + about.attributes.length === 0;
  element("noise-control").hidden = !about.noise;
  psi.addEventListener("input", () => change({ psi: Number(psi.value) }));
  element("toward").addEventListener("change", ({ target }) => change({ toward: target.value }));
  element("noise").addEventListener("change", ({ target }) => change({ noise: target.checked }));
  follow((now) => {
    psi.value = now.psi;
    element("psi-value").textContent = shownNumber(now.psi);
    element("toward").value = now.toward;
    element("noise").checked = now.noise;
  });
}

function startKeys(keys) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, button, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

const random = startSeed();
startTruncation();
startLabels();
startMixing();
startDirections();
startSaving(() => current, say);
const walk = startWalking();
startKeys({ " ": walk, r: random, R: random });
follow(() => plane.draw());
follow((now) => show.request(now));
change({});
element("made").textContent =
  `ada_tf ${about.ada_tf}, ONNX Runtime Web ${about.runtime}. Nothing leaves this page.`;
available().then((kinds) => {
  for (const kind of kinds) element("engine").append(make("option", { value: kind, textContent: ENGINES[kind] }));
  element("engine").addEventListener("change", ({ target }) => useEngine([target.value]));
  return useEngine(kinds);
});
