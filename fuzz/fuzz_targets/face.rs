//! Arbitrary bytes as a face model, packed or not: no panic, bounded memory, what is read is written back identically, and can
//! be rendered.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use mien_face::FaceModel;
use mien_face::appearance::{Appearance, SkinTone};
use mien_face::person::Person;
use mien_face::render::{Motion, Renderer};
use mien_face::scene::Scene;
use mien_fuzz::bounded;

fuzz_target!(|input: &[u8]| {
    let _ = FaceModel::from_bytes(input);
    let mut checksum = flate2::Crc::new();
    checksum.update(input);
    let mut packed = flate2::write::DeflateEncoder::new(b"MIENFAC\x01".to_vec(), flate2::Compression::fast());
    packed.write_all(&[input, &checksum.sum().to_le_bytes()].concat()).unwrap();
    let packed = packed.finish().unwrap();
    if let Ok(model) = bounded(|| FaceModel::from_bytes(&packed)) {
        assert_eq!(FaceModel::from_bytes(&model.to_bytes()).as_ref(), Ok(&model));
        let person = Person::new(&model, &[1.0; 3], Appearance::random(SkinTone::Tan, 1));
        let picture = Renderer::new(&model).render(&model, &person, &Motion::default(), &Scene::default(), 8);
        assert_eq!(picture.unwrap().frame.width(), 8);
    }
});
