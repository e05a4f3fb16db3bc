//! Picture files: whether they are whole, and the pixels of those that the browser cannot decode.

use std::io::{self, Read};

use super::outbox::Outbox;
use super::platform::{Attachment, InputFile, Received};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::dataset::{Rejection, check_picture, decode_photo};
use mien_core::vision::Frame;
use mien_protocol::{DecodedPicture, Event, MAX_PHOTO_BYTES, MAX_PHOTO_SIDE, Problem, ProblemKind};

/// Checks that the file of a picture does not end early.
///
/// # Errors
/// When it does, or cannot be read.
pub(super) fn check(file: &dyn InputFile) -> Result<(), Problem> {
    let checked = read(file).and_then(|bytes| check_picture(&bytes));
    checked.map_err(|rejection| problem(rejection.into()))
}

/// Decodes the attached file, and posts its pixels or why there are none.
pub(super) fn decode(request: u32, received: Received, outbox: &Outbox) {
    match decoded(received) {
        Ok((frame, width)) => {
            let scale = width as f32 / frame.width() as f32;
            let picture = Ok(DecodedPicture { width: frame.width() as u32, scale });
            outbox.post_with(&Event::Decoded { request, picture }, Attachment::Bytes(frame.pixels()));
        }
        Err(failure) => outbox.post(&Event::Decoded { request, picture: Err(problem(failure)) }),
    }
}

/// The picture in a file, and the width of the file's.
fn decoded(received: Received) -> Result<(Frame, u32), Failure> {
    let file = received.into_files().into_iter().next().ok_or(EngineError::NoFile)?;
    Ok(decode_photo(&read(&*file)?, MAX_PHOTO_SIDE)?)
}

/// The pixels of a picture file, of at most 8192 pixels in width and height, as they are.
///
/// # Errors
/// When it cannot be read, or is no whole picture of a supported format.
pub(super) fn decode_whole(file: &dyn InputFile) -> Result<Frame, Rejection> {
    decode_photo(&read(file)?, u32::MAX).map(|(frame, _)| frame)
}

fn problem(failure: Failure) -> Problem {
    Problem { kind: ProblemKind::PictureFile, detail: failure.into() }
}

fn read(file: &dyn InputFile) -> Result<Vec<u8>, Rejection> {
    if file.size() > MAX_PHOTO_BYTES {
        return Err(Rejection::ImageFile(MAX_PHOTO_BYTES >> 20));
    }
    let mut bytes = Vec::with_capacity(file.size() as usize);
    let read = |bytes: &mut Vec<u8>| -> io::Result<usize> { file.open()?.take(MAX_PHOTO_BYTES).read_to_end(bytes) };
    read(&mut bytes).map_err(|error| Rejection::File(error.to_string()))?;
    Ok(bytes)
}
