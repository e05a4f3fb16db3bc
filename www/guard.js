// Removes browser functions that could send data despite the content security policy. The page does not need them.
// `docs/privacy.md` describes what this cannot prevent.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) {
  delete self[name];
}
self.open = () => null;
self.navigation?.addEventListener("navigate", event => {
  const leaves = new URL(event.destination.url).origin !== location.origin;
  // links that the user clicks are allowed
  if (leaves && !event.userInitiated && event.cancelable) {
    event.preventDefault();
  }
});
