//! What page and engine both need of the browser.
//!
//! - [`console`]: the log, in the browser's console.
//! - [`site`]: the addresses of the site's files, and workers started from them.
//! - [`wire`]: commands and events as messages between page and worker.
//! - [`value`]: handles on JavaScript values.
//! - [`thrown`]: what JavaScript throws, as text.

pub mod console;
pub mod site;
pub mod thrown;
pub mod value;
pub mod wire;
