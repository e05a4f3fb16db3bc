//! The program that the page fetches when the model face is opened: plain WebAssembly, which `www/model-face.js` runs in a worker.
//!
//! `reserve(length)` returns where the bytes of the model belong, and `open()` reads them: it returns 0, or the number of bytes of
//! an error at `bytes()`, a `Message` in the form of postcard. Settings belong at `settings()`, as 32-bit floats in the order of
//! `mien_face::settings::SETTINGS`. `draw()` renders them: pixels (RGBA, row by row, 256 × 256) are then at `pixels()`, and the
//! landmarks at `landmarks()`, 68 times x and y as 32-bit floats relative to the side of the picture.
//!
//! `summarize()` answers what was written to `reserve(length)`, a `mien_face::sweep::CurvesRequest` in the form of postcard: it returns
//! the number of bytes of a `CurvesAnswer` at `bytes()`, or 0.

#[cfg(target_family = "wasm")]
#[allow(unsafe_code)] // what makes functions known to the outside
mod program {
    use std::cell::RefCell;
    use std::ptr;

    use mien_core::vision::Frame;
    use mien_face::FaceModel;
    use mien_face::appearance::SkinTone;
    use mien_face::person::Person;
    use mien_face::render::Renderer;
    use mien_face::settings::{COUNT, Settings};
    use mien_face::sweep::CurvesRequest;
    use mien_message::ToMessage;

    /// Side of the pictures in pixels.
    const SIDE: usize = 256;

    struct Program {
        /// The bytes of the model until it is open, of the error if there is one, of a request, of an answer.
        bytes: Vec<u8>,
        face: Option<Face>,
        settings: [f32; COUNT],
        picture: Option<Frame>,
        landmarks: Vec<f32>,
    }

    struct Face {
        model: FaceModel,
        renderer: Renderer,
        /// Skin tone and seed of the last person, and the person.
        person: Option<((SkinTone, u64), Person)>,
    }

    thread_local! {
        static PROGRAM: RefCell<Program> = const {
            RefCell::new(Program {
                bytes: Vec::new(),
                face: None,
                settings: [0.0; COUNT],
                picture: None,
                landmarks: Vec::new(),
            })
        };
    }

    #[unsafe(no_mangle)]
    extern "C" fn reserve(length: usize) -> *mut u8 {
        PROGRAM.with_borrow_mut(|program| {
            program.bytes = vec![0; length];
            program.bytes.as_mut_ptr()
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn open() -> usize {
        PROGRAM.with_borrow_mut(|program| {
            match FaceModel::from_bytes(&program.bytes) {
                Ok(model) => {
                    program.bytes = Vec::new();
                    program.face = Some(Face { renderer: Renderer::new(&model), model, person: None });
                }
                // nothing of it is of unknown length, which alone is refused
                Err(error) => program.bytes = postcard::to_allocvec(&error.message()).unwrap_or_default(),
            }
            program.bytes.len()
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn bytes() -> *const u8 {
        PROGRAM.with_borrow(|program| program.bytes.as_ptr())
    }

    #[unsafe(no_mangle)]
    extern "C" fn summarize() -> usize {
        PROGRAM.with_borrow_mut(|program| {
            let request = postcard::from_bytes::<CurvesRequest>(&program.bytes);
            let answer = request.and_then(|request| postcard::to_allocvec(&request.answer()));
            program.bytes = answer.unwrap_or_default();
            program.bytes.len()
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn settings() -> *mut f32 {
        PROGRAM.with_borrow_mut(|program| program.settings.as_mut_ptr())
    }

    #[unsafe(no_mangle)]
    extern "C" fn draw() {
        PROGRAM.with_borrow_mut(|program| {
            let Some(face) = &mut program.face else { return };
            let settings = Settings::from_numbers(program.settings);
            let who = settings.person();
            if face.person.as_ref().is_none_or(|(before, _)| *before != who) {
                face.person = Some((who, Person::random(&face.model, who.0, who.1)));
            }
            let Some((_, person)) = &mut face.person else { return };
            settings.dress(&face.model, person);
            let picture = face.renderer.render(&face.model, person, &settings.motion(), &settings.scene(), SIDE);
            let Ok(picture) = picture else { return };
            let places = picture.landmarks.iter().flat_map(|point| [point.x, point.y]);
            program.landmarks = places.map(|place| place / SIDE as f32).collect();
            program.picture = Some(picture.frame);
        });
    }

    #[unsafe(no_mangle)]
    extern "C" fn pixels() -> *const u8 {
        PROGRAM.with_borrow(|program| program.picture.as_ref().map_or(ptr::null(), |picture| picture.pixels().as_ptr()))
    }

    #[unsafe(no_mangle)]
    extern "C" fn landmarks() -> *const f32 {
        PROGRAM.with_borrow(|program| program.landmarks.as_ptr())
    }
}

fn main() {}
