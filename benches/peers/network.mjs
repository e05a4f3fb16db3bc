// Reads a weights file of this project: networks of the kind `vgg`, with batch norm folded into the convolutions.

/** The added term below the root of batch norm, as in the project's networks. */
const EPSILON = 1e-5;

/**
 * The layers of a network: `stages`, each a list of 3×3 convolutions with ReLU `{ inputs, outputs, weights, bias }`
 * (`weights` as `[outputs, inputs, 3, 3]`) before 2×2 max-pooling; then the mean of each channel and `head`
 * (`weights` as `[inputs, outputs]`), whose logits are not divided by the temperature, as those of `mien-inference`.
 */
export function readNetwork(bytes) {
  const { tensors, metadata } = readSafetensors(bytes);
  const { vgg } = JSON.parse(metadata.architecture);
  if (!vgg) throw new Error("only networks of the kind `vgg` are compared");
  let inputs = 1;
  const stages = vgg.stages.map(([outputs, count], stage) =>
    Array.from({ length: count }, (_, layer) => {
      const path = `Vgg.stages.${stage}.layers.${layer}`;
      const convolution = { inputs, outputs, ...fold(tensors, path) };
      inputs = outputs;
      return convolution;
    }),
  );
  const values = (name) => tensors.get(name).values;
  const head = { inputs, outputs: 7, weights: values("Vgg.head.weight"), bias: values("Vgg.head.bias") };
  return { stages, head };
}

function fold(tensors, path) {
  const values = (name) => tensors.get(`${path}.${name}`).values;
  const [gamma, beta] = [values("norm.gamma"), values("norm.beta")];
  const [mean, variance] = [values("norm.running_mean"), values("norm.running_var")];
  const scale = gamma.map((value, index) => value / Math.sqrt(variance[index] + EPSILON));
  const weights = values("conv.weight");
  const size = weights.length / scale.length;
  return {
    weights: weights.map((value, index) => value * scale[Math.floor(index / size)]),
    bias: beta.map((value, index) => value - mean[index] * scale[index]),
  };
}

/** The tensors of a safetensors file as f32, by name; 8-bit tensors have a scale for each first index. */
function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const { __metadata__: metadata = {}, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const read = ({ dtype, data_offsets: [start, end] }) => {
    const data = bytes.slice(8 + length + start, 8 + length + end).buffer;
    switch (dtype) {
      case "F32": return new Float32Array(data);
      case "F16": return Float32Array.from(new Uint16Array(data), half);
      case "I8": return Float32Array.from(new Int8Array(data));
      default: throw new Error(`tensors of type ${dtype} are not read`);
    }
  };
  const tensors = new Map();
  for (const [name, entry] of Object.entries(header)) {
    let values = read(entry);
    if (entry.dtype === "I8") {
      const scale = read(header[`${name}.scale`]);
      const size = values.length / scale.length;
      values = values.map((value, index) => value * scale[Math.floor(index / size)]);
    }
    tensors.set(name, { values, shape: entry.shape });
  }
  return { tensors, metadata };
}

/** A number of 16 bits, given as an integer. */
function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
