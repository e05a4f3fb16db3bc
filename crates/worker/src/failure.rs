//! All errors that can be sent to the page, as [`Message`]s.

use mien_compute::CheckError;
use mien_compute::detection::DetectError;
use mien_compute::evaluation::{GroupError, PredictError};
use mien_compute::explanation::ExplainError;
use mien_compute::training::TrainingError;
use mien_compute::weights::WeightsError;
use mien_core::dataset::{BinningError, JoinError, PartitionError, ReadError, StoredError};
use mien_core::training::SettingsError;
use mien_core::vision::FrameError;
use mien_message::{Argument, Forms, Message, ToArgument, ToMessage};
use mien_protocol::{Fault, SettingsFault};

use crate::engine::storage::StorageError;
use crate::file_text::FileText;

/// Why the engine could not execute a command. Only the error types listed below convert to it, so every message has a
/// translation.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure(Message);

impl Failure {
    /// A message of the browser.
    pub fn said(text: String) -> Self {
        Self(Message::quoted(text))
    }
}

impl From<Failure> for Message {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl ToArgument for Failure {
    fn argument(&self) -> Argument {
        self.0.argument()
    }
}

macro_rules! errors {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.message())
            }
        })*

        /// The forms of all messages that the page receives or creates.
        pub fn forms() -> Forms {
            let mut forms = Forms::new();
            $(<$error as ToMessage>::forms(&mut forms);)*
            <Fault as ToMessage>::forms(&mut forms);
            <SettingsFault as ToMessage>::forms(&mut forms);
            <FileText as ToMessage>::forms(&mut forms);
            forms
        }
    };
}

errors![
    EngineError,
    StorageError,
    BinningError,
    CheckError,
    DetectError,
    ExplainError,
    FrameError,
    GroupError,
    JoinError,
    PartitionError,
    PredictError,
    ReadError,
    SettingsError,
    StoredError,
    TrainingError,
    WeightsError,
];

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
    #[error("the GPU stopped responding ({reason}): {said}")]
    GpuLost {
        /// The browser's reason.
        reason: String,
        /// Its message.
        said: String,
    },
    /// The GPU makes no progress.
    #[error("the GPU made no progress for {seconds} s")]
    GpuSilent {
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
    #[error("the loaded datasets hold {held} images, and more than {most} may not fit: close one first")]
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
    #[error("the table has no row for {missing} of the {images} images; they count as blank")]
    NoRows {
        /// Number of images without a row.
        missing: usize,
        /// Number of images of the run.
        images: usize,
    },
    /// A network was deleted.
    #[error("a network no longer exists")]
    NetworkGone,
    /// The network was changed during a run.
    #[error("the active network was changed during the run, so the results would be mixed")]
    NetworkChanged,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Each language with its identifiers and texts.
    fn languages() -> Vec<(String, Vec<(String, String)>)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www");
        let tags = fs::read_dir(root.join("text")).unwrap();
        let tags = tags.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
        let read = |tag: String| {
            let file = root.join(format!("errors/{tag}.txt"));
            let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let lines = source.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            let pairs = lines.map(|line| line.split_once(" = ").unwrap_or_else(|| panic!("{tag}.txt: {line}")));
            let pairs = pairs.map(|(id, text)| (id.to_owned(), text.to_owned())).collect();
            (tag, pairs)
        };
        tags.filter(|tag| tag != "en").map(read).collect()
    }

    /// The names of the arguments of a text.
    fn arguments(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split(['}', ',']).next()).collect()
    }

    /// The identifiers of the purposes of the networks in the list.
    fn purposes() -> Forms {
        let networks: Vec<mien_core::network::AvailableNetwork> =
            serde_json::from_str(include_str!("../../../www/weights/networks.json")).unwrap();
        assert!(networks.iter().all(|network| !network.id.is_empty()));
        networks.iter().map(|network| (&*format!("offer/{}", network.id).leak(), Vec::new())).collect()
    }

    #[test]
    fn every_language_has_every_message_with_its_arguments_and_no_other() {
        let forms: Forms = forms().into_iter().chain(purposes()).collect();
        for (tag, texts) in languages() {
            let ids: BTreeSet<&str> = texts.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(ids.len(), texts.len(), "{tag}.txt has one twice");
            let expected: BTreeSet<&str> = forms.keys().copied().collect();
            assert_eq!(expected.difference(&ids).collect::<Vec<_>>(), [&""; 0], "{tag}.txt lacks these");
            assert_eq!(ids.difference(&expected).collect::<Vec<_>>(), [&""; 0], "nothing says these of {tag}.txt");
            for (id, text) in &texts {
                let names: BTreeSet<&str> = forms[id.as_str()].iter().copied().collect();
                assert_eq!(arguments(text), names, "{tag}.txt: {id}");
                let is_sentence = id.starts_with("offer/");
                assert_eq!(text.ends_with('.'), is_sentence, "{tag}.txt: {id}: the page ends its sentences itself");
            }
        }
    }

    #[test]
    fn failures_keep_what_caused_them() {
        let fault = Failure::from(EngineError::Status(404));
        let file = EngineError::File { path: "weights/a", fault }.message();
        assert_eq!(file.english(), "`weights/a`: the server answered 404");
        let Some((_, Argument::Message(inner))) = file.arguments().nth(1) else { panic!("{file:?}") };
        assert_eq!((inner.id(), inner.english()), ("engine/status", "the server answered 404"));
        let damaged = StorageError::Damaged(StoredError::Cut.into());
        assert_eq!(damaged.to_string(), "what is saved on this device is damaged (the stored dataset is cut off)");
    }
}
