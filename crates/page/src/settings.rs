//! Settings kept in the URL or in local storage: the page of the app, the theme.

use gloo::utils::{document_element, window};

use super::storage;

/// A page of the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Live recognition.
    #[default]
    Live,
    /// The lesson in six steps.
    Lesson,
    /// Labelled images.
    Dataset,
    /// Training.
    Training,
    /// Evaluation.
    Evaluation,
    /// About the project.
    About,
}

impl Page {
    /// All pages, in the order of the navigation.
    pub const ALL: [Self; 6] = [Self::Live, Self::Lesson, Self::Dataset, Self::Training, Self::Evaluation, Self::About];

    /// The URL fragment. Fragments work in any folder of any server.
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

    /// Goes to the page.
    pub fn visit(self) {
        window().location().set_hash(self.fragment()).ok();
    }

    /// The page selected by the URL.
    pub fn current() -> Self {
        Self::of(&current_fragment())
    }

    /// The page of a fragment; the first page if it is unknown. A hyphen separates a position on the page.
    fn of(fragment: &str) -> Self {
        let name = fragment.split('-').next();
        if name.is_some_and(|name| name.strip_prefix('#') == Some(Self::BENCHMARK)) {
            return Self::About;
        }
        Self::ALL.into_iter().find(|page| Some(page.fragment()) == name).unwrap_or_default()
    }

    /// The lesson step in the URL, counted from 0.
    pub fn step() -> Option<usize> {
        Self::step_of(&current_fragment())
    }

    fn step_of(fragment: &str) -> Option<usize> {
        let step = fragment.strip_prefix(Self::Lesson.fragment())?.strip_prefix('-')?;
        step.parse::<usize>().ok()?.checked_sub(1)
    }

    /// The URL fragment of a lesson step, counted from 0.
    pub fn step_fragment(step: usize) -> String {
        format!("{}-{}", Self::Lesson.fragment(), step + 1)
    }

    /// The id of the element with a page's content.
    pub const CONTENT: &str = "content";

    /// The id, and the URL fragment, of the measurement of this device's speed, which is on the About page.
    pub const BENCHMARK: &str = "benchmark";

    /// Whether the URL selects the measurement of this device's speed.
    pub fn is_benchmark() -> bool {
        current_fragment().strip_prefix('#') == Some(Self::BENCHMARK)
    }
}

/// The URL fragment, including `#`.
fn current_fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// The colour theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The system's theme.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The local storage key of the theme.
const THEME_KEY: &str = "mien-theme";

impl Theme {
    /// The name in storage and in the style sheet; empty for the system's theme.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The next theme of the toggle.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// The stored theme; the system's if there is none or storage is not available.
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

    /// Applies and stores the theme. Without storage, it lasts until the tab closes.
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
        assert_eq!(Page::of("#benchmark"), Page::About);
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
