//! FER+ (Barsoum et al., 2016): ten votes for each image of FER2013, row by row.

use std::io::{self, Read};

use super::fields::Fields;
use super::lines::Lines;
use super::{Dataset, Split};
use crate::expression::Expression;

/// Number of choices of a tagger: the seven classes in their order, then the three that are not among FER2013's classes.
pub const CHOICES: usize = Expression::COUNT + OTHERS.len();

/// The columns of the choices that are not among FER2013's classes; the last is "not a face".
const OTHERS: [&str; 3] = ["contempt", "unknown", "NF"];

/// The columns of the seven classes in FER2013's order.
const COLUMNS: [&str; Expression::COUNT] = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"];

/// Rows of FER2013 for which FER+'s votes belong to a different image.
const DOUBTFUL: [usize; 4] = [5_274, 6_968, 33_200, 34_334];

/// Why votes were refused.
#[derive(Debug, thiserror::Error)]
pub enum VotesError {
    /// Reading failed.
    #[error("the votes could not be read ({0})")]
    Io(#[from] io::Error),
    /// The header lacks a required column.
    #[error("these are not FER+'s votes: the first line has no column `{0}`")]
    Header(&'static str),
    /// An invalid row. Rows are matched to images by position, so none can be skipped.
    #[error("row {row} of the votes, column {column}: `{text}` is not a number of votes")]
    Row {
        /// The line number as in a text editor: the header is line 1.
        row: u64,
        /// The column.
        column: &'static str,
        /// The invalid text.
        text: String,
    },
    /// A text in UTF-16 that was cut off; the last line.
    #[error(
        "row {0} of the votes: the file ends in the middle of a character, as if it had not been copied or downloaded completely"
    )]
    End(u64),
    /// The rows are not those of the dataset.
    #[error("the votes don't fit the dataset row by row: {0}")]
    Mismatch(String),
}

/// The votes of a file, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct Votes {
    /// Votes for each choice; a single vote is treated as noise and dropped.
    cast: Vec<[u8; CHOICES]>,
    majorities: Vec<Option<Expression>>,
    splits: Option<Vec<Split>>,
}

impl Votes {
    /// Reads FER+'s CSV: the columns of the seven classes by name, and `Usage`, `contempt`, `unknown` and `NF` if present;
    /// others are ignored.
    ///
    /// A single vote is treated as noise and dropped, as by FER+'s authors.
    ///
    /// # Errors
    /// When it is not such a CSV, a row is invalid, or reading fails.
    pub fn read(source: impl Read) -> Result<Self, VotesError> {
        let mut lines = Lines::new(source);
        let header = lines.next()?.ok_or(VotesError::Header(COLUMNS[0]))?;
        let mut fields = Fields::of_header(header.bytes);
        let header = fields.split(header.bytes).unwrap_or_default();
        let find = |name: &str| header.iter().position(|field| field.eq_ignore_ascii_case(name.as_bytes()));
        let mut columns = [0; Expression::COUNT];
        for (column, name) in columns.iter_mut().zip(COLUMNS) {
            *column = find(name).ok_or(VotesError::Header(name))?;
        }
        let usage = find("usage");
        let others = OTHERS.map(find);
        let (mut all, mut majorities, mut splits) = (Vec::new(), Vec::new(), usage.map(|_| Vec::new()));
        while let Some(line) = lines.next()? {
            if line.bytes.is_empty() {
                continue;
            }
            if line.ends_within_character {
                return Err(VotesError::End(line.number));
            }
            let record = fields.split(line.bytes).unwrap_or_default();
            let text = |column: usize| std::str::from_utf8(record.get(column)).unwrap_or_default();
            let fault = |column, text: &str| VotesError::Row { row: line.number, column, text: text.to_owned() };
            let count = |column: usize, name: &'static str| -> Result<u8, VotesError> {
                text(column).parse().map_err(|_| fault(name, text(column)))
            };
            let mut cast = [0; CHOICES];
            let places = columns.into_iter().map(Some).zip(COLUMNS).chain(others.into_iter().zip(OTHERS));
            for (number, (column, name)) in cast.iter_mut().zip(places) {
                *number = column.map_or(Ok(0), |column| count(column, name))?;
            }
            if let (Some(usage), Some(splits)) = (usage, &mut splits) {
                splits.push(text(usage).parse().map_err(|_| fault("Usage", text(usage)))?);
            }
            if DOUBTFUL.contains(&all.len()) {
                cast = [0; CHOICES];
            }
            majorities.push(majority(cast));
            all.push(cast.map(|number| if number > 1 { number } else { 0 }));
        }
        Ok(Self { cast: all, majorities, splits })
    }

    /// Checks that the votes belong to the rows of the dataset.
    ///
    /// # Errors
    /// What does not match.
    pub fn check(&self, dataset: &Dataset) -> Result<(), VotesError> {
        for index in 0..dataset.len() {
            let row = dataset.row(index);
            if row >= self.cast.len() {
                let rows = self.cast.len();
                return Err(VotesError::Mismatch(format!("they have {rows} rows, the dataset has more")));
            }
            if self.splits.as_ref().is_some_and(|splits| splits[row] != dataset.split(index)) {
                return Err(VotesError::Mismatch(format!("image {} belongs to another split there", row + 1)));
            }
        }
        Ok(())
    }

    /// The share of the votes for each class, with sum 1; `None` without valid votes.
    ///
    /// `row` is the row of the sample in its file ([`Dataset::row`]).
    pub fn shares(&self, row: usize) -> Option<[f32; Expression::COUNT]> {
        self.cast.get(row).and_then(|cast| shares(cast.first_chunk()?))
    }

    /// The share of the votes for each choice: the seven classes, contempt, unknown, and not a face.
    pub fn choices(&self, row: usize) -> Option<[f32; CHOICES]> {
        self.cast.get(row).and_then(shares)
    }

    /// The class with more votes than every other choice, including contempt, unknown and not a face; `None` if there is
    /// none. `row` as in [`Self::shares`].
    pub fn majority(&self, row: usize) -> Option<Expression> {
        self.majorities.get(row).copied().flatten()
    }
}

