//! The pages of the app.

mod about;
mod dataset;
mod evaluation;
mod lesson;
mod live;
mod training;

pub use about::about;
pub use dataset::DatasetPage;
pub use evaluation::EvaluationPage;
pub use lesson::LessonPage;
pub use live::Live;
pub use training::TrainingPage;
