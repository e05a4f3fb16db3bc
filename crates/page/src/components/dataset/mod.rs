//! Parts of the Dataset page.

mod add_images;
mod another_order;
mod buttons;
mod class_distribution;
mod crop_faces;
mod duplicates;
mod filters;
mod grid;
mod label_order;
mod mean_faces;
mod near_duplicates;
mod overview;
mod progress;
mod rejected;
mod row;
mod saved;
mod splits;
pub mod thumb;
mod viewer;
mod welcome;

pub use add_images::AddImages;
pub use class_distribution::ClassDistribution;
pub use duplicates::Duplicates;
pub use filters::filters;
pub use grid::{Grid, IMAGES_ID};
pub use label_order::LabelOrderTable;
pub use mean_faces::MeanFaces;
pub use near_duplicates::{NearDuplicates, near_progress};
pub use overview::Overview;
pub use progress::{closed, failed, progress};
pub use rejected::Rejected;
pub use saved::{save_set, storage_failure};
pub use splits::Splits;
pub use viewer::Viewer;
pub use welcome::welcome;
