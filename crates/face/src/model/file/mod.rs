//! The file of a model. `docs/face-model.md` describes it.

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};
use mien_message::ToMessage;

use super::{Ball, Change, Component, Contents, FaceModel, LANDMARKS, Part, Shape, Steps};
use crate::vector::Vector;

/// The first bytes of a file; the last of them is the version.
const MAGIC: &[u8; 8] = b"MIENFAC\x01";

/// Maximum number of bytes of an unpacked file. The model of the page has 6.6 million.
const MAX_UNPACKED: usize = 32 << 20;

/// Bytes that are packed or unpacked at once.
const PIECE: usize = 1 << 16;

/// Maximum number of vertices.
pub(super) const MAX_VERTICES: usize = 40_000;

/// Maximum number of quadrilaterals.
const MAX_QUADS: usize = 60_000;

/// Maximum number of components of identity.
const MAX_COMPONENTS: usize = 200;

/// Why the file of a face model was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum ModelError {
    /// Not a face model.
    #[error("not a face model")]
    Foreign,
    /// An unsupported version.
    #[error("the face model is of version {0}, which this version of the program cannot read; it reads 1")]
    Version(u8),
    /// The file is truncated.
    #[error("the face model is cut off")]
    Cut,
    /// The file is damaged.
    #[error("the face model is damaged: {0}")]
    Damaged(#[from] ModelDamage),
}

/// The damage of a face model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum ModelDamage {
    /// A count in the header is 0 or too large.
    #[error("a count is out of range")]
    Counts,
    /// A vertex does not exist.
    #[error("a vertex does not exist")]
    Index,
    /// A number is out of range.
    #[error("a number is out of range")]
    Number,
    /// A quadrilateral belongs to no known part.
    #[error("a part is not known")]
    Part,
    /// The compressed data are invalid, or too much.
    #[error("its compressed data are invalid")]
    Packing,
    /// The checksum does not match.
    #[error("its checksum does not match")]
    Checksum,
    /// There is data after the end.
    #[error("there is more data after its end")]
    Trailing,
}

impl FaceModel {
    /// The model in the format that [`Self::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for count in [self.skin, self.mean.len(), self.quads.len(), self.components.len(), self.changes.len()] {
            // far below the largest
            bytes.extend((count as u32).to_le_bytes());
        }
        put_quads(&mut bytes, &self.quads);
        bytes.extend(self.parts.iter().map(|&part| part as u8));
        bytes.extend(self.landmarks.iter().flat_map(|landmark| landmark.to_le_bytes()));
        bytes.extend(&self.openness);
        put_balls(&mut bytes, &self.eyes);
        let neighbours = Neighbours::new(self.mean.len(), &self.quads);
        put_steps(&mut bytes, &self.mean, &neighbours);
        for component in &self.components {
            put_steps(&mut bytes, &component.skin, &neighbours);
            bytes.extend(component.inner.iter().flat_map(|number| number.to_le_bytes()));
            put_balls(&mut bytes, &component.eyes);
        }
        let mut dense = vec![[0; 3]; self.mean.len()];
        for change in &self.changes {
            dense.fill([0; 3]);
            for (&vertex, &difference) in change.vertices.iter().zip(&change.differences) {
                dense[usize::from(vertex)] = difference;
            }
            put_steps(&mut bytes, &dense, &neighbours);
        }
        bytes.extend(checksum(&bytes));
        [&MAGIC[..], &pack(&bytes)[..]].concat()
    }

    /// Reads what [`Self::to_bytes`] wrote. The file is not trusted: counts are limited, and memory grows only with the bytes
    /// that are read.
    ///
    /// # Errors
    /// When the file is of another format, truncated or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let Some((&magic, rest)) = bytes.split_first_chunk::<8>() else { return Err(ModelError::Foreign) };
        if magic[..7] != MAGIC[..7] {
            return Err(ModelError::Foreign);
        }
        if magic[7] != MAGIC[7] {
            return Err(ModelError::Version(magic[7]));
        }
        let bytes = unpack(rest)?;
        let mut source = Source(&bytes);
        let contents = source.contents()?;
        let expected = checksum(&bytes[..bytes.len() - source.0.len()]);
        if source.array()? != expected {
            return Err(ModelDamage::Checksum.into());
        }
        if !source.0.is_empty() {
            return Err(ModelDamage::Trailing.into());
        }
        Ok(Self::new(contents)?)
    }
}

