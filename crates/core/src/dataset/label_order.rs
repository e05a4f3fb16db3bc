//! Which class a number means: datasets number their classes differently.

use std::collections::BTreeMap;
use std::str::FromStr;

use mien_message::{Argument, Forms, Message, ToArgument, ToMessage};
use serde::{Deserialize, Serialize};

use super::Pixels;
use super::class_names::{self, Label};
use super::reading::{LoadNote, LoadedDataset, ReadError};
use super::rejection::{Location, Rejection};
use crate::expression::Expression;

/// Maximum number of different numbers that can be those of classes.
const MAX_NUMBERS: usize = 16;

/// Number of samples that are shown for each number.
const EXAMPLES: usize = 4;

/// Samples of a number that must be named by class, for the names to tell the class of the others.
const MIN_NAMED: usize = 4;

/// A share of the samples, as its reciprocal: if fewer have a number outside an order, they are invalid; otherwise the order
/// is the wrong one.
const STRAY: usize = 100;

/// Samples with a number outside FER2013's that are invalid whatever their share, unless it is the 7 of other orders.
const MAX_STRAYS: usize = 2;

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
    /// A word that names neither an order nor a class.
    #[error(
        "`{0}` is neither an order (fer2013, raf-db, affectnet, alphabetical) nor a class; a list of classes in the order \
         of their numbers looks like surprise,fear,disgust,happy,sad,angry,neutral or 1=surprise,fear,…"
    )]
    Unknown(String),
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

    /// The number of the class at 0, and the classes by their place; `None` if the numbers that occur leave open where the
    /// order starts.
    fn classes(&self, has: impl Fn(u32) -> bool) -> Option<(u32, ClassOf)> {
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

    /// What each number that occurs means, and whether the order fits them all.
    fn read(&self, counts: &BTreeMap<u32, Counted>) -> (ClassOf, bool) {
        let has = |number| counts.get(&number).is_some_and(|counted| counted.count > 0);
        let Some((first, classes)) = self.classes(has) else { return (ClassOf::new(), false) };
        let place = |number: u32| number.checked_sub(first).and_then(|place| classes.get(&place)).copied();
        let outside = counts.iter().filter(|&(&number, _)| place(number).is_none());
        let stray: usize = outside.map(|(_, counted)| counted.count).sum();
        let all: usize = counts.values().map(|counted| counted.count).sum();
        // the one number that others have and this order does not, without the one that only this order has
        let is_shifted = match self {
            Self::Fer2013 => has(7) && !has(0),
            Self::RafDb => has(0) && !has(7),
            _ => false,
        };
        let is_few = *self == Self::Fer2013 && stray <= MAX_STRAYS && !has(7);
        let fits = (is_few || stray * STRAY < all.max(1)) && !is_shifted;
        let occurring = counts.iter().filter(|(_, counted)| counted.count > 0);
        (occurring.map(|(&number, _)| (number, place(number).flatten())).collect(), fits)
    }

    /// The class of each number that occurs, `None` for one of no class; `None` if the order does not fit the numbers.
    fn map(&self, counts: &BTreeMap<u32, Counted>) -> Option<ClassOf> {
        let (classes, fits) = self.read(counts);
        fits.then_some(classes)
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
    /// `1=happy,sad,…`. Other classes, such as contempt, keep their place.
    fn from_str(text: &str) -> Result<Self, LabelOrderError> {
        let name: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let is_named = |order: &Self| order.name().replace('-', "").eq_ignore_ascii_case(&name);
        if let Some(order) = Self::NAMED.into_iter().find(is_named) {
            return Ok(order);
        }
        let (first, list) = match text.split_once('=') {
            Some((first, list)) => match first.trim().parse() {
                Ok(first) => (Some(first), list),
                Err(_) => return Err(LabelOrderError::Unknown(first.trim().to_owned())),
            },
            None => (None, text),
        };
        let mut classes = Vec::new();
        for name in list.split(',').map(str::trim) {
            let class = match class_names::label(name) {
                Some(Label::Class(class)) => Some(class),
                Some(Label::Other) => None,
                Some(Label::Number(_)) | None => return Err(LabelOrderError::Unknown(name.to_owned())),
            };
            if let Some(class) = class.filter(|_| classes.contains(&class)) {
                return Err(LabelOrderError::Twice(class));
            }
            classes.push(class);
        }
        if classes.len() < 2 {
            return Err(LabelOrderError::Unknown(text.to_owned()));
        }
        Ok(Self::Own(OwnOrder { first, classes: (0..).zip(classes).collect() }))
    }
}

/// The class of each number; `None` for a number of no class.
pub type ClassOf = BTreeMap<u32, Option<Expression>>;

/// What to ask when the classes of a file are only numbered: which class does each number mean?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelQuestion {
    /// The numbers that occur, in ascending order.
    pub numbers: Vec<NumberedSamples>,
    /// What they mean in each order with a name.
    pub readings: Vec<Reading>,
    /// The order that was chosen and does not fit.
    pub refused: Option<LabelOrder>,
    /// Whether there are more numbers, too many to be those of classes.
    pub has_more: bool,
}

