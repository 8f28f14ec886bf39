// Runs the networks beside the page, whose controls never wait for a picture.

const sessions = {};
let ort = null;

const tasks = {
  async start({ runtime, binary, networks, provider, threads }) {
    // An address that the page makes is of another origin to a worker of a page from a disk.
    ort = await import(URL.createObjectURL(new Blob([runtime], { type: "text/javascript" })));
    ort.env.logLevel = "error";
    ort.env.wasm.wasmBinary = binary;
    ort.env.wasm.numThreads = threads;
    for (const [name, network] of Object.entries(networks)) {
      sessions[name] = await ort.InferenceSession.create(network, { executionProviders: [provider] });
    }
  },

  // Inputs are {name: [floats, sizes]}; the only output comes back.
  async run({ network, inputs }) {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, [floats, sizes]]) => [
        name,
        new ort.Tensor("float32", floats, sizes),
      ]),
    );
    const [output] = Object.values(await sessions[network].run(tensors));
    const floats = Float32Array.from(await output.getData());
    output.dispose();
    return floats;
  },
};

self.onmessage = async ({ data }) => {
  try {
    const result = await tasks[data.task](data);
    self.postMessage({ number: data.number, result }, result ? [result.buffer] : []);
  } catch (error) {
    self.postMessage({ number: data.number, error: String(error?.message ?? error) });
  }
};
