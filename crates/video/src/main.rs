//! The program that the page fetches when a video is analysed: plain WebAssembly, which `www/video.js` runs in a worker.
//!
//! It imports `video.read(offset, pointer, length)`, which copies bytes of the file to its memory and returns their number, or -1.
//! `open(length)` opens the file: it returns 1 and leaves at `bytes()`, `length()` of them, what a decoder needs to know, in the form
//! of JSON; then `describe()` leaves the codec's settings there. `next()` leaves the next picture there, with `time()` and `is_key()`,
//! and returns 1, or 0 at the end. `restart(time)` goes back. All return -1 if the file is not understood or damaged, and -2 if it
//! ends early.

#[cfg(target_family = "wasm")]
#[allow(unsafe_code)] // what makes functions known to the outside
mod program {
    use std::cell::RefCell;
    use std::io;

    use mien_video::{Format, Packets, ReadAt, VideoError};

    #[link(wasm_import_module = "video")]
    unsafe extern "C" {
        #[link_name = "read"]
        safe fn read_file(offset: f64, pointer: *mut u8, length: usize) -> i32;
    }

    /// The file that the worker reads for us.
    struct File;

    impl ReadAt for File {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let count = read_file(offset as f64, buffer.as_mut_ptr(), buffer.len());
            usize::try_from(count).map_err(|_| io::ErrorKind::Other.into())
        }
    }

    struct Program {
        packets: Option<Box<dyn Packets>>,
        bytes: Vec<u8>,
        time: f64,
        is_key: bool,
    }

    thread_local! {
        static PROGRAM: RefCell<Program> =
            const { RefCell::new(Program { packets: None, bytes: Vec::new(), time: 0.0, is_key: false }) };
    }

    #[unsafe(no_mangle)]
    extern "C" fn open(length: f64) -> i32 {
        PROGRAM.with_borrow_mut(|program| match mien_video::open(File, length as u64) {
            Ok(packets) => {
                program.bytes = json(packets.format()).into_bytes();
                program.packets = Some(packets);
                1
            }
            Err(error) => failure(&error),
        })
    }

    /// Names of codecs have no characters that would have to be escaped.
    fn json(format: &Format) -> String {
        let null = || "null".to_owned();
        let aspect = format.aspect.map_or_else(null, |(width, height)| format!("[{width},{height}]"));
        let color = format.color.as_ref().map_or_else(null, |color| {
            let name = |name: Option<&str>| name.map_or_else(null, |name| format!("\"{name}\""));
            let (primaries, transfer, matrix) = (name(color.primaries), name(color.transfer), name(color.matrix));
            let full_range = color.full_range.map_or_else(null, |full| full.to_string());
            format!(r#"{{"primaries":{primaries},"transfer":{transfer},"matrix":{matrix},"fullRange":{full_range}}}"#)
        });
        format!(r#"{{"codec":"{}","turn":{},"aspect":{aspect},"color":{color}}}"#, format.codec, format.turn)
    }

    #[unsafe(no_mangle)]
    extern "C" fn describe() {
        PROGRAM.with_borrow_mut(|program| {
            let description = program.packets.as_ref().map(|packets| packets.format().description.clone());
            program.bytes = description.unwrap_or_default();
        });
    }

    #[unsafe(no_mangle)]
    extern "C" fn next() -> i32 {
        PROGRAM.with_borrow_mut(|program| match program.packets.as_mut().map(|packets| packets.next()) {
            Some(Ok(Some(packet))) => {
                (program.time, program.is_key) = (packet.time as f64, packet.is_key);
                program.bytes = packet.bytes;
                1
            }
            Some(Err(error)) => failure(&error),
            _ => 0,
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn restart(time: f64) -> i32 {
        PROGRAM.with_borrow_mut(|program| match program.packets.as_mut().map(|packets| packets.restart(time as i64)) {
            Some(Err(error)) => failure(&error),
            _ => 1,
        })
    }

    const fn failure(error: &VideoError) -> i32 {
        if matches!(error, VideoError::Truncated) { -2 } else { -1 }
    }

    #[unsafe(no_mangle)]
    extern "C" fn bytes() -> *const u8 {
        PROGRAM.with_borrow(|program| program.bytes.as_ptr())
    }

    #[unsafe(no_mangle)]
    extern "C" fn length() -> usize {
        PROGRAM.with_borrow(|program| program.bytes.len())
    }

    #[unsafe(no_mangle)]
    extern "C" fn time() -> f64 {
        PROGRAM.with_borrow(|program| program.time)
    }

    #[unsafe(no_mangle)]
    extern "C" fn is_key() -> i32 {
        PROGRAM.with_borrow(|program| program.is_key.into())
    }
}

fn main() {}
