//! How pictures become samples: their centre crops, or crops of the faces in them.

use serde::{Deserialize, Serialize};

use super::Pixels;
use super::crops::{CropReport, Crops};
use super::picture::{MAX_PHOTO_SIDE, MAX_SIDE, Picture, Region};
use super::reading::ReadError;
use super::rejection::Rejection;
use crate::vision::{CROP_PIXELS, Frame, Rectangle, Similarity};

/// Number of pictures in which faces are measured before it is decided whether to crop them.
const PROBES: usize = 50;

/// Faces that are larger than this share of the picture's shorter side fill it.
const FILLED: f32 = 0.5;

/// Maximum number of pictures in a preview.
const PREVIEWS: usize = 8;

/// A face in a picture, as a detector reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundFace {
    /// Its bounding box, in pixels of the picture.
    pub bounds: Rectangle,
    /// The transform from pixels of its 48×48 crop to pixels of the picture.
    pub frame_from_crop: Similarity,
}

/// Finds all faces of a picture, in any order. An error is one of the detector, and ends the loading.
pub type FaceFinder = Box<dyn FnMut(&Frame) -> Result<Vec<FoundFace>, String>>;

/// Whether faces are cropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CropChoice {
    /// If the first pictures show faces that are smaller than half of the picture.
    #[default]
    Automatic,
    /// Always.
    Faces,
    /// Never: the centre crop of each picture is used.
    Centre,
}

/// Which faces are taken from a picture with several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeveralFaces {
    /// The largest one.
    #[default]
    Largest,
    /// All, the largest first.
    All,
    /// None: the picture is rejected.
    Skip,
}

/// How the pictures of a dataset become samples.
#[derive(Default)]
pub struct Cropping {
    mode: Mode,
    find: Option<FaceFinder>,
    several: SeveralFaces,
    /// Number of pictures in which faces were measured.
    probes: usize,
    /// Number of those with a face that does not fill them.
    small: usize,
    report: CropReport,
    preview: Vec<[Pixels; 2]>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Centre,
    Faces,
    Undecided,
    Unread,
}

/// The samples of a picture, or why there are none.
type Samples = Result<Vec<Pixels>, Rejection>;

/// The samples of a picture in both ways; the way that is not taken may be empty.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    centre: Samples,
    faces: Samples,
}

impl Candidates {
    pub(super) fn same(samples: Samples) -> Self {
        Self { centre: samples.clone(), faces: samples }
    }
}

impl Cropping {
    /// Crops faces, or decides whether to.
    pub fn new(choice: CropChoice, several: SeveralFaces, find: FaceFinder) -> Self {
        let mode = match choice {
            CropChoice::Automatic => Mode::Undecided,
            CropChoice::Faces => Mode::Faces,
            CropChoice::Centre => Mode::Centre,
        };
        Self { mode, several, find: Some(find), ..Self::default() }
    }

    /// Leaves the pixels of all pictures black: to check the labels before the work begins.
    pub fn unread() -> Self {
        Self { mode: Mode::Unread, ..Self::default() }
    }

    /// Whether pictures are read.
    pub(super) fn is_reading(&self) -> bool {
        self.mode != Mode::Unread
    }

    /// Whether photographs are expected, for whose files there is no limit in total.
    pub(super) fn takes_photos(&self) -> bool {
        self.find.is_some() || !self.is_reading()
    }

    /// Whether it is decided which of its candidates a picture becomes.
    pub(super) fn is_decided(&self) -> bool {
        self.mode != Mode::Undecided
    }

    /// Reads a picture; a list may give the region of the labelled face.
    ///
    /// # Errors
    /// When the detector fails.
    pub(super) fn read(&mut self, file: &[u8], region: Option<Region>) -> Result<Candidates, ReadError> {
        if !self.is_reading() {
            return Ok(Candidates::same(Ok(vec![[0; CROP_PIXELS]])));
        }
        let max_side = if self.takes_photos() { MAX_PHOTO_SIDE } else { MAX_SIDE };
        match Picture::read(file, max_side) {
            Ok(picture) => self.sample(picture, region),
            Err(reason) => Ok(Candidates::same(Err(reason))),
        }
    }

