//! The photos that a visitor chose.

use std::ops::Deref;
use std::rc::Rc;

use web_sys::{Blob, HtmlCanvasElement};

use super::{LiveSource, RecognitionResult};
use crate::language::messages::SAMPLE_NAME;

/// The selected photos, in order, and the one that is shown.
#[derive(Clone, Default, PartialEq)]
pub struct Photos {
    /// In the order chosen.
    pub list: Vec<Photo>,
    /// The photo that is shown.
    pub selected: Option<u32>,
    /// The pixels of the shown photo. Only one photo's pixels are kept, to limit memory.
    pub picture: Option<Picture>,
}

/// The name of a photo: its file name, or for the built-in sample a text in the current language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoName(Option<Rc<str>>);

impl PhotoName {
    /// The name of the built-in sample.
    pub const SAMPLE: Self = Self(None);
}

impl From<String> for PhotoName {
    fn from(file: String) -> Self {
        Self(Some(Rc::from(file)))
    }
}

impl Deref for PhotoName {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_deref().unwrap_or(SAMPLE_NAME.text())
    }
}

/// One photo.
#[derive(Clone, PartialEq)]
pub struct Photo {
    /// A unique number.
    pub id: u32,
    /// What it is called.
    pub name: PhotoName,
    /// The file.
    pub blob: Blob,
    /// Its processing status.
    pub status: PhotoStatus,
    /// A thumbnail.
    pub thumbnail: Option<HtmlCanvasElement>,
}

/// The processing status of a photo. An unreadable photo is removed from the list, with a notice.
#[derive(Clone, PartialEq)]
pub enum PhotoStatus {
    /// Queued.
    Waiting,
    /// Decoded and being processed by the engine, or waiting for it.
    Looking,
    /// Recognized.
    Done(Rc<RecognitionResult>),
}

/// Decoded pixels.
#[derive(Clone, PartialEq)]
pub struct Picture {
    /// The photo's id.
    pub id: u32,
    /// The canvas to show.
    pub canvas: HtmlCanvasElement,
}

/// What can happen to the photos.
pub enum PhotoAction {
    /// Photos were added: id, name, file.
    Added(Vec<(u32, PhotoName, Blob)>),
    /// A photo was decoded.
    Decoded {
        /// The pixels.
        picture: Picture,
        /// A thumbnail.
        thumbnail: HtmlCanvasElement,
    },
    /// A photo was decoded again for display.
    Shown(Picture),
    /// A photo was recognized.
    Done(u32, RecognitionResult),
    /// A photo could not be processed.
    Refused(u32),
    /// The user selects a photo.
    Select(u32),
    /// All photos are removed.
    Clear,
}

impl Photos {
    /// The photo that is shown.
    pub fn selected(&self) -> Option<&Photo> {
        let selected = self.selected?;
        self.list.iter().find(|photo| photo.id == selected)
    }

