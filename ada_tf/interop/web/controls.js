// Small helpers of controls: what is found by its name, made with its label, and heard.

export function element(name) {
  return document.getElementById(name);
}

export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// A slider below its label and value: { box, input, show }.
export function slider(name, label, { min, max, step, value }, changed) {
  const input = make("input", { type: "range", id: name });
  Object.assign(input, { min, max, step, value }); // after the type, and the value after its bounds
  const output = make("output");
  output.htmlFor.add(name);
  const box = make("div", { className: "control" }, label, output, input);
  const show = (number) => {
    input.value = number;
    output.textContent = shownNumber(number);
  };
  input.addEventListener("input", () => changed(Number(input.value)));
  show(value);
  return { box, input, show };
}

export function shownNumber(number) {
  return Number(number.toPrecision(3)).toString().replace("-", "−");
}

// Seeds that people type; null is none.
export function seedIn(input) {
  const number = Number(input.value);
  const known = input.value.trim() !== "" && Number.isInteger(number) && number >= 0 && number < 2 ** 32;
  input.setAttribute("aria-invalid", String(!known));
  return known ? number : null;
}

export function randomSeed() {
  return Math.floor(Math.random() * 1e6);
}
