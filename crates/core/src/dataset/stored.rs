//! A dataset in the project's own binary format, which loads quickly. `docs/dataset.md` describes it.

use std::io::{self, ErrorKind, Read, Write};

use flate2::{CrcReader, CrcWriter};
use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

use super::groups::{GroupColumn, MAX_VALUES, group_text};
use super::limits::{MAX_BYTES, MAX_SAMPLES};
use super::reader::group_name;
use super::{Dataset, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

/// The first bytes of a file; the last of them is the version.
const MAGIC: &[u8; 8] = b"MIENSET\x01";

/// Maximum length of the header, in bytes; the largest possible groups take less.
const MAX_HEADER_LENGTH: u32 = 2 << 20;

/// Why a stored dataset was refused.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum StoredError {
    /// Reading failed.
    #[error("the stored dataset could not be read ({0})")]
    Io(io::Error),
    /// Not a stored dataset.
    #[error("not a stored dataset")]
    Foreign,
    /// An unsupported version.
    #[error("the stored dataset is of version {0}, which this version of the program cannot read; it reads 1")]
    Version(u8),
    /// The file is truncated.
    #[error("the stored dataset is cut off")]
    Cut,
    /// The file is damaged.
    #[error("the stored dataset is damaged: {0}")]
    Damaged(#[from] Damage),
}

/// The damage of a stored dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum Damage {
    /// A label is not a class.
    #[error("a label is not 0 to 6")]
    Label,
    /// A split number is invalid.
    #[error("a split is not 0 to 2")]
    Split,
    /// A row number is too large.
    #[error("a row number is too large")]
    Row,
    /// A sample's group does not exist in its column.
    #[error("a sample has a group that the column does not have")]
    Code,
    /// The checksum does not match.
    #[error("its checksum does not match")]
    Checksum,
    /// There is data after the end.
    #[error("there is more data after its end")]
    Trailing,
    /// The header is too long.
    #[error("its header is too long")]
    LongHeader,
    /// The header cannot be parsed.
    #[error("its header is invalid")]
    Header,
    /// There are too many samples.
    #[error("it has too many samples")]
    Samples,
    /// The images are not 48×48 pixels.
    #[error("its images have another size")]
    Size,
    /// A group column is invalid.
    #[error("a group column is invalid")]
    Group,
}

impl From<io::Error> for StoredError {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof { Self::Cut } else { Self::Io(error) }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    samples: usize,
    pixels: usize,
    groups: Vec<HeaderGroup>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderGroup {
    name: String,
    values: Vec<String>,
}

impl Dataset {
    /// Writes the dataset in the format that [`Self::read_from`] reads.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_to(&self, target: impl Write) -> io::Result<()> {
        let group = |group: &GroupColumn| HeaderGroup { name: group.name.clone(), values: group.values.clone() };
        let groups = self.groups.iter().map(group).collect();
        let header = serde_json::to_vec(&Header { samples: self.len(), pixels: CROP_PIXELS, groups })?;
        let mut target = CrcWriter::new(target);
        target.write_all(MAGIC)?;
        // far shorter than the longest
        target.write_all(&(header.len() as u32).to_le_bytes())?;
        target.write_all(&header)?;
        target.write_all(&self.labels.iter().map(|&label| label as u8).collect::<Vec<u8>>())?;
        target.write_all(&self.splits.iter().map(|&split| split as u8).collect::<Vec<u8>>())?;
        let rows: Vec<u8> = self.rows.iter().flat_map(|&row| (row as u64).to_le_bytes()).collect();
        target.write_all(&rows)?;
        for group in &self.groups {
            target.write_all(&group.codes)?;
        }
        for block in &self.blocks {
            target.write_all(block.as_flattened())?;
        }
        let checksum = target.crc().sum();
        let mut target = target.into_inner();
        target.write_all(&checksum.to_le_bytes())?;
        target.flush()
    }

