// Out of the page: the picture as PNG, w as .npz, the command to the clipboard.

import { about } from "./blocks.js";
import { commandOf, fileName, packetOf } from "./command.js";
import { element, make } from "./controls.js";
import { npzOf } from "./npz.js";
import { pngOf } from "./png.js";

// `current` gives the picture that is shown, { state, ws, bytes }, or null.
export function startSaving(current, say) {
  element("save-png").addEventListener("click", async () => {
    const made = current();
    if (!made) return;
    const file = await pngOf(made.bytes, about.shape, packetOf(made.state));
    save(file, fileName(made.state, "png"), "image/png");
  });
  element("save-w").addEventListener("click", () => {
    const made = current();
    if (!made) return;
    const shape = [1, about.num_ws, about.w_dim];
    save(npzOf("w", made.ws, shape), fileName(made.state, "npz"), "application/zip");
  });
  element("copy").addEventListener("click", async () => {
    const made = current();
    if (!made) return;
    try {
      await navigator.clipboard.writeText(commandOf(made.state));
      say("Copied.");
    } catch {
      getSelection().selectAllChildren(element("command"));
      say("Selected; copy it with the keyboard or the menu.");
    }
  });
}

function save(bytes, name, type) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