    fn sample(&mut self, picture: Picture, region: Option<Region>) -> Result<Candidates, ReadError> {
        // a list gives the position of the face, but not its roll
        let is_whole = !picture.is_crop() && (region.is_none() || self.mode == Mode::Faces);
        self.report.pictures += usize::from(is_whole);
        let find = match &mut self.find {
            Some(find) if is_whole && self.mode != Mode::Centre => find,
            _ => return Ok(Candidates::same(picture.pixels(region).map(|pixels| vec![pixels]))),
        };
        let centre = match self.mode {
            Mode::Faces if self.preview.len() == PREVIEWS => Ok(Vec::new()),
            _ => picture.pixels(region).map(|pixels| vec![pixels]),
        };
        let frame = match picture.into_frame() {
            Ok(frame) => frame,
            Err(reason) => return Ok(Candidates::same(Err(reason))),
        };
        let mut faces = find(&frame).map_err(ReadError::Detector)?;
        faces.retain(|face| region.is_none_or(|region| region.contains(face.bounds.centre())));
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        self.count(&frame, &faces);
        let count = match (self.several, faces.len()) {
            (SeveralFaces::Skip, found @ 2..) => {
                return Ok(Candidates { centre, faces: Err(Rejection::SeveralFaces(found)) });
            }
            (SeveralFaces::Largest, found) => found.min(1),
            (_, found) => found,
        };
        let crops = faces.iter().take(count).map(|face| *frame.sample_grey(&face.frame_from_crop).0);
        let crops: Vec<Pixels> = crops.collect();
        if let (Ok([centre]), [face, ..]) = (centre.as_deref(), &crops[..])
            && self.preview.len() < PREVIEWS
        {
            self.preview.push([*centre, *face]);
        }
        Ok(Candidates { centre, faces: if crops.is_empty() { Err(Rejection::NoFace) } else { Ok(crops) } })
    }

    /// Counts the faces of a picture, the largest first; decides after enough pictures.
    fn count(&mut self, frame: &Frame, faces: &[FoundFace]) {
        self.report.without_face += usize::from(faces.is_empty());
        self.report.several += usize::from(faces.len() > 1);
        if self.mode == Mode::Undecided {
            let shorter = frame.width().min(frame.height()) as f32;
            let fills = |face: &FoundFace| (face.bounds.width + face.bounds.height) / 2.0 >= FILLED * shorter;
            self.probes += 1;
            self.small += usize::from(faces.first().is_some_and(|face| !fills(face)));
            if self.probes == PROBES {
                self.decide();
            }
        }
    }

    /// Decides by the pictures so far: faces are cropped if the median of the largest face of each is smaller than half of the
    /// picture, where a picture without a face counts as filled.
    pub(super) fn decide(&mut self) {
        if self.mode == Mode::Undecided {
            self.mode = if 2 * self.small > self.probes { Mode::Faces } else { Mode::Centre };
        }
    }

    /// The samples of a picture, once it is decided.
    pub(super) fn choose(&self, candidates: Candidates) -> Samples {
        if self.mode == Mode::Faces { candidates.faces } else { candidates.centre }
    }

    /// The counts and the preview; `None` if all pictures were crops already.
    pub(super) fn finish(self, paths: Vec<String>) -> Option<Crops> {
        let report = if self.mode == Mode::Faces {
            CropReport { is_cropped: true, ..self.report }
        } else {
            CropReport { pictures: self.report.pictures, ..CropReport::default() }
        };
        (report.pictures > 0).then_some(Crops { report, preview: self.preview, paths })
    }
}

impl std::fmt::Debug for Cropping {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Cropping({:?}, {:?})", self.mode, self.report)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Read};

    use image::{DynamicImage, GrayImage, ImageFormat};

    use super::*;
    use crate::dataset::{FolderLoader, FolderReader, LoadNote, LoadedDataset, Split};
    use crate::expression::Expression;
    use crate::vision::Point;

    fn png(side: u32, grey: u8) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        // brighter to the right, so that the place of a crop shows
        let picture = GrayImage::from_fn(side, side, |x, _| [if x < side / 2 { grey } else { 200 }].into());
        DynamicImage::from(picture).write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    /// Finds as many faces as the tens of the grey of the picture's left half indicate, of tenths of its side as the ones indicate.
    fn finder() -> FaceFinder {
        Box::new(|frame| {
            let grey = frame.pixels()[0];
            if grey == 99 {
                return Err("no device".to_owned());
            }
            let side = f32::from(grey % 10) / 10.0 * frame.width() as f32;
            let face = |index: u8| {
                // the first is not the largest
                let side = if index == 0 { side / 2.0 } else { side };
                let bounds = Rectangle { x: 0.0, y: 0.0, width: side, height: side };
                let scale = side / 48.0;
                FoundFace { bounds, frame_from_crop: Similarity::new(scale, 0.0, Point::default(), Point::default()) }
            };
            Ok(match grey / 10 {
                0 => Vec::new(),
                1 => vec![face(1)],
                count => (0..count).map(face).collect(),
            })
        })
    }

