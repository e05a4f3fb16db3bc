// A worker that decodes and downscales a large picture. On the page's thread, browsers would do both synchronously and block
// the page. Receives [blob, width, height]; returns the bitmap, or null.
onmessage = async ({ data: [blob, resizeWidth, resizeHeight] }) => {
  try {
    const bitmap = await createImageBitmap(blob, { resizeWidth, resizeHeight, resizeQuality: "high" });
    postMessage(bitmap, [bitmap]);
  } catch {
    postMessage(null);
  }
};
