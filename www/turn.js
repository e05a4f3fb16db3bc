// The page's program waits until what the first label needs is there (quick-start.js), since together they would share the link, and for
// the label itself if the sample was chosen (first-paint.js), since together they would share the processor.
await self.mienTurn;
await self.mienLabelled;
