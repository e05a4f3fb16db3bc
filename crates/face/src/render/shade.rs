//! The colours of samples. Those of the skin are computed for the samples of a pixel at once.

use wide::f32x4;

use super::SAMPLES;
use super::eyes::Eye;
use super::mesh::{Material, Mesh};
use crate::person::Person;
use crate::scene::{Light, Scene};
use crate::vector::{Real, Vector, smooth_step};

/// Colours inside of the mouth, in linear sRGB.
const TEETH: Vector = Vector::new(0.62, 0.56, 0.46);
const GUMS: Vector = Vector::new(0.32, 0.10, 0.09);
const INSIDE: Vector = Vector::new(0.030, 0.007, 0.006);

/// Colour of the frame of glasses, in linear sRGB.
const FRAME: Vector = Vector::new(0.022, 0.018, 0.016);

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
    fn diffuse<T: Real>(&self, normal: Vector<T>, scatter: Vector) -> Vector<T> {
        let cosine = normal.dot(self.toward.map(T::splat));
        scatter.map(|scatter| {
            let wrap = self.wrap + scatter;
            ((cosine + T::splat(wrap)) / T::splat((1.0 + wrap) * (1.0 + wrap))).at_least(T::splat(0.0))
        }) * T::splat(self.intensity)
    }

    /// The highlight (Blinn & Phong) for a direction toward the camera.
    fn highlight<T: Real>(&self, normal: Vector<T>, toward_camera: Vector<T>, tightness: u32) -> T {
        let mut cosine = normal.dot((self.toward.map(T::splat) + toward_camera).unit()).at_least(T::splat(0.0));
        for _ in 0..tightness {
            cosine = cosine * cosine;
        }
        cosine * T::splat(self.intensity)
    }
}

/// A triangle with what its corners have, or one each for the samples of a pixel.
#[derive(Clone, Copy, Default)]
struct Facet<T = f32> {
    projected: [Vector<T>; 3],
    /// Twice the area in the picture, negative if it is seen from outside: rows grow downwards.
    area: T,
    positions: [Vector<T>; 3],
    normals: [Vector<T>; 3],
    lit: [T; 3],
    /// Place in the map of colours, and openness.
    skin: [Vector<T>; 3],
}

impl<T: Real> Facet<T> {
    /// The shares of the corners at a place of the picture, with regard to the perspective.
    fn shares(&self, x: T, y: T) -> [T; 3] {
        let [a, b, c] = self.projected;
        let second = ((x - a.x) * (c.y - a.y) - (y - a.y) * (c.x - a.x)) / self.area;
        let third = ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / self.area;
        let one = T::splat(1.0);
        let shares = [(one - second - third) * a.z, second * b.z, third * c.z];
        let whole = one / (shares[0] + shares[1] + shares[2]);
        shares.map(|share| share * whole)
    }
}

impl Facet<f32x4> {
    /// Replaces the triangle of a sample.
    fn set(&mut self, sample: usize, facet: &Facet) {
        let set = |into: &mut f32x4, value: f32| into.as_mut_array()[sample] = value;
        set(&mut self.area, facet.area);
        for corner in 0..3 {
            set(&mut self.lit[corner], facet.lit[corner]);
            for (into, vector) in [
                (&mut self.projected, &facet.projected),
                (&mut self.positions, &facet.positions),
                (&mut self.normals, &facet.normals),
                (&mut self.skin, &facet.skin),
            ] {
                set(&mut into[corner].x, vector[corner].x);
                set(&mut into[corner].y, vector[corner].y);
                set(&mut into[corner].z, vector[corner].z);
            }
        }
    }
}

/// The mean of what the corners have, by their shares.
fn mix<T: Real>(values: &[Vector<T>; 3], shares: [T; 3]) -> Vector<T> {
    values[0] * shares[0] + values[1] * shares[1] + values[2] * shares[2]
}

/// The triangles of the samples of a pixel. It is kept for the next pixel, which mostly shows the same.
#[derive(Default)]
pub(super) struct Samples {
    triangles: [Option<usize>; SAMPLES * SAMPLES],
    facets: Facet<f32x4>,
}

pub(super) struct Shader<'a> {
    mesh: &'a Mesh,
    person: &'a Person,
    key: Lamp,
    fill: Lamp,
    ambient: f32,
    camera: Vector,
    /// The colour of lashes.
    lash: Vector,
}

impl<'a> Shader<'a> {
    pub fn new(mesh: &'a Mesh, person: &'a Person, scene: &Scene) -> Self {
        let (key, fill) = (Lamp::new(&scene.key), Lamp::new(&scene.fill));
        let ambient = scene.ambient.max(0.0);
        Self {
            mesh,
            person,
            // so dark that only how much light there is counts, and not from where
            lash: person.appearance().lash_colour() * (ambient + 0.4 * (key.intensity + fill.intensity)),
            key,
            fill,
            ambient,
            camera: Vector::new(0.0, 0.0, scene.camera.distance),
        }
    }

