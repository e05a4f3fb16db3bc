//! Action units of the Facial Action Coding System (FACS), and expressions as combinations of them.

use mien_core::expression::Expression;

use crate::model::{Shape, Weights};

/// A shape for each side of the face, or one for both.
enum Moves {
    Sides(Shape, Shape),
    Both(Shape),
}

macro_rules! units {
    ($($unit:ident $number:literal $name:literal: $($factor:literal $moves:expr),+;)*) => {
        /// An action unit: the visible effect of one muscle or of a few that act together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // `Self::name` says it
        pub enum ActionUnit { $($unit),* }

        impl ActionUnit {
            /// All units of the model, by number.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$unit),*];

            /// How many there are.
            pub const COUNT: usize = [$($number),*].len();

            /// The number in FACS.
            pub const fn number(self) -> u8 {
                match self { $(Self::$unit => $number),* }
            }

            /// The name in FACS.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$unit => $name),* }
            }

            /// The shapes, with their weights at full intensity.
            const fn moves(self) -> &'static [(f32, Moves)] {
                match self { $(Self::$unit => &[$(($factor, $moves)),+]),* }
            }
        }
    };
}

use Moves::{Both, Sides};
use Shape as S;

// docs/face-model.md has this table too
units! {
    Au1 1 "inner brow raiser": 1.0 Sides(S::BrowInnerUpLeft, S::BrowInnerUpRight);
    Au2 2 "outer brow raiser": 1.0 Sides(S::BrowOuterUpLeft, S::BrowOuterUpRight);
    Au4 4 "brow lowerer": 1.6 Sides(S::BrowDownLeft, S::BrowDownRight);
    Au5 5 "upper lid raiser": 1.0 Sides(S::EyeWideLeft, S::EyeWideRight);
    Au6 6 "cheek raiser": 0.7 Sides(S::CheekSquintLeft, S::CheekSquintRight),
        0.5 Sides(S::CheekRaiserLeft, S::CheekRaiserRight);
    Au7 7 "lid tightener": 1.0 Sides(S::EyeSquintLeft, S::EyeSquintRight);
    Au9 9 "nose wrinkler": 1.0 Sides(S::NoseSneerLeft, S::NoseSneerRight);
    Au10 10 "upper lip raiser": 1.0 Sides(S::MouthUpperUpLeft, S::MouthUpperUpRight);
    Au12 12 "lip corner puller": 1.0 Sides(S::MouthSmileLeft, S::MouthSmileRight);
    Au14 14 "dimpler": 1.0 Sides(S::MouthDimpleLeft, S::MouthDimpleRight);
    Au15 15 "lip corner depressor": 1.0 Sides(S::MouthFrownLeft, S::MouthFrownRight);
    Au16 16 "lower lip depressor": 1.0 Sides(S::MouthLowerDownLeft, S::MouthLowerDownRight);
    Au17 17 "chin raiser": 0.7 Both(S::MouthShrugLower), 0.4 Both(S::MouthShrugUpper);
    Au18 18 "lip pucker": 1.0 Both(S::MouthPucker);
    Au20 20 "lip stretcher": 1.0 Sides(S::MouthStretchLeft, S::MouthStretchRight);
    Au22 22 "lip funneler": 1.0 Both(S::MouthFunnel);
    Au23 23 "lip tightener": 0.7 Sides(S::MouthPressLeft, S::MouthPressRight),
        0.35 Both(S::MouthRollUpper), 0.35 Both(S::MouthRollLower);
    Au24 24 "lip pressor": 1.0 Sides(S::MouthPressLeft, S::MouthPressRight);
    Au25 25 "lips part": 0.5 Sides(S::MouthLowerDownLeft, S::MouthLowerDownRight),
        0.35 Sides(S::MouthUpperUpLeft, S::MouthUpperUpRight);
    Au26 26 "jaw drop": 0.4 Both(S::JawOpen);
    Au27 27 "mouth stretch": 0.8 Both(S::JawOpen);
    Au28 28 "lip suck": 0.9 Both(S::MouthRollUpper), 0.9 Both(S::MouthRollLower);
    Au34 34 "puff": 1.0 Sides(S::CheekPuffLeft, S::CheekPuffRight);
    Au43 43 "eye closure": 1.0 Sides(S::EyeBlinkLeft, S::EyeBlinkRight);
}

impl ActionUnit {
    /// The unit of a number in FACS; `None` if the model does not have it.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.number() == number)
    }
}

/// Intensities of the action units: 0 is none, 1 the strongest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Actions([[f32; 2]; ActionUnit::COUNT]);

impl Actions {
    /// The intensities of an expression: [`combinations`] has them at intensity 1. The index of the combination starts again
    /// after the last.
    pub fn of_expression(expression: Expression, combination: usize, intensity: f32) -> Self {
        let all = combinations(expression);
        let mut actions = Self::default();
        for &(unit, strongest) in all[combination % all.len()] {
            actions.set(unit, strongest * intensity);
        }
        actions
    }

    /// The intensity on the person's left and on the right.
    pub fn sides(&self, unit: ActionUnit) -> [f32; 2] {
        self.0[unit as usize]
    }

    /// Sets the intensity on both sides; it is limited to 0 to 1, and NaN is 0.
    pub fn set(&mut self, unit: ActionUnit, intensity: f32) {
        self.set_sides(unit, [intensity; 2]);
    }

