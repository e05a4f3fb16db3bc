//! Boxes, the units of an MP4 file. `mp4_atom` decodes the contents of those that are read.

use mp4_atom::{Atom, DecodeAtom, FourCC, Header, ReadFrom};

use crate::{ReadAt, VideoError, Window};

/// The next box of a file: its kind, and the number of bytes of its content, which begins at the position then. `None` at the end,
/// or where less follows than a box has.
pub fn next_box<R: ReadAt>(window: &mut Window<R>) -> Result<Option<([u8; 4], u64)>, VideoError> {
    if window.rest() < 8 {
        return Ok(None);
    }
    let head = window.take(8)?;
    let &[a, b, c, d, ref kind @ ..] = &*head else { return Ok(None) };
    let kind = kind.try_into().map_err(|_| VideoError::Truncated)?;
    let size = match u32::from_be_bytes([a, b, c, d]) {
        0 => Some(window.rest()),
        // not by `Header`, which has no sizes above 4 GiB in WebAssembly
        1 => {
            let size = window.take(8)?.try_into().map(u64::from_be_bytes);
            size.ok().and_then(|size: u64| size.checked_sub(16))
        }
        size => u64::from(size).checked_sub(8),
    };
    Ok(Some((kind, size.ok_or(VideoError::Damaged("a box that is smaller than its head"))?)))
}

/// The boxes inside another, with their contents. What follows the last whole one is left out.
pub fn inside(mut content: &[u8]) -> impl Iterator<Item = (FourCC, &[u8])> {
    std::iter::from_fn(move || {
        let header = <Option<Header> as ReadFrom>::read_from(&mut content).ok()??;
        let (body, rest) = content.split_at_checked(header.size.unwrap_or(content.len()))?;
        content = rest;
        Some((header.kind, body))
    })
}

/// The content of the first box of a kind inside another.
pub fn find<'a>(content: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let kind = FourCC::new(kind);
    inside(content).find(|(found, _)| *found == kind).map(|(_, body)| body)
}

/// Decodes the boxes of this kind inside another.
pub fn all<T: Atom>(content: &[u8]) -> impl Iterator<Item = Result<T, VideoError>> {
    inside(content).filter(|(kind, _)| *kind == T::KIND).map(|(kind, mut body)| {
        let header = Header { kind, size: Some(body.len()) };
        T::decode_atom(&header, &mut body).map_err(|_| VideoError::Damaged("a box"))
    })
}

/// Decodes the first box of this kind inside another.
///
/// # Errors
/// When it is damaged.
pub fn decode<T: Atom>(content: &[u8]) -> Result<Option<T>, VideoError> {
    all(content).next().transpose()
}

/// As [`decode`], for a box that must be there.
pub fn require<T: Atom>(content: &[u8]) -> Result<T, VideoError> {
    decode(content)?.ok_or(VideoError::Damaged("a box is missing"))
}
