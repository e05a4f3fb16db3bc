//! What goes wrong between page and engine, on the page's side; the page words it.

/// Why the engine cannot be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The page does not name the engine's program.
    Unnamed,
    /// That program did not arrive.
    Missing,
    /// A command could not be written.
    Unwritable,
    /// What the engine said could not be read.
    Unreadable,
}
