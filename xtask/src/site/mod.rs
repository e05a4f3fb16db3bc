//! Finishes Trunk's output: moves its inline module to a file, prepares the first paint, names the engines' and text files by content,
//! adds the content security policy, and gives the service worker its list of files.

mod checksum;
mod first_paint;
mod offline;
mod policy;
mod wasm;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use checksum::{fingerprint, integrity};
use offline::{Files, HEADERS, SERVICE_WORKER};
pub use wasm::strip_names;

/// Scripts that run before Trunk's, to install the page's guards first; the last one waits for its turn.
const BEFORE: [&str; 3] = ["www/guard.js", "www/offline.js", "www/turn.js"];

/// The programs of the page's workers.
const ENGINES: [&str; 2] = ["engine", "quick-start"];

/// The name of the `<meta>` element with the page's version.
const VERSION: &str = "version";

/// Finishes Trunk's output for serving.
///
/// # Errors
/// When the output is not in the expected form.
pub fn finish(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    // browsers hash an inline script with these line ends, whichever a checkout has
    let html = fs::read_to_string(&index).context("Trunk wrote no index.html")?.replace("\r\n", "\n");
    let html = move_script_out(&html, dist)?;
    strip_names(dist)?;
    let html = first_paint::one_style_sheet(&html, dist)?;
    let html = first_paint::no_preload(&html)?;
    let html = first_paint::with_words(&html)?;
    let html = ENGINES.iter().try_fold(html, |html, name| name_engine_by_content(name, &html, dist))?;
    let html = name_texts_by_content(&html, dist)?;
    let modules = module_checksums(dist)?;
    let mut inline = inline_scripts(&html);
    inline.push(&modules);
    let content = policy::content(&inline);
    fs::write(&index, add_policy(&html, &content, &modules)?)?;
    seal(dist)
}

/// Writes the version into the page and the service worker, and writes the headers.
///
/// # Errors
/// When the folder does not contain a finished site.
pub fn seal(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html = fs::read_to_string(&index)?;
    let content = attribute(&html, "<meta http-equiv=\"Content-Security-Policy\" content=\"").context("no policy")?;
    let script = fs::read_to_string(crate::root().join("www").join(SERVICE_WORKER))?;

    // the version is that of all else
    fs::write(&index, set_meta(&html, VERSION, "")?)?;
    let version = Files::of(dist)?.version(script.as_bytes());
    fs::write(&index, set_meta(&html, VERSION, &version)?)?;
    let files = Files::of(dist)?;
    fs::write(dist.join(SERVICE_WORKER), offline::service_worker(&script, &version, &files, content)?)?;
    Ok(fs::write(dist.join(HEADERS), offline::header_file(&files, content)?)?)
}

/// The rest of an attribute after this prefix.
fn attribute<'a>(html: &'a str, start: &str) -> Option<&'a str> {
    Some(html.split_once(start)?.1.split_once('"')?.0)
}

/// The scripts in the page itself: `www/quick-start.js`, which is to run before all else, `www/startup.js`, which must be there
/// whatever else cannot be loaded, and `www/first-paint.js`.
fn inline_scripts(html: &str) -> Vec<&str> {
    html.split("<script>").skip(1).filter_map(|rest| Some(rest.split_once("</script>")?.0)).collect()
}

/// Moves Trunk's inline module to a file, after our own: it changes with every build, and the content security policy allows
/// no inline script but those that it names by their hashes.
fn move_script_out(html: &str, dist: &Path) -> Result<String> {
    const OPEN: &str = "<script type=\"module\">";
    const CLOSE: &str = "</script>";
    let (before, rest) = html.split_once(OPEN).context("Trunk starts no program in index.html")?;
    let (start, after) = rest.split_once(CLOSE).context("index.html has a script without an end")?;
    let mut script = String::new();
    for name in BEFORE {
        script += &fs::read_to_string(crate::root().join(name))?;
    }
    script += start.trim_start();
    let name = format!("start-{}.js", fingerprint(&[script.as_bytes()]));
    fs::write(dist.join(&name), &script)?;
    let checksum = integrity(script.as_bytes());
    Ok(format!("{before}<script type=\"module\" src=\"./{name}\" integrity=\"{checksum}\">{CLOSE}{after}"))
}

/// Adds a content hash to the file names of an engine, which Trunk does only for the page: a browser that cached an older
/// engine must not run it with a newer page. The page finds the name of the loader, or of the script where there is none, in a `<meta>`
/// element of the engine's name.
fn name_engine_by_content(name: &str, html: &str, dist: &Path) -> Result<String> {
    let [script, wasm, loader] = [".js", "_bg.wasm", "_loader.js"].map(|end| format!("{name}{end}"));
    let glue = fs::read_to_string(dist.join(&script)).with_context(|| format!("Trunk built no {name}"))?;
    let version = fingerprint(&[glue.as_bytes(), &fs::read(dist.join(&wasm))?]);
    let versioned = |file: &str| file.replacen(name, &format!("{name}-{version}"), 1);

    fs::rename(dist.join(&wasm), dist.join(versioned(&wasm)))?;
    fs::remove_file(dist.join(&script))?;
    fs::write(dist.join(versioned(&script)), glue.replace(&wasm, &versioned(&wasm)))?;
    let Ok(load) = fs::read_to_string(dist.join(&loader)) else {
        return set_meta(html, name, &format!("./{}", versioned(&script)));
    };
    fs::remove_file(dist.join(&loader))?;
    fs::write(dist.join(versioned(&loader)), load.replace(&script, &versioned(&script)))?;
    set_meta(html, name, &format!("./{}", versioned(&loader)))
}

