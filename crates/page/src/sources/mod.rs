//! Where pictures come from: the camera, photo files, video files.

pub mod camera;
pub mod folder;
pub mod picture;
pub mod video;
