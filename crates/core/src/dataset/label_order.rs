//! Which class a number means: datasets number their classes differently.

use std::collections::BTreeMap;
use std::str::FromStr;

use mien_message::{Argument, ToArgument};
use serde::{Deserialize, Serialize};

use super::class_names::{self, Label};
use crate::expression::Expression;

/// An order of the classes: which class a number means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelOrder {
    /// FER2013 and ExpW, from 0: angry, disgust, fear, happy, sad, surprise, neutral.
    Fer2013,
    /// RAF-DB, from 1: surprise, fear, disgust, happy, sad, angry, neutral.
    RafDb,
    /// AffectNet, from 0: neutral, happy, sad, surprise, fear, disgust, angry; 7 contempt and 8 to 10 are no classes.
    AffectNet,
    /// By the English names, from 0 or 1: angry, disgust, fear, happy, neutral, sad, surprise. With eight numbers, contempt
    /// comes second.
    Alphabetical,
    /// A custom order.
    Own(OwnOrder),
}

/// Classes by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOrder {
    /// The number of the class at 0. If it is missing, the numbers that occur decide: 0 if there is a 0, 1 if there is one as
    /// high as the number of classes.
    first: Option<u32>,
    /// The classes by their place; `None` for a class that FER2013 does not have, or whose samples are to be left out.
    classes: ClassOf,
}

impl From<ClassOf> for OwnOrder {
    /// The order in which each number means this class.
    fn from(classes: ClassOf) -> Self {
        Self { first: Some(0), classes }
    }
}

/// A text that names no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelOrderError {
    /// Neither the name of an order nor a list of classes: fewer than two, or nothing between two separators.
    #[error(
        "`{0}` is neither an order (fer2013, raf-db, affectnet, alphabetical) nor a list of classes; a list in the order of \
         their numbers looks like surprise,fear,disgust,happy,sad,angry,neutral or 1=surprise,fear,…"
    )]
    Unknown(String),
    /// A word in a list that names no class.
    #[error(
        "`{0}` in the list is no class: the seven are surprise, fear, disgust, happy, sad, angry and neutral, and others are \
         contempt or none"
    )]
    NoClass(String),
    /// A class twice.
    #[error("`{0}` is in the list twice")]
    Twice(Expression),
}

impl LabelOrder {
    /// The orders with a name.
    pub const NAMED: [Self; 4] = [Self::Fer2013, Self::RafDb, Self::AffectNet, Self::Alphabetical];

    /// The name on the command line; `own` for a custom order.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fer2013 => "fer2013",
            Self::RafDb => "raf-db",
            Self::AffectNet => "affectnet",
            Self::Alphabetical => "alphabetical",
            Self::Own(_) => "own",
        }
    }

    /// The name as it is usually written.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Fer2013 => "FER2013",
            Self::RafDb => "RAF-DB",
            Self::AffectNet => "AffectNet",
            Self::Alphabetical => "alphabetical",
            Self::Own(_) => "own",
        }
    }

    /// The seven classes in the order of their numbers; `None` for a custom order.
    pub(crate) const fn seven(&self) -> Option<[Expression; Expression::COUNT]> {
        use Expression::{Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise};
        Some(match self {
            Self::Fer2013 => Expression::ALL,
            Self::RafDb => [Surprise, Fear, Disgust, Happy, Sad, Angry, Neutral],
            Self::AffectNet => [Neutral, Happy, Sad, Surprise, Fear, Disgust, Angry],
            Self::Alphabetical => [Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise],
            Self::Own(_) => return None,
        })
    }

    /// The classes of a network's outputs, from the first on; `None` for one that FER2013 does not have, such as contempt. The named
    /// orders have seven or eight, the eighth being contempt: in second place in alphabetical order, else the last.
    pub fn of_outputs(&self, outputs: usize) -> Vec<Option<Expression>> {
        if let Self::Own(OwnOrder { classes, .. }) = self {
            return classes.values().copied().collect();
        }
        let mut classes: Vec<_> = self.seven().into_iter().flatten().map(Some).collect();
        if outputs == Expression::COUNT + 1 {
            classes.insert(if *self == Self::Alphabetical { 1 } else { Expression::COUNT }, None);
        }
        classes
    }

    /// The number of the class at 0, and the classes by their place; `None` if the numbers that occur leave open where the
    /// order starts.
    pub(super) fn classes(&self, has: impl Fn(u32) -> bool) -> Option<(u32, ClassOf)> {
        if let Self::Own(OwnOrder { first, classes }) = self {
            let first = first.or_else(|| has(0).then_some(0)).or_else(|| has(classes.len() as u32).then_some(1))?;
            return Some((first, classes.clone()));
        }
        let mut classes: Vec<_> = self.seven()?.into_iter().map(Some).collect();
        let mut first = 0;
        match self {
            Self::RafDb => first = 1,
            Self::AffectNet => classes.resize(11, None),
            Self::Alphabetical => {
                first = if has(0) { 0 } else { 1 };
                if has(first + 7) {
                    classes.insert(1, None);
                } else if first == 1 && !has(7) {
                    return None;
                }
            }
            Self::Fer2013 | Self::Own(_) => {}
        }
        Some((first, (0..).zip(classes).collect()))
    }
}

impl std::fmt::Display for LabelOrder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.title())
    }
}

impl FromStr for LabelOrder {
    type Err = LabelOrderError;

    /// Reads the name of an order, or a list of classes in the order of their numbers: `happy,sad,…`, from a number on:
    /// `1=happy,sad,…`. Other classes, such as contempt, keep their place. Between the names are commas or semicolons, and may be
    /// some after the last; without any, spaces are between the names.
    fn from_str(text: &str) -> Result<Self, LabelOrderError> {
        let name: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let is_named = |order: &Self| order.name().replace('-', "").eq_ignore_ascii_case(&name);
        if let Some(order) = Self::NAMED.into_iter().find(is_named) {
            return Ok(order);
        }
        let (first, list) = match text.split_once('=') {
            Some((first, list)) => match first.trim().parse() {
                Ok(first) => (Some(first), list),
                Err(_) => return Err(LabelOrderError::Unknown(text.to_owned())),
            },
            None => (None, text),
        };
        let separators = [',', ';'];
        let is_after = |letter: char| letter.is_whitespace() || separators.contains(&letter);
        let list = list.trim_end_matches(is_after);
        let names: Vec<&str> = if list.contains(separators) {
            list.split(separators).map(str::trim).collect()
        } else {
            list.split_whitespace().collect()
        };
        if names.len() < 2 || names.contains(&"") {
            return Err(LabelOrderError::Unknown(text.to_owned()));
        }
        let mut classes = Vec::new();
        for name in names {
            let class = match class_names::label(name) {
                Some(Label::Class(class)) => Some(class),
                Some(Label::Other) => None,
                Some(Label::Number(_)) | None => return Err(LabelOrderError::NoClass(name.to_owned())),
            };
            if let Some(class) = class.filter(|_| classes.contains(&class)) {
                return Err(LabelOrderError::Twice(class));
            }
            classes.push(class);
        }
        Ok(Self::Own(OwnOrder { first, classes: (0..).zip(classes).collect() }))
    }
}

/// The class of each number; `None` for an unknown label.
pub type ClassOf = BTreeMap<u32, Option<Expression>>;

impl ToArgument for LabelOrder {
    fn argument(&self) -> Argument {
        self.title().argument()
    }
}
