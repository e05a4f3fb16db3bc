//! What makes the first paint and the first label come soon: one style sheet, the page's program after what the label needs, and the
//! texts of the first paint in the page itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::checksum::{fingerprint, integrity};
use super::{attribute, set_meta};

/// The name of the `<meta>` element with the path of the page's program.
const PAGE: &str = "page";

/// What `www/first-paint.js` has in place of its texts.
const GAP: &str = "\"@WORDS@\"";

/// The texts of the page that the first paint uses, by their keys, with the sections of the files before them.
const WORDS: [&str; 44] = [
    "actions.open",
    "announce_face",
    "beside_closest",
    "beside_then",
    "camera_start",
    "crop",
    "disclaimer",
    "disclaimer_link",
    "dismiss",
    "engine_stage_weights",
    "explain.explain",
    "face",
    "faces",
    "fit.title",
    "game.title",
    "language",
    "model_face.title",
    "navigation",
    "network_sees",
    "no_face_stream",
    "not_sure",
    "notice.sample_missing",
    "notice.sample_missing_do",
    "page_about",
    "page_dataset",
    "page_evaluation",
    "page_lesson",
    "page_live",
    "page_training",
    "percent",
    "photos",
    "robustness.interactive_title",
    "sample",
    "sample_alt",
    "sample_name",
    "sample_try",
    "snapshot",
    "tagline",
    "title",
    "training.library.fetching",
    "video",
    "welcome",
    "welcome_drop",
    "welcome_how",
];

/// How the keys of the classes begin, as headings and in sentences.
const CLASSES: [&str; 2] = ["expression_", "inline_"];

/// Joins the style sheets, in their order: one request takes less time than one for each section of the page.
pub fn one_style_sheet(html: &str, dist: &Path) -> Result<String> {
    const LINK: &str = "<link rel=\"stylesheet\" href=\"";
    let (mut result, mut style) = (String::new(), String::new());
    let mut parts = html.split(LINK);
    let before = parts.next().unwrap_or_default();
    for part in parts {
        let (name, rest) = part.split_once('"').context("a style sheet without an end")?;
        let file = dist.join(name);
        style += &fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))?;
        fs::remove_file(&file)?;
        result += rest.split_once('>').context("a style sheet without an end")?.1.trim_start();
    }
    let name = format!("style-{}.css", fingerprint(&[style.as_bytes()]));
    fs::write(dist.join(&name), &style)?;
    Ok(format!("{before}{LINK}./{name}\" integrity=\"{}\">{result}", integrity(style.as_bytes())))
}

/// Removes the preload of the page's program, and writes its path into a `<meta>` element: `www/quick-start.js` requests it when it is its
/// turn.
pub fn no_preload(html: &str) -> Result<String> {
    const MARK: &str = "as=\"fetch\"";
    let (before, after) = html.split_once(MARK).context("Trunk preloads no program in index.html")?;
    let (before, link) = before.rsplit_once('<').context("index.html does not begin with an element")?;
    let path = attribute(link, "href=\"").context("Trunk names no program in index.html")?;
    let after = after.split_once('>').context("index.html breaks off")?.1;
    set_meta(&format!("{before}{after}"), PAGE, path)
}

/// Writes the texts of all languages into the script of the first paint.
pub fn with_words(html: &str) -> Result<String> {
    let mut words = BTreeMap::new();
    for file in crate::files(&crate::root().join("www/text"))? {
        let tag = file.file_stem().context("a text without a name")?.to_string_lossy().into_owned();
        words.insert(tag, words_of(&fs::read_to_string(&file)?));
    }
    let (before, after) = html.split_once(GAP).with_context(|| format!("index.html has no {GAP}"))?;
    Ok(format!("{before}{}{after}", serde_json::to_string(&words)?))
}

