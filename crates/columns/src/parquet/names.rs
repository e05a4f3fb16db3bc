//! Which columns are the images, the labels and the splits, by Hugging Face's description or by their names.

use mien_core::dataset::RowsError;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::ColumnDescriptor;
use serde_json::Value;

/// Names of a column of images, the most usual first.
const IMAGES: [&str; 9] = ["image", "img", "picture", "photo", "face", "image_bytes", "img_bytes", "jpg", "png"];

/// Names of a column of labels.
const LABELS: [&str; 9] =
    ["emotion", "label", "class", "expression", "labels", "emotions", "expressions", "target", "category"];

/// Names of a column of splits.
const SPLITS: [&str; 3] = ["usage", "split", "set"];

/// The name of FER2013's pixels.
const PIXELS: &str = "pixels";

/// Maximum number of columns that an error lists.
const LISTED: usize = 12;

/// The columns that are read, by their indices.
pub struct Columns {
    pub image: ImageColumn,
    pub label: usize,
    pub split: Option<usize>,
    /// The names of the classes, in the order of their integer labels.
    pub class_names: Option<Vec<String>>,
    /// Whether the columns are FER2013's.
    pub is_fer2013: bool,
}

/// Where the images are.
pub enum ImageColumn {
    /// The content of image files, and the paths that these had.
    Files { bytes: usize, path: Option<usize> },
    /// Only paths.
    Paths(usize),
    /// Pixels as text.
    Text(usize),
}

impl Columns {
    pub fn find(metadata: &ParquetMetaData) -> Result<Self, RowsError> {
        let columns = metadata.file_metadata().schema_descr().columns();
        let columns: Vec<Description<'_>> = columns.iter().map(|column| Description::of(column)).collect();
        let features = features(metadata);
        let image = find_images(&columns, &features).ok_or_else(|| RowsError::NoImages(list(&columns)))?;
        let label = find_labels(&columns, &features).ok_or_else(|| RowsError::NoLabels(list(&columns)))?;
        let split = first(&columns, &SPLITS).filter(|&index| columns[index].kind == Kind::Text);
        for index in image.indices().into_iter().chain([label]) {
            let column = &columns[index];
            if column.is_list || column.kind == Kind::Other {
                let kind = if column.is_list { "LIST".to_owned() } else { column.physical.to_string() };
                return Err(RowsError::ColumnType { column: column.name(), kind });
            }
        }
        let class_names = match columns[label].path {
            [name] => features.into_iter().find(|feature| feature.name == *name).and_then(|feature| feature.names),
            _ => None,
        };
        let is_fer2013 = matches!(image, ImageColumn::Text(_)) && columns[label].is(LABELS[0]) && class_names.is_none();
        Ok(Self { image, label, split, class_names, is_fer2013 })
    }
}

impl ImageColumn {
    fn indices(&self) -> Vec<usize> {
        match *self {
            Self::Files { bytes, path } => [Some(bytes), path].into_iter().flatten().collect(),
            Self::Paths(index) | Self::Text(index) => vec![index],
        }
    }
}

/// What a column holds, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Binary,
    Text,
    Number,
    Other,
}

/// A column of the schema.
struct Description<'a> {
    /// Its name after those of the groups that it is in.
    path: &'a [String],
    kind: Kind,
    physical: Type,
    is_list: bool,
}

impl<'a> Description<'a> {
    fn of(column: &'a ColumnDescriptor) -> Self {
        let is_text = matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::ENUM)
            || matches!(column.logical_type_ref(), Some(LogicalType::String | LogicalType::Enum));
        let kind = match column.physical_type() {
            Type::BYTE_ARRAY if is_text => Kind::Text,
            Type::BYTE_ARRAY => Kind::Binary,
            Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE => Kind::Number,
            _ => Kind::Other,
        };
        let is_list = column.max_rep_level() > 0;
        Self { path: column.path().parts(), kind, physical: column.physical_type(), is_list }
    }

    fn name(&self) -> String {
        self.path.join(".")
    }

    /// Whether it is not in a group and has this name.
    fn is(&self, name: &str) -> bool {
        matches!(self.path, [own] if own.trim().eq_ignore_ascii_case(name))
    }
}

/// The index of the first column with one of these names, the first name first.
fn first(columns: &[Description<'_>], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| columns.iter().position(|column| column.is(name)))
}

fn find_images(columns: &[Description<'_>], features: &[Feature]) -> Option<ImageColumn> {
    let part = |group: &str, part: &str| {
        columns.iter().position(|column| matches!(column.path, [first, second] if first == group && second == part))
    };
    let files = |group: &str| Some(ImageColumn::Files { bytes: part(group, "bytes")?, path: part(group, "path") });
    // groups with the bytes and paths of images: those that are described as such, then by name, then any
    let described = features.iter().filter(|feature| feature.is_image).map(|feature| &feature.name[..]);
    let groups = || columns.iter().filter_map(|column| column.path.first().filter(|_| column.path.len() == 2));
    let named = IMAGES.iter().flat_map(|name| groups().filter(|group| group.eq_ignore_ascii_case(name)));
    let mut candidates = described.chain(named.map(|name| &name[..])).chain(groups().map(|name| &name[..]));
    if let Some(found) = candidates.find_map(files) {
        return Some(found);
    }
    if let Some(pixels) = first(columns, &[PIXELS]) {
        return Some(ImageColumn::Text(pixels));
    }
    let image = first(columns, &IMAGES)?;
    match columns[image].kind {
        Kind::Text => Some(ImageColumn::Paths(image)),
        _ => Some(ImageColumn::Files { bytes: image, path: None }),
    }
}

fn find_labels(columns: &[Description<'_>], features: &[Feature]) -> Option<usize> {
    let position = |feature: &Feature| columns.iter().position(|column| column.is(&feature.name));
    let classes = features.iter().filter(|feature| feature.names.is_some());
    let mut described: Vec<usize> = classes.filter_map(position).collect();
    let by_name = |&index: &usize| LABELS.iter().position(|name| columns[index].is(name)).unwrap_or(LABELS.len());
    described.sort_by_key(by_name);
    described.first().copied().or_else(|| first(columns, &LABELS))
}

fn list(columns: &[Description<'_>]) -> String {
    let names = columns.iter().take(LISTED).map(Description::name);
    let rest = if columns.len() > LISTED { ", …" } else { "" };
    names.collect::<Vec<_>>().join(", ") + rest
}

/// A column as Hugging Face describes it.
struct Feature {
    name: String,
    is_image: bool,
    /// The names of classes.
    names: Option<Vec<String>>,
}

/// Hugging Face's description of the columns; empty if there is none.
fn features(metadata: &ParquetMetaData) -> Vec<Feature> {
    let values = metadata.file_metadata().key_value_metadata();
    let text = values.and_then(|values| values.iter().find(|value| value.key == "huggingface")?.value.as_deref());
    let description: Value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let Some(features) = description.pointer("/info/features").and_then(Value::as_object) else { return Vec::new() };
    let feature = |(name, feature): (&String, &Value)| {
        let kind = feature.get("_type").and_then(Value::as_str);
        let names = feature.get("names").and_then(Value::as_array).filter(|_| kind == Some("ClassLabel"));
        let names = names.map(|names| names.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect());
        Feature { name: name.clone(), is_image: kind == Some("Image"), names }
    };
    features.iter().map(feature).collect()
}
