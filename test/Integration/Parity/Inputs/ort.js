// Runs an ONNX file by ONNX Runtime, whose package is found as Node finds any, or in the folder $KEEL_ORT.
//
// usage: node ort.js [{"model": FILE, "inputs": {NAME: {"file": FILE, "shape": [...]}}, "output": FILE}]
//
// Files hold float32 as they lie in memory; the first output's shape is printed. Without an argument: whether it can.
const fs = require("fs");
const places = [__dirname];
if (process.env.KEEL_ORT) places.unshift(process.env.KEEL_ORT);
const ort = require(require.resolve("onnxruntime-node", {paths: places}));

async function run(request) {
  const feeds = {};
  for (const [name, {file, shape}] of Object.entries(request.inputs)) {
    const bytes = fs.readFileSync(file);
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    feeds[name] = new ort.Tensor("float32", values, shape);
  }
  const session = await ort.InferenceSession.create(request.model);
  const result = (await session.run(feeds))[session.outputNames[0]];
  const data = result.data;
  fs.writeFileSync(request.output, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  console.log(JSON.stringify(result.dims.map(Number)));
}

if (process.argv.length > 2)
  run(JSON.parse(process.argv[2])).catch((error) => {
    console.error(String(error));
    process.exit(1);
  });