    /// The sum of the linear colours of a pixel's samples, row by row, with their triangles and the place of the first.
    pub fn pixel(
        &self,
        samples: &mut Samples,
        triangles: [Option<usize>; SAMPLES * SAMPLES],
        column: usize,
        row: usize,
    ) -> Vector {
        let mut skin = [false; SAMPLES * SAMPLES];
        for (sample, triangle) in triangles.iter().enumerate() {
            let Some(triangle) = *triangle else { continue };
            if samples.triangles[sample] != Some(triangle) {
                samples.triangles[sample] = Some(triangle);
                samples.facets.set(sample, &self.facet(triangle));
            }
            skin[sample] =
                self.mesh.materials[triangle] == Material::Skin && samples.facets.area.as_array()[sample] < 0.0;
        }
        let places = std::array::from_fn(|sample| {
            [(column + sample % SAMPLES) as f32 + 0.5, (row + sample / SAMPLES) as f32 + 0.5]
        });
        let of_skin = skin.contains(&true).then(|| self.skin(&samples.facets, places, skin));
        let mut sum = Vector::ZERO;
        for (sample, triangle) in triangles.iter().enumerate() {
            if let (true, Some(colours)) = (skin[sample], of_skin) {
                sum += colours.map(|colours| colours.as_array()[sample]);
            } else if let Some(triangle) = *triangle {
                sum += self.inside(triangle, places[sample]);
            }
        }
        sum
    }

    fn facet(&self, triangle: usize) -> Facet {
        let mesh = self.mesh;
        let corners = mesh.triangles[triangle].map(usize::from);
        let [a, b, c] = corners.map(|vertex| mesh.projected[vertex]);
        // only the vertices of the skin, which come first, are in the map of colours
        let skin = |vertex: usize| {
            let [across, up] = mesh.coordinates.get(vertex).copied().unwrap_or_default();
            Vector::new(across, up, mesh.openness.get(vertex).copied().unwrap_or_default())
        };
        Facet {
            projected: [a, b, c],
            area: (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x),
            positions: corners.map(|vertex| mesh.positions[vertex]),
            normals: corners.map(|vertex| mesh.normals[vertex]),
            lit: corners.map(|vertex| mesh.lit[vertex]),
            skin: corners.map(skin),
        }
    }

    /// The colour of a triangle that is not the outside of the skin.
    fn inside(&self, triangle: usize, [x, y]: [f32; 2]) -> Vector {
        let facet = self.facet(triangle);
        let shares = facet.shares(x, y);
        let position = mix(&facet.positions, shares);
        let toward_camera = (self.camera - position).unit();
        let lit = facet.lit[0] * shares[0] + facet.lit[1] * shares[1] + facet.lit[2] * shares[2];
        let mouth = |albedo| self.mouth(albedo, mix(&facet.normals, shares).unit(), toward_camera, lit, position);
        match self.mesh.materials[triangle] {
            Material::Gums if facet.area < 0.0 => mouth(GUMS),
            Material::Teeth if facet.area < 0.0 => mouth(TEETH),
            Material::Eye(eye) if facet.area < 0.0 => self.eye(&self.mesh.eyes[eye], position, toward_camera, lit),
            Material::Lash => self.lash,
            Material::Frame => self.frame(mix(&facet.normals, shares).unit(), toward_camera, lit),
            _ => INSIDE * (self.ambient + 0.3 * lit),
        }
    }

    fn ambient(&self, normal: Vector, openness: f32) -> f32 {
        self.ambient * openness * (0.8 + 0.2 * normal.y)
    }

    /// The colours of samples of the skin; of samples that are not, any.
    fn skin(
        &self,
        facets: &Facet<f32x4>,
        places: [[f32; 2]; SAMPLES * SAMPLES],
        is_skin: [bool; SAMPLES * SAMPLES],
    ) -> Vector<f32x4> {
        let [x, y] = [0, 1].map(|axis: usize| f32x4::new(places.map(|place| place[axis])));
        let shares = facets.shares(x, y);
        let position = mix(&facets.positions, shares);
        let toward_camera = (self.camera.map(f32x4::splat) - position).unit();
        let lit = facets.lit[0] * shares[0] + facets.lit[1] * shares[1] + facets.lit[2] * shares[2];
        let normal = mix(&facets.normals, shares).unit();
        let Vector { x: across, y: up, z: openness } = mix(&facets.skin, shares);

        let mut cells = [[0.0; 4]; SAMPLES * SAMPLES];
        for (sample, cell) in cells.iter_mut().enumerate().filter(|(sample, _)| is_skin[*sample]) {
            *cell = self.person.map.sample([across.as_array()[sample], up.as_array()[sample]]);
        }
        let [red, green, blue, shine] = f32x4::transpose(cells.map(f32x4::new));
        let albedo = Vector::new(red, green, blue);

        let number = f32x4::splat;
        let one = number(1.0);
        let open = number(0.25) + number(0.75) * openness;
        // what is hidden gets light from skin around it
        let bounced = albedo * (one - openness) * number(0.5);
        let ambient =
            (Vector::splat(openness) + bounced) * (number(self.ambient) * (number(0.8) + number(0.2) * normal.y));
        let light =
            self.key.diffuse(normal, SCATTER) * (lit * open) + self.fill.diffuse(normal, SCATTER) * open + ambient;
        let edge = one - normal.dot(toward_camera).at_least(number(0.0)).at_most(one);
        let reflected = number(0.35) + number(0.65) * edge * edge * edge;
        let highlight = self.key.highlight(normal, toward_camera, self.key.tightness) * lit
            + self.fill.highlight(normal, toward_camera, 4)
            + number(0.25 * self.ambient) * edge * edge * edge;
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

    /// The colour of a frame of glasses: dark and shiny.
    fn frame(&self, normal: Vector, toward_camera: Vector, lit: f32) -> Vector {
        let light = self.key.diffuse(normal, Vector::ZERO) * lit
            + self.fill.diffuse(normal, Vector::ZERO)
            + Vector::splat(self.ambient(normal, 1.0));
        let highlight =
            self.key.highlight(normal, toward_camera, 5) * lit + self.fill.highlight(normal, toward_camera, 5);
        FRAME.times(light) + Vector::splat(highlight * 0.12)
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
