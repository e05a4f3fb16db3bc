// The page's program waits until what the first label needs is there (see quick-start.js): together they would share the link.
await self.mienTurn;
