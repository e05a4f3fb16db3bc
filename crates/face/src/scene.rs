//! How a face is shown: pose, camera, lights and background.

use crate::numbers::Numbers;
use crate::vector::Vector;

/// The pose of the head, in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Turn about the vertical axis: positive to the person's left, which is the viewer's right.
    pub yaw: f32,
    /// Nod: positive is down.
    pub pitch: f32,
    /// Lean: positive is clockwise for the viewer.
    pub roll: f32,
}

impl Pose {
    /// The columns of the rotation matrix.
    pub(crate) fn axes(self) -> [Vector; 3] {
        let [yaw, pitch, roll] = [self.yaw, self.pitch, -self.roll].map(f32::to_radians);
        let turn = |point: Vector| {
            let (sine, cosine) = (libm::sinf(pitch), libm::cosf(pitch));
            let point = Vector::new(point.x, cosine * point.y - sine * point.z, sine * point.y + cosine * point.z);
            let (sine, cosine) = (libm::sinf(yaw), libm::cosf(yaw));
            let point = Vector::new(cosine * point.x + sine * point.z, point.y, cosine * point.z - sine * point.x);
            let (sine, cosine) = (libm::sinf(roll), libm::cosf(roll));
            Vector::new(cosine * point.x - sine * point.y, sine * point.x + cosine * point.y, point.z)
        };
        [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)].map(turn)
    }
}

/// The camera, in front of the face and aimed at its centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Distance from the head's centre, in centimetres: 30 to 1,000.
    pub distance: f32,
    /// Height that the picture shows at the head's centre, in centimetres. With the distance it gives the field of view.
    pub height: f32,
}

impl Camera {
    /// The field of view in degrees, from top to bottom.
    pub fn field_of_view(&self) -> f32 {
        (2.0 * libm::atanf(self.height / 2.0 / self.distance)).to_degrees()
    }
}

impl Default for Camera {
    fn default() -> Self {
        Self { distance: 80.0, height: 27.0 }
    }
}

/// A light that is far away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// Direction in degrees from the camera's: positive is the viewer's right.
    pub azimuth: f32,
    /// Direction in degrees above the camera.
    pub elevation: f32,
    /// Intensity: with 1, a white surface that faces the light is white.
    pub intensity: f32,
    /// How large the light appears: 0 is a spot with hard shadows, 1 a large window.
    pub softness: f32,
}

impl Light {
    pub(crate) fn direction(&self) -> Vector {
        let [azimuth, elevation] = [self.azimuth, self.elevation].map(f32::to_radians);
        let across = libm::cosf(elevation);
        Vector::new(across * libm::sinf(azimuth), libm::sinf(elevation), across * libm::cosf(azimuth))
    }
}

/// What is behind the face: two colours in sRGB, 0 to 1, from one corner to the opposite one, and soft patches.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Background {
    pub colours: [Vector; 2],
    /// Strength of the patches, 0 to 1.
    pub patches: f32,
    pub seed: u64,
}

impl Default for Background {
    fn default() -> Self {
        Self { colours: [Vector::splat(0.62), Vector::splat(0.5)], patches: 0.0, seed: 0 }
    }
}

/// How a face is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // the types say it
pub struct Scene {
    pub pose: Pose,
    pub camera: Camera,
    /// The main light, which casts shadows.
    pub key: Light,
    /// The second light, without shadows; intensity 0 leaves it out.
    pub fill: Light,
    /// Light from everywhere.
    pub ambient: f32,
    pub background: Background,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            pose: Pose::default(),
            camera: Camera::default(),
            key: Light { azimuth: -35.0, elevation: 30.0, intensity: 0.9, softness: 0.6 },
            fill: Light { azimuth: 50.0, elevation: 5.0, intensity: 0.25, softness: 1.0 },
            ambient: 0.45,
            background: Background::default(),
        }
    }
}

impl Scene {
    /// A plausible scene from a seed, with the pose of a person who looks about at the camera.
    pub fn random(seed: u64) -> Self {
        let mut numbers = Numbers::new(seed, 11);
        let pose = Pose { yaw: 9.0 * numbers.normal(), pitch: 5.0 * numbers.normal(), roll: 3.0 * numbers.normal() };
        let pose = Pose { yaw: pose.yaw.clamp(-30.0, 30.0), ..pose };
        let camera = Camera { distance: numbers.between(50.0, 150.0), height: numbers.between(26.0, 30.0) };
        let key = Light {
            azimuth: numbers.between(-75.0, 75.0),
            elevation: numbers.between(0.0, 60.0),
            intensity: numbers.between(0.6, 1.1),
            softness: numbers.between(0.1, 1.0),
        };
        let fill = Light {
            azimuth: -key.azimuth + numbers.between(-25.0, 25.0),
            elevation: numbers.between(-10.0, 30.0),
            intensity: numbers.between(0.0, 0.4),
            softness: 1.0,
        };
        let ambient = numbers.between(0.25, 0.65);
        let base = numbers.between(0.08, 0.9);
        let colour = |numbers: &mut Numbers| {
            let level = base + numbers.between(-0.2, 0.2);
            let mut channel = || (level + numbers.between(-0.12, 0.12)).clamp(0.02, 0.98);
            Vector::new(channel(), channel(), channel())
        };
        let colours = [colour(&mut numbers), colour(&mut numbers)];
        let background = Background { colours, patches: numbers.uniform(), seed };
        Self { pose, camera, key, fill, ambient, background }
    }
}
