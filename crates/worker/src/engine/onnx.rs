//! ONNX models: third-party ones, and networks written as such. Reader and writer are a program of their own, which is fetched when the
//! first model is opened or written.

use std::cell::RefCell;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::platform::{OnnxProgram, OnnxPrograms, Platform, Site};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::expression::Expression;
use mien_core::network::{OnnxCall, OnnxFacts, OnnxReply, OnnxSummary, OnnxTrial};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_protocol::Message;
use mien_recognition::CropClassifier;

/// The reader, by its path from the page.
const PROGRAM: &str = "onnx.wasm";

/// Opens models, each in a program of its own.
pub(super) struct OnnxReader {
    site: Rc<dyn Site>,
    programs: Rc<dyn OnnxPrograms>,
    /// The program's bytes, once they were fetched and started: a site or a network in between may answer with anything else.
    program: RefCell<Option<Rc<[u8]>>>,
}

/// A model that classifies; clones share it. It ends with the last of them.
#[derive(Clone)]
pub(super) struct OnnxNetwork {
    program: Rc<dyn OnnxProgram>,
    /// What is known about it.
    pub summary: Rc<OnnxSummary>,
}

impl OnnxReader {
    pub fn new(platform: &Platform) -> Self {
        let (site, programs) = (Rc::clone(&platform.site), Rc::clone(&platform.onnx));
        Self { site, programs, program: RefCell::default() }
    }

    /// The program's bytes, if it was started before.
    pub fn fetched(&self) -> Option<Rc<[u8]>> {
        self.program.borrow().clone()
    }

    /// Starts the program, which is fetched if it was not started before.
    async fn start(&self) -> Result<Box<dyn OnnxProgram>, Failure> {
        if let Some(program) = self.fetched() {
            return start(&*self.programs, &program);
        }
        let program: Rc<[u8]> = self.site.fetch(PROGRAM).await.map_err(|fault| unavailable(&fault))?.into();
        let started = start(&*self.programs, &program)?;
        self.program.replace(Some(program));
        Ok(started)
    }

    /// What a model says about itself.
    ///
    /// # Errors
    /// When it is refused, or the reader cannot be fetched.
    pub async fn describe(&self, model: &[u8]) -> Result<OnnxFacts, Failure> {
        ask(&*self.start().await?, OnnxCall::Describe, model)
    }

    /// The ONNX model of one of mien's networks, from its weights file in safetensors: what [`OnnxCall::Write`] and
    /// [`OnnxCall::WritePixels`] reply.
    ///
    /// # Errors
    /// When a value would not be finite, or the reader cannot be fetched.
    pub async fn write(&self, call: OnnxCall, weights: &[u8]) -> Result<Vec<u8>, Failure> {
        ask(&*self.start().await?, call, weights)
    }

    /// Opens a model that contains what was stated about it.
    ///
    /// # Errors
    /// When it is refused, or the reader cannot be fetched.
    pub async fn open(&self, model: &[u8]) -> Result<OnnxNetwork, Failure> {
        OnnxNetwork::new(self.start().await?, model)
    }
}

/// Opens a model with the reader's bytes.
///
/// # Errors
/// When it is refused, or the reader does not start.
pub(super) fn open(programs: &dyn OnnxPrograms, program: &[u8], model: &[u8]) -> Result<OnnxNetwork, Failure> {
    OnnxNetwork::new(start(programs, program)?, model)
}

/// Starts a program.
fn start(programs: &dyn OnnxPrograms, program: &[u8]) -> Result<Box<dyn OnnxProgram>, Failure> {
    programs.start(program).map_err(|fault| unavailable(&fault))
}

/// There is no program; why, in the words of the browser or the server, is only for the log.
fn unavailable(fault: &Failure) -> Failure {
    log::warn!("`{PROGRAM}` is not there: {fault}");
    EngineError::OnnxUnavailable.into()
}

impl OnnxNetwork {
    /// Opens a model in a program of its own.
    fn new(program: Box<dyn OnnxProgram>, model: &[u8]) -> Result<Self, Failure> {
        let program: Rc<dyn OnnxProgram> = program.into();
        let summary = Rc::new(ask(&*program, OnnxCall::Open, model)?);
        Ok(Self { program, summary })
    }

    /// What the model sees of the sample, and what it says.
    ///
    /// # Errors
    /// When it computes no numbers.
    pub fn attempt(&self) -> Result<OnnxTrial, Failure> {
        ask(&*self.program, OnnxCall::Try, &[])
    }
}

impl CropClassifier for OnnxNetwork {
    async fn logits_of_crops(&self, crops: &[Crop]) -> Result<Vec<[f32; Expression::COUNT]>, Message> {
        let mut bytes = Vec::with_capacity(crops.len() * CROP_PIXELS);
        crops.iter().for_each(|crop| bytes.extend(crop.bytes()));
        let logits: Vec<_> = ask(&*self.program, OnnxCall::Classify, &bytes)?;
        // cannot happen: the program is of the same version
        if logits.len() == crops.len() { Ok(logits) } else { Err(Message::quoted(crops.len().to_string())) }
    }
}

/// Calls a function of the program.
fn ask<T: DeserializeOwned>(program: &dyn OnnxProgram, call: OnnxCall, input: &[u8]) -> Result<T, Failure> {
    let reply = program.call(call, input)?;
    let reply: OnnxReply<T> = postcard::from_bytes(&reply).map_err(|error| Failure::message(error.to_string()))?;
    reply.map_err(Failure::new)
}
