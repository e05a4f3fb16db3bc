//! Where pictures come from: the camera, photo files, video files.

#[cfg(target_family = "wasm")]
pub mod camera;
#[cfg(target_family = "wasm")]
pub mod folder;
#[cfg(target_family = "wasm")]
pub mod picture;
pub mod sniff;
#[cfg(target_family = "wasm")]
pub mod video;
