//! What the address and the browser's storage remember: the page of the app, light or dark.

use gloo::utils::{document_element, window};

use super::storage;

/// A page of the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Faces, live.
    #[default]
    Live,
    /// How such a network works and fails, in five steps.
    Lesson,
    /// Sets of labelled images.
    Dataset,
    /// Training a network.
    Training,
    /// How good the network is.
    Evaluation,
    /// What this is and what it is not.
    About,
}

impl Page {
    /// All pages, in the order of the navigation.
    pub const ALL: [Self; 6] = [Self::Live, Self::Lesson, Self::Dataset, Self::Training, Self::Evaluation, Self::About];

    /// The fragment of its address. Fragments work from any folder of any server.
    pub const fn fragment(self) -> &'static str {
        match self {
            Self::Live => "#live",
            Self::Lesson => "#lesson",
            Self::Dataset => "#dataset",
            Self::Training => "#training",
            Self::Evaluation => "#evaluation",
            Self::About => "#about",
        }
    }

    /// The page of the current address.
    pub fn current() -> Self {
        Self::of(&current_fragment())
    }

    /// The page of a fragment; the first one if it names none. What follows a hyphen is a place on the page.
    fn of(fragment: &str) -> Self {
        let name = fragment.split('-').next();
        Self::ALL.into_iter().find(|page| Some(page.fragment()) == name).unwrap_or_default()
    }

    /// The step of the lesson that the current address names, counted from 0.
    pub fn step() -> Option<usize> {
        Self::step_of(&current_fragment())
    }

    fn step_of(fragment: &str) -> Option<usize> {
        let step = fragment.strip_prefix(Self::Lesson.fragment())?.strip_prefix('-')?;
        step.parse::<usize>().ok()?.checked_sub(1)
    }

    /// The address of a step of the lesson, counted from 0.
    pub fn step_fragment(step: usize) -> String {
        format!("{}-{}", Self::Lesson.fragment(), step + 1)
    }

    /// The element of every page that holds its content.
    pub const CONTENT: &str = "content";
}

/// What follows the `#` of the address, with it.
fn current_fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Under this name the storage keeps the theme.
const THEME_KEY: &str = "mien-theme";

impl Theme {
    /// As the storage and the style sheet write it; empty for the system's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the toggle changes to.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// The theme that the visitor chose last; the system's where storage is empty or forbidden.
    pub fn stored() -> Self {
        match storage::get(THEME_KEY).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    fn remember(self) {
        storage::set(THEME_KEY, Some(self.name()).filter(|name| !name.is_empty()));
    }

    /// Shows the theme and remembers it. Where storage is forbidden it lasts until the tab closes.
    pub fn apply(self) {
        self.remember();
        let root = document_element();
        match self {
            Self::System => root.remove_attribute("data-theme").ok(),
            Self::Light | Self::Dark => root.set_attribute("data-theme", self.name()).ok(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_their_page_and_all_others_the_first() {
        for page in Page::ALL {
            assert_eq!(Page::of(page.fragment()), page);
            assert_eq!(Page::of(&format!("{}-part", page.fragment())), page, "a place on the page");
        }
        for unknown in ["", "#", "live", "#Live", "#nowhere", "#livelier", "-", "#-1"] {
            assert_eq!(Page::of(unknown), Page::Live, "{unknown}");
        }
    }

    #[test]
    fn steps_of_the_lesson_count_from_one_in_addresses() {
        for step in 0..5 {
            assert_eq!(Page::step_of(&Page::step_fragment(step)), Some(step));
            assert_eq!(Page::of(&Page::step_fragment(step)), Page::Lesson);
        }
        for none in ["", "#lesson", "#lesson-", "#lesson-0", "#lesson--1", "#lesson-two", "#dataset-2", "#lesson-1.5"] {
            assert_eq!(Page::step_of(none), None, "{none}");
        }
        assert_eq!(Page::step_of("#lesson-99999999999999999999999"), None, "no number of this machine");
    }

    #[test]
    fn a_theme_is_stored_and_found_again() {
        for theme in [Theme::Light, Theme::Dark, Theme::System] {
            theme.remember();
            assert_eq!(Theme::stored(), theme);
        }
        assert_eq!(storage::get("mien-theme"), None, "nothing is stored for the system's");
    }

    #[test]
    fn an_unknown_stored_theme_is_the_systems() {
        for damaged in ["", "Dark", "blue", "dark ", "\u{0}"] {
            storage::set("mien-theme", Some(damaged));
            assert_eq!(Theme::stored(), Theme::System, "{damaged:?}");
        }
    }

    #[test]
    fn the_toggle_goes_through_all_themes() {
        let themes = [Theme::System, Theme::System.next(), Theme::System.next().next()];
        assert_eq!(themes, [Theme::System, Theme::Light, Theme::Dark]);
        assert_eq!(Theme::Dark.next(), Theme::System);
        assert_eq!(themes.map(Theme::name), ["", "light", "dark"]);
    }
}
