//! URLs of the site's files, with the version in the query string so that a page never loads a file of another version.

#![expect(clippy::disallowed_methods, reason = "these are the ways that take the place of the disallowed ones")]

use gloo::file::ObjectUrl;
use gloo::utils::{document, window};
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;
use web_sys::{Blob, BlobPropertyBag, Url, Worker, WorkerOptions, WorkerType};

/// The content of a `<meta>` element in the page's head, written by the build.
pub fn meta(name: &str) -> Option<String> {
    document().query_selector(&format!("meta[name={name}]")).ok()??.get_attribute("content")
}

/// The URL of a site file, given its path relative to the page.
pub fn address(path: &str) -> String {
    join(&base(), path)
}

/// Fetches a site file, given its path relative to the page.
pub fn fetch(path: &str) -> Promise {
    window().fetch_with_str(&address(path))
}

/// Like [`fetch`], for a worker started by [`worker`].
pub fn fetch_in_worker(scope: &DedicatedWorkerGlobalScope, path: &str) -> Promise {
    scope.fetch_with_str(&worker_address(&scope.name(), path))
}

/// Like [`address`], for a worker started by [`worker`], whose name contains the base URL.
fn worker_address(name: &str, path: &str) -> String {
    join(parts(name).0, path)
}

/// The page's query string, which is part of the name of a worker started by [`worker`].
pub fn query(name: &str) -> &str {
    parts(name).1
}

/// Splits a worker's name into the site's base URL and the page's query string.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('#').unwrap_or((name, ""))
}

fn join(base: &str, path: &str) -> String {
    match base.split_once('?') {
        Some((folder, version)) => format!("{folder}{path}?{version}"),
        None => format!("{base}{path}"),
    }
}

/// The folder of the page, then `?v=` and the version.
fn base() -> String {
    let here = document().base_uri().ok().flatten().unwrap_or_default();
    let folder = here.split(['?', '#']).next().and_then(|here| here.rsplit_once('/')).map_or("", |(folder, _)| folder);
    format!("{folder}/?v={}", meta("version").unwrap_or_default())
}

/// Starts a worker from the URL of its module. The worker's script is a blob that imports the module, so the worker
/// inherits the page's content security policy; a worker started from a file would get the policy of the HTTP response,
/// which usually has none. Keep the returned object URL until the worker has started.
///
/// # Errors
/// When the browser does not start workers.
pub fn worker(path: &str) -> Result<(Worker, ObjectUrl), JsValue> {
    let module = js_sys::JSON::stringify(&Url::new_with_base(path, &base())?.href().into())?;
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let start = Array::of1(&format!("import {};", String::from(module)).into());
    let url = ObjectUrl::from(Blob::new_with_str_sequence_and_options(&start, &kind)?);
    let name = format!("{}#{}", base(), window().location().search()?);
    Ok((Worker::new_with_options(&url, &options(&name))?, url))
}

/// The worker that the script `www/quick-start.js` has started, and the events that it has received since; `None` if there is none,
/// or it was taken before.
pub fn take_quick_start() -> Option<(Worker, Vec<JsValue>)> {
    const NAME: &str = "mienQuickStart";
    let started = js_sys::Reflect::get(&window(), &NAME.into()).ok()?;
    let worker = js_sys::Reflect::get(&started, &"worker".into()).ok()?.dyn_into().ok()?;
    let events: Array = js_sys::Reflect::get(&started, &"events".into()).ok()?.dyn_into().ok()?;
    js_sys::Reflect::delete_property(&window(), &NAME.into()).ok();
    Some((worker, events.to_vec()))
}

/// The texts of a language that `www/first-paint.js` has requested, or null if they did not arrive; `None` if it requested none, or they
/// were taken before.
pub fn take_texts(tag: &str) -> Option<Promise> {
    let requested = js_sys::Reflect::get(&window(), &"mienTexts".into()).ok()?;
    let texts = js_sys::Reflect::get(&requested, &tag.into()).ok()?.dyn_into().ok()?;
    js_sys::Reflect::delete_property(&requested.unchecked_into::<js_sys::Object>(), &tag.into()).ok();
    Some(texts)
}

/// Starts another worker with the same script, from inside a worker started by [`worker`].
///
/// # Errors
/// When the browser does not support nested workers.
pub fn nested_worker() -> Result<Worker, JsValue> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let script = js_sys::Reflect::get(&js_sys::Reflect::get(&scope, &"location".into())?, &"href".into())?;
    Worker::new_with_options(&script.as_string().unwrap_or_default(), &options(&scope.name()))
}

fn options(name: &str) -> WorkerOptions {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    options
}

#[cfg(test)]
mod tests {
    use super::{query, worker_address};

    #[test]
    fn a_worker_s_name_has_the_site_s_address_and_the_page_s_query() {
        let name = "https://host/mien/?v=12ab#?log=debug&x=#1";
        assert_eq!(worker_address(name, "weights/a.bin"), "https://host/mien/weights/a.bin?v=12ab");
        assert_eq!(query(name), "?log=debug&x=#1");
        assert_eq!(worker_address("https://host/", "a"), "https://host/a");
        assert_eq!(query("https://host/"), "");
    }
}