/// What the numbers mean in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The order.
    pub order: LabelOrder,
    /// The class of each number of the question; `None` for one of no class, or that the order does not have.
    pub classes: Vec<Option<Expression>>,
    /// Whether the numbers allow the order.
    pub fits: bool,
}

/// The samples of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedSamples {
    /// The number.
    pub number: u32,
    /// How many samples have it.
    pub count: usize,
    /// The first of them, at most four.
    pub examples: Vec<Example>,
}

/// A sample, to see which class its number means.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its line or path in the file.
    pub location: Location,
    /// 48×48 grey bytes, row by row.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Example {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Example({})", self.location)
    }
}

impl LabelQuestion {
    /// The orders with a name that the numbers allow.
    pub fn orders(&self) -> impl Iterator<Item = &LabelOrder> {
        self.readings.iter().filter(|reading| reading.fits).map(|reading| &reading.order)
    }

    /// The numbers as text: `0 to 6` or `1, 3, 4`.
    fn listed(&self) -> String {
        let numbers: Vec<u32> = self.numbers.iter().map(|each| each.number).collect();
        match numbers[..] {
            [first, .., last] if numbers.len() > 2 && (last - first) as usize == numbers.len() - 1 => {
                format!("{first}–{last}")
            }
            _ => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

impl std::fmt::Display for LabelQuestion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers = self.listed();
        match &self.refused {
            Some(LabelOrder::Own(_)) => {
                write!(formatter, "the numbers of the classes ({numbers}) do not fit the order given")
            }
            Some(order) => write!(formatter, "the numbers of the classes ({numbers}) do not fit the order {order}"),
            None => write!(
                formatter,
                "the classes are only numbered ({numbers}), and datasets number them differently: name the folders, or the \
                 labels of the table, by class (`happy` rather than `3`)"
            ),
        }
    }
}

impl std::error::Error for LabelQuestion {}

impl ToMessage for LabelQuestion {
    fn message(&self) -> Message {
        let numbers = ("numbers", self.listed().argument());
        match &self.refused {
            Some(LabelOrder::Own(_)) => Message::new("label-question/refused-custom", [numbers], self.to_string()),
            Some(order) => {
                Message::new("label-question/refused", [numbers, ("order", order.title().argument())], self.to_string())
            }
            None => Message::new("label-question/unknown", [numbers], self.to_string()),
        }
    }

    fn forms(forms: &mut Forms) {
        forms.insert("label-question/refused", vec!["numbers", "order"]);
        forms.insert("label-question/refused-custom", vec!["numbers"]);
        forms.insert("label-question/unknown", vec!["numbers"]);
    }
}

impl ToArgument for LabelOrder {
    fn argument(&self) -> Argument {
        self.title().argument()
    }
}

/// How often a number occurs.
#[derive(Debug, Default)]
struct Counted {
    count: usize,
    examples: Vec<Example>,
    /// How many of its samples are named by each class.
    named: [usize; Expression::COUNT],
}

/// The samples that are labelled by number. Their classes are found at the end, when all numbers are known.
#[derive(Debug, Default)]
pub(super) struct NumberedLabels {
    /// The order that the user chose.
    pub chosen: Option<LabelOrder>,
    /// The order that the file is known to have.
    pub known: Option<LabelOrder>,
    counts: BTreeMap<u32, Counted>,
    /// Samples without a class as yet.
    waiting: Vec<(usize, u32, Location)>,
}

impl NumberedLabels {
    /// Counts a sample of a number.
    pub fn count(&mut self, number: u32, pixels: &Pixels, location: impl FnOnce() -> Location) {
        let is_few = self.counts.len() < MAX_NUMBERS;
        let counted = self.counts.entry(number).or_default();
        counted.count += 1;
        if counted.examples.len() < EXAMPLES && (is_few || !counted.examples.is_empty()) {
            counted.examples.push(Example { location: location(), pixels: pixels.to_vec() });
        }
    }

