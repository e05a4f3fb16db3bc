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
mod preview;
mod run;
mod setup;
mod show;
mod table;
mod unfinished;

pub use available::AvailableNetworks;
pub use cross::CrossResult;
pub use library::Library;
pub use run::RunView;
pub use setup::Setup;
pub use show::ShowSwitch;
pub use unfinished::Unfinished;
