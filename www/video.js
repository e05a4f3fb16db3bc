// A worker that decodes a video from its start to its end, with WebCodecs and the program of crates/video, which it fetches. Receives a
// File, and answers [true] if it can. Then receives [target, known] in seconds: a position, and the time of the newest frame that is
// known, or null. Answers [bitmap, time, next, broken]: the frame that is shown there, without a bitmap if it is known; the time of the
// frame after it, null if there is none; and whether the file breaks off there. Or [null] if it cannot go on. While it works on a question
// it says 0 after each step of opening a file, and in every second in which the decoder did something: who hears nothing for long may give
// it up.
import { fetched } from "./fetched.js";

const AHEAD = 4;
const QUEUED = 4;
const SAID_EVERY = 1000;

let program, config, turn, decoder, wake;
let frames = [];
// When it said something last.
let said = 0;
// Questions are answered one after the other.
let answered = Promise.resolve();
// Whether frames before the first one here were left out, all packets are in the decoder, all frames are out of it, it failed, and the
// file breaks off.
let passed, fed, flushed, failed, broken;

const content = () => new Uint8Array(program.memory.buffer, program.bytes(), program.length());

const say = (answer, beside = []) => {
  said = performance.now();
  postMessage(answer, beside);
};

// Begins at the last key frame that is not after a position in microseconds.
const start = at => {
  frames.forEach(frame => frame.close());
  frames = [];
  fed = flushed = failed = broken = false;
  passed = at > 0;
  const wakes = () => {
    if (!wake) return;
    if (performance.now() - said > SAID_EVERY) say(0);
    wake();
  };
  const fails = () => {
    failed = true;
    wakes();
  };
  const output = frame => {
    // one before the start is only needed for others
    if (frame.timestamp < 0) frame.close();
    else frames.push(frame);
    wakes();
  };
  decoder = new VideoDecoder({ output, error: fails });
  decoder.ondequeue = wakes;
  decoder.configure(config);
};

const open = async file => {
  const reader = new FileReaderSync();
  const read = (offset, pointer, length) => {
    try {
      const piece = new Uint8Array(reader.readAsArrayBuffer(file.slice(offset, offset + length)));
      new Uint8Array(program.memory.buffer, pointer, piece.length).set(piece);
      return piece.length;
    } catch {
      return -1;
    }
  };
  say(0);
  const bytes = await fetched("video.wasm");
  say(0);
  program = (await WebAssembly.instantiate(bytes, { video: { read } })).instance.exports;
  if (program.open(file.size) !== 1) return false;
  say(0);
  const format = JSON.parse(new TextDecoder().decode(content()));
  program.describe();
  turn = format.turn;
  config = { codec: format.codec };
  if (program.length()) config.description = content().slice();
  if (format.color) config.colorSpace = format.color;
  if (format.aspect) [config.displayAspectWidth, config.displayAspectHeight] = format.aspect;
  return (await VideoDecoder.isConfigSupported(config)).supported;
};

// Gives the decoder what it has room for.
const feed = () => {
  while (!fed && !failed && decoder.decodeQueueSize < QUEUED) {
    const found = program.next();
    if (found === 1) {
      const type = program.is_key() ? "key" : "delta";
      decoder.decode(new EncodedVideoChunk({ type, timestamp: program.time(), data: content() }));
      continue;
    }
    const flushes = decoder;
    fed = true;
    broken = found === -2;
    const ends = ended => () => {
      if (flushes !== decoder) return;
      [flushed, failed] = [ended, !ended];
      wake?.();
    };
    decoder.flush().then(ends(found !== -1), ends(false));
  }
};

const picture = frame => {
  const { displayWidth: width, displayHeight: height } = frame;
  if (!turn && !config.displayAspectWidth) return createImageBitmap(frame);
  const upright = turn % 180 === 0;
  const canvas = new OffscreenCanvas(upright ? width : height, upright ? height : width);
  const context = canvas.getContext("2d");
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((turn * Math.PI) / 180);
  context.drawImage(frame, -width / 2, -height / 2, width, height);
  return canvas.transferToImageBitmap();
};

const find = async (target, known) => {
  const at = Math.round(target * 1e6);
  if (!decoder || (passed && !(frames[0]?.timestamp <= at))) {
    // a decoder that failed is closed
    if (decoder && decoder.state !== "closed") decoder.close();
    if (program.restart(at) !== 1) throw new Error("it does not begin there");
    start(at);
  }
  for (;;) {
    while (frames.length > 1 && frames[1].timestamp <= at) {
      frames.shift().close();
      passed = true;
    }
    if (frames.length > 1 || flushed) break;
    if (failed) throw new Error("it does not go on");
    feed();
    await new Promise(done => (wake = done));
    wake = null;
  }
  const [frame, next] = frames;
  const time = frame.timestamp / 1e6;
  const bitmap = time > (known ?? -1) ? await picture(frame) : null;
  if (frames.length < AHEAD) feed();
  return [bitmap, time, next ? next.timestamp / 1e6 : null, !next && broken];
};

const answer = async question => {
  try {
    const found = question instanceof File ? [await open(question)] : await find(...question);
    say(found, found[0] instanceof ImageBitmap ? [found[0]] : []);
  } catch {
    say([null]);
  }
};

onmessage = ({ data }) => (answered = answered.then(() => answer(data)));
