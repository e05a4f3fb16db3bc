//! Parts of the Training page.

mod adopt;
mod choices;
mod confusion;
mod cross;
mod curves;
mod field;
mod form;
mod library;
mod offers;
mod preview;
mod run;
mod setup;
mod show;
mod table;
mod unfinished;

pub use cross::CrossResult;
pub use library::Library;
pub use offers::Offers;
pub use run::RunView;
pub use setup::Setup;
pub use show::ShowSwitch;
pub use unfinished::Unfinished;