/// The bytes compressed by DEFLATE.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let (mut deflate, mut packed) = (Compress::new(Compression::best(), false), Vec::new());
    loop {
        packed.reserve(PIECE);
        let rest = &bytes[deflate.total_in() as usize..];
        // ends with an error only if it is used after its end
        if !matches!(deflate.compress_vec(rest, &mut packed, FlushCompress::Finish), Ok(Status::Ok | Status::BufError))
        {
            return packed;
        }
    }
}

/// The bytes that [`pack`] packed.
fn unpack(packed: &[u8]) -> Result<Vec<u8>, ModelError> {
    let (mut inflate, mut bytes) = (Decompress::new(false), Vec::new());
    loop {
        if bytes.len() >= MAX_UNPACKED {
            return Err(ModelDamage::Packing.into());
        }
        bytes.reserve(PIECE);
        let before = (inflate.total_in(), inflate.total_out());
        let rest = &packed[before.0 as usize..];
        match inflate.decompress_vec(rest, &mut bytes, FlushDecompress::None) {
            Ok(Status::StreamEnd) => break,
            Ok(_) if (inflate.total_in(), inflate.total_out()) == before => return Err(ModelError::Cut),
            Ok(_) => {}
            Err(_) => return Err(ModelDamage::Packing.into()),
        }
    }
    if inflate.total_in() as usize == packed.len() { Ok(bytes) } else { Err(ModelDamage::Trailing.into()) }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// The bytes that were not read yet.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn array<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], ModelError> {
        let (&array, rest) = self.0.split_first_chunk().ok_or(ModelError::Cut)?;
        self.0 = rest;
        Ok(array)
    }

    fn bytes(&mut self, count: usize) -> Result<&[u8], ModelError> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(ModelError::Cut)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn count(&mut self) -> Result<usize, ModelError> {
        usize::try_from(u32::from_le_bytes(self.array()?)).map_err(|_| ModelDamage::Counts.into())
    }

    fn float(&mut self) -> Result<f32, ModelError> {
        self.array().map(f32::from_le_bytes)
    }

    /// A number from [`put_number`].
    fn number(&mut self) -> Result<i32, ModelError> {
        let mut number: u32 = 0;
        // three groups hold every difference of two 16-bit numbers
        for shift in [0, 7, 14] {
            let [byte] = self.array()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((number >> 1) as i32 ^ -((number & 1) as i32));
            }
        }
        Err(ModelDamage::Number.into())
    }

    fn contents(&mut self) -> Result<Contents, ModelError> {
        let skin = self.count()?;
        let [vertices, quads, components, changes] = [self.count()?, self.count()?, self.count()?, self.count()?];
        let is_sound = (1..=vertices).contains(&skin)
            && vertices <= MAX_VERTICES
            && quads <= MAX_QUADS
            && components <= MAX_COMPONENTS
            && changes == Shape::COUNT;
        if !is_sound {
            return Err(ModelDamage::Counts.into());
        }
        let quads = self.quads(quads, vertices)?;
        let parts = self.bytes(quads.len())?.iter().map(|&part| Part::ALL.get(usize::from(part)).copied());
        let parts = parts.collect::<Option<Vec<Part>>>().ok_or(ModelDamage::Part)?;
        let mut landmarks = [0; LANDMARKS];
        for landmark in &mut landmarks {
            *landmark = u16::from_le_bytes(self.array()?);
        }
        let openness = self.bytes(skin)?.to_vec();
        let eyes = self.balls()?;
        let neighbours = Neighbours::new(vertices, &quads);
        let mean = self.steps(vertices, &neighbours)?;
        let components = (0..components).map(|_| self.component(skin, &neighbours)).collect::<Result<_, _>>()?;
        let changes = (0..changes).map(|_| self.change(vertices, &neighbours)).collect::<Result<_, _>>()?;
        Ok(Contents { skin, mean, quads, parts, landmarks, openness, eyes, components, changes })
    }

    fn component(&mut self, skin: usize, neighbours: &Neighbours) -> Result<Component, ModelError> {
        let skin = self.steps(skin, neighbours)?;
        let mut inner = [0.0; 12];
        for number in &mut inner {
            *number = self.float()?;
        }
        Ok(Component { skin, inner, eyes: self.balls()? })
    }

    fn change(&mut self, vertices: usize, neighbours: &Neighbours) -> Result<Change, ModelError> {
        let mut change = Change::default();
        for (vertex, steps) in (0..).zip(self.steps(vertices, neighbours)?) {
            if steps != [0; 3] {
                change.vertices.push(vertex);
                change.differences.push(steps);
            }
        }
        Ok(change)
    }

    fn balls(&mut self) -> Result<[Ball; 2], ModelError> {
        let mut ball = || {
            let centre = Vector::new(self.float()?, self.float()?, self.float()?);
            Ok::<_, ModelError>(Ball { centre, radius: self.float()? })
        };
        Ok([ball()?, ball()?])
    }

    /// What [`put_steps`] wrote.
    fn steps(&mut self, count: usize, neighbours: &Neighbours) -> Result<Vec<Steps>, ModelError> {
        let mut steps: Vec<Steps> = Vec::new();
        for axis in 0..3 {
            for vertex in 0..count {
                let predicted = neighbours.prediction(vertex, |neighbour| steps[neighbour][axis]);
                let value = i16::try_from(predicted + self.number()?).map_err(|_| ModelDamage::Number)?;
                if axis == 0 {
                    steps.push([value, 0, 0]);
                } else {
                    steps[vertex][axis] = value;
                }
            }
        }
        Ok(steps)
    }

    /// What [`put_quads`] wrote.
    fn quads(&mut self, count: usize, vertices: usize) -> Result<Vec<[u16; 4]>, ModelError> {
        let mut quads: Vec<[u16; 4]> = Vec::new();
        for column in 0..4 {
            let mut before = 0;
            for index in 0..count {
                let base = if column == 0 { before } else { i32::from(quads[index][column - 1]) };
                let vertex = u16::try_from(base + self.number()?).map_err(|_| ModelDamage::Index)?;
                if usize::from(vertex) >= vertices {
                    return Err(ModelDamage::Index.into());
                }
                if column == 0 {
                    quads.push([vertex, 0, 0, 0]);
                } else {
                    quads[index][column] = vertex;
                }
                before = i32::from(quads[index][0]);
            }
        }
        Ok(quads)
    }
}

