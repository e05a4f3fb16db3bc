//! What becomes of a run that was left unfinished: where it lies, and how the visitor goes on with it or discards it.

use wasm_bindgen::JsValue;

use super::place::{Label, Place};
use super::{Engine, library};
use crate::storage::StorageError;
use mien_compute::training::Session;
use mien_protocol::{StoredRun, TrainingEvent};

/// Where runs of this tab and of earlier ones are stored.
#[derive(Default)]
pub(super) struct Places {
    /// That of this tab's run, once it has one.
    own: Option<Place>,
    /// The run which the page was told to be unfinished.
    left: Option<Left>,
}

/// A run that was left unfinished.
enum Left {
    /// In the place of this name.
    Stored(String),
    /// It was nowhere but in the page's memory.
    Held(Vec<u8>),
    /// It comes from a file.
    Opened(Vec<u8>),
}

impl Places {
    /// Stores this tab's run, for which a place is sought where it has none.
    pub(super) async fn store(&mut self, label: &Label, run: &[u8]) -> Result<(), StorageError> {
        let place = match self.own.take() {
            Some(place) => place,
            None => Place::free().await?,
        };
        self.own.insert(place).store(label, run).await
    }
}

impl Engine {
    /// Tells of a run that was left unfinished: this tab's own if it broke off, else one that no tab is training.
    pub(super) async fn tell_unfinished(&mut self) {
        let own = match self.places.own.as_ref().filter(|_| self.has_no_run()) {
            Some(place) => place.label().await.map(Some),
            None => Err(StorageError::Missing),
        };
        let left = match own {
            Err(StorageError::Missing) => Place::left().await,
            own => own,
        };
        let left = match left {
            Ok(left) => left,
            // where nothing can be kept, nothing was
            Err(StorageError::Missing | StorageError::Refused(_)) => None,
            Err(error) => {
                self.tell_training(TrainingEvent::Stored { problem: Some(error.to_string()), held: None });
                None
            }
        };
        let (file, run) = match left {
            Some((file, label, bytes)) => (Some(Left::Stored(file)), Some(label.run(bytes, false))),
            None => (None, None),
        };
        self.places.left = file;
        self.tell_training(TrainingEvent::Unfinished { run });
    }

    /// Takes the run of a file for the one that was left unfinished.
    pub(super) fn open_run(&mut self, beside: &JsValue) -> Result<StoredRun, String> {
        let bytes = library::read(beside)?;
        let (epoch, epochs) = Session::epochs(&bytes).map_err(|error| error.to_string())?;
        let label = Label { set: String::new(), epoch: epoch as u32, epochs: epochs as u32 };
        let run = label.run(bytes.len() as u64, false);
        self.places.left = Some(Left::Opened(bytes));
        Ok(run)
    }

    /// The run that was left unfinished, to go on with; one that is stored stays there until it is replaced.
    pub(super) async fn take_unfinished(&mut self) -> Result<Vec<u8>, String> {
        match self.take_left()? {
            Left::Held(bytes) | Left::Opened(bytes) => Ok(bytes),
            Left::Stored(file) => {
                let place = self.take_place(file).await?;
                let bytes = place.read().await;
                // if it does not go on, it is offered from there again
                self.places.own = Some(place);
                bytes.map_err(|error| error.to_string())
            }
        }
    }

    /// The same, to look at; it may be of a file or of the page's memory.
    pub(super) async fn peek_unfinished(&self) -> Option<Vec<u8>> {
        match self.places.left.as_ref()? {
            Left::Held(bytes) | Left::Opened(bytes) => Some(bytes.clone()),
            Left::Stored(left) => Place::peek(left).await.ok(),
        }
    }

    /// Takes a run of the page's memory for the one that was left unfinished: it is newer than what may have been stored before.
    pub(super) fn hold_unfinished(&mut self, run: StoredRun, bytes: Vec<u8>) {
        self.places.left = Some(Left::Held(bytes));
        self.tell_training(TrainingEvent::Unfinished { run: Some(run) });
    }

    fn take_left(&mut self) -> Result<Left, String> {
        self.places.left.take().ok_or_else(|| "there is no unfinished run any more".to_owned())
    }

    /// The place of the run that was left unfinished.
    async fn take_place(&mut self, left: String) -> Result<Place, String> {
        // a claim of this tab would stand in its own way
        if let Some(own) = self.places.own.take().filter(|own| own.is(&left)) {
            return Ok(own);
        }
        Place::take(left).await.ok_or_else(|| "another tab of this page goes on with it already".to_owned())
    }

    /// Deletes the run that was left unfinished, and tells of another that may lie there.
    pub(super) async fn discard(&mut self) {
        let cleared = match self.take_left() {
            Ok(Left::Held(_)) => {
                self.tell_training(TrainingEvent::Cleared);
                Ok(())
            }
            Ok(Left::Opened(_)) => Ok(()),
            Ok(Left::Stored(file)) => match self.take_place(file).await {
                Ok(place) => place.clear().await.map_err(|error| error.to_string()),
                Err(reason) => Err(reason),
            },
            Err(reason) => Err(reason),
        };
        match cleared {
            Ok(()) => self.tell_unfinished().await,
            Err(reason) => self.tell_training(TrainingEvent::Stored { problem: Some(reason), held: None }),
        }
    }

    /// Deletes what is stored of this tab's run, and tells of another that may lie there.
    pub(super) async fn clear_place(&mut self) {
        if let Some(place) = &self.places.own {
            // what is left behind is offered as an unfinished run, and can be discarded there
            let _ = place.clear().await;
        }
        self.tell_training(TrainingEvent::Cleared);
        self.tell_unfinished().await;
    }
}
