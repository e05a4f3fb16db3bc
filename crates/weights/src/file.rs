//! The contents of a weights file that are read.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::error::WeightsError;
use crate::stored::{Metadata, SCALE, scale_of, widen};

/// Tensors by name, and the header of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightsFile {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    metadata: Metadata,
}

impl WeightsFile {
    /// A file without tensors.
    pub fn new(metadata: Metadata) -> Self {
        Self { tensors: HashMap::new(), metadata }
    }

    /// Parses safetensors and converts every tensor to f32.
    ///
    /// # Errors
    /// When the bytes are not safetensors, a tensor has another type, or a value is not finite.
    pub fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
        let stored = SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
        let mut file = Self::new(header.metadata().clone().unwrap_or_default());
        for (name, view) in stored.iter() {
            if name.strip_suffix(SCALE).is_some_and(|of| is_bytes(&stored, of)) {
                continue; // belongs to that tensor
            }
            let shape = view.shape().to_vec();
            let values = match view.dtype() {
                Dtype::F32 => widen(false, view.data()),
                Dtype::F16 => widen(true, view.data()),
                Dtype::I8 => {
                    let scale = stored.tensor(&scale_of(name)).map_err(|_| WeightsError::Missing(scale_of(name)))?;
                    unscale(name, &shape, view.data(), &scale)?
                }
                other => return Err(WeightsError::Precision(name.to_owned(), format!("{other:?}"))),
            };
            file.insert(name.to_owned(), shape, values)?;
        }
        Ok(file)
    }

    /// Adds a tensor with its values row by row, or replaces that of the same name.
    ///
    /// # Errors
    /// When a value is not finite, or there are more or fewer than the shape has.
    pub fn insert(&mut self, name: String, shape: Vec<usize>, values: Vec<f32>) -> Result<(), WeightsError> {
        if !values.iter().all(|value| value.is_finite()) {
            return Err(WeightsError::NotFinite(name));
        }
        let count = shape.iter().try_fold(1_usize, |count, &length| count.checked_mul(length));
        if count != Some(values.len()) {
            return Err(WeightsError::Length { name, values: values.len(), shape });
        }
        self.tensors.insert(name, (shape, values));
        Ok(())
    }

    /// The key-value pairs of the header.
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Shape and values of a tensor; `None` if there is no such tensor.
    pub fn tensor(&self, name: &str) -> Option<(&[usize], &[f32])> {
        self.tensors.get(name).map(|(shape, values)| (&shape[..], &values[..]))
    }

    /// The names of the tensors, in any order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Checks that the network whose tensors `is_used` tells has every tensor of the file.
    ///
    /// # Errors
    /// The names of the tensors that it does not have.
    pub fn check_used(&self, is_used: impl Fn(&str) -> bool) -> Result<(), WeightsError> {
        let mut unknown: Vec<&str> = self.names().filter(|name| !is_used(name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        Err(WeightsError::Unknown(unknown.join(", ")))
    }
}

fn is_bytes(file: &SafeTensors<'_>, name: &str) -> bool {
    file.tensor(name).is_ok_and(|tensor| tensor.dtype() == Dtype::I8)
}

/// Converts integers to values with the scale of each row.
fn unscale(name: &str, shape: &[usize], bytes: &[u8], scale: &TensorView<'_>) -> Result<Vec<f32>, WeightsError> {
    let count = shape.first().copied().unwrap_or_default();
    if scale.dtype() != Dtype::F32 {
        return Err(WeightsError::Precision(scale_of(name), format!("{:?}", scale.dtype())));
    }
    if scale.shape() != [count] {
        return Err(WeightsError::Shape { name: scale_of(name), got: scale.shape().to_vec(), needed: vec![count] });
    }
    let scales = widen(false, scale.data());
    let rows = bytes.chunks_exact((bytes.len() / count.max(1)).max(1));
    let scaled =
        rows.zip(scales).flat_map(|(row, scale)| row.iter().map(move |&byte| f32::from(byte.cast_signed()) * scale));
    Ok(scaled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored::{Precision, StoredTensor, write};

    /// Values from −1 to 1, all different.
    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|index| (index as f32 * 2.0 / count as f32) - 1.0).collect()
    }

    fn stored(name: &str, shape: &[usize], precision: Precision) -> Vec<StoredTensor> {
        StoredTensor::encode(name.to_owned(), shape.to_vec(), &values(shape.iter().product()), precision)
    }

    #[test]
    fn every_precision_is_read_again() {
        let metadata = Metadata::from([("format".to_owned(), "any".to_owned())]);
        for (precision, tolerance) in [(Precision::Full, 0.0), (Precision::Half, 3e-4), (Precision::Byte, 5e-3)] {
            let shapes: [&[usize]; 5] = [&[], &[3], &[4, 5], &[300, 300], &[2, 3, 5, 5]];
            let tensors = shapes.map(|shape| stored(&format!("{shape:?}"), shape, precision)).concat();
            let file = WeightsFile::parse(&write(&tensors, metadata.clone()).unwrap()).unwrap();
            assert_eq!(file.metadata(), &metadata);
            assert_eq!(file.names().count(), shapes.len());
            for shape in shapes {
                let (found, got) = file.tensor(&format!("{shape:?}")).unwrap();
                assert_eq!(found, shape);
                let far = got.iter().zip(values(got.len())).map(|(got, value)| (got - value).abs()).fold(0.0, f32::max);
                assert!(far <= tolerance, "{precision:?} {shape:?}: {far}");
            }
        }
    }

    #[test]
    fn large_matrices_and_convolutions_are_quantized() {
        let count = |shape: &[usize]| stored("any", shape, Precision::Byte).len();
        assert_eq!([&[4, 5][..], &[256, 256], &[257, 256], &[1, 1, 1, 1]].map(count), [1, 1, 2, 2]);
    }

    #[test]
    fn quantizing_again_changes_nothing() {
        let tensors = stored("conv", &[2, 3, 5, 5], Precision::Byte);
        let file = WeightsFile::parse(&write(&tensors, Metadata::new()).unwrap()).unwrap();
        let (shape, values) = file.tensor("conv").unwrap();
        assert_eq!(StoredTensor::encode("conv".to_owned(), shape.to_vec(), values, Precision::Byte)[0], tensors[0]);
    }

    #[test]
    fn damaged_files_are_refused() {
        let tensors = stored("conv", &[2, 3, 5, 5], Precision::Byte);
        let parse = |tensors: &[StoredTensor]| WeightsFile::parse(&write(tensors, Metadata::new()).unwrap());
        let bytes = write(&tensors, Metadata::new()).unwrap();
        for length in 0..bytes.len() {
            assert!(matches!(WeightsFile::parse(&bytes[..length]), Err(WeightsError::Format(_))), "{length}");
        }
        assert!(matches!(WeightsFile::parse(b"emotion,pixels,Usage\n"), Err(WeightsError::Format(_))));
        assert!(matches!(parse(&tensors[..1]), Err(WeightsError::Missing(name)) if name == "conv.scale"));
        let mut few = tensors.clone();
        few[1] = stored("conv.scale", &[1], Precision::Full).remove(0);
        assert!(matches!(parse(&few), Err(WeightsError::Shape { .. })));
        few[1] = stored("conv.scale", &[2], Precision::Half).remove(0);
        assert!(matches!(parse(&few), Err(WeightsError::Precision(..))));
        let mut infinite = tensors.clone();
        infinite[1].bytes[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
        assert!(matches!(parse(&infinite), Err(WeightsError::NotFinite(_))));
        let cut = StoredTensor { shape: vec![2, 3, 5, 6], ..tensors[0].clone() };
        assert!(matches!(write(&[cut], Metadata::new()), Err(WeightsError::Format(_))));
    }

    #[test]
    fn tensors_have_the_values_of_their_shape() {
        let mut file = WeightsFile::default();
        let mut insert = |shape: &[usize], values| file.insert("any".to_owned(), shape.to_vec(), values);
        assert!(insert(&[2, 2], vec![0.0; 4]).is_ok());
        assert!(matches!(insert(&[2, 2], vec![0.0; 3]), Err(WeightsError::Length { values: 3, .. })));
        assert!(matches!(insert(&[usize::MAX, 2], vec![0.0; 3]), Err(WeightsError::Length { .. })));
        assert!(matches!(insert(&[1], vec![f32::NAN]), Err(WeightsError::NotFinite(_))));
    }

    #[test]
    fn tensors_that_no_network_has_are_named() {
        let mut file = WeightsFile::default();
        for name in ["b", "a", "c"] {
            file.insert(name.to_owned(), Vec::new(), vec![0.0]).unwrap();
        }
        assert!(file.check_used(|_| true).is_ok());
        assert!(matches!(file.check_used(|name| name == "c"), Err(WeightsError::Unknown(names)) if names == "a, b"));
    }
}
