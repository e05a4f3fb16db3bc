//! The colour of a sample.

use super::eyes::Eye;
use super::mesh::{Material, Mesh};
use crate::person::Person;
use crate::scene::{Light, Scene};
use crate::vector::{Vector, smooth_step};

/// Colours inside of the mouth, in linear sRGB.
const TEETH: Vector = Vector::new(0.62, 0.56, 0.46);
const GUMS: Vector = Vector::new(0.32, 0.10, 0.09);
const INSIDE: Vector = Vector::new(0.030, 0.007, 0.006);

/// How far light reaches around the edge of shadows below the skin, per channel.
const SCATTER: Vector = Vector::new(0.22, 0.09, 0.06);

/// Radii of iris and pupil, in centimetres.
const IRIS: f32 = 0.59;
const PUPIL: f32 = 0.22;

struct Lamp {
    toward: Vector,
    intensity: f32,
    /// How far it reaches around the edge.
    wrap: f32,
    /// Exponent of its highlights.
    tightness: u32,
}

impl Lamp {
    fn new(light: &Light) -> Self {
        let softness = light.softness.clamp(0.0, 1.0);
        Self {
            toward: light.direction(),
            intensity: light.intensity.max(0.0),
            wrap: softness * 0.35,
            tightness: if softness > 0.5 { 4 } else { 5 },
        }
    }

    /// Diffuse light per channel on a surface with this normal, with scattering below it.
    fn diffuse(&self, normal: Vector, scatter: Vector) -> Vector {
        let cosine = normal.dot(self.toward);
        scatter.map(|scatter| {
            let wrap = self.wrap + scatter;
            ((cosine + wrap) / ((1.0 + wrap) * (1.0 + wrap))).max(0.0)
        }) * self.intensity
    }

    /// The highlight (Blinn & Phong) for a direction toward the camera.
    fn highlight(&self, normal: Vector, toward_camera: Vector, tightness: u32) -> f32 {
        let mut cosine = normal.dot((self.toward + toward_camera).unit()).max(0.0);
        for _ in 0..tightness {
            cosine *= cosine;
        }
        cosine * self.intensity
    }
}

pub(super) struct Shader<'a> {
    mesh: &'a Mesh,
    person: &'a Person,
    key: Lamp,
    fill: Lamp,
    ambient: f32,
    camera: Vector,
}

impl<'a> Shader<'a> {
    pub fn new(mesh: &'a Mesh, person: &'a Person, scene: &Scene) -> Self {
        Self {
            mesh,
            person,
            key: Lamp::new(&scene.key),
            fill: Lamp::new(&scene.fill),
            ambient: scene.ambient.max(0.0),
            camera: Vector::new(0.0, 0.0, scene.camera.distance),
        }
    }

    /// The linear colour of a triangle at a place of the picture, in samples.
    pub fn colour(&self, triangle: usize, x: f32, y: f32) -> Vector {
        let mesh = self.mesh;
        let corners = mesh.triangles[triangle].map(usize::from);
        let [a, b, c] = corners.map(|vertex| mesh.projected[vertex]);
        let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        let second = ((x - a.x) * (c.y - a.y) - (y - a.y) * (c.x - a.x)) / area;
        let third = ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / area;
        let shares = [(1.0 - second - third) * a.z, second * b.z, third * c.z];
        let whole = 1.0 / (shares[0] + shares[1] + shares[2]);
        let shares = shares.map(|share| share * whole);
        let mix = |values: &[Vector]| {
            values[corners[0]] * shares[0] + values[corners[1]] * shares[1] + values[corners[2]] * shares[2]
        };
        let number = |values: &[f32]| {
            values[corners[0]] * shares[0] + values[corners[1]] * shares[1] + values[corners[2]] * shares[2]
        };
        let position = mix(&mesh.positions);
        let toward_camera = (self.camera - position).unit();
        let lit = number(&mesh.lit);
        // rows grow downwards
        let from_outside = area < 0.0;
        match mesh.materials[triangle] {
            _ if !from_outside => INSIDE * (self.ambient + 0.3 * lit),
            Material::Skin => {
                let at = [0, 1].map(|axis: usize| {
                    (0..3).map(|corner| mesh.coordinates[corners[corner]][axis] * shares[corner]).sum::<f32>()
                });
                self.skin(mix(&mesh.normals).unit(), toward_camera, number(&mesh.openness), lit, at)
            }
            Material::Gums => self.mouth(GUMS, mix(&mesh.normals).unit(), toward_camera, lit, position),
            Material::Teeth => self.mouth(TEETH, mix(&mesh.normals).unit(), toward_camera, lit, position),
            Material::Eye(eye) => self.eye(&mesh.eyes[eye], position, toward_camera, lit),
        }
    }

    fn ambient(&self, normal: Vector, openness: f32) -> f32 {
        self.ambient * openness * (0.8 + 0.2 * normal.y)
    }

    fn skin(&self, normal: Vector, toward_camera: Vector, openness: f32, lit: f32, at: [f32; 2]) -> Vector {
        let (albedo, shine) = self.person.map.sample(at);
        let open = 0.25 + 0.75 * openness;
        // what is hidden gets light from skin around it
        let bounced = albedo * (1.0 - openness) * 0.5;
        let ambient = (Vector::splat(openness) + bounced) * self.ambient(normal, 1.0);
        let light =
            self.key.diffuse(normal, SCATTER) * (lit * open) + self.fill.diffuse(normal, SCATTER) * open + ambient;
        let edge = 1.0 - normal.dot(toward_camera).clamp(0.0, 1.0);
        let reflected = 0.35 + 0.65 * edge * edge * edge;
        let highlight = self.key.highlight(normal, toward_camera, self.key.tightness) * lit
            + self.fill.highlight(normal, toward_camera, 4)
            + 0.25 * self.ambient * edge * edge * edge;
        albedo.times(light) + Vector::splat(highlight * reflected * shine * open)
    }