    /// The pixels of the selected photo, if available.
    pub fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().filter(|picture| Some(picture.id) == self.selected)
    }

    /// Number of recognized photos.
    pub fn done(&self) -> usize {
        self.list.iter().filter(|photo| matches!(photo.status, PhotoStatus::Done(_))).count()
    }

    /// Applies an action; returns the new source, if it changes.
    pub(super) fn apply(&mut self, action: PhotoAction) -> Option<LiveSource> {
        match action {
            PhotoAction::Added(chosen) => {
                let first = chosen.first().map(|(id, ..)| *id)?;
                self.selected = Some(first);
                self.list.extend(chosen.into_iter().map(|(id, name, blob)| Photo {
                    id,
                    name,
                    blob,
                    status: PhotoStatus::Waiting,
                    thumbnail: None,
                }));
                return Some(LiveSource::Photos);
            }
            PhotoAction::Decoded { picture, thumbnail } => {
                if let Some(photo) = self.find(picture.id) {
                    photo.thumbnail = Some(thumbnail);
                    // One that is read once more shows what was read until then.
                    if !matches!(photo.status, PhotoStatus::Done(_)) {
                        photo.status = PhotoStatus::Looking;
                    }
                }
                self.show(picture);
            }
            PhotoAction::Shown(picture) => self.show(picture),
            PhotoAction::Done(id, result) => {
                if let Some(photo) = self.find(id) {
                    photo.status = PhotoStatus::Done(Rc::new(result));
                }
            }
            PhotoAction::Refused(id) => return self.remove(id),
            PhotoAction::Select(id) => self.selected = Some(id),
            PhotoAction::Clear => {
                *self = Self::default();
                return Some(LiveSource::Empty);
            }
        }
        None
    }

    fn find(&mut self, id: u32) -> Option<&mut Photo> {
        self.list.iter_mut().find(|photo| photo.id == id)
    }

    fn show(&mut self, picture: Picture) {
        if self.selected == Some(picture.id) {
            self.picture = Some(picture);
        }
    }

    fn remove(&mut self, id: u32) -> Option<LiveSource> {
        let index = self.list.iter().position(|photo| photo.id == id)?;
        self.list.remove(index);
        if self.selected == Some(id) {
            self.selected = self.list.get(index).or(self.list.last()).map(|photo| photo.id);
        }
        if self.list.is_empty() {
            *self = Self::default();
            return Some(LiveSource::Empty);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::{JsCast, JsValue};

    use super::*;
    use crate::fixtures::recognized;

    fn canvas() -> HtmlCanvasElement {
        JsValue::NULL.unchecked_into()
    }

    fn added(ids: &[u32]) -> PhotoAction {
        let photo = |id: &u32| (*id, PhotoName::from(format!("{id}.png")), JsValue::NULL.unchecked_into());
        PhotoAction::Added(ids.iter().map(photo).collect())
    }

    fn decoded(id: u32) -> PhotoAction {
        PhotoAction::Decoded { picture: Picture { id, canvas: canvas() }, thumbnail: canvas() }
    }

    /// The photos after these actions, and the source that the last one selects.
    fn after(actions: impl IntoIterator<Item = PhotoAction>) -> (Photos, Option<LiveSource>) {
        let mut photos = Photos::default();
        let source = actions.into_iter().map(|action| photos.apply(action)).last().flatten();
        (photos, source)
    }

    fn ids(photos: &Photos) -> Vec<u32> {
        photos.list.iter().map(|photo| photo.id).collect()
    }

    #[test]
    fn the_first_of_the_new_photos_is_on_the_stage() {
        let (photos, source) = after([added(&[1, 2]), added(&[3, 4])]);
        assert_eq!((ids(&photos), photos.selected, source), (vec![1, 2, 3, 4], Some(3), Some(LiveSource::Photos)));
        assert_eq!(photos.selected().map(|photo| photo.name.to_string()).as_deref(), Some("3.png"));
    }

    #[test]
    fn no_photos_change_nothing() {
        let (photos, source) = after([added(&[])]);
        assert!(photos.list.is_empty() && source.is_none(), "an empty picture area says what to do");
        let (photos, source) = after([added(&[1]), added(&[])]);
        assert_eq!((photos.selected, source), (Some(1), None));
    }

    #[test]
    fn a_photo_waits_then_is_processed_then_done() {
        let (photos, _) = after([added(&[1])]);
        assert!(matches!(photos.list[0].status, PhotoStatus::Waiting) && photos.done() == 0);
        let (photos, source) = after([added(&[1]), decoded(1)]);
        assert!(matches!(photos.list[0].status, PhotoStatus::Looking) && source.is_none());
        assert!(photos.list[0].thumbnail.is_some() && photos.shown().is_some());
        let (photos, _) = after([added(&[1]), decoded(1), PhotoAction::Done(1, recognized(Vec::new()))]);
        assert_eq!(photos.done(), 1);
        let (photos, _) = after([added(&[1]), PhotoAction::Done(1, recognized(Vec::new())), decoded(1)]);
        assert_eq!(photos.done(), 1, "one that is processed again shows its result until then");
    }

    #[test]
    fn only_the_selected_photos_pixels_are_kept() {
        let (photos, _) = after([added(&[1, 2]), decoded(1), decoded(2)]);
        assert_eq!(photos.picture.as_ref().map(|picture| picture.id), Some(1));
        let (photos, _) = after([added(&[1, 2]), decoded(1), PhotoAction::Select(2)]);
        assert!(photos.shown().is_none(), "they have to be decoded again");
        let shown = PhotoAction::Shown(Picture { id: 2, canvas: canvas() });
        let (photos, _) = after([added(&[1, 2]), decoded(1), PhotoAction::Select(2), shown]);
        assert_eq!(photos.shown().map(|picture| picture.id), Some(2));
    }

    #[test]
    fn a_refused_photo_makes_room_for_its_neighbour() {
        let selected = |select: u32, refuse: u32| {
            after([added(&[1, 2, 3]), PhotoAction::Select(select), PhotoAction::Refused(refuse)]).0.selected
        };
        assert_eq!(selected(2, 2), Some(3), "the one behind");
        assert_eq!(selected(3, 3), Some(2), "or before, at the end");
        assert_eq!(selected(1, 3), Some(1));
        assert_eq!(selected(1, 9), Some(1), "there is no such photo");
        let (photos, source) = after([added(&[1]), PhotoAction::Refused(1)]);
        assert!(photos.selected.is_none() && source == Some(LiveSource::Empty));
    }

    #[test]
    fn late_answers_for_removed_photos_are_ignored() {
        let (photos, source) =
            after([added(&[1, 2]), PhotoAction::Refused(1), decoded(1), PhotoAction::Done(1, recognized(Vec::new()))]);
        assert_eq!((ids(&photos), photos.done(), source), (vec![2], 0, None));
        assert!(photos.picture.is_none());
        let (photos, source) = after([added(&[1, 2]), decoded(1), PhotoAction::Clear]);
        assert!(photos.list.is_empty() && photos.picture.is_none() && source == Some(LiveSource::Empty));
    }

    #[test]
    fn the_sample_is_named_in_the_language_of_the_moment() {
        assert_eq!(&*PhotoName::SAMPLE, "Sample: Eileen Collins");
        assert_ne!(PhotoName::SAMPLE, PhotoName::from("Sample: Eileen Collins".to_owned()));
    }
}