    fn load(cropping: Cropping, files: &[(&str, Vec<u8>)]) -> Result<LoadedDataset, ReadError> {
        let mut reader = FolderReader::default();
        reader.set_cropping(cropping);
        for (path, file) in files {
            reader.add(path, file)?;
        }
        reader.finish()
    }

    fn cropping(choice: CropChoice, several: SeveralFaces) -> Cropping {
        Cropping::new(choice, several, finder())
    }

    fn report(loaded: &LoadedDataset) -> CropReport {
        loaded.crops.as_ref().unwrap().report
    }

    /// Whether the faces of pictures with these greys are cropped by default.
    fn decided(greys: &[u8]) -> bool {
        let files: Vec<_> = greys.iter().map(|&grey| ("happy/a.png", png(100, grey))).collect();
        let loaded = load(cropping(CropChoice::Automatic, SeveralFaces::Largest), &files).unwrap();
        assert_eq!(report(&loaded).pictures, greys.len());
        report(&loaded).is_cropped
    }

    #[test]
    fn small_faces_in_most_pictures_are_cropped() {
        const SMALL: u8 = 14;
        const HALF: u8 = 15;
        const NONE: u8 = 0;
        assert!(decided(&[SMALL]) && decided(&[SMALL, SMALL, HALF]) && decided(&[SMALL, NONE, SMALL]));
        assert!(!decided(&[HALF]) && !decided(&[NONE]) && !decided(&[SMALL, HALF]) && !decided(&[SMALL, NONE, HALF]));
        assert!(decided(&[23, 16, 34]) && !decided(&[26]), "the largest face counts");
        // later pictures do not matter
        let first = |grey: u8, then: u8| [[grey; PROBES], [then; PROBES]].concat();
        assert!(decided(&first(SMALL, HALF)) && !decided(&first(HALF, SMALL)));
    }

