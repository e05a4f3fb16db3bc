//! The networks that classify an expression: their architectures, and what each is made of.
//!
//! [`Architecture`] says which network and how large; `cnn`, `vgg`, `resnet`, `inception` and `mobile` lay each out as a
//! [`Plan`], from which its parameters are counted and its layers built.

mod architecture;
mod cnn;
mod inception;
mod mobile;
mod offer;
mod plan;
mod resnet;
mod sizes;
mod vgg;

pub use architecture::Architecture;
pub use offer::{Labels, Offer};
pub use plan::{BlockPlan, Convolution, Plan, StagePlan};
pub use sizes::Sizes;

/// The weights that the page begins with, as seen from the repository.
pub const DEFAULT_FILE: &str = "www/weights/default.safetensors";

/// The same as the page finds them.
pub const DEFAULT_PATH: &str = DEFAULT_FILE.split_at("www/".len()).1;
