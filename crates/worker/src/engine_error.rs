//! Errors of the engine itself.

use mien_message::ToMessage;

use crate::failure::Failure;

/// Errors of the engine itself.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum EngineError {
    /// There is no active network yet.
    #[error("the worker has not started")]
    NotStarted,
    /// A file of the site could not be used.
    #[error("`{path}`: {fault}")]
    File {
        /// Its path relative to the page.
        path: &'static str,
        /// The reason.
        fault: Failure,
    },
    /// The server responded with an error status.
    #[error("the server answered {0}")]
    Status(u16),
    /// The response has no body.
    #[error("the server sent nothing")]
    NoBody,
    /// The network is not in the site's list.
    #[error("it is not offered")]
    NotOffered,
    /// The file of a command is missing.
    #[error("no file came")]
    NoFile,
    /// The picture of a command is missing.
    #[error("no picture came with the request")]
    NoPicture,
    /// The crop of a command is missing.
    #[error("no crop came with the request")]
    NoCrop,
    /// The bytes are not a whole number of crops.
    #[error("{bytes} bytes are not crops of {size}")]
    NotCrops {
        /// Number of bytes.
        bytes: usize,
        /// Number of bytes of a crop.
        size: usize,
    },
    /// The browser lacks WebGPU.
    #[error("this browser has no WebGPU")]
    NoWebGpu,
    /// The browser lacks a part of WebGPU.
    #[error("this browser's WebGPU is incomplete")]
    IncompleteWebGpu,
    /// The browser has no WebGPU adapter.
    #[error("the browser has WebGPU, but no graphics adapter for it")]
    NoAdapter,
    /// The only WebGPU adapter is implemented in software.
    #[error("the only WebGPU adapter is a software emulation, slower than the CPU path")]
    SoftwareAdapter,
    /// The GPU is lost.
    #[error("the GPU stopped responding ({reason}): {message}")]
    GpuLost {
        /// The browser's reason.
        reason: String,
        /// Its message.
        message: String,
    },
    /// The GPU makes no progress.
    #[error("the GPU made no progress for {seconds} s")]
    GpuStalled {
        /// Duration without progress.
        seconds: u32,
    },
    /// The GPU was lost during cross-validation, and with it the current fold.
    #[error("the GPU stopped responding; the fold that was being trained is lost")]
    FoldLost,
    /// The browser does not support canvases in workers.
    #[error("this browser has no 2D canvas in workers")]
    NoCanvas,
    /// Another dataset might not fit into memory.
    #[error("number of images in the loaded datasets: {held}; more than {most} may not fit: close one first")]
    Full {
        /// Number of images of all datasets.
        held: usize,
        /// Maximum number of images.
        most: usize,
    },
    /// The dataset was closed.
    #[error("the dataset is no longer loaded")]
    SetClosed,
    /// The dataset was closed or changed.
    #[error("the dataset is no longer loaded, or has changed")]
    SetChanged,
    /// The dataset has fewer images than before.
    #[error("the dataset no longer has these images")]
    NoSamples,
    /// A table of groups has no row for some images.
    #[error("images for which the table has no row, and which count as blank: {missing} of {images}")]
    NoRows {
        /// Number of images without a row.
        missing: usize,
        /// Number of images of the run.
        images: usize,
    },
    /// A network was deleted.
    #[error("a network no longer exists")]
    NetworkGone,
    /// An ONNX model is asked for more than predictions.
    #[error(
        "an ONNX model only classifies: Grad-CAM, the activations of layers, similar images and further training need one of mien's own networks"
    )]
    OnnxOnlyClassifies,
    /// The GPU is asked to compute an ONNX model.
    #[error("an ONNX model is computed on the CPU")]
    OnnxOnCpu,
    /// The program that reads and writes ONNX models could not be fetched or started.
    #[error("the program for ONNX models could not be fetched or started: check the connection and try again")]
    OnnxUnavailable,
    /// The program that reads or computes an ONNX model ended.
    #[error("the ONNX model cannot be computed here: its program ended, or has no more memory")]
    OnnxStopped,
    /// The network was changed during a run.
    #[error("the active network was changed during the run, so the results would be mixed")]
    NetworkChanged,
    /// There are too few frames of too few looks to adapt a network to a person.
    #[error("there are no frames of enough looks to adapt the network")]
    TooFewLooks,
    /// Another network might not fit into memory.
    #[error("the networks together would exceed this page's memory limit: delete one first")]
    NoMemory,
    /// The file is larger than this many MB.
    #[error("the file is larger than {0} MB, which no network here needs")]
    LargeFile(u64),
    /// The label of a stored file is too long.
    #[error("its label is too long")]
    LongLabel,
    /// The unfinished run was taken or deleted.
    #[error("the unfinished run no longer exists")]
    NoRun,
    /// Another tab has taken the unfinished run.
    #[error("another tab of this page is already resuming it")]
    RunTaken,
}
