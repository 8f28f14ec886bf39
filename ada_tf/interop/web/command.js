// The line of ada-generate that makes the picture that is shown.

import { about } from "./blocks.js";
import { isSeed, seedAt } from "./state.js";

// Whether a seed, a label and truncation say it all. Else it takes a file of w.
export function isPlain(state) {
  return isSeed(state) && !state.mixLayers.some(Boolean) && !state.amounts.some(Boolean);
}

export function fileName(state, ending) {
  const place = isPlain(state) ? `seed${String(seedAt(state.x, state.y)).padStart(4, "0")}` : "w";
  return `${about.name.replace(/[^\w.-]+/g, "-")}-${place}.${ending}`;
}

export function commandOf(state) {
  return ["ada-generate", about.name, ...wordsOf(state), "--outdir=out"].map(quoted).join(" ");
}

function wordsOf(state) {
  const words = [];
  if (isPlain(state)) {
    words.push(`--seeds=${seedAt(state.x, state.y)}`);
    if (state.psi !== 1) words.push(`--trunc=${state.psi}`);
    if (about.truncates && about.classes + about.attributes.length && state.toward !== "class") {
      words.push(`--trunc_towards=${state.toward}`);
    }
    words.push(...labelWords(state));
  } else {
    words.push(`--ws=${fileName(state, "npz")}`);
  }
  if (about.noise && !state.noise) words.push("--noise_mode=none");
  return words;
}

// What a saved picture says of itself, as ada_tf/marking.py has it: the packet of the network with the
// flags that make the picture, if they say it all.
export function packetOf(state) {
  if (!isPlain(state)) return about.mark;
  const said = wordsOf(state).map((word) => {
    const [, name, text] = /^--([a-z_]+)=(.*)$/s.exec(word);
    return ` ada:flag-${name}="${escaped(text)}"`;
  });
  return about.mark.replace("/></rdf:RDF>", () => `${[' ada:command="ada-generate"', ...said].join("")}/></rdf:RDF>`);
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => ESCAPES[letter]);
}

function labelWords({ classes: [first, second], share, attributes }) {
  const words = [];
  if (about.classes) {
    if (share === 0 || first === second) words.push(`--class=${className(first)}`);
    else if (share === 1) words.push(`--class=${className(second)}`);
    else words.push(`--class=${partName(first)}:${rounded(1 - share)},${partName(second)}:${share}`);
  }
  const given = about.attributes
    .map((name, i) => ({ name, value: attributes[i], usual: about.ranges[i]?.[1] ?? 0 }))
    .filter(({ value, usual }, i) => value !== usual || (!about.classes && i === 0));
  if (given.length) words.push(`--label=${given.map(({ name, value }) => `${name}:${value}`).join(",")}`);
  return words;
}

export function className(number) {
  return about.class_names[number] ?? String(number);
}

// In a list of shares, commas and colons stand for themselves; the number of a class says it as well.
function partName(number) {
  return /[:,]/.test(className(number)) ? String(number) : className(number);
}

export function rounded(number) {
  return Number(number.toPrecision(6));
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
