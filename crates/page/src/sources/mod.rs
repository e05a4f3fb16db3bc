//! Sources of pictures and files: camera, photos, videos, folders, the site.

pub mod camera;
pub mod decoding;
pub mod download;
pub mod element;
pub mod folder;
pub mod frames;
pub mod picture;
pub mod seeking;
pub mod video;