/// Divides each number by their sum.
fn shares<const N: usize>(cast: &[u8; N]) -> Option<[f32; N]> {
    let sum: f32 = cast.iter().copied().map(f32::from).sum();
    (sum > 0.0).then(|| cast.map(|number| f32::from(number) / sum))
}

fn majority(cast: [u8; CHOICES]) -> Option<Expression> {
    let (cast, others) = cast.split_at(Expression::COUNT);
    let most = cast.iter().copied().max().filter(|most| *most > 0 && others.iter().all(|other| other < most))?;
    let mut chosen = Expression::ALL.into_iter().filter(|class| cast[class.index()] == most);
    chosen.next().filter(|_| chosen.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::{utf16, utf16_and_a_byte};
    use super::*;
    use crate::vision::CROP_PIXELS;

    const TEXT: &str = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n\
        Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n\
        Training,fer0000001.png,0,0,0,0,0,0,1,0,0,9\n\
        PublicTest,fer0000002.png,0,10,0,0,0,0,0,0,0,0\n";

    #[test]
    fn votes_become_shares() {
        let votes = Votes::read(TEXT.as_bytes()).unwrap();
        assert_eq!(votes.shares(0), Some([3.0 / 9.0, 2.0 / 9.0, 0.0, 0.0, 0.0, 0.0, 4.0 / 9.0]));
        assert_eq!(votes.shares(1), None);
        assert_eq!(votes.shares(2), Some([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
        assert_eq!(votes.shares(3), None);
        let unicode_text = Votes::read(&utf16(&TEXT.replace(',', "\t"))[..]).unwrap();
        assert_eq!(unicode_text, votes, "as Excel writes it");
        assert_eq!(votes.choices(1), Some([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
        assert_eq!(votes.choices(0).map(|choices| choices[6]), Some(4.0 / 9.0));
    }

    #[test]
    fn a_majority_is_unique_and_one_of_the_seven() {
        let votes = Votes::read(TEXT.as_bytes()).unwrap();
        assert_eq!(votes.majority(0), Some(Expression::Neutral));
        assert_eq!(votes.majority(1), None, "no face");
        assert_eq!(votes.majority(2), Some(Expression::Happy));
        assert_eq!(votes.majority(3), None);
        assert_eq!(majority([5, 0, 0, 5, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(majority([5, 0, 0, 4, 0, 0, 0, 5, 0, 0]), None);
        assert_eq!(majority([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Some(Expression::Angry));
        assert_eq!(majority([0; CHOICES]), None);
    }

    #[test]
    fn votes_of_other_rows_are_refused() {
        let votes = Votes::read(TEXT.as_bytes()).unwrap();
        let mut dataset = Dataset::default();
        dataset.push([0; CROP_PIXELS], Expression::Angry, Split::Training, 0);
        votes.check(&dataset).unwrap();
        dataset.push([0; CROP_PIXELS], Expression::Angry, Split::Training, 2);
        assert!(matches!(votes.check(&dataset), Err(VotesError::Mismatch(_))));
        let mut longer = Dataset::default();
        longer.push([0; CROP_PIXELS], Expression::Angry, Split::Training, 3);
        assert!(matches!(votes.check(&longer), Err(VotesError::Mismatch(_))));
    }

    #[test]
    fn what_is_no_vote_is_refused() {
        assert!(matches!(Votes::read(&b"emotion,pixels,Usage\n"[..]), Err(VotesError::Header("anger"))));
        assert!(matches!(Votes::read(&b""[..]), Err(VotesError::Header(_))));
        for file in utf16_and_a_byte(TEXT, 0) {
            assert!(matches!(Votes::read(&file[..]), Err(VotesError::End(5))));
        }
        let cut = TEXT.replace(",10,", ",x,");
        assert!(matches!(Votes::read(cut.as_bytes()), Err(VotesError::Row { row: 4, column: "happiness", .. })));
        assert!(matches!(Votes::read(&TEXT.as_bytes()[..TEXT.len() - 25]), Err(VotesError::Row { .. })));
    }
}