    /// Sets the intensity on the person's left and on the right, limited like those of [`Self::set`].
    pub fn set_sides(&mut self, unit: ActionUnit, sides: [f32; 2]) {
        self.0[unit as usize] = sides.map(|intensity| if intensity > 0.0 { intensity.min(1.0) } else { 0.0 });
    }

    /// Linear interpolation: `self` at 0, `other` at 1.
    #[must_use]
    pub fn toward(&self, other: &Self, share: f32) -> Self {
        let mut mixed = Self::default();
        for unit in ActionUnit::ALL {
            let (from, to) = (self.sides(unit), other.sides(unit));
            mixed.set_sides(unit, [0, 1].map(|side: usize| from[side] + (to[side] - from[side]) * share));
        }
        mixed
    }

    /// The weights of the shapes.
    pub fn weights(&self) -> Weights {
        let mut weights = Weights::default();
        for unit in ActionUnit::ALL {
            let [left, right] = self.sides(unit);
            for (factor, moves) in unit.moves() {
                match moves {
                    Sides(left_shape, right_shape) => {
                        weights.add(*left_shape, factor * left);
                        weights.add(*right_shape, factor * right);
                    }
                    Both(shape) => weights.add(*shape, factor * (left + right) / 2.0),
                }
            }
        }
        weights
    }
}

type Combination = &'static [(ActionUnit, f32)];

/// The combinations of action units that show an expression, with their intensities at full expression. The first one is the
/// usual description of the expression, and the others are variants of it: see `docs/face-model.md` for the sources.
pub fn combinations(expression: Expression) -> &'static [Combination] {
    use ActionUnit::{
        Au1, Au2, Au4, Au5, Au6, Au7, Au9, Au10, Au12, Au15, Au16, Au17, Au20, Au23, Au24, Au25, Au26, Au27,
    };
    match expression {
        Expression::Angry => &[
            &[(Au4, 1.0), (Au5, 0.4), (Au7, 1.0), (Au23, 1.0)],
            &[(Au4, 1.0), (Au5, 0.4), (Au7, 1.0), (Au17, 0.7), (Au24, 1.0)],
            &[(Au4, 1.0), (Au5, 0.4), (Au7, 1.0), (Au10, 0.8), (Au23, 0.6), (Au25, 1.0)],
        ],
        Expression::Disgust => &[
            &[(Au9, 1.0), (Au15, 0.7), (Au16, 0.7)],
            &[(Au9, 1.0), (Au17, 0.7)],
            &[(Au10, 1.0), (Au16, 0.7), (Au25, 0.5)],
        ],
        Expression::Fear => &[
            &[(Au1, 1.0), (Au2, 0.7), (Au4, 0.6), (Au5, 1.0), (Au7, 0.4), (Au20, 1.0), (Au26, 0.6)],
            &[(Au1, 1.0), (Au2, 0.7), (Au4, 0.6), (Au5, 1.0), (Au20, 1.0), (Au25, 1.0)],
            &[(Au1, 1.0), (Au2, 0.7), (Au4, 0.6), (Au5, 1.0), (Au26, 1.0)],
        ],
        Expression::Happy => &[
            &[(Au6, 1.0), (Au12, 1.0)],
            &[(Au6, 1.0), (Au12, 1.0), (Au25, 1.0)],
            &[(Au6, 1.0), (Au12, 1.0), (Au25, 1.0), (Au26, 0.5)],
        ],
        Expression::Sad => {
            &[&[(Au1, 1.0), (Au4, 0.7), (Au15, 1.0)], &[(Au1, 1.0), (Au4, 0.7), (Au15, 1.0), (Au17, 0.7)]]
        }
        Expression::Surprise => {
            &[&[(Au1, 1.0), (Au2, 1.0), (Au5, 0.7), (Au26, 1.0)], &[(Au1, 1.0), (Au2, 1.0), (Au5, 0.7), (Au27, 1.0)]]
        }
        Expression::Neutral => &[&[]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_by_number_and_move_shapes() {
        for unit in ActionUnit::ALL {
            assert_eq!(ActionUnit::from_number(unit.number()), Some(unit));
            let mut actions = Actions::default();
            actions.set(unit, 1.0);
            assert_ne!(actions.weights(), Weights::default(), "{unit:?}");
        }
        assert!(ActionUnit::ALL.is_sorted_by(|a, b| a.number() < b.number()));
        assert_eq!(ActionUnit::from_number(3), None);
    }

    #[test]
    fn sides_move_apart_and_intensities_are_limited() {
        let mut actions = Actions::default();
        actions.set_sides(ActionUnit::Au12, [5.0, f32::NAN]);
        let weights = actions.weights();
        assert_eq!(weights.get(Shape::MouthSmileLeft), 1.0);
        assert_eq!(weights.get(Shape::MouthSmileRight), 0.0);
        let half = Actions::default().toward(&actions, 0.5);
        assert_eq!(half.sides(ActionUnit::Au12), [0.5, 0.0]);
    }

    #[test]
    fn every_expression_but_neutral_moves_the_face() {
        for expression in Expression::ALL {
            for combination in 0..combinations(expression).len() {
                let still = Actions::of_expression(expression, combination, 0.0);
                let full = Actions::of_expression(expression, combination, 1.0);
                assert_eq!(still.weights(), Weights::default());
                assert_eq!(full.weights() == Weights::default(), expression == Expression::Neutral);
            }
        }
        let happy = Actions::of_expression(Expression::Happy, 3, 0.5);
        assert_eq!(happy, Actions::of_expression(Expression::Happy, 0, 0.5));
        assert_eq!(happy.sides(ActionUnit::Au6), [0.5; 2]);
    }
}
