//! Adapting a network to one person by frames of looks that the person showed on request. `docs/fit.md` describes both ways.
//!
//! - `neutral` (0): the bias of the class neutral, from frames of a neutral look.
//! - `head` (0): the fully connected layer, from frames of several looks.

mod head;
mod neutral;

pub use head::{HEAD_PENALTY, Head, LabelledFeatures};
pub use neutral::{BIAS_LIMIT, NEUTRAL_LEAD, neutral_biases};
