//! Points, rectangles and the similarity transform.

use serde::{Deserialize, Serialize};

/// A point in pixels: x to the right, y down. The centre of the first pixel is (0.5, 0.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    /// A point at `x`, `y`.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The Euclidean distance to another point, in pixels.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The midpoint between this and another point.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self::new((self.x + other.x) / 2.0, (self.y + other.y) / 2.0)
    }
}

/// An axis-aligned rectangle in pixels, by its top-left corner and size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Rectangle {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Rectangle {
    /// A rectangle by its centre and size.
    pub fn centred(centre: Point, width: f32, height: f32) -> Self {
        Self { x: centre.x - width / 2.0, y: centre.y - height / 2.0, width, height }
    }

    /// The centre.
    pub fn centre(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The area, in square pixels; never negative.
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Whether a point lies inside.
    pub fn contains(&self, point: Point) -> bool {
        (self.x..=self.x + self.width).contains(&point.x) && (self.y..=self.y + self.height).contains(&point.y)
    }

    /// The intersection with another rectangle; its area is 0 if they do not overlap.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let right = (self.x + self.width).min(other.x + other.width);
        let bottom = (self.y + self.height).min(other.y + other.height);
        Self { x, y, width: (right - x).max(0.0), height: (bottom - y).max(0.0) }
    }

    /// Intersection over union, 0 to 1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let shared = self.intersection(other).area();
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// A rotation, uniform scale and translation: `x' = a·x − b·y + tx`, `y' = b·x + a·y + ty`.
///
/// Names state what is mapped, target first: `source_from_crop` maps crop pixels to source pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    a: f32,
    b: f32,
    tx: f32,
    ty: f32,
}

impl Similarity {
    /// Maps `from` to `to` with the given scale and rotation (radians, clockwise on screen).
    pub fn new(scale: f32, angle: f32, from: Point, to: Point) -> Self {
        let (a, b) = (scale * angle.cos(), scale * angle.sin());
        Self { a, b, tx: to.x - a * from.x + b * from.y, ty: to.y - b * from.x - a * from.y }
    }

    /// The scale: target pixels per source pixel.
    pub fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// Maps a point.
    pub fn apply(&self, point: Point) -> Point {
        Point::new(self.a * point.x - self.b * point.y + self.tx, self.b * point.x + self.a * point.y + self.ty)
    }

    /// The inverse transform. Without scale there is none, and every coordinate of the result is NaN.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        Self { a, b, tx: -a * self.tx + b * self.ty, ty: -b * self.tx - a * self.ty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::FRAC_PI_2;

    fn close(a: Point, b: Point) {
        assert!(a.distance(b) < 1e-4, "{a:?} {b:?}");
    }

    #[test]
    fn similarity_maps_and_inverts() {
        let transform = Similarity::new(2.0, FRAC_PI_2, Point::new(1.0, 1.0), Point::new(10.0, 20.0));
        close(transform.apply(Point::new(1.0, 1.0)), Point::new(10.0, 20.0));
        // a quarter turn clockwise on screen: right becomes down
        close(transform.apply(Point::new(2.0, 1.0)), Point::new(10.0, 22.0));
        let point = Point::new(-3.5, 7.25);
        close(transform.inverse().apply(transform.apply(point)), point);
        assert!((transform.scale() - 2.0).abs() < 1e-6);
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        let a = Rectangle { x: 0.0, y: 0.0, width: 2.0, height: 2.0 };
        let b = Rectangle { x: 1.0, y: 1.0, width: 2.0, height: 2.0 };
        assert!((a.overlap(&b) - 1.0 / 7.0).abs() < 1e-6);
        assert_eq!(a.overlap(&Rectangle { x: 5.0, ..a }), 0.0);
        assert_eq!(Rectangle::default().overlap(&Rectangle::default()), 0.0);
    }
}
