//! From one language to another.

use std::cell::{Cell, RefCell};

use gloo::net::http::Request;
use gloo::utils::{document, document_element, window};
use mien_browser::site;

use super::messages::{DESCRIPTION, ENGLISH, FINGERPRINT, LANGUAGES, TITLE};
use super::text::Table;
use super::{catalogue, text};
use crate::storage;

/// Under this name the storage keeps the language that was chosen.
const KEY: &str = "mien-language";

/// A language of the page, by its place among [`LANGUAGES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(u8);

/// Where the texts end in a language's file, and what went wrong begins.
const ERRORS: &str = "\n[errors]\n";

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::ENGLISH) };
    /// The tables that were made, each with its language.
    static TABLES: RefCell<Vec<(Language, Table)>> = const { RefCell::new(Vec::new()) };
}

impl Language {
    /// The language that all others are translated from.
    pub const ENGLISH: Self = Self(ENGLISH);

    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LANGUAGES.len()).map(|place| Self(place as u8))
    }

    /// The one that the page speaks.
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Its tag, such as `de`.
    pub fn tag(self) -> &'static str {
        LANGUAGES[usize::from(self.0)].0
    }

    /// What it calls itself.
    pub fn name(self) -> &'static str {
        LANGUAGES[usize::from(self.0)].1
    }

    /// The language of a tag, whatever region it names besides.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::all().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one that the visitor chose last; else the first that the browser is set to and the page has; else English.
    pub fn wanted() -> Self {
        Self::stored().or_else(Self::preferred).unwrap_or(Self::ENGLISH)
    }

    fn stored() -> Option<Self> {
        Self::of(&storage::get(KEY)?)
    }

    fn preferred() -> Option<Self> {
        window().navigator().languages().iter().find_map(|tag| Self::of(&tag.as_string()?))
    }

    /// Remembers that the visitor chose it. Where storage is forbidden that lasts until the tab closes.
    pub fn remember(self) {
        storage::set(KEY, Some(self.tag()));
    }

    /// Has the page speak it, once its texts are there. Tells whether they came; else everything stays as it was.
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

    /// Its texts, from where the page's head says that they are: in a release under a name that changes with what they say, so
    /// that page and texts are of one version.
    async fn fetch(self) -> Option<Table> {
        let tag = self.tag();
        let place = site::meta(&format!("text-{tag}")).unwrap_or_else(|| format!("./text/{tag}.txt"));
        let response = Request::get(&place).send().await.ok()?;
        let source = if response.ok() { response.text().await.ok()? } else { return None };
        let (texts, errors) = source.split_once(ERRORS).unwrap_or((&source, ""));
        let catalogue = catalogue::compile(texts).ok()?;
        let fits = catalogue.fingerprint == FINGERPRINT;
        fits.then(|| Table { texts: text::table(catalogue.texts.leak()), errors: errors.to_owned().leak() })
    }

    /// Tells the browser which language this is: it reads aloud, hyphenates and offers to translate by it.
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
