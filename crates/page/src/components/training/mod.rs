//! Parts of the Training page.

mod adopt;
mod available;
mod choices;
mod confusion;
mod cross;
mod curves;
mod field;
mod form;
mod library;
mod onnx;
mod preview;
mod run;
mod setup;
mod show;
mod table;
mod unfinished;

pub use available::available_networks;
pub use cross::CrossResult;
pub use field::read;
pub use library::Library;
pub use onnx::OnnxForm;
pub use run::run_view;
pub use setup::Setup;
pub use show::show_switch;
pub use unfinished::Unfinished;
