//! Weights with 8 bits: integers, and a scale for each row.

/// Matrices with fewer values, such as that of the head, are not quantized.
const MATRIX: usize = 1 << 16;

/// The largest integer that a weight is stored as.
const LARGEST: f32 = 127.0;

/// A tensor as integers from -127 to 127, with one scale for each first index (symmetric per-channel quantization;
/// Krishnamoorthi, 2018). A weight is its integer times its scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The integers, row by row.
    pub integers: Vec<i8>,
    /// The scales, one for each first index; 0 if all weights of the row are 0.
    pub scales: Vec<f32>,
}

impl Quantized {
    /// Whether tensors of this shape are stored with 8 bits: the weights of convolutions `[outputs, inputs, height, width]`
    /// and matrices of more than 65,536 values. Others would save little.
    pub fn applies_to(shape: &[usize]) -> bool {
        shape.len() == 4 || shape.len() == 2 && shape.iter().product::<usize>() > MATRIX
    }

    /// Quantizes a tensor of this shape. The largest weight of each row becomes ±127, so quantizing the result again gives
    /// the same integers.
    pub fn new(shape: &[usize], values: &[f32]) -> Self {
        let count = shape.first().copied().unwrap_or_default();
        let rows = values.chunks_exact((values.len() / count.max(1)).max(1));
        let scale = |row: &[f32]| row.iter().fold(0_f32, |most, value| most.max(value.abs())) / LARGEST;
        let scales: Vec<f32> = rows.clone().map(scale).collect();
        let integer = |value: f32, scale: f32| if scale > 0.0 { (value / scale).round() as i8 } else { 0 };
        let integers = rows.zip(&scales).flat_map(|(row, &scale)| row.iter().map(move |&value| integer(value, scale)));
        Self { integers: integers.collect(), scales }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_their_own_scales() {
        let quantized = Quantized::new(&[3, 2], &[2.54, -1.27, 0.0, 0.0, -0.127, 0.0004]);
        assert_eq!(quantized.integers, [127, -64, 0, 0, -127, 0]);
        for (scale, expected) in quantized.scales.iter().zip([0.02, 0.0, 0.001]) {
            assert!((scale - expected).abs() < 1e-7, "{scale}");
        }
    }

    #[test]
    fn quantizing_again_changes_no_integer() {
        let values: Vec<f32> =
            (0..400_u16).map(|index| (f32::from(index) * 0.7).sin() * f32::from(index % 7)).collect();
        let once = Quantized::new(&[8, 50], &values);
        let rows = once.integers.chunks_exact(50).zip(&once.scales);
        let weights: Vec<f32> =
            rows.flat_map(|(row, scale)| row.iter().map(move |&integer| f32::from(integer) * scale)).collect();
        assert_eq!(Quantized::new(&[8, 50], &weights).integers, once.integers);
    }

    #[test]
    fn small_matrices_and_vectors_keep_their_precision() {
        assert!(Quantized::applies_to(&[8, 1, 3, 3]) && Quantized::applies_to(&[4608, 512]));
        assert!(!Quantized::applies_to(&[256, 7]) && !Quantized::applies_to(&[100_000]));
    }
}
