//! How the network fares on spoilt images.

mod breaker;
mod compare;
mod drawings;
mod lab;
mod table;

pub use breaker::{FaceBreaker, SetBreaker, knobs};
pub use lab::Lab;