/// Puts each language's fingerprint into the name of its file, so that a page never gets the texts of another version, and
/// gives the page the names in `<meta name="text-…">`. Errors are in the same file.
fn name_texts_by_content(html: &str, dist: &Path) -> Result<String> {
    let folder = dist.join("text");
    let mut html = html.to_owned();
    let mut files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    for file in files {
        let tag = file.file_stem().context("a text without a name")?.to_string_lossy().into_owned();
        let mut text = fs::read_to_string(&file)?;
        if tag != "en" {
            let errors = crate::root().join(format!("www/errors/{tag}.txt"));
            text += "\n[errors]\n";
            text += &fs::read_to_string(&errors).with_context(|| format!("{} is missing", errors.display()))?;
        }
        let name = format!("{tag}-{}.txt", fingerprint(&[text.as_bytes()]));
        fs::remove_file(&file)?;
        fs::write(folder.join(&name), text)?;
        html = add_to_head(&html, &format!("<meta name=\"text-{tag}\" content=\"./text/{name}\">"))?;
    }
    Ok(html)
}

fn add_to_head(html: &str, element: &str) -> Result<String> {
    let (before, after) = html.split_once("</head>").context("index.html has no head")?;
    Ok(format!("{before}{element}</head>{after}"))
}

/// Sets the content of a `<meta>` element.
fn set_meta(html: &str, name: &str, content: &str) -> Result<String> {
    let start = format!("<meta name=\"{name}\" content=\"");
    let parts = html.split_once(&start).and_then(|(before, rest)| Some((before, rest.split_once('"')?.1)));
    let (before, after) = parts.with_context(|| format!("index.html has no <meta name=\"{name}\" content=\"…\">"))?;
    Ok(format!("{before}{start}{content}\"{after}"))
}

/// An import map with the checksums of all modules: a module that is imported by another has no tag for an integrity
/// attribute.
fn module_checksums(dist: &Path) -> Result<String> {
    let mut checksums = serde_json::Map::new();
    for path in crate::files(dist)? {
        if path.extension().is_some_and(|extension| extension == "js") {
            let address = format!("./{}", path.strip_prefix(dist)?.display());
            checksums.insert(address, integrity(&fs::read(&path)?).into());
        }
    }
    Ok(serde_json::json!({ "integrity": checksums }).to_string())
}

/// Inserts the content security policy before everything it applies to, followed by the import map, which must precede
/// all modules.
fn add_policy(html: &str, content: &str, modules: &str) -> Result<String> {
    let start = html.find("<meta charset").context("index.html names no charset")?;
    let end = start + html[start..].find('>').context("index.html breaks off")? + 1;
    let (before, after) = html.split_at(end);
    Ok(format!(
        "{before}<meta http-equiv=\"Content-Security-Policy\" content=\"{content}\">\
         <script type=\"importmap\">{modules}</script>{after}"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;

    use super::{add_policy, inline_scripts, set_meta};

    #[test]
    fn scripts_without_a_file_are_found() {
        let html = "<script type=\"module\" src=\"./a.js\"></script><script>\n1 < 2</script><p><script>b</script>";
        assert_eq!(inline_scripts(html), ["\n1 < 2", "b"]);
        assert_eq!(inline_scripts("<p>"), [""; 0]);
    }

    /// The script has its own texts, since it also runs if the page's texts cannot be loaded.
    #[test]
    fn the_startup_script_speaks_every_language() {
        let script = fs::read_to_string(crate::root().join("www/startup.js")).unwrap();
        let words = script.split_once("const WORDS = {\n").unwrap().1.split_once("\n  };").unwrap().0;
        let mut languages = BTreeMap::<&str, BTreeSet<&str>>::new();
        let mut language = "";
        for line in words.lines() {
            let name = line.trim().split(':').next().unwrap();
            match line.len() - line.trim_start().len() {
                4 if line.ends_with('{') => language = name,
                6 => assert!(languages.entry(language).or_default().insert(name), "{language}: {name} twice"),
                _ => {}
            }
        }
        let texts = crate::files(&crate::root().join("www/text")).unwrap();
        let tags: Vec<_> = texts.iter().map(|file| file.file_stem().unwrap().to_str().unwrap()).collect();
        assert_eq!(languages.keys().copied().collect::<Vec<_>>(), tags);
        for (language, reasons) in &languages {
            assert_eq!(reasons, &languages["en"], "{language}");
        }
    }

    #[test]
    fn the_policy_stands_before_all_that_it_holds_for() {
        let html = "<head><meta charset=\"utf-8\" /><link rel=\"stylesheet\"></head>";
        let guarded = add_policy(html, "default-src 'none'", "{}").unwrap();
        let places = ["charset", "default-src", "importmap", "stylesheet"].map(|part| guarded.find(part).unwrap());
        assert!(places.is_sorted(), "{guarded}");
    }

    #[test]
    fn names_in_the_head_are_replaced_and_missing_ones_are_a_mistake() {
        let html = "<meta name=\"a\" content=\"1\" /><meta name=\"b\" content=\"\" />";
        let replaced = "<meta name=\"a\" content=\"1\" /><meta name=\"b\" content=\"./c\" />";
        assert_eq!(set_meta(html, "b", "./c").unwrap(), replaced);
        assert!(set_meta(html, "c", "1").is_err());
    }
}
