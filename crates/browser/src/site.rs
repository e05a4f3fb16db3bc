//! Where the site's files are: by an address that names the version, so that a page never gets another version's.

#![expect(clippy::disallowed_methods, reason = "these are the ways that take the place of the disallowed ones")]

use gloo::file::ObjectUrl;
use gloo::utils::{document, window};
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use web_sys::DedicatedWorkerGlobalScope;
use web_sys::{Blob, BlobPropertyBag, Url, Worker, WorkerOptions, WorkerType};

/// The value that the build wrote into the page's head.
pub fn meta(name: &str) -> Option<String> {
    document().query_selector(&format!("meta[name={name}]")).ok()??.get_attribute("content")
}

/// The address of a file of the site, by its path from the page.
pub fn address(path: &str) -> String {
    join(&base(), path)
}

/// Requests a file of the site, by its path from the page.
pub fn fetch(path: &str) -> Promise {
    window().fetch_with_str(&address(path))
}

/// The same in a worker that [`worker`] started.
pub fn fetch_in_worker(scope: &DedicatedWorkerGlobalScope, path: &str) -> Promise {
    scope.fetch_with_str(&place(&scope.name(), path))
}

/// The address of a file of the site in a worker that [`worker`] started, by the worker's name.
fn place(name: &str, path: &str) -> String {
    join(parts(name).0, path)
}

/// The query of the page's address in a worker that [`worker`] started, by the worker's name.
pub fn query(name: &str) -> &str {
    parts(name).1
}

/// The address of the site and the query of the page's address, which together name a worker.
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

/// Starts a worker by the path of its module. It comes from a blob that imports the module: so it has the page's content
/// security policy, while one from a file would have that of the server's answer, which mostly is none. The address of the
/// blob must outlive the start.
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

/// In a worker that [`worker`] started: another of the same program.
///
/// # Errors
/// When the browser starts no workers in workers.
pub fn twin() -> Result<Worker, JsValue> {
    let scope: DedicatedWorkerGlobalScope = wasm_bindgen::JsCast::unchecked_into(js_sys::global());
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
    use super::{place, query};

    #[test]
    fn a_worker_s_name_has_the_site_s_address_and_the_page_s_query() {
        let name = "https://host/mien/?v=12ab#?log=debug&x=#1";
        assert_eq!(place(name, "weights/a.bin"), "https://host/mien/weights/a.bin?v=12ab");
        assert_eq!(query(name), "?log=debug&x=#1");
        assert_eq!(place("https://host/", "a"), "https://host/a");
        assert_eq!(query("https://host/"), "");
    }
}
