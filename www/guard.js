// Closes ways out that a content security policy leaves open. The page needs none of them, so they are gone for all code
// that runs in it. `docs/privacy.md` tells what this cannot stop.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) {
  delete self[name];
}
self.open = () => null;
self.navigation?.addEventListener("navigate", event => {
  const leaves = new URL(event.destination.url).origin !== location.origin;
  // a link that a visitor clicked is the visitor's own choice
  if (leaves && !event.userInitiated && event.cancelable) {
    event.preventDefault();
  }
});
