//! Runs the program `columns`, which reads Parquet tables and NumPy arrays: WebAssembly with its own memory, so that nothing
//! that a hostile file does to it reaches the engine. `crates/columns/src/main.rs` describes its functions.

use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};
use std::rc::Rc;

use js_sys::WebAssembly::{Instance, Memory, Module};
use js_sys::{Function, Object, Reflect, Uint8Array};
use mien_core::dataset::{Row, RowBatch, RowSource, RowsError};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::thrown::describe;

/// Maximum number of bytes that are read at once.
const PIECE: usize = 1 << 20;

/// What the program receives if the file cannot be read.
const FAILED: i32 = -1;

/// A file that the program reads.
pub struct ColumnsProgram {
    exports: JsValue,
    memory: Memory,
    length: u64,
    position: u64,
    is_fer2013: bool,
    /// Why the file could not be read.
    failure: Rc<RefCell<Option<String>>>,
    /// Called by the program; kept as long as it.
    _read: Closure<dyn FnMut(f64, u32, u32) -> i32>,
}

impl ColumnsProgram {
    /// Starts the program, given its bytes, with a file of `length` bytes.
    ///
    /// # Errors
    /// When the browser does not start it, or the file cannot be read.
    pub fn open(program: &[u8], file: impl Read + Seek + 'static, length: u64) -> Result<Self, RowsError> {
        let memory = Rc::new(RefCell::new(None));
        let failure = Rc::new(RefCell::new(None));
        let read = reading(file, Rc::clone(&memory), Rc::clone(&failure));
        let exports = start(program, read.as_ref()).map_err(not_started)?;
        let own: Memory = Reflect::get(&exports, &"memory".into()).and_then(JsCast::dyn_into).map_err(not_started)?;
        memory.replace(Some(own.clone()));
        let mut program = Self { exports, memory: own, length, position: 0, is_fer2013: false, failure, _read: read };
        program.is_fer2013 = program.call("open", length as f64)?.is_fer2013;
        Ok(program)
    }

    /// Calls a function of the program and takes its reply.
    fn call(&self, name: &str, argument: f64) -> Result<RowBatch, RowsError> {
        let call = |name: &str, argument: &JsValue| {
            let function: Function = Reflect::get(&self.exports, &name.into())?.dyn_into()?;
            function.call1(&JsValue::UNDEFINED, argument)
        };
        // the program stopped: it did not expect such a file, or it has no more memory
        let stopped = |error: JsValue| RowsError::Damaged(describe(&error));
        call(name, &argument.into()).map_err(stopped)?;
        let number = |name: &str| {
            let number = call(name, &JsValue::UNDEFINED).map_err(stopped)?;
            // an unsigned number that JavaScript takes for a signed one
            Ok::<_, RowsError>(number.as_f64().unwrap_or_default() as i64 as u32)
        };
        let (start, length) = (number("reply_start")?, number("reply_length")?);
        let reply = Uint8Array::new_with_byte_offset_and_length(&self.memory.buffer(), start, length).to_vec();
        let batch =
            postcard::from_bytes::<Result<_, _>>(&reply).map_err(|error| RowsError::Damaged(error.to_string()))?;
        match self.failure.take() {
            Some(failure) => Err(RowsError::Io(failure)),
            None => batch,
        }
    }
}

impl RowSource for ColumnsProgram {
    fn read(&mut self, max: usize) -> Result<Option<Vec<Row>>, RowsError> {
        let batch = self.call("read", max as f64)?;
        self.position = if batch.rows.is_some() { batch.position } else { self.length };
        Ok(batch.rows)
    }

    fn is_fer2013(&self) -> bool {
        self.is_fer2013
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn length(&self) -> u64 {
        self.length
    }
}

/// Compiles and starts the program; returns what it exports.
fn start(program: &[u8], read: &JsValue) -> Result<JsValue, JsValue> {
    let (imports, columns) = (Object::new(), Object::new());
    Reflect::set(&columns, &"read".into(), read)?;
    Reflect::set(&imports, &"columns".into(), &columns)?;
    let module = Module::new(&Uint8Array::from(program))?;
    Ok(Instance::new(&module, &imports)?.exports().into())
}

#[allow(clippy::needless_pass_by_value)] // so that it fits `map_err`
fn not_started(error: JsValue) -> RowsError {
    RowsError::Io(describe(&error))
}

/// The function with which the program reads the file into its memory.
fn reading(
    mut file: impl Read + Seek + 'static,
    memory: Rc<RefCell<Option<Memory>>>,
    failure: Rc<RefCell<Option<String>>>,
) -> Closure<dyn FnMut(f64, u32, u32) -> i32> {
    let mut buffer = Vec::new();
    Closure::new(move |offset: f64, pointer: u32, length: u32| {
        buffer.resize((length as usize).min(PIECE), 0);
        let read = file.seek(SeekFrom::Start(offset as u64)).and_then(|_| file.read(&mut buffer));
        match (read, &*memory.borrow()) {
            (Ok(count), Some(memory)) => {
                let target = Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), pointer, count as u32);
                target.copy_from(&buffer[..count]);
                count as i32
            }
            (Ok(_), None) => FAILED,
            (Err(error), _) => {
                failure.replace(Some(error.to_string()));
                FAILED
            }
        }
    })
}