/// The texts that the first paint uses, of those in a language's file.
fn words_of(file: &str) -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut words = BTreeMap::new();
    for line in file.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, text)) = line.split_once(" = ") {
            let key = format!("{section}{}", key.split('(').next().unwrap_or(key));
            if WORDS.contains(&&*key) || CLASSES.iter().any(|class| key.starts_with(class)) {
                words.insert(key, text.to_owned());
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{CLASSES, WORDS, no_preload, one_style_sheet, with_words, words_of};

    /// The texts of the first paint are simple ones: its script knows no plurals.
    #[test]
    fn every_language_has_the_words_of_the_first_paint() {
        let script = fs::read_to_string(crate::root().join("www/first-paint.js")).unwrap();
        let html = fs::read_to_string(crate::root().join("index.html")).unwrap();
        for word in WORDS {
            let is_used = [format!("\"{word}\""), format!("{{ {word} }}")].iter().any(|word| script.contains(word));
            let is_used = is_used || html.contains(&format!("data-word=\"{word}\""));
            assert!(is_used, "{word} is not used");
        }
        for file in crate::files(&crate::root().join("www/text")).unwrap() {
            let text = fs::read_to_string(&file).unwrap();
            let words = words_of(&text);
            // seven classes each, and "not sure" in a sentence
            assert_eq!(words.len(), WORDS.len() + CLASSES.len() * 7 + 1, "{}", file.display());
            for (key, text) in words {
                let simple = |part: &str| {
                    part.split_once('}').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase()))
                };
                assert!(!text.contains('<') && text.split('{').skip(1).all(simple), "{key} = {text}");
            }
        }
    }

    /// So that nothing moves or changes when the page takes the place of the first paint.
    #[test]
    fn the_first_paint_has_the_icons_and_the_pages_of_the_page() {
        let read = |name: &str| fs::read_to_string(crate::root().join(name)).unwrap();
        let (script, html) = (read("www/first-paint.js"), read("index.html"));
        let icons = read("crates/page/src/components/icons.rs");
        let paths: Vec<_> = [script, html.clone()].iter().flat_map(|source| strings(source, "M")).collect();
        assert_eq!(paths.len(), 12, "{paths:?}");
        for path in paths {
            assert!(icons.contains(&format!("\"{path}\"")), "{path} is no icon of the page");
        }
        let pages = read("crates/page/src/settings.rs");
        let pages = pages.split_once("fn fragment").unwrap().1.split_once("/// Goes to").unwrap().0;
        let links = html.split_once("<nav").unwrap().1.split_once("</nav>").unwrap().0;
        assert_eq!(strings(links, "#"), strings(pages, "#"));
    }

    /// The strings that begin like this.
    fn strings(source: &str, start: &str) -> Vec<String> {
        let parts = source.split('"').filter(|part| part.starts_with(start) && part.len() > 1 && !part.contains('\n'));
        parts.map(str::to_owned).collect()
    }

    #[test]
    fn the_script_gets_the_words_of_every_language() {
        let html = with_words("<script>const WORDS = \"@WORDS@\";</script>").unwrap();
        for part in [
            "= {\"de\":{",
            "\"en\":{",
            "\"sample_try\":\"Try the sample\"",
            "\"percent\":\"{number}%\"",
            "}};</script>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(with_words("<script></script>").is_err());
    }

    #[test]
    fn style_sheets_become_one_in_their_order() {
        let folder = std::env::temp_dir().join(format!("mien-style-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("b-1.css"), "b{}\n").unwrap();
        fs::write(folder.join("a-2.css"), "a{}\n").unwrap();
        let link = |name: &str| format!("<link rel=\"stylesheet\" href=\"./{name}\" integrity=\"x\"/>\n");
        let html = format!("<head>{}{}<p></head>", link("b-1.css"), link("a-2.css"));
        let joined = one_style_sheet(&html, &folder).unwrap();
        let files = crate::files(&folder).unwrap();
        let [file] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!(fs::read_to_string(file).unwrap(), "b{}\na{}\n");
        let name = file.file_name().unwrap().to_string_lossy();
        assert!(joined.starts_with(&format!("<head><link rel=\"stylesheet\" href=\"./{name}\" integrity=\"sha384-")));
        assert!(joined.ends_with("\"><p></head>") && joined.matches("<link").count() == 1, "{joined}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_program_waits_for_its_turn() {
        let html =
            r#"<meta name="page" content=""><link rel="a"><link href="./b" crossorigin="c" as="fetch" type="d"><p>"#;
        assert_eq!(no_preload(html).unwrap(), r#"<meta name="page" content="./b"><link rel="a"><p>"#);
        assert!(no_preload("<link rel=\"a\"><p>").is_err());
    }
}
