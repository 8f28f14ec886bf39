// The mixer of labels: two classes and how much of each, and a slider for each attribute.

import { about } from "./blocks.js";
import { className, rounded } from "./command.js";
import { element, make, shownNumber, slider } from "./controls.js";
import { change, follow, state } from "./state.js";

export function startLabels() {
  element("labels").hidden = about.classes + about.attributes.length === 0;
  element("classes").hidden = about.classes === 0;
  const selects = [element("class-a"), element("class-b")];
  selects.forEach((select, which) => {
    for (let number = 0; number < about.classes; number++) {
      select.append(make("option", { value: number, textContent: className(number) }));
    }
    select.addEventListener("change", () => {
      const classes = [...state.classes];
      classes[which] = Number(select.value);
      change({ classes });
    });
  });
  const share = element("share");
  share.addEventListener("input", () => change({ share: Number(share.value) }));
  const sliders = about.attributes.map((name, i) => {
    const [min, usual, max] = about.ranges[i] ?? [0, 0, 1];
    const step = (max - min) / 100 || 1;
    const made = slider(`attribute-${i}`, make("label", { htmlFor: `attribute-${i}`, textContent: name }),
      { min, max, step: "any", value: usual }, (value) => {
        const attributes = [...state.attributes];
        attributes[i] = rounded(Math.abs(value - usual) < step / 2 ? usual : value);
        change({ attributes });
      });
    element("attributes").append(made.box);
    return made;
  });
  follow(({ classes, share: part, attributes }) => {
    selects.forEach((select, which) => (select.value = classes[which]));
    share.value = part;
    element("share-value").textContent = shownNumber(part);
    sliders.forEach((made, i) => made.show(attributes[i]));
  });
}
