//! A person: an identity of the model with an appearance.

use crate::appearance::{Appearance, SkinTone};
use crate::glasses;
use crate::model::{Ball, FaceModel};
use crate::numbers::Numbers;
use crate::surface::{AlbedoMap, hair_share, map_coordinates};
use crate::vector::Vector;

/// Standard deviation of the weights of random identities: a little less than people's, so that no face is extreme.
pub const IDENTITY_DEVIATION: f32 = 0.8;

/// Maximum weight of a component of a random identity.
const MAX_RANDOM_WEIGHT: f32 = 2.0;

/// Maximum thickness of the hair, in centimetres.
const MAX_HAIR: f32 = 3.0;

/// A person whose face can be moved and shown.
#[derive(Clone)]
pub struct Person {
    /// Positions of all vertices at rest.
    pub(crate) rest: Vec<Vector>,
    pub(crate) eyes: [Ball; 2],
    pub(crate) map: AlbedoMap,
    appearance: Appearance,
    lashes: f32,
    /// The frame of the glasses, once they were worn.
    frame: Vec<Vector>,
    wears_glasses: bool,
}

impl Person {
    /// The person with these weights of the components, in standard deviations, and this appearance. Weights are limited as
    /// [`FaceModel::identity`] says.
    pub fn new(model: &FaceModel, weights: &[f32], appearance: Appearance) -> Self {
        let (mut rest, eyes) = model.identity(weights);
        if appearance.hair > 0.0 {
            let normals = model.normals(&rest);
            let hair = appearance.hair.min(MAX_HAIR);
            for (vertex, coordinates) in map_coordinates(model).into_iter().enumerate() {
                let share = hair_share(coordinates, &appearance);
                rest[vertex] += normals[vertex] * (share * hair);
            }
        }
        Self {
            rest,
            eyes,
            map: AlbedoMap::paint(model, &appearance),
            appearance,
            lashes: 0.0,
            frame: Vec::new(),
            wears_glasses: false,
        }
    }

    /// A random person from a seed.
    pub fn random(model: &FaceModel, skin: SkinTone, seed: u64) -> Self {
        Self::new(model, &identity_weights(model.components(), seed), Appearance::random(skin, seed))
    }

    /// Puts glasses on or takes them off. They sit on the face at rest, whatever it does.
    pub fn wear_glasses(&mut self, model: &FaceModel, wears: bool) {
        if wears && self.frame.is_empty() {
            let landmarks = model.landmarks().map(|vertex| self.rest[usize::from(vertex)]);
            self.frame = glasses::fit(&self.rest[..model.skin], &self.eyes, &landmarks);
        }
        self.wears_glasses = wears;
    }

    /// The vertices of the glasses, if they are worn.
    pub(crate) fn glasses(&self) -> &[Vector] {
        if self.wears_glasses { &self.frame } else { &[] }
    }

    /// Sets how long the lashes are, from 0 (none, as at first) to 1 (6 mm on the upper lids).
    pub fn set_lashes(&mut self, length: f32) {
        self.lashes = if length > 0.0 { length.min(1.0) } else { 0.0 };
    }

    /// How long the lashes are, 0 to 1.
    pub(crate) fn lashes(&self) -> f32 {
        self.lashes
    }

    /// What is painted on the face.
    pub fn appearance(&self) -> &Appearance {
        &self.appearance
    }
}

/// Weights of a plausible random identity, in standard deviations.
pub fn identity_weights(components: usize, seed: u64) -> Vec<f32> {
    let mut numbers = Numbers::new(seed, 1);
    (0..components)
        .map(|_| (numbers.normal() * IDENTITY_DEVIATION).clamp(-MAX_RANDOM_WEIGHT, MAX_RANDOM_WEIGHT))
        .collect()
}
