//! The names of codecs, as `VideoDecoderConfig.codec` has them.

use std::fmt::Write as _;

/// AVC (H.264), from its configuration record.
pub fn avc(tag: &str, record: &[u8]) -> Option<String> {
    let &[1, profile, constraints, level, ..] = record else { return None };
    Some(format!("{tag}.{profile:02x}{constraints:02x}{level:02x}"))
}

/// HEVC (H.265), from its configuration record.
pub fn hevc(tag: &str, record: &[u8]) -> Option<String> {
    let &[1, profile, a, b, c, d, ref rest @ ..] = record else { return None };
    let (constraints, level) = (rest.get(..6)?, rest.get(6)?);
    let space = ["", "A", "B", "C"][usize::from(profile >> 6)];
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    let compatible = u32::from_be_bytes([a, b, c, d]).reverse_bits();
    let mut name = format!("{tag}.{space}{}.{compatible:X}.{tier}{level}", profile & 0x1f);
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        write!(name, ".{byte:X}").ok()?;
    }
    Some(name)
}

/// VP9, from its configuration record in MP4.
pub fn vp9(record: &[u8]) -> Option<String> {
    let &[_, _, _, _, profile, level, depth, ..] = record else { return None };
    // some writers leave the level out
    Some(format!("vp09.{profile:02}.{:02}.{:02}", if level == 0 { 10 } else { level }, depth >> 4))
}

/// VP9, from its first picture, since WebM has no record.
pub fn vp9_of_picture(picture: &[u8]) -> Option<String> {
    let first = *picture.first()?;
    let profile = (first >> 5 & 1) | (first >> 3 & 2);
    (first >> 6 == 2).then(|| format!("vp09.{profile:02}.10.{:02}", if profile < 2 { 8 } else { 10 }))
}

/// AV1, from its configuration record.
pub fn av1(record: &[u8]) -> Option<String> {
    let &[0x81, sequence, flags, ..] = record else { return None };
    let (profile, level, tier) = (sequence >> 5, sequence & 0x1f, if flags & 0x80 == 0 { 'M' } else { 'H' });
    let depth = match (flags >> 6 & 1, flags >> 5 & 1) {
        (0, _) => 8,
        (_, 0) => 10,
        _ => 12,
    };
    Some(format!("av01.{profile}.{level:02}{tier}.{depth:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_webcodecs() {
        assert_eq!(avc("avc1", &[1, 0x64, 0, 0x1f, 0xff]).as_deref(), Some("avc1.64001f"));
        assert_eq!(avc("avc1", &[2, 0x64, 0, 0x1f]), None);
        let record = [1, 1, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93, 0xf0];
        assert_eq!(hevc("hvc1", &record).as_deref(), Some("hvc1.1.6.L93.B0"));
        assert_eq!(hevc("hvc1", &record[..12]), None);
        assert_eq!(vp9(&[1, 0, 0, 0, 0, 31, 0x82, 1, 1, 1, 0, 0]).as_deref(), Some("vp09.00.31.08"));
        assert_eq!(vp9_of_picture(&[0x82, 0x49]).as_deref(), Some("vp09.00.10.08"));
        assert_eq!(vp9_of_picture(&[0x92, 0x49]).as_deref(), Some("vp09.02.10.10"));
        assert_eq!(vp9_of_picture(&[0x02, 0x49]), None);
        assert_eq!(av1(&[0x81, 0x04, 0x0c, 0]).as_deref(), Some("av01.0.04M.08"));
    }
}