    /// Reads what [`Self::write_to`] wrote. The file is not trusted: memory grows only with the bytes that are read.
    ///
    /// # Errors
    /// When the file is of another format, truncated or damaged.
    pub fn read_from(source: impl Read) -> Result<Self, StoredError> {
        let mut source = CrcReader::new(source);
        let magic: [u8; 8] = read_array(&mut source).map_err(|error| match error {
            StoredError::Cut => StoredError::Foreign,
            other => other,
        })?;
        if magic[..7] != MAGIC[..7] {
            return Err(StoredError::Foreign);
        }
        if magic[7] != MAGIC[7] {
            return Err(StoredError::Version(magic[7]));
        }
        let header = read_header(&mut source)?;
        let count = header.samples;
        let labels = read_bytes(&mut source, count)?.into_iter().map(|label| Expression::from_index(label.into()));
        let labels: Option<Vec<Expression>> = labels.collect();
        let splits =
            read_bytes(&mut source, count)?.into_iter().map(|split| Split::ALL.get(usize::from(split)).copied());
        let splits: Option<Vec<Split>> = splits.collect();
        let mut dataset = Self {
            labels: labels.ok_or(StoredError::Damaged(Damage::Label))?,
            splits: splits.ok_or(StoredError::Damaged(Damage::Split))?,
            ..Self::default()
        };
        let rows = read_bytes(&mut source, count * size_of::<u64>())?;
        let (rows, _) = rows.as_chunks();
        // no file that is read has more
        let row = |&row: &[u8; 8]| usize::try_from(u64::from_le_bytes(row)).ok().filter(|&row| row as u64 <= MAX_BYTES);
        let rows: Option<_> = rows.iter().map(row).collect();
        dataset.rows = rows.ok_or(StoredError::Damaged(Damage::Row))?;
        for HeaderGroup { name, values } in header.groups {
            let codes = read_bytes(&mut source, count)?;
            if codes.iter().any(|&code| usize::from(code) >= values.len()) {
                return Err(StoredError::Damaged(Damage::Code));
            }
            check_group(&name, &values, &dataset)?;
            dataset.groups.push(GroupColumn { name, values, codes });
        }
        for _ in 0..count {
            dataset.push_pixels(read_array(&mut source)?);
        }
        let expected = source.crc().sum();
        let mut source = source.into_inner();
        if read_array(&mut source)? != expected.to_le_bytes() {
            return Err(StoredError::Damaged(Damage::Checksum));
        }
        match read_array::<1>(&mut source) {
            Err(StoredError::Cut) => Ok(dataset),
            Err(error) => Err(error),
            Ok(_) => Err(StoredError::Damaged(Damage::Trailing)),
        }
    }
}

fn read_header(source: &mut impl Read) -> Result<Header, StoredError> {
    let length = u32::from_le_bytes(read_array(source)?);
    if length > MAX_HEADER_LENGTH {
        return Err(StoredError::Damaged(Damage::LongHeader));
    }
    let bytes = read_bytes(source, length as usize)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| StoredError::Damaged(Damage::Header))?;
    if header.samples > MAX_SAMPLES {
        return Err(StoredError::Damaged(Damage::Samples));
    }
    if header.pixels != CROP_PIXELS {
        return Err(StoredError::Damaged(Damage::Size));
    }
    Ok(header)
}

/// Checks that a group could have been read from a CSV.
fn check_group(name: &str, values: &[String], dataset: &Dataset) -> Result<(), StoredError> {
    let is_text = |text: &str| group_text(text.as_bytes()).is_ok_and(|clean| clean == text);
    let named = values.iter().filter(|value| !value.is_empty()).count();
    let repeated = || (1..values.len()).any(|index| values[..index].contains(&values[index]));
    let good = is_text(name)
        && group_name(name.as_bytes(), dataset).is_ok()
        && named <= MAX_VALUES
        && values.iter().all(|value| is_text(value))
        && !repeated();
    if good { Ok(()) } else { Err(StoredError::Damaged(Damage::Group)) }
}

