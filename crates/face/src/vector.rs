//! Vectors of three coordinates.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

use wide::f32x4;

/// What coordinates are made of: a number, or the numbers of four places at once. Both give the same results to the last bit.
pub(crate) trait Real:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// The same number everywhere.
    fn splat(value: f32) -> Self;

    /// The square root.
    fn root(self) -> Self;

    /// The larger number.
    fn at_least(self, other: Self) -> Self;

    /// The smaller number.
    fn at_most(self, other: Self) -> Self;

    /// The reciprocal of a length, or 1 if it is almost zero.
    fn inverse_length(self) -> Self;
}

impl Real for f32 {
    fn splat(value: f32) -> Self {
        value
    }

    fn root(self) -> Self {
        self.sqrt()
    }

    fn at_least(self, other: Self) -> Self {
        self.max(other)
    }

    fn at_most(self, other: Self) -> Self {
        self.min(other)
    }

    fn inverse_length(self) -> Self {
        if self > SHORTEST { 1.0 / self } else { 1.0 }
    }
}

impl Real for f32x4 {
    fn splat(value: f32) -> Self {
        Self::splat(value)
    }

    fn root(self) -> Self {
        self.sqrt()
    }

    fn at_least(self, other: Self) -> Self {
        self.fast_max(other)
    }

    fn at_most(self, other: Self) -> Self {
        self.fast_min(other)
    }

    fn inverse_length(self) -> Self {
        self.simd_gt(Self::splat(SHORTEST)).select(Self::ONE / self, Self::ONE)
    }
}

/// The shortest vector that has a direction.
const SHORTEST: f32 = 1e-12;

/// A point, a direction or a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Vector<T = f32> {
    pub x: T,
    pub y: T,
    pub z: T,
}

impl Vector {
    /// The origin.
    pub const ZERO: Self = Self::new(0.0, 0.0, 0.0);
}

impl<T> Vector<T> {
    /// The vector of these coordinates.
    pub const fn new(x: T, y: T, z: T) -> Self {
        Self { x, y, z }
    }

    /// A function of each coordinate.
    #[must_use]
    pub fn map<U>(self, function: impl Fn(T) -> U) -> Vector<U> {
        Vector::new(function(self.x), function(self.y), function(self.z))
    }
}

#[allow(private_bounds)]
impl<T: Real> Vector<T> {
    /// The vector with all coordinates equal.
    pub const fn splat(value: T) -> Self {
        Self::new(value, value, value)
    }

    /// The dot product.
    pub fn dot(self, other: Self) -> T {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// The cross product.
    #[must_use]
    pub fn cross(self, other: Self) -> Self {
        Self::new(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    /// The Euclidean length.
    pub fn length(self) -> T {
        self.dot(self).root()
    }

    /// The vector of length 1 in the same direction; a vector that is almost zero stays as it is.
    #[must_use]
    pub fn unit(self) -> Self {
        self * self.length().inverse_length()
    }

    /// The products of the coordinates.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self::new(self.x * other.x, self.y * other.y, self.z * other.z)
    }

    /// Linear interpolation: `self` at 0, `other` at 1.
    #[must_use]
    pub fn toward(self, other: Self, share: T) -> Self {
        self + (other - self) * share
    }
}

impl<T: Add<Output = T>> Add for Vector<T> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl<T: Copy + Add<Output = T>> AddAssign for Vector<T> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<T: Sub<Output = T>> Sub for Vector<T> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl<T: Copy + Mul<Output = T>> Mul<T> for Vector<T> {
    type Output = Self;

    fn mul(self, factor: T) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

/// A smooth step: 0 below `from`, 1 above `to`.
pub(crate) fn smooth_step(from: f32, to: f32, value: f32) -> f32 {
    let share = ((value - from) / (to - from)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}
