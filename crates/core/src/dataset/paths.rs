//! The parts of paths of files: their names, their extensions, and whether they are hidden.

/// Endings of image files. A file with one of them is rejected, and not skipped, if it is no image by its content.
const IMAGE_ENDINGS: [&str; 20] = [
    "jpg", "jpeg", "jfif", "png", "webp", "bmp", "tif", "tiff", "gif", "heic", "heif", "avif", "pgm", "ppm", "pbm",
    "pnm", "jp2", "ico", "psd", "tga",
];

/// Files that operating systems add: hidden files and the resource forks of macOS.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split(['/', '\\']).any(|part| part.starts_with('.') && part != "." && part != ".." || part == "__MACOSX")
}

/// Whether a path has one of these extensions.
pub(super) fn has_ending(path: &str, endings: &[&str]) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Whether a name has the extension of an image.
pub(super) fn is_image_name(path: &str) -> bool {
    has_ending(path, &IMAGE_ENDINGS)
}

/// The name of a file without its folders.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// The folders of a path, innermost first.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(['/', '\\']).skip(1).map(str::trim)
}
