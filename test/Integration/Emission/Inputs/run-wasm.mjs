// run-wasm.mjs MODULE HEADER PREFIX X.f32 OUT.f32: inference in WebAssembly, with
// the few functions of a C library that the module asks for.
import fs from "fs";

const [moduleFile, headerFile, prefix, input, output] = process.argv.slice(2);
const header = fs.readFileSync(headerFile, "utf8");
const getNumber = (name) =>
  Number(header.match(new RegExp(`define ${prefix.toUpperCase()}_${name} (\\d+)`))[1]);
const contextBytes = getNumber("CONTEXT_BYTES");
const outputBytes = getNumber("OUTPUT_0_ROW_SIZE") * 4;
const x = fs.readFileSync(input);
const rows = x.length / (getNumber(process.argv[7]) * 4);

let memory;
const bytes = () => new Uint8Array(memory.buffer);
const env = {
  memcpy: (to, from, count) => (bytes().copyWithin(to, from, from + count), to),
  memset: (to, value, count) => (bytes().fill(value, to, to + count), to),
  aligned_alloc: () => 0,
  free: () => {},
};
const { instance } = await WebAssembly.instantiate(fs.readFileSync(moduleFile), { env });
memory = instance.exports.memory;
const call = (name, ...values) => {
  const status = instance.exports[`${prefix}_${name}`](...values);
  if (status !== 0) throw new Error(`${name} returns ${status}`);
};

const start = (instance.exports.__heap_base.value + 63) & ~63;
const slot = start + contextBytes, inputs = slot + 64, outputs = inputs + x.length;
memory.grow(Math.ceil((outputs + rows * outputBytes) / 65536));
call("create", start, contextBytes, slot);
bytes().set(x, inputs);
const context = new Uint32Array(memory.buffer)[slot / 4];
call("infer", context, inputs, outputs, BigInt(rows));
fs.writeFileSync(output, bytes().slice(outputs, outputs + rows * outputBytes));