    fn mouth(&self, albedo: Vector, normal: Vector, toward_camera: Vector, lit: f32, position: Vector) -> Vector {
        // light gets only so far behind the lips
        let behind = (self.mesh.mouth.z - position.z).max(0.0);
        let open = self.mesh.mouth_light / (1.0 + 0.35 * behind * behind);
        let light = self.key.diffuse(normal, SCATTER) * lit
            + self.fill.diffuse(normal, SCATTER)
            + Vector::splat(self.ambient(normal, 0.8));
        let highlight = self.key.highlight(normal, toward_camera, 5) * lit;
        (albedo.times(light) + Vector::splat(highlight * 0.15)) * open
    }

    fn eye(&self, eye: &Eye, position: Vector, toward_camera: Vector, lit: f32) -> Vector {
        let normal = (position - eye.centre).unit();
        // where the sample is between the lids
        let (x, y) = (normal.dot(eye.across), normal.dot(eye.up));
        let [outer, upper_outer, upper_inner, inner, lower_inner, lower_outer] = eye.corners;
        let lid = |points: [[f32; 2]; 4]| {
            let span = points.windows(2).find(|pair| x < pair[1][0]).unwrap_or(&points[2..]);
            let share = ((x - span[0][0]) / (span[1][0] - span[0][0]).max(1e-3)).clamp(0.0, 1.0);
            span[0][1] + (span[1][1] - span[0][1]) * share
        };
        let below_upper = lid([outer, upper_outer, upper_inner, inner]) - y;
        let above_lower = y - lid([outer, lower_outer, lower_inner, inner]);
        let from_side = (x - outer[0]).min(inner[0] - x);
        let open = (0.30 + 0.70 * smooth_step(-0.02, 0.30, below_upper))
            * (0.75 + 0.25 * smooth_step(-0.02, 0.12, above_lower))
            * (0.55 + 0.45 * smooth_step(-0.05, 0.30, from_side));

        let cosine = normal.dot(eye.gaze);
        let away = normal - eye.gaze * cosine;
        // the distance from the middle of the iris, in radii of the iris
        let iris = if cosine > 0.0 { away.length() * eye.radius / IRIS } else { 2.0 };
        let redness = smooth_step(0.35, 0.0, from_side);
        let white = Vector::new(0.60, 0.55, 0.52).toward(Vector::new(0.50, 0.26, 0.23), redness * 0.7);
        let fibres = self.person.map.fibres(away.dot(eye.across), away.dot(eye.up));
        let colour = self.person.appearance().iris;
        let ring =
            colour * (0.55 + 0.9 * fibres * smooth_step(0.25, 0.7, iris)) * (1.0 - 0.75 * smooth_step(0.78, 1.0, iris));
        let pupil = PUPIL / IRIS;
        let inside = Vector::splat(0.004).toward(ring, smooth_step(pupil - 0.05, pupil + 0.05, iris));
        let albedo = inside.toward(white, smooth_step(0.93, 1.07, iris));

        let light = self.key.diffuse(normal, Vector::splat(0.2)) * (0.3 + 0.7 * lit)
            + self.fill.diffuse(normal, Vector::splat(0.2))
            + Vector::splat(self.ambient(normal, 1.0));
        // the cornea is more curved than the eyeball
        let cornea = if iris < 1.15 { (normal + away * 0.9).unit() } else { normal };
        let highlight =
            (self.key.highlight(cornea, toward_camera, 8) * lit + self.fill.highlight(cornea, toward_camera, 8)) * 0.9
                + 0.02 * self.ambient;
        (albedo.times(light) + Vector::splat(highlight)) * open
    }
}

/// Linear light of a value in sRGB, both 0 to 1.
pub(super) fn linear(value: f32) -> f32 {
    if value <= 0.04045 { value / 12.92 } else { libm::powf((value + 0.055) / 1.055, 2.4) }
}

/// Steps of the table of [`OutputCurve`].
const CURVE_STEPS: usize = 4096;

/// From linear light to bytes in sRGB; bright colours are compressed instead of clipped.
pub(super) struct OutputCurve(Vec<u8>);

impl OutputCurve {
    /// Light that becomes white.
    const WHITE: f32 = 1.6;

    pub fn new() -> Self {
        let byte = |step: usize| {
            let light = step as f32 / CURVE_STEPS as f32 * Self::WHITE;
            // straight below 0.6, and then a parabola that is flat at white
            let knee = 0.6;
            let value = if light < knee {
                light
            } else {
                let share = (light - knee) / (Self::WHITE - knee);
                knee + (1.0 - knee) * (1.0 - (1.0 - share) * (1.0 - share))
            };
            let encoded =
                if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * libm::powf(value, 1.0 / 2.4) - 0.055 };
            (encoded * 255.0 + 0.5) as u8
        };
        Self((0..=CURVE_STEPS).map(byte).collect())
    }

    pub fn bytes(&self, colour: Vector) -> [u8; 3] {
        [colour.x, colour.y, colour.z].map(|light| {
            let step = (light * (CURVE_STEPS as f32 / Self::WHITE)).clamp(0.0, CURVE_STEPS as f32);
            self.0[step as usize]
        })
    }
}
