//! Which arrays belong together: images and their labels, by their shapes and names.

use mien_core::dataset::RowsError;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};

use super::header::Header;

/// Words for images in the names of arrays.
const IMAGES: [&str; 13] = [
    "x", "image", "images", "img", "imgs", "pixels", "picture", "pictures", "data", "face", "faces", "features",
    "inputs",
];

/// Words for labels.
const LABELS: [&str; 12] = [
    "y",
    "label",
    "labels",
    "target",
    "targets",
    "class",
    "classes",
    "emotion",
    "emotions",
    "expression",
    "expressions",
    "outputs",
];

/// Words for splits.
const SPLITS: [&str; 13] = [
    "train",
    "training",
    "test",
    "testing",
    "val",
    "valid",
    "validation",
    "dev",
    "eval",
    "evaluation",
    "public",
    "private",
    "set",
];

/// Words for the names of classes.
const NAMES: [&str; 2] = ["names", "categories"];

/// Maximum number of classes: of their names, or columns of labels where one in each row is 1.
pub const MAX_CLASSES: u64 = 64;

/// Maximum number of arrays that an error lists.
const LISTED: usize = 12;

/// An array: its name and what its header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    pub name: String,
    pub header: Header,
}

impl Array {
    /// Number of items: the length of the first dimension.
    pub fn length(&self) -> u64 {
        self.header.shape.first().copied().unwrap_or_default()
    }

    /// Whether it has the shape of images.
    fn has_images(&self) -> bool {
        let side = CROP_SIDE as u64;
        let [_, image @ ..] = &self.header.shape[..] else { return false };
        *image == [side, side]
            || *image == [side, side, 1]
            || *image == [1, side, side]
            || *image == [CROP_PIXELS as u64]
    }

    /// Whether it has the shape of labels: a number for each image, or one for each image and class.
    fn has_labels(&self) -> bool {
        matches!(self.header.shape[..], [_] | [_, 1..=MAX_CLASSES])
    }

    /// Whether it names the classes.
    fn has_names(&self, arrays: &[Self]) -> bool {
        let words = words(&self.name);
        let is_any = |known: &[&str]| words.iter().any(|word| known.contains(&&word[..]));
        let is_label_of = |images: &Self| images.has_images() && images.length() == self.length();
        self.header.shape.len() == 1
            && self.length() <= MAX_CLASSES
            && self.header.kind().is_some_and(|kind| kind.is_text())
            && (is_any(&NAMES) || is_any(&LABELS) && !arrays.iter().any(is_label_of))
    }
}

/// Images and their labels, by the indices of the arrays.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    pub images: usize,
    pub labels: usize,
    /// The split in the name of the images: `train` of `x_train`.
    pub split: Option<String>,
}

/// Finds the arrays that belong together, and the one with the names of the classes.
///
/// # Errors
/// When there are no images, or images without labels.
pub fn find(arrays: &[Array]) -> Result<(Vec<Pair>, Option<usize>), RowsError> {
    let names = arrays.iter().position(|array| array.has_names(arrays));
    let mut labels: Vec<usize> =
        (0..arrays.len()).filter(|&index| arrays[index].has_labels() && Some(index) != names).collect();
    let mut pairs = Vec::new();
    for (images, array) in arrays.iter().enumerate().filter(|(_, array)| array.has_images()) {
        let key = key(&array.name, 'x', &IMAGES);
        let fitting = || labels.iter().enumerate().filter(|&(_, &index)| arrays[index].length() == array.length());
        // the one whose name fits, or else the only one
        let named = fitting().find(|&(_, &index)| self::key(&arrays[index].name, 'y', &LABELS) == key);
        let only = || fitting().next().filter(|_| fitting().count() == 1);
        let Some(place) = named.or_else(only).map(|(place, _)| place) else {
            return Err(RowsError::NoLabelArray { images: array.name.clone(), arrays: list(arrays) });
        };
        let is_split = !key.is_empty() && key.iter().all(|word| SPLITS.contains(&&word[..]));
        pairs.push(Pair { images, labels: labels.remove(place), split: is_split.then(|| key.join(" ")) });
    }
    if pairs.is_empty() { Err(RowsError::NoImageArray(list(arrays))) } else { Ok((pairs, names)) }
}

/// The words of a name without those that say what it is; `letter` may stand before a split: `xtrain`.
fn key(name: &str, letter: char, known: &[&str]) -> Vec<String> {
    let words = words(name).into_iter().filter(|word| !known.contains(&&word[..]));
    let without_letter = |word: String| match word.strip_prefix(letter) {
        Some(split) if SPLITS.contains(&split) => split.to_owned(),
        _ => word,
    };
    words.map(without_letter).collect()
}

