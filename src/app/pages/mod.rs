//! The pages of the app.

mod about;
mod live;

pub use about::About;
pub use live::Live;