    #[test]
    fn crops_are_counted_and_keep_their_order() {
        let mut files: Vec<(&str, Vec<u8>)> = vec![
            ("train/happy/a.png", png(100, 14)),
            ("train/sad/crop.png", png(48, 0)),
            ("test/sad/empty.png", png(100, 0)),
            ("contempt/b.png", png(100, 14)),
            ("test/fear/two.png", png(100, 23)),
            ("test/fear/damaged.png", png(100, 14)[..40].to_vec()),
        ];
        for choice in [CropChoice::Automatic, CropChoice::Faces] {
            let loaded = load(cropping(choice, SeveralFaces::Largest), &files).unwrap();
            let dataset = &loaded.dataset;
            let samples: Vec<_> =
                (0..dataset.len()).map(|at| (dataset.label(at), dataset.split(at), dataset.row(at))).collect();
            let expected = [
                (Expression::Happy, Split::Training, 0),
                (Expression::Sad, Split::Training, 1),
                (Expression::Fear, Split::PublicTest, 4),
            ];
            assert_eq!(samples, expected, "{choice:?}");
            assert_eq!(dataset.pixels(0), &[14; CROP_PIXELS], "the face is in the left half");
            assert_eq!((dataset.pixels(1)[0], dataset.pixels(1)[47]), (0, 200), "a crop stays as it is");
            let expected = CropReport { is_cropped: true, pictures: 3, without_face: 1, several: 1 };
            assert_eq!((report(&loaded), expected.with_face()), (expected, 2));
            assert_eq!(loaded.notes, [LoadNote::Cropped(expected)]);
            let crops = loaded.crops.unwrap();
            assert_eq!(crops.paths, ["train/happy/a.png", "train/sad/crop.png", "test/fear/two.png"]);
            let [[centre, face], _] = crops.preview[..] else { panic!("{} pairs", crops.preview.len()) };
            assert_eq!((centre[0], centre[47], face), (14, 200, [14; CROP_PIXELS]));
            let reasons: Vec<_> =
                loaded.rejections.by_reason().iter().map(|(kind, &count)| (&kind[..], count)).collect();
            assert_eq!(reasons, [("class", 1), ("image-end", 1), ("no-face", 1)]);
        }
        let loaded = load(cropping(CropChoice::Centre, SeveralFaces::Largest), &files).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.pixels(0)[47]), (4, 200));
        assert_eq!(report(&loaded), CropReport { pictures: 3, ..CropReport::default() });
        assert!(loaded.crops.unwrap().preview.is_empty());
        files.truncate(2);
        files.remove(0);
        assert!(load(cropping(CropChoice::Faces, SeveralFaces::Largest), &files).unwrap().crops.is_none());
    }

    #[test]
    fn of_several_faces_the_largest_all_or_none_are_taken() {
        let files = [("happy/three.png", png(100, 32)), ("happy/one.png", png(100, 12))];
        let rows = |several| {
            let loaded = load(cropping(CropChoice::Faces, several), &files).unwrap();
            assert_eq!((report(&loaded).several, report(&loaded).without_face), (1, 0));
            let rows: Vec<usize> = (0..loaded.dataset.len()).map(|sample| loaded.dataset.row(sample)).collect();
            (rows, loaded.rejections.by_reason().keys().cloned().collect::<Vec<_>>())
        };
        assert_eq!(rows(SeveralFaces::Largest), (vec![0, 1], vec![]));
        assert_eq!(rows(SeveralFaces::All), (vec![0, 0, 0, 1], vec![]));
        assert_eq!(rows(SeveralFaces::Skip), (vec![1], vec!["several-faces".to_owned()]));
    }

    #[test]
    fn the_preview_has_the_first_pictures_with_a_face() {
        let greys = [[0; 5], [13; 5], [14; 5]].concat();
        let files: Vec<_> = greys.into_iter().map(|grey| ("happy/a.png", png(100, grey))).collect();
        let crops = load(cropping(CropChoice::Faces, SeveralFaces::Largest), &files).unwrap().crops.unwrap();
        let faces: Vec<u8> = crops.preview.iter().map(|[_, face]| face[0]).collect();
        assert_eq!(faces, [13, 13, 13, 13, 13, 14, 14, 14]);
    }

    #[test]
    fn the_bounding_box_of_a_list_selects_the_face() {
        let list = |left: u32| {
            let file = png(100, 14);
            let open = move |index: usize| -> io::Result<Box<dyn Read>> {
                let line = format!("a.jpg 0 0 {left} {} 40 90 3\n", left + 40).into_bytes();
                Ok(Box::new(Cursor::new(if index == 0 { line } else { file.clone() })))
            };
            let mut loader = FolderLoader::new(vec![("label.lst".into(), 40), ("a.jpg".into(), 400)], open)
                .unwrap()
                .with_cropping(cropping(CropChoice::Faces, SeveralFaces::Largest));
            while loader.advance(1).unwrap() {}
            loader.finish().map(|loaded| (loaded.dataset.label(0), report(&loaded)))
        };
        let found = CropReport { is_cropped: true, pictures: 1, ..CropReport::default() };
        assert_eq!(list(0).unwrap(), (Expression::Happy, found));
        assert!(matches!(list(60), Err(ReadError::NoValidSample(rejected)) if rejected.reason == Rejection::NoFace));
    }

    #[test]
    fn labels_are_checked_without_the_pixels() {
        let files = [("happy/a.png", png(100, 99)), ("happy/b.png", b"\x89PNG\r\n\x1a\n damaged".to_vec())];
        assert_eq!(load(Cropping::unread(), &files).unwrap().dataset.len(), 2);
        let numbered = [("3/a.png", png(100, 99))];
        assert!(matches!(load(Cropping::unread(), &numbered), Err(ReadError::Labels(_))));
        assert!(matches!(load(Cropping::unread(), &[("a.png", png(9, 9))]), Err(ReadError::NoValidSample(_))));
    }

    #[test]
    fn a_detector_that_fails_ends_the_loading_and_a_file_that_does_not() {
        let files = [("happy/a.png", png(100, 99))];
        let error = load(cropping(CropChoice::Faces, SeveralFaces::Largest), &files).unwrap_err();
        assert_eq!(error.to_string(), "the face detector failed (no device)");
        let open = |index: usize| -> io::Result<Box<dyn Read>> {
            if index == 0 { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(Box::new(Cursor::new(png(48, 1)))) }
        };
        let mut loader = FolderLoader::new(vec![("happy/a.png".into(), 9), ("happy/b.png".into(), 9)], open).unwrap();
        while loader.advance(1).unwrap() {}
        let loaded = loader.finish().unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.row(0)), (1, 1));
        assert_eq!(
            loaded.rejections.first()[0].to_string(),
            "`happy/a.png`: the file could not be read (permission denied)"
        );
    }
}
