//! What the path of an image contains about its class, and what a list adds to that.

use super::class_names::{self, Label};
use super::collector::{LabelSource, SampleLabel};
use super::label_list::ListEntry;
use super::paths::{file_name, folders};
use crate::expression::Expression;

/// What a path contains about the class.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathLabel {
    /// By the nearest folder that names one, or else by the file's name.
    class: Option<Expression>,
    /// The number of the nearest folder whose name is an integer.
    number: Option<u32>,
    source: LabelSource,
}

impl PathLabel {
    /// Of a path.
    pub fn of(path: &str) -> Self {
        let (mut named, mut number) = (None, None);
        for label in folders(path).filter_map(class_names::label) {
            match label {
                Label::Number(label) => number = number.or(Some(label)),
                name => named = named.or(Some(name)),
            }
        }
        let direct = LabelSource::Direct;
        match named {
            Some(Label::Class(class)) => return Self { class: Some(class), number, source: direct },
            // a class that is none of the seven
            Some(_) => return Self { class: None, number: None, source: direct },
            None => {}
        }
        let class = class_names::class_of_file(file_name(path));
        Self { class, number, source: if class.is_some() { LabelSource::FileName } else { direct } }
    }

    /// Whether a folder names the class, and not only the file.
    pub fn is_named_by_folder(&self) -> bool {
        self.class.is_some() && self.source == LabelSource::Direct
    }

    /// The label with what a list says about the image. A name of a class counts more than a number, and the list's more than
    /// the path's.
    ///
    /// # Errors
    /// The list's label, if it is none.
    pub fn listed(&self, entry: &ListEntry) -> Result<Self, String> {
        let source = LabelSource::List;
        match &entry.label {
            Ok(Label::Class(class)) => Ok(Self { class: Some(*class), number: None, source }),
            Ok(Label::Number(number)) => {
                // the names of files on such lists are numbered or random
                let class = self.class.filter(|_| self.source != LabelSource::FileName);
                Ok(Self { class, number: Some(*number), source })
            }
            Ok(Label::Other) => Ok(Self { class: None, number: None, source }),
            Err(text) => Err(text.clone()),
        }
    }

    /// The label of the image; `None` if the path contains neither class nor number.
    pub fn of_sample(self) -> Option<SampleLabel> {
        let Self { class, number, source } = self;
        match (class, number) {
            (Some(class), number) => Some(SampleLabel::Class { class, number, source }),
            (None, Some(number)) => Some(SampleLabel::Number { number, source }),
            (None, None) => None,
        }
    }
}
