//! Samples that are labelled by number: finds out which classes the numbers mean.

use std::collections::BTreeMap;

use super::Pixels;
use super::label_order::{ClassOf, LabelOrder};
use super::label_question::{Example, LabelQuestion, NumberedSamples, Reading};
use super::reading::{LoadNote, LoadedDataset, ReadError};
use super::rejection::{Location, Rejection};
use crate::expression::Expression;

/// Maximum number of different numbers that can be those of classes.
const MAX_NUMBERS: usize = 16;

/// Number of samples that are shown for each number.
const EXAMPLES: usize = 4;

/// Samples of a number that must be named by class for the names to determine the class of the others.
const MIN_NAMED: usize = 4;

/// A share of the samples, as its reciprocal: if fewer have a number outside an order, they are invalid; otherwise the order
/// is the wrong one.
const STRAY: usize = 100;

/// Samples with a number outside FER2013's that are invalid whatever their share, unless it is the 7 of other orders.
const MAX_STRAYS: usize = 2;

/// How often a number occurs.
#[derive(Debug, Default)]
struct Counted {
    count: usize,
    examples: Vec<Example>,
    /// How many of its samples are named by each class.
    named: [usize; Expression::COUNT],
}

impl LabelOrder {
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

    /// The class of each number that occurs, `None` for an unknown label; `None` if the order does not fit the numbers.
    fn map(&self, counts: &BTreeMap<u32, Counted>) -> Option<ClassOf> {
        let (classes, fits) = self.read(counts);
        fits.then_some(classes)
    }
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

    /// Adds a sample of the dataset whose class only its number determines.
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

    /// Gives the waiting samples their classes. Those with an unknown label are removed and rejected by `reject`;
    /// returns them in ascending order.
    ///
    /// # Errors
    /// When the order of integer labels is unknown.
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
