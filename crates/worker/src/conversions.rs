//! The errors that can be sent to the page, as a [`Failure`].

use mien_compute::CheckError;
use mien_compute::evaluation::{GroupError, PredictError};
use mien_compute::explanation::ExplainError;
use mien_compute::training::TrainingError;
use mien_core::dataset::{
    BinningError, JoinError, PartitionError, PhotoFolderError, ReadError, Rejection, StoredError,
};
use mien_core::training::SettingsError;
use mien_core::vision::FrameError;
#[cfg(all(test, not(target_family = "wasm")))]
use mien_export::ExportError;
#[cfg(test)]
use mien_face::ModelError;
#[cfg(test)]
use mien_message::Forms;
use mien_message::ToMessage;
#[cfg(all(test, not(target_family = "wasm")))]
use mien_onnx::OnnxError;
#[cfg(test)]
use mien_protocol::{Fault, SettingsFault};
use mien_recognition::DetectError;
use mien_weights::WeightsError;

use crate::engine::storage_error::StorageError;
use crate::engine_error::EngineError;
use crate::failure::Failure;
#[cfg(test)]
use crate::file_text::FileText;

macro_rules! errors {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.message())
            }
        })*

        /// The forms of all messages that the page receives or creates.
        #[cfg(test)]
        fn forms() -> Forms {
            let mut forms = Forms::new();
            $(<$error as ToMessage>::forms(&mut forms);)*
            <Fault as ToMessage>::forms(&mut forms);
            <ModelError as ToMessage>::forms(&mut forms);
            #[cfg(not(target_family = "wasm"))]
            for of in [<OnnxError as ToMessage>::forms, <ExportError as ToMessage>::forms] {
                of(&mut forms);
            }
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
    PhotoFolderError,
    PredictError,
    ReadError,
    Rejection,
    SettingsError,
    StoredError,
    TrainingError,
    WeightsError,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use mien_message::Argument;

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

    /// The names of the arguments of a text. The forms of a plural begin with its number, `#`.
    fn arguments(text: &str) -> BTreeSet<&str> {
        let parts = text.split('{').skip(1).filter(|part| !part.starts_with('#'));
        parts.filter_map(|part| part.split(['}', ',']).next()).collect()
    }

    /// The identifiers of the purposes of the networks in the list.
    fn purposes() -> Forms {
        let networks: Vec<mien_core::network::AvailableNetwork> =
            serde_json::from_str(include_str!("../../../www/weights/networks.json")).unwrap();
        assert!(networks.iter().all(|network| !network.id.is_empty()));
        networks.iter().map(|network| (&*format!("available-network/{}", network.id).leak(), Vec::new())).collect()
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
                // which gives it the language's thousands separators; the one of a shape has none
                let is_large =
                    |word: &str| word.len() > 3 && word != "2304" && word.bytes().all(|byte| byte.is_ascii_digit());
                let large = text.split(|letter: char| !letter.is_alphanumeric()).find(|word| is_large(word));
                assert_eq!(large, None, "{tag}.txt: {id}: a number that large comes as an argument");
                let is_sentence = id.starts_with("available-network/");
                assert_eq!(text.ends_with('.'), is_sentence, "{tag}.txt: {id}: the page ends its sentences itself");
            }
        }
    }

    #[test]
    fn a_loss_of_the_gpu_is_distinguished_from_its_other_errors() {
        let lost = EngineError::GpuLost { reason: "Destroyed".into(), message: String::new() };
        assert!(Failure::from(lost).is_gpu_loss());
        assert!(Failure::from(EngineError::GpuStalled { seconds: 20 }).is_gpu_loss());
        assert!(!Failure::from(EngineError::NoAdapter).is_gpu_loss());
        assert!(!Failure::message("invalid shader".into()).is_gpu_loss());
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