/// For each vertex, the adjacent ones that precede it.
struct Neighbours {
    starts: Vec<u32>,
    vertices: Vec<u16>,
}

impl Neighbours {
    /// The vertices of all quadrilaterals must be below `count`.
    fn new(count: usize, quads: &[[u16; 4]]) -> Self {
        let mut edges: Vec<(u16, u16)> = Vec::with_capacity(quads.len() * 4);
        for quad in quads {
            for (index, &from) in quad.iter().enumerate() {
                let to = quad[(index + 1) % 4];
                if from != to {
                    edges.push((from.max(to), from.min(to)));
                }
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let mut starts = vec![0; count + 1];
        for &(later, _) in &edges {
            starts[usize::from(later) + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        Self { starts, vertices: edges.into_iter().map(|(_, earlier)| earlier).collect() }
    }

    /// The mean of the values of the preceding neighbours, rounded; 0 without any.
    fn prediction(&self, vertex: usize, value: impl Fn(usize) -> i16) -> i32 {
        let neighbours = &self.vertices[self.starts[vertex] as usize..self.starts[vertex + 1] as usize];
        if neighbours.is_empty() {
            return 0;
        }
        let sum: i32 = neighbours.iter().map(|&neighbour| i32::from(value(usize::from(neighbour)))).sum();
        let count = neighbours.len() as i32;
        (2 * sum + count).div_euclid(2 * count)
    }
}

/// Steps as the differences from what their neighbours predict: all of x, then all of y, then all of z.
fn put_steps(bytes: &mut Vec<u8>, steps: &[Steps], neighbours: &Neighbours) {
    for axis in 0..3 {
        for (vertex, step) in steps.iter().enumerate() {
            let predicted = neighbours.prediction(vertex, |neighbour| steps[neighbour][axis]);
            put_number(bytes, i32::from(step[axis]) - predicted);
        }
    }
}

/// Vertices of quadrilaterals by column: the first relative to that of the quadrilateral before, the others to the vertex
/// before in the same quadrilateral.
fn put_quads(bytes: &mut Vec<u8>, quads: &[[u16; 4]]) {
    for column in 0..4 {
        let mut before = 0;
        for quad in quads {
            let base = if column == 0 { before } else { i32::from(quad[column - 1]) };
            put_number(bytes, i32::from(quad[column]) - base);
            before = i32::from(quad[0]);
        }
    }
}

/// A signed number in groups of seven bits, the lowest first; the sign is in the lowest bit.
fn put_number(bytes: &mut Vec<u8>, number: i32) {
    let mut rest = ((number << 1) ^ (number >> 31)) as u32;
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

fn put_balls(bytes: &mut Vec<u8>, balls: &[Ball; 2]) {
    for Ball { centre, radius } in balls {
        bytes.extend([centre.x, centre.y, centre.z, *radius].iter().flat_map(|number| number.to_le_bytes()));
    }
}

#[cfg(test)]
mod tests;