    /// Adds a sample of the dataset whose class only its number tells.
    pub fn wait(&mut self, sample: usize, number: u32, pixels: &Pixels, location: Location) {
        self.count(number, pixels, || location.clone());
        self.waiting.push((sample, number, location));
    }

    /// Notes that a sample with a number is of a class by its name.
    pub fn name(&mut self, number: u32, class: Expression) {
        self.counts.entry(number).or_default().named[class.index()] += 1;
    }

    /// Checks labels that were taken to be FER2013's; returns the class of each number.
    ///
    /// # Errors
    /// When the numbers rule that out.
    pub fn check_fer2013(&self) -> Result<ClassOf, ReadError> {
        LabelOrder::Fer2013.map(&self.counts).ok_or_else(|| self.question(self.chosen.as_ref()))
    }

    /// Gives the waiting samples their classes. Those whose number is of no class are removed and rejected by `reject`;
    /// returns them in ascending order.
    ///
    /// # Errors
    /// When nothing tells which class a number means.
    pub fn resolve(
        self,
        loaded: &mut LoadedDataset,
        reject: impl Fn(u32) -> Rejection,
    ) -> Result<Vec<usize>, ReadError> {
        if self.waiting.is_empty() {
            return Ok(Vec::new());
        }
        let (order, classes) = self.classes()?;
        let mut removed = Vec::new();
        for (sample, number, location) in self.waiting {
            match classes.get(&number).copied().flatten() {
                Some(class) => loaded.dataset.labels[sample] = class,
                None => {
                    loaded.rejections.push(location, None, reject(number));
                    removed.push(sample);
                }
            }
        }
        if !removed.is_empty() {
            loaded.dataset.retain(|sample| removed.binary_search(&sample).is_err());
        }
        if classes.values().any(Option::is_some) {
            loaded.notes.push(LoadNote::NumberedLabels { order, classes });
        }
        Ok(removed)
    }

    /// The class of each number, and the order that they are from.
    fn classes(&self) -> Result<(Option<LabelOrder>, ClassOf), ReadError> {
        let waiting = || self.waiting.iter().map(|&(_, number, _)| number);
        if let Some(order) = &self.chosen {
            // numbers that occur only beside the name of a class, such as those of people, do not matter
            let classes = order.map(&self.counts).ok_or_else(|| self.question(Some(order)))?;
            return Ok((Some(order.clone()), classes));
        }
        if let Some(classes) = self.known.as_ref().and_then(|order| order.map(&self.counts)) {
            return Ok((self.known.clone(), classes));
        }
        let mut named = ClassOf::new();
        let mut is_one_to_one = true;
        for (&number, counted) in &self.counts {
            let mut classes = Expression::ALL.into_iter().filter(|class| counted.named[class.index()] > 0);
            if let Some(class) = classes.next() {
                is_one_to_one &= classes.next().is_none() && !named.values().any(|&other| other == Some(class));
                named.insert(number, Some(class));
            }
        }
        if !is_one_to_one || self.counts.len() > MAX_NUMBERS {
            // the numbers are those of people, or of anything else
            return Ok((None, ClassOf::new()));
        }
        let is_named = |number: u32| {
            self.counts.get(&number).is_some_and(|counted| {
                let named: usize = counted.named.iter().sum();
                named >= MIN_NAMED && named >= counted.count
            })
        };
        if waiting().all(is_named) {
            return Ok((None, named));
        }
        Err(self.question(None))
    }

    fn question(&self, refused: Option<&LabelOrder>) -> ReadError {
        let samples = |(&number, counted): (&u32, &Counted)| NumberedSamples {
            number,
            count: counted.count,
            examples: counted.examples.clone(),
        };
        let mut counted = self.counts.iter().filter(|(_, counted)| counted.count > 0);
        let numbers: Vec<_> = counted.by_ref().take(MAX_NUMBERS).map(samples).collect();
        let reading = |order: LabelOrder| {
            let (classes, fits) = order.read(&self.counts);
            let classes = numbers.iter().map(|each| classes.get(&each.number).copied().flatten()).collect();
            Reading { order, classes, fits }
        };
        let readings = LabelOrder::NAMED.map(reading).into();
        let (refused, has_more) = (refused.cloned(), counted.next().is_some());
        ReadError::Labels(Box::new(LabelQuestion { numbers, readings, refused, has_more }))
    }
}
