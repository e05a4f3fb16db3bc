//! Decodes picture files: in the browser, or in the engine what the browser cannot decode.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::slice;
use std::task::{Poll, Waker};

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::link::{Attachment, Link, RequestId};
use crate::notice::Notice;
use crate::sources::picture::{self, Decoded, Pixels};
use crate::state::PhotoName;
use mien_browser::thrown::describe;
use mien_browser::value::clone_handle;
use mien_core::file_kind::{FileKind, HEAD, gif_frames};
use mien_protocol::{Command, DecodedPicture, MAX_PHOTO_BYTES, Message, Problem, ProblemKind};

/// Decodes picture files.
pub struct Decoder {
    link: Link,
    /// The files that the engine has not decoded yet.
    pending: RefCell<Vec<Request>>,
}

struct Request {
    id: RequestId,
    file: Blob,
    answer: Rc<Answer>,
    /// Whether an engine was replaced before it answered: such a file is not sent again and again.
    lost: bool,
}

/// What the engine answers: a picture and its pixels, or why there are none.
#[derive(Default)]
struct Answer {
    value: RefCell<Option<Result<(DecodedPicture, JsValue), Problem>>>,
    waker: Cell<Option<Waker>>,
}

impl Answer {
    fn set(&self, value: Result<(DecodedPicture, JsValue), Problem>) {
        self.value.replace(Some(value));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    async fn get(&self) -> Result<(DecodedPicture, JsValue), Problem> {
        poll_fn(|context| match self.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

impl Decoder {
    /// Creates the controller without files.
    pub fn new(link: Link) -> Self {
        Self { link, pending: RefCell::default() }
    }

    /// Decodes a picture file. What the browser decodes does not wait for the engine.
    ///
    /// # Errors
    /// A notice that says why it cannot be read.
    pub async fn decode(&self, blob: &Blob, name: &PhotoName) -> Result<Decoded, Notice> {
        let named = || name.to_string();
        if blob.size() == 0.0 {
            return Err(Notice::FileEmpty { name: named() });
        }
        if blob.size() > MAX_PHOTO_BYTES as f64 {
            return Err(Notice::PictureHeavy { name: named() });
        }
        let head = picture::bytes(blob, HEAD).await.ok_or_else(|| Notice::FileUnreadable { name: named() })?;
        let kind = FileKind::of(&head);
        // The few browsers that decode TIFF do not know what the numbers in an array mean.
        let engine_first = kind == FileKind::Tiff;
        let mut refusal = match kind {
            FileKind::IsoImage | FileKind::Svg | FileKind::OtherImage(_) => Notice::PictureFormat { name: named() },
            _ => Notice::NotAPicture { name: named() },
        };
        for by_engine in [engine_first, !engine_first] {
            let pixels = if !by_engine {
                picture::decode(blob, name).await?
            } else if is_read_by_engine(kind) {
                match self.decode_in_engine(blob).await {
                    Ok(pixels) => Some(pixels),
                    Err(problem) => {
                        refusal = Notice::refused(named(), problem);
                        None
                    }
                }
            } else {
                None
            };
            if let Some((bitmap, scale)) = pixels {
                let is_unchecked = !by_engine && is_read_by_engine(kind) && *name != PhotoName::SAMPLE;
                let unchecked = is_unchecked.then(|| clone_handle(blob));
                let notice = is_animated(kind, blob).await.then(|| Notice::Animation { name: named() });
                return Ok(Decoded { bitmap, scale, unchecked, notice });
            }
        }
        Err(refusal)
    }

    async fn decode_in_engine(&self, file: &Blob) -> Result<Pixels, Problem> {
        let (DecodedPicture { width, scale }, bytes) = self.request(file).get().await?;
        match picture::bitmap_of(&bytes, width).await {
            Ok(bitmap) => Ok((bitmap, scale)),
            Err(error) => Err(Problem { kind: ProblemKind::Picture, detail: Message::quoted(describe(&error)) }),
        }
    }

    fn request(&self, file: &Blob) -> Rc<Answer> {
        let request =
            Request { id: self.link.next_request(), file: clone_handle(file), answer: Rc::default(), lost: false };
        let answer = Rc::clone(&request.answer);
        self.send(&request);
        self.pending.borrow_mut().push(request);
        answer
    }

    fn send(&self, request: &Request) {
        let files = slice::from_ref(request.file.unchecked_ref());
        self.link.send_with(&Command::Decode { request: request.id }, Attachment::Files(files));
    }

    /// Called when the engine has decoded a file, or could not.
    pub fn on_decoded(&self, request: RequestId, picture: Result<DecodedPicture, Problem>, pixels: &JsValue) {
        let index = self.pending.borrow().iter().position(|pending| pending.id == request);
        if let Some(index) = index {
            let request = self.pending.borrow_mut().swap_remove(index);
            request.answer.set(picture.map(|picture| (picture, clone_handle(pixels))));
        }
    }

    /// Called when a new engine replaced one that failed: it gets the files, each of them once.
    pub fn on_engine_replaced(&self) {
        for request in self.pending.take() {
            if request.lost {
                request.answer.set(Err(Problem { kind: ProblemKind::Worker, detail: Message::default() }));
            } else {
                self.send(&request);
                self.pending.borrow_mut().push(Request { lost: true, ..request });
            }
        }
    }
}

/// Whether the engine reads files of a kind.
const fn is_read_by_engine(kind: FileKind) -> bool {
    kind.is_image() && !matches!(kind, FileKind::IsoImage | FileKind::Svg | FileKind::OtherImage(_))
}

async fn is_animated(kind: FileKind, blob: &Blob) -> bool {
    match kind {
        FileKind::Gif => picture::bytes(blob, usize::MAX).await.is_some_and(|file| gif_frames(&file, 2) == Some(2)),
        FileKind::Png { animated } | FileKind::WebP { animated } => animated,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};

    use wasm_bindgen::JsValue;

    use super::{Answer, Decoder, is_read_by_engine};
    use crate::controller::fake::{FakeHost, blob};
    use crate::fixtures::message;
    use mien_core::file_kind::FileKind;
    use mien_protocol::{Command, DecodedPicture, Message, Problem, ProblemKind};

    const PICTURE: DecodedPicture = DecodedPicture { width: 4, scale: 2.0 };

    fn decoder() -> (Rc<FakeHost>, Decoder) {
        let (host, link) = FakeHost::new();
        (host, Decoder::new(link))
    }

    /// The answer, if it has arrived.
    fn arrived(answer: &Answer) -> Option<Result<DecodedPicture, Problem>> {
        match pin!(answer.get()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer.map(|(picture, _)| picture)),
            Poll::Pending => None,
        }
    }

    fn problem() -> Problem {
        Problem { kind: ProblemKind::PictureFile, detail: message("ends early") }
    }

    #[test]
    fn each_file_is_answered_once() {
        let (host, decoder) = decoder();
        let (first, second) = (decoder.request(&blob()), decoder.request(&blob()));
        assert_eq!(host.take_commands(), [Command::Decode { request: 1 }, Command::Decode { request: 2 }]);
        assert_eq!((arrived(&first), arrived(&second)), (None, None));
        decoder.on_decoded(2, Err(problem()), &JsValue::UNDEFINED);
        decoder.on_decoded(2, Ok(PICTURE), &JsValue::UNDEFINED);
        assert_eq!((arrived(&first), arrived(&second)), (None, Some(Err(problem()))));
        decoder.on_decoded(1, Ok(PICTURE), &JsValue::UNDEFINED);
        assert_eq!((arrived(&first), arrived(&second)), (Some(Ok(PICTURE)), None));
        decoder.on_engine_replaced();
        assert!(host.take_commands().is_empty());
    }

    #[test]
    fn a_new_engine_gets_the_files_and_two_engines_are_enough() {
        let (host, decoder) = decoder();
        let lost = decoder.request(&blob());
        host.take_commands();
        decoder.on_engine_replaced();
        let new = decoder.request(&blob());
        assert_eq!(host.take_commands(), [Command::Decode { request: 1 }, Command::Decode { request: 2 }]);
        decoder.on_engine_replaced();
        assert_eq!(host.take_commands(), [Command::Decode { request: 2 }]);
        let refused = Problem { kind: ProblemKind::Worker, detail: Message::default() };
        assert_eq!((arrived(&lost), arrived(&new)), (Some(Err(refused)), None));
        decoder.on_decoded(2, Ok(PICTURE), &JsValue::UNDEFINED);
        assert_eq!(arrived(&new), Some(Ok(PICTURE)));
    }

    #[test]
    fn only_what_the_engine_reads_is_sent_to_it() {
        assert!([FileKind::Jpeg, FileKind::Bmp, FileKind::Tiff].into_iter().all(is_read_by_engine));
        assert!(![FileKind::IsoImage, FileKind::Svg, FileKind::Pdf].into_iter().any(is_read_by_engine));
    }
}
