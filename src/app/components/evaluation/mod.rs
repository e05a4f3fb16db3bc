//! Parts of the Evaluation page.

mod calibration;
mod classes;
mod closeup;
mod compare;
mod curves;
mod figure;
mod gallery;
mod image;
mod matrix;
mod metrics;
mod result;
mod runs;
mod setup;

pub use compare::Compare;
pub use result::ResultView;
pub use runs::Runs;
pub use setup::Setup;
