//! Sources of pictures: camera, photos, videos.

pub mod camera;
pub mod element;
pub mod folder;
pub mod picture;
pub mod seeking;
pub mod video;