/// The words of a name in lower case: `x`, `train` of `X_train` and of `xTrain`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_alphabetic() || was_lower && letter.is_uppercase() {
            words.push(String::new());
        }
        was_lower = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphabetic()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn list(arrays: &[Array]) -> String {
    let shown = arrays.iter().take(LISTED).map(|array| format!("{} {}", array.name, array.header.shown()));
    let rest = if arrays.len() > LISTED { ", …" } else { "" };
    shown.collect::<Vec<_>>().join(", ") + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(name: &str, description: &str, shape: &[u64]) -> Array {
        let header = Header { description: description.into(), is_fortran: false, shape: shape.into() };
        Array { name: name.into(), header }
    }

    fn pair(images: usize, labels: usize, split: Option<&str>) -> Pair {
        Pair { images, labels, split: split.map(str::to_owned) }
    }

    /// Images and labels with these names and lengths.
    fn arrays(names: &[(&str, u64)]) -> Vec<Array> {
        let of = |&(name, length): &(&str, u64)| match name.strip_prefix('#') {
            Some(name) => array(name, "|u1", &[length, 48, 48]),
            None => array(name, "<i8", &[length]),
        };
        names.iter().map(of).collect()
    }

    #[test]
    fn arrays_are_paired_by_name() {
        let (train, test) = (Some("train"), Some("test"));
        for (names, pairs) in [
            (&[("#images", 9), ("labels", 9)][..], vec![pair(0, 1, None)]),
            (&[("y", 9), ("#X", 9)], vec![pair(1, 0, None)]),
            (
                &[("#x_train", 9), ("y_train", 9), ("#x_test", 9), ("y_test", 9)],
                vec![pair(0, 1, train), pair(2, 3, test)],
            ),
            (
                &[("y_test", 9), ("y_train", 9), ("#X_test", 9), ("#X_train", 9)],
                vec![pair(2, 0, test), pair(3, 1, train)],
            ),
            (&[("#trainImages", 9), ("trainLabels", 9), ("ids", 9)], vec![pair(0, 1, train)]),
            (&[("#Xtest", 9), ("ytest", 9)], vec![pair(0, 1, test)]),
            (&[("#x_eval", 9), ("y_eval", 9)], vec![pair(0, 1, Some("eval"))]),
            (&[("#private_test_images", 9), ("private_test_labels", 9)], vec![pair(0, 1, Some("private test"))]),
            (&[("#arr_0", 9), ("arr_1", 9), ("#arr_2", 5), ("arr_3", 5)], vec![pair(0, 1, None), pair(2, 3, None)]),
            (&[("#arr_0", 9), ("#arr_1", 5), ("arr_2", 9), ("arr_3", 5)], vec![pair(0, 2, None), pair(1, 3, None)]),
            (&[("#fer", 9), ("moods", 9)], vec![pair(0, 1, None)]),
        ] {
            assert_eq!(find(&arrays(names)), Ok((pairs, None)), "{names:?}");
        }
    }

    #[test]
    fn shapes_determine_what_an_array_is() {
        for shape in [&[9, 48, 48][..], &[9, 48, 48, 1], &[9, 1, 48, 48], &[9, 2304]] {
            for labels in [&[9][..], &[9, 1], &[9, 7]] {
                let arrays = [array("a", "<f4", shape), array("b", "<i8", labels)];
                assert_eq!(find(&arrays), Ok((vec![pair(0, 1, None)], None)), "{shape:?} {labels:?}");
            }
        }
        for shape in [&[9, 64, 64][..], &[9, 48, 48, 3], &[48, 48], &[9], &[]] {
            let arrays = [array("images", "|u1", shape), array("labels", "<i8", &[9])];
            assert!(matches!(find(&arrays), Err(RowsError::NoImageArray(_))), "{shape:?}");
        }
        let Err(error) = find(&[array("x", "<f4", &[9, 64, 64]), array("y", "|O", &[9])]) else { panic!("found") };
        assert!(error.to_string().ends_with("the arrays are x float32 (9, 64, 64), y object (9,)"), "{error}");
    }

    #[test]
    fn images_need_labels_of_their_length() {
        for names in [&[("#images", 9)][..], &[("#images", 9), ("labels", 8)], &[("#images", 9), ("a", 9), ("b", 9)]] {
            assert!(matches!(find(&arrays(names)), Err(RowsError::NoLabelArray { .. })), "{names:?}");
        }
    }

    #[test]
    fn classes_may_be_named() {
        let mut arrays = arrays(&[("#images", 9), ("labels", 9)]);
        arrays.push(array("class_names", "<U8", &[7]));
        assert_eq!(find(&arrays), Ok((vec![pair(0, 1, None)], Some(2))));
        arrays[2].name = "classes".into();
        assert_eq!(find(&arrays).unwrap().1, Some(2));
        // labels that are texts
        arrays[1].header.description = "<U8".into();
        arrays.pop();
        assert_eq!(find(&arrays), Ok((vec![pair(0, 1, None)], None)));
    }
}
