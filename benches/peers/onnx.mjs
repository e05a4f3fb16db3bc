// Writes a network as an ONNX model: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

/** The model as bytes: input `images` `[batch, 1, 48, 48]`, output `logits` `[batch, 7]`. */
export function writeOnnx({ stages, head }) {
  const [nodes, tensors] = [[], []];
  let current = "images";
  const add = (operation, inputs, attributes = []) => {
    const output = `${operation}_${nodes.length}`;
    nodes.push(node(operation, [current, ...inputs], output, attributes));
    current = output;
  };
  const constant = (dims, values) => {
    const name = `tensor_${tensors.length}`;
    tensors.push(tensor(name, dims, values));
    return name;
  };
  for (const layers of stages) {
    for (const { inputs, outputs, weights, bias } of layers) {
      add("Conv", [constant([outputs, inputs, 3, 3], weights), constant([outputs], bias)],
        [integers("kernel_shape", [3, 3]), integers("pads", [1, 1, 1, 1])]);
      add("Relu", []);
    }
    add("MaxPool", [], [integers("kernel_shape", [2, 2]), integers("strides", [2, 2])]);
  }
  add("GlobalAveragePool", []);
  add("Flatten", []);
  add("Gemm", [constant([head.inputs, head.outputs], head.weights), constant([head.outputs], head.bias)]);
  nodes.push(node("Identity", [current], "logits", []));
  const graph = [
    ...nodes.map((bytes) => message(1, bytes)),
    text(2, "network"),
    ...tensors.map((bytes) => message(5, bytes)),
    message(11, value("images", ["batch", 1, 48, 48])),
    message(12, value("logits", ["batch", 7])),
  ];
  const operators = flat([text(1, ""), number(2, 17)]);
  return flat([number(1, 8), message(8, operators), message(7, flat(graph))]);
}

// Protocol buffers: each field is a key (number and wire type), then a variable-length integer or a length and bytes.

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

const number = (field, value) => [...varint(field * 8), ...varint(value)];
const message = (field, bytes) => flat([varint(field * 8 + 2), varint(bytes.length), bytes]);
const text = (field, value) => message(field, new TextEncoder().encode(value));

function flat(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

function node(operation, inputs, output, attributes) {
  return flat([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, operation),
    ...attributes.map((attribute) => message(5, attribute)),
  ]);
}

/** An attribute of type INTS. */
function integers(name, values) {
  return flat([text(1, name), ...values.map((value) => number(8, value)), number(20, 7)]);
}

/** A tensor of type FLOAT. */
function tensor(name, dims, values) {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  return flat([...dims.map((size) => number(1, size)), number(2, 1), text(8, name), message(9, raw)]);
}

/** The name and shape of an input or output of type FLOAT. */
function value(name, dims) {
  const dimension = (size) => message(1, typeof size === "string" ? text(2, size) : number(1, size));
  const type = flat([number(1, 1), message(2, flat(dims.map(dimension)))]);
  return flat([text(1, name), message(2, message(1, type))]);
}
