//! Switching between languages.

use std::cell::{Cell, RefCell};

use gloo::net::http::Request;
use gloo::utils::{document, document_element, window};
use mien_browser::site;
use wasm_bindgen_futures::JsFuture;

use super::messages::{DESCRIPTION, ENGLISH, FINGERPRINT, LANGUAGES, TITLE};
use super::text::Table;
use super::{catalogue, text};
use crate::storage;

/// The local storage key of the selected language.
const KEY: &str = "mien-language";

/// A language of the page, as an index into [`LANGUAGES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(u8);

/// Where the texts end in a language's file, and what went wrong begins.
const ERRORS: &str = "\n[errors]\n";

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::ENGLISH) };
    /// The loaded tables, by language.
    static TABLES: RefCell<Vec<(Language, Table)>> = const { RefCell::new(Vec::new()) };
}

impl Language {
    /// The language that all others are translated from.
    pub const ENGLISH: Self = Self(ENGLISH);

    /// All languages.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LANGUAGES.len()).map(|place| Self(place as u8))
    }

    /// The current language.
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Its tag, such as `de`.
    pub fn tag(self) -> &'static str {
        LANGUAGES[usize::from(self.0)].0
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        LANGUAGES[usize::from(self.0)].1
    }

    /// The language of a tag, ignoring the region.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::all().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The last selected language; else the first supported one of the browser's languages; else English.
    pub fn wanted() -> Self {
        Self::stored().or_else(Self::preferred).unwrap_or(Self::ENGLISH)
    }

    fn stored() -> Option<Self> {
        Self::of(&storage::get(KEY)?)
    }

    fn preferred() -> Option<Self> {
        window().navigator().languages().iter().find_map(|tag| Self::of(&tag.as_string()?))
    }

    /// Stores the selection. Without storage, it lasts until the tab closes.
    pub fn remember(self) {
        storage::set(KEY, Some(self.tag()));
    }

    /// Loads the language's texts and makes it the current language. Returns whether the texts could be loaded;
    /// otherwise nothing changes.
    pub async fn speak(self) -> bool {
        let known = TABLES.with_borrow(|tables| tables.iter().find(|(of, _)| *of == self).map(|(_, table)| *table));
        let table = match known {
            Some(table) => Some(table),
            None => self.fetch().await,
        };
        let Some(table) = table else { return false };
        if known.is_none() {
            TABLES.with_borrow_mut(|tables| tables.push((self, table)));
        }
        text::adopt(table);
        CURRENT.set(self);
        self.label();
        true
    }

    /// Its texts, which the first paint may have requested.
    async fn fetch(self) -> Option<Table> {
        let tag = self.tag();
        let requested = match site::take_texts(tag) {
            Some(texts) => JsFuture::from(texts).await.ok().and_then(|texts| texts.as_string()),
            None => None,
        };
        let source = match requested {
            Some(source) => source,
            None => self.request().await?,
        };
        let (texts, errors) = source.split_once(ERRORS).unwrap_or((&source, ""));
        let catalogue = catalogue::compile(texts).ok()?;
        let fits = catalogue.fingerprint == FINGERPRINT;
        fits.then(|| Table { tag, texts: text::table(catalogue.texts.leak()), errors: errors.to_owned().leak() })
    }

    /// Requests its file from the URL given in the page's head. In releases the file name contains a content hash, so page and texts
    /// always match.
    async fn request(self) -> Option<String> {
        let tag = self.tag();
        let place = site::meta(&format!("text-{tag}")).unwrap_or_else(|| format!("./text/{tag}.txt"));
        let response = Request::get(&place).send().await.ok()?;
        if response.ok() { response.text().await.ok() } else { None }
    }

    /// Sets the document's language, for screen readers, hyphenation and translation.
    fn label(self) {
        document_element().set_attribute("lang", self.tag()).ok();
        document().set_title(&TITLE);
        if let Ok(Some(description)) = document().query_selector("meta[name=description]") {
            description.set_attribute("content", &DESCRIPTION).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_a_language_whatever_its_region() {
        for (tag, found) in [
            ("en", Some("en")),
            ("EN", Some("en")),
            ("en-GB", Some("en")),
            ("de_CH", Some("de")),
            ("fr-CA-x-private", Some("fr")),
            ("eng", None),
            ("", None),
            ("-de", None),
            ("tlh", None),
        ] {
            assert_eq!(Language::of(tag).map(Language::tag), found, "{tag}");
        }
    }

    #[test]
    fn the_chosen_language_is_found_again() {
        assert_eq!(Language::stored(), None);
        for language in Language::all() {
            language.remember();
            assert_eq!(Language::stored(), Some(language));
            assert!(!language.name().is_empty());
        }
        storage::set(KEY, Some("klingon"));
        assert_eq!(Language::stored(), None, "a language that the page no longer has");
    }
}
