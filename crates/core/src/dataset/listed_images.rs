//! Finds the image of a folder or an archive that a path on a list names.

use std::cmp::Ordering;

use super::class_names::{self, Role, role_of};
use super::composition::composed;
use super::paths::{file_name, is_image_name};
use super::split::Split;

/// An image that an entry may be about.
pub(super) struct Image<'a> {
    pub path: &'a str,
    /// Of [`key`].
    pub key: String,
    /// The split that the nearest folder names.
    pub role: Option<Role>,
}

/// What the path of a list says about the images that it is about.
pub(super) struct List {
    /// Of [`folder_key`].
    pub folder: String,
    /// The split that its name or the nearest folder names.
    pub role: Option<Role>,
    /// Whether there are folders of images of other splits than Training, and of Training.
    pub has_split: [bool; 2],
}

/// The range of the images whose paths have most in common with the key of an entry, from the name on; they are sorted by that.
pub(super) fn candidates(images: &[Image<'_>], path: &str) -> Option<(usize, usize)> {
    // those with most in common are neighbours
    let place = images.partition_point(|image| upwards(&image.key).lt(upwards(path)));
    let common = |image: &Image<'_>| upwards(path).zip(upwards(&image.key)).take_while(|(a, b)| a == b).count();
    let beside = [place.checked_sub(1), Some(place)].into_iter().flatten().filter_map(|index| images.get(index));
    let most = beside.map(common).max().filter(|&most| most > 0)?;
    // the name alone means an image only where there are no folders on one side
    let is_bare = |path: &str| upwards(path).nth(1).is_none();
    let needs_bare = most == 1 && !is_bare(path);
    let compare = |image: &Image<'_>| {
        let begins = upwards(&image.key).take(most).cmp(upwards(path).take(most));
        begins.then(if needs_bare && !is_bare(&image.key) { Ordering::Greater } else { Ordering::Equal })
    };
    let start = images.partition_point(|image| compare(image) == Ordering::Less);
    let end = images.partition_point(|image| compare(image) != Ordering::Greater);
    (start < end).then_some((start, end))
}

/// The images among the candidates that an entry of a list may be about: its path as [`plain`] returns it, and the split that it
/// names.
pub(super) fn choose<'a, 'b>(
    found: &'b [Image<'a>],
    path: &str,
    role: Option<Role>,
    list: &List,
) -> Vec<&'b Image<'a>> {
    let role = role.or(list.role);
    let relative = format!("{}{}", list.folder, key(path));
    let is_written = |image: &Image<'_>| {
        let rest = image.path.strip_suffix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
    };
    // an image of the other split is not meant, even if the one that is meant is missing
    let contradicts = |image: &Image<'_>| match (role, image.role) {
        (Some(listed), Some(own)) => {
            is_training(listed) != is_training(own)
                && list.has_split[usize::from(is_training(listed))]
                && image.key != relative
                && !(path.contains('/') && is_written(image))
        }
        _ => false,
    };
    let mut left: Vec<&Image<'a>> = found.iter().filter(|image| !contradicts(image)).collect();
    let prefer = |left: &mut Vec<&Image<'a>>, prefers: &dyn Fn(&Image<'_>) -> bool| {
        if left.len() > 1 && left.iter().any(|image| prefers(image)) {
            left.retain(|image| prefers(image));
        }
    };
    prefer(&mut left, &|image| image.key == relative);
    let common = |image: &Image<'_>| common_folders(&list.folder, &image.key);
    let nearest = left.iter().map(|image| common(image)).max().unwrap_or_default();
    prefer(&mut left, &|image| common(image) == nearest);
    prefer(&mut left, &|image| role.is_some() && image.role == role);
    prefer(&mut left, &is_written);
    prefer(&mut left, &|image| file_name(image.path) == file_name(path));
    left
}

pub(super) fn is_training(role: Role) -> bool {
    role == Role::Split(Split::Training)
}

/// The length of the path of the folder that all these files are in, with the slash.
pub(super) fn common_folder<'a>(mut paths: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = paths.next() else { return 0 };
    let folder_end = |path: &str| path.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
    paths.fold(folder_end(first), |length, path| {
        let same = first.bytes().zip(path.bytes()).take(length).take_while(|(a, b)| a == b).count();
        folder_end(&first[..first.floor_char_boundary(same)])
    })
}

/// How many folders two paths have in common from the outermost on.
pub(super) fn common_folders(folder: &str, path: &str) -> usize {
    let folders = folder.split_terminator('/').zip(path.split('/'));
    folders.take_while(|(a, b)| a == b).count()
}

/// The split that the name of a list or the nearest folder names.
pub(super) fn role_of_list(path: &str) -> Option<Role> {
    let name = file_name(path);
    class_names::role(name.rsplit_once('.').map_or(name, |(stem, _)| stem)).or_else(|| role_of(path))
}

/// A path with slashes, and without what means the folder itself at its beginning.
pub(super) fn plain(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    path.trim_start_matches("./").trim_start_matches('/').to_owned()
}

/// A path as it is compared: in lower case, with its accents written in one way, without the ending of an image.
pub(super) fn key(path: &str) -> String {
    let path = composed(&plain(path)).to_lowercase();
    let stem = path.rsplit_once('.').filter(|_| is_image_name(&path)).map(|(stem, _)| stem.to_owned());
    stem.unwrap_or(path)
}

/// The folder of a file as it is compared, with a slash at the end; empty for the outermost.
pub(super) fn folder_key(path: &str) -> String {
    let path = composed(&plain(path)).to_lowercase();
    path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
}

/// The name of a file, then its folders from the innermost outwards.
pub(super) fn upwards(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/')
}
