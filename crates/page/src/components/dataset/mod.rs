//! Parts of the Dataset page.

mod choose;
mod counts;
mod duplicates;
mod filters;
mod grid;
mod make;
mod means;
mod overview;
mod progress;
mod rejected;
mod row;
mod saved;
mod splits;
pub mod thumb;
mod viewer;
mod welcome;

pub use counts::Counts;
pub use duplicates::Duplicates;
pub use filters::Filters;
pub use grid::{Grid, IMAGES_ID};
pub use make::Make;
pub use means::Means;
pub use overview::Overview;
pub use progress::{Closed, Failed, Progress};
pub use rejected::Rejected;
pub use saved::SaveSet;
pub use splits::Splits;
pub use viewer::Viewer;
pub use welcome::Welcome;
