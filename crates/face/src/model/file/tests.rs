use std::sync::LazyLock;

use proptest::prelude::{any, proptest};

use super::*;

/// A small model: a strip of skin with two components, and one tooth.
static MODEL: LazyLock<FaceModel> = LazyLock::new(|| {
    let vertex = |index: usize| [index as i16 * 300, -3000 + (index % 7) as i16 * 40, 9000];
    let eye = |x: f32| Ball { centre: Vector::new(x, 3.6, 8.0), radius: 1.2 };
    let component = |sign: i16| Component {
        skin: (0..80).map(|index| [sign * index, -sign * index * 3, index % 5]).collect(),
        inner: std::array::from_fn(|index| index as f32 * 0.01),
        eyes: [eye(0.01), eye(-0.01)],
    };
    let mut changes = vec![Change::default(); Shape::COUNT];
    changes[3] = Change { vertices: vec![2, 5, 83], differences: vec![[1, 2, 3], [-400, 800, 0], [0, 0, -1]] };
    let contents = Contents {
        skin: 80,
        mean: (0..84).map(vertex).collect(),
        quads: (0..40).map(|at| [at * 2, at * 2 + 1, (at * 2 + 3).min(83), (at * 2 + 2).min(83)]).collect(),
        parts: (0..40).map(|at| Part::ALL[at / 10]).collect(),
        landmarks: std::array::from_fn(|at| at as u16),
        openness: (0..80).collect(),
        eyes: [eye(-3.1), eye(3.1)],
        components: vec![component(1), component(-1)],
        changes,
    };
    FaceModel::new(contents).unwrap()
});

static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| MODEL.to_bytes());

#[test]
fn what_is_written_is_read_again() {
    assert_eq!(FaceModel::from_bytes(&BYTES).unwrap(), *MODEL);
}

#[test]
fn what_is_cut_off_or_damaged_is_refused() {
    for length in 0..BYTES.len() {
        let error = FaceModel::from_bytes(&BYTES[..length]).unwrap_err();
        assert_eq!(error, if length < 8 { ModelError::Foreign } else { ModelError::Cut });
    }
    for at in 0..BYTES.len() {
        let mut changed = BYTES.clone();
        changed[at] ^= 0x11;
        assert!(FaceModel::from_bytes(&changed).is_err(), "byte {at}");
    }
    let more = [&BYTES[..], b"x"].concat();
    assert_eq!(FaceModel::from_bytes(&more), Err(ModelDamage::Trailing.into()));
    let mut newer = BYTES.clone();
    newer[7] = 2;
    assert_eq!(FaceModel::from_bytes(&newer), Err(ModelError::Version(2)));
}

/// The unpacked bytes, without the checksum.
fn unpacked() -> Vec<u8> {
    let mut bytes = unpack(&BYTES[8..]).unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes
}

/// A file of unpacked bytes, with the checksum that matches.
fn packed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&bytes);
    bytes.extend(sum);
    [&MAGIC[..], &pack(&bytes)[..]].concat()
}

#[test]
fn counts_indices_and_numbers_are_not_trusted() {
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = unpacked();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        packed(changed)
    };
    let damage = |bytes: &[u8]| match FaceModel::from_bytes(bytes) {
        Err(ModelError::Damaged(damage)) => damage,
        other => panic!("{other:?}"),
    };
    assert_eq!(packed(unpacked()), *BYTES);
    for (field, value) in [(0, 0_u32), (0, 85), (1, 40_001), (2, 60_001), (3, 201), (4, 54), (4, u32::MAX)] {
        assert_eq!(damage(&with(field * 4, &value.to_le_bytes())), ModelDamage::Counts, "{field}: {value}");
    }
    // the first vertex of the first quadrilateral
    assert_eq!(damage(&with(20, &[0x7e])), ModelDamage::Index);
    let position = |wanted: &[u8]| unpacked().windows(wanted.len()).position(|window| window == wanted).unwrap();
    assert_eq!(damage(&with(position(&[0; 10]), &[9])), ModelDamage::Part);
    let eye = position(&1.2_f32.to_le_bytes());
    for number in [f32::NAN, f32::INFINITY, 0.0, -1.0, 1e9] {
        assert_eq!(damage(&with(eye, &number.to_le_bytes())), ModelDamage::Number);
    }
    let mut more = unpacked();
    more.extend(checksum(&more));
    assert_eq!(damage(&packed(more)), ModelDamage::Trailing);
}

#[test]
fn a_file_that_unpacks_to_too_much_is_refused() {
    let bomb = [&MAGIC[..], &pack(&vec![0; MAX_UNPACKED + 1])[..]].concat();
    assert!(bomb.len() < 100_000);
    // before anything of it is read
    assert_eq!(FaceModel::from_bytes(&bomb), Err(ModelDamage::Packing.into()));
    assert_eq!(FaceModel::from_bytes(b"MIENFAC\x01\xff\xff\xff\xff"), Err(ModelDamage::Packing.into()));
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes: Vec<u8>) {
        let _ = FaceModel::from_bytes(&bytes);
        let _ = FaceModel::from_bytes(&[&MAGIC[..], &bytes].concat());
        let _ = FaceModel::from_bytes(&packed(bytes));
    }

    #[test]
    fn no_damage_causes_a_panic(changes: Vec<(usize, u8)>, end in any::<usize>()) {
        let mut bytes = unpacked();
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        bytes.truncate(end % (bytes.len() * 4));
        let _ = FaceModel::from_bytes(&packed(bytes));
    }
}
