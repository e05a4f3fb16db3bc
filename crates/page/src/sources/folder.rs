//! Lists the files of folders that were chosen or dropped.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, DataTransferItem, File, FileList};

/// The path of a file within the chosen folder, such as `fer/train/happy/1.jpg`; its name if no folder was chosen.
pub fn path(file: &File) -> String {
    let path = get(file, "webkitRelativePath").and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}

/// The files of a list.
pub fn list(files: Option<FileList>) -> Vec<File> {
    files.map(|files| (0..files.length()).filter_map(|index| files.get(index)).collect()).unwrap_or_default()
}

/// The common folder of all files; `None` if there is none, as for a single file.
pub fn common(files: &[(String, File)]) -> Option<String> {
    let (first, _) = files.first()?.0.split_once('/')?;
    files
        .iter()
        .all(|(path, _)| path.split_once('/').is_some_and(|(folder, _)| folder == first))
        .then(|| first.to_owned())
}

/// Dropped items. The browser provides them only while the drop event is handled, so they are captured then and read
/// later.
pub struct Dropped {
    entries: Vec<JsValue>,
    files: Vec<File>,
}

impl Dropped {
    /// Captures the dropped items.
    pub fn take(data: &DataTransfer) -> Self {
        let items = data.items();
        let entries = (0..items.length()).filter_map(|index| entry(&items.get(index)?)).collect();
        Self { entries, files: list(data.files()) }
    }

    /// All files with their paths, including those in folders.
    ///
    /// # Errors
    /// The name of an unreadable item.
    pub async fn files(self) -> Result<Vec<(String, File)>, String> {
        if self.entries.is_empty() {
            return Ok(self.files.into_iter().map(|file| (file.name(), file)).collect());
        }
        let mut files = Vec::new();
        let mut waiting = self.entries;
        while let Some(entry) = waiting.pop() {
            let path = get(&entry, "fullPath").and_then(|path| path.as_string()).unwrap_or_default();
            let path = path.trim_start_matches('/').to_owned();
            let is_folder = get(&entry, "isDirectory").is_some_and(|is| is.is_truthy());
            let read =
                if is_folder { children(&entry, &mut waiting).await } else { file(&entry, &path, &mut files).await };
            read.map_err(|_| path)?;
        }
        // No two have the same path; a stable sort would take more code.
        files.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(files)
    }
}

/// The file system entry of an item, which web-sys supports only with additional features.
fn entry(item: &DataTransferItem) -> Option<JsValue> {
    let entry = method(item, "webkitGetAsEntry")?.call0(item).ok()?;
    (!entry.is_null() && !entry.is_undefined()).then_some(entry)
}

async fn file(entry: &JsValue, path: &str, files: &mut Vec<(String, File)>) -> Result<(), JsValue> {
    let file: File = answer(entry, "file").await?.dyn_into()?;
    files.push((path.to_owned(), file));
    Ok(())
}

async fn children(entry: &JsValue, into: &mut Vec<JsValue>) -> Result<(), JsValue> {
    let reader = method(entry, "createReader").ok_or(JsValue::UNDEFINED)?.call0(entry)?;
    loop {
        // A hundred at a time, as browsers do, until none is left.
        let batch: Array = answer(&reader, "readEntries").await?.dyn_into()?;
        if batch.length() == 0 {
            return Ok(());
        }
        into.extend(batch.iter());
    }
}

/// Calls a callback-based method and returns its result as a future.
async fn answer(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    let function = method(object, name).ok_or(JsValue::UNDEFINED)?;
    let promise = Promise::new(&mut |done, failed| {
        if let Err(error) = function.call2(object, &done, &failed) {
            failed.call1(&JsValue::UNDEFINED, &error).ok();
        }
    });
    JsFuture::from(promise).await
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    get(object, name)?.dyn_into().ok()
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::{JsCast, JsValue};

    use super::common;

    fn folder(paths: &[&str]) -> Option<String> {
        // Without a browser a file can only be passed on.
        let files: Vec<_> = paths.iter().map(|&path| (path.to_owned(), JsValue::UNDEFINED.unchecked_into())).collect();
        common(&files)
    }

    #[test]
    fn a_folder_is_common_only_if_it_holds_all_files() {
        assert_eq!(folder(&["fer/train/1.jpg", "fer/test/2.jpg"]).as_deref(), Some("fer"));
        assert_eq!(folder(&["fer/1.jpg"]).as_deref(), Some("fer"));
        assert_eq!(folder(&["fer/1.jpg", "other/2.jpg"]), None);
        assert_eq!(folder(&["fer/1.jpg", "2.jpg"]), None);
        assert_eq!(folder(&["fer.csv"]), None);
        assert_eq!(folder(&[]), None);
    }
}
