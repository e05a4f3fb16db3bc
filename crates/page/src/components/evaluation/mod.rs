//! Parts of the Evaluation page.

mod calibration;
mod classes;
mod compare;
mod curves;
pub mod figure;
mod gallery;
mod groups;
pub mod image;
mod image_detail;
pub mod matrix;
mod metrics;
mod result;
mod runs;
pub mod setup;

pub use compare::Compare;
pub use result::ResultView;
pub use runs::runs;
pub use setup::Setup;
