//! Four values that are computed at once: a SIMD register of WebAssembly, or an array that the compiler vectorizes.

use std::ops::{Add, Mul, Sub};

/// The number of values.
pub(crate) const LANES: usize = 4;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod register {
    use core::arch::wasm32::{
        f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_pmax, f32x4_splat, f32x4_sub, v128,
    };

    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(v128);

    #[inline(always)]
    fn of(values: [f32; 4]) -> v128 {
        f32x4(values[0], values[1], values[2], values[3])
    }

    impl Lanes {
        #[inline(always)]
        pub fn new(values: [f32; 4]) -> Self {
            Self(of(values))
        }

        #[inline(always)]
        pub fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        #[inline(always)]
        pub fn to_array(self) -> [f32; 4] {
            [
                f32x4_extract_lane::<0>(self.0),
                f32x4_extract_lane::<1>(self.0),
                f32x4_extract_lane::<2>(self.0),
                f32x4_extract_lane::<3>(self.0),
            ]
        }

        #[inline(always)]
        pub(super) fn sum(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn difference(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn product(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        /// The larger values; where one is not a number, those of `self`.
        #[inline(always)]
        pub fn max(self, other: Self) -> Self {
            Self(f32x4_pmax(self.0, other.0))
        }

        /// `self + factor · other`, rounded once or twice.
        #[cfg(target_feature = "relaxed-simd")]
        #[inline(always)]
        pub fn add_product(self, factor: Self, other: Self) -> Self {
            Self(core::arch::wasm32::f32x4_relaxed_madd(factor.0, other.0, self.0))
        }

        /// `self + factor · other`.
        #[cfg(not(target_feature = "relaxed-simd"))]
        #[inline(always)]
        pub fn add_product(self, factor: Self, other: Self) -> Self {
            self.sum(factor.product(other))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod register {
    use std::array;

    #[derive(Clone, Copy)]
    pub(crate) struct Lanes([f32; 4]);

    impl Lanes {
        #[inline(always)]
        pub fn new(values: [f32; 4]) -> Self {
            Self(values)
        }

        #[inline(always)]
        pub fn splat(value: f32) -> Self {
            Self([value; 4])
        }

        #[inline(always)]
        pub fn to_array(self) -> [f32; 4] {
            self.0
        }

        #[inline(always)]
        fn zip(self, other: Self, compute: impl Fn(f32, f32) -> f32) -> Self {
            Self(array::from_fn(|lane| compute(self.0[lane], other.0[lane])))
        }

        #[inline(always)]
        pub(super) fn sum(self, other: Self) -> Self {
            self.zip(other, |a, b| a + b)
        }

        #[inline(always)]
        pub(super) fn difference(self, other: Self) -> Self {
            self.zip(other, |a, b| a - b)
        }

        #[inline(always)]
        pub(super) fn product(self, other: Self) -> Self {
            self.zip(other, |a, b| a * b)
        }

        /// The larger values; where one is not a number, those of `self`.
        #[inline(always)]
        pub fn max(self, other: Self) -> Self {
            self.zip(other, |a, b| if a < b { b } else { a })
        }

        /// `self + factor · other`.
        #[inline(always)]
        pub fn add_product(self, factor: Self, other: Self) -> Self {
            self.sum(factor.product(other))
        }
    }
}

pub(crate) use register::Lanes;

impl Lanes {
    /// The first values of a slice.
    #[inline(always)]
    pub fn load(values: &[f32]) -> Self {
        Self::new([values[0], values[1], values[2], values[3]])
    }

    /// Replaces the first values of a slice.
    #[inline(always)]
    pub fn store(self, values: &mut [f32]) {
        values[..LANES].copy_from_slice(&self.to_array());
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.sum(other)
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.difference(other)
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.product(other)
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f32) -> Self {
        self.product(Self::splat(factor))
    }
}