fn read_array<const COUNT: usize>(source: &mut impl Read) -> Result<[u8; COUNT], StoredError> {
    let mut bytes = [0; COUNT];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads `count` bytes; memory grows only with the bytes that are read.
fn read_bytes(source: &mut impl Read, count: usize) -> Result<Vec<u8>, StoredError> {
    let mut bytes = Vec::new();
    source.by_ref().take(count as u64).read_to_end(&mut bytes)?;
    if bytes.len() < count { Err(StoredError::Cut) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(count: usize) -> Dataset {
        let groups = ["age", "gender, as told"].map(|name| GroupColumn::new(name.to_owned())).into();
        let mut dataset = Dataset { groups, ..Dataset::default() };
        for row in 0..count {
            let pixels = std::array::from_fn(|index| (index * 7 + row) as u8);
            dataset.push_ungrouped(pixels, Expression::ALL[row % 7], Split::ALL[row % 3], row * 1000);
            dataset.groups[0].push(&(row % 90).to_string()).unwrap();
            dataset.groups[1].push(["", "f", "m"][row % 3]).unwrap();
        }
        dataset
    }

    fn stored(dataset: &Dataset) -> Vec<u8> {
        let mut bytes = Vec::new();
        dataset.write_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for count in [0, 1, 300] {
            let dataset = dataset(count);
            let bytes = stored(&dataset);
            assert_eq!(Dataset::read_from(&bytes[..]).unwrap(), dataset);
            assert!(bytes.len() < count * (CROP_PIXELS + 12) + 1000);
        }
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_refused() {
        let bytes = stored(&dataset(3));
        for length in (0..400).chain((400..bytes.len()).step_by(97)) {
            let error = Dataset::read_from(&bytes[..length]).unwrap_err();
            assert!(
                matches!(error, StoredError::Cut) || length < 8 && matches!(error, StoredError::Foreign),
                "{error}"
            );
        }
        for at in (0..400).chain((400..bytes.len()).step_by(97)) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x11;
            assert!(Dataset::read_from(&changed[..]).is_err(), "byte {at}");
        }
        let more = [&bytes[..], b"x"].concat();
        assert!(matches!(Dataset::read_from(&more[..]), Err(StoredError::Damaged(Damage::Trailing))));
        let mut newer = bytes;
        newer[7] = 2;
        assert!(matches!(Dataset::read_from(&newer[..]), Err(StoredError::Version(2))));
    }

    #[test]
    fn a_row_is_one_of_a_file() {
        let mut set = dataset(2);
        set.rows[1] = MAX_BYTES as usize;
        assert_eq!(Dataset::read_from(&stored(&set)[..]).unwrap(), set);
        for row in [MAX_BYTES as usize + 1, usize::MAX] {
            set.rows[1] = row;
            assert!(matches!(Dataset::read_from(&stored(&set)[..]), Err(StoredError::Damaged(Damage::Row))));
        }
    }

    /// A file with this header, followed by enough bytes.
    fn refused(header: &str) -> Damage {
        let header = header.as_bytes();
        let start = [MAGIC, &(header.len() as u32).to_le_bytes()[..], header].concat();
        match Dataset::read_from(start.chain(io::repeat(0).take(100_000))) {
            Err(StoredError::Damaged(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_header_is_not_trusted() {
        assert_eq!(refused("{"), Damage::Header);
        assert_eq!(refused(r#"{"samples":-1,"pixels":2304,"groups":[]}"#), Damage::Header);
        let large = r#"{"samples":18446744073709551615,"pixels":2304,"groups":[]}"#;
        assert!(matches!(refused(large), Damage::Samples | Damage::Header));
        assert_eq!(refused(r#"{"samples":100001,"pixels":2304,"groups":[]}"#), Damage::Samples);
        assert_eq!(refused(r#"{"samples":1,"pixels":4,"groups":[]}"#), Damage::Size);
        let groups = |groups: &str| refused(&format!(r#"{{"samples":2,"pixels":2304,"groups":[{groups}]}}"#));
        assert_eq!(groups(r#"{"name":"a","values":[]}"#), Damage::Code);
        let wrong = Damage::Group;
        assert_eq!(groups(r#"{"name":"Pixels","values":["a"]}"#), wrong);
        assert_eq!(groups(r#"{"name":" a","values":["a"]}"#), wrong);
        assert_eq!(groups(r#"{"name":"a","values":["a","b","a"]}"#), wrong);
        assert_eq!(groups(r#"{"name":"a","values":["a"]},{"name":"A","values":["b"]}"#), wrong);
        assert_eq!(groups(r#"{"name":"a","values":["a\nb"]}"#), wrong);
        let full = r#"{"samples":100000,"pixels":2304,"groups":[]}"#.as_bytes();
        let start = [MAGIC, &(full.len() as u32).to_le_bytes()[..], full].concat();
        assert!(matches!(Dataset::read_from(&start[..]), Err(StoredError::Cut)));
    }
}
