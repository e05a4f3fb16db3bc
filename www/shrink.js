// A worker that decodes a large picture and makes it smaller. Browsers do both on the page's own thread if asked there,
// and the page would stand still for as long as it takes. Gets [blob, width, height]; answers the bitmap, or null.
onmessage = async ({ data: [blob, resizeWidth, resizeHeight] }) => {
  try {
    const bitmap = await createImageBitmap(blob, { resizeWidth, resizeHeight, resizeQuality: "high" });
    postMessage(bitmap, [bitmap]);
  } catch {
    postMessage(null);
  }
};
