//! Parts of the Evaluation page.

mod calibration;
mod classes;
mod compare;
mod curves;
pub mod figure;
mod gallery;
pub mod groups;
pub mod image;
mod image_detail;
pub mod matrix;
pub mod metrics;
mod result;
mod runs;
pub mod setup;

pub use compare::Compare;
pub use result::ResultView;
pub use runs::runs;
pub use setup::Setup;
