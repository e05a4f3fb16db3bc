//! What the address and the browser's storage remember: the page of the app, light or dark.

use gloo::utils::{document_element, window};

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

    /// The page of the current address; the first one if it names none. What follows a hyphen is a place on the page.
    pub fn current() -> Self {
        let fragment = window().location().hash().unwrap_or_default();
        let name = fragment.split('-').next();
        Self::ALL.into_iter().find(|page| Some(page.fragment()) == name).unwrap_or_default()
    }

    /// The step of the lesson that the current address names, counted from 0.
    pub fn step() -> Option<usize> {
        let fragment = window().location().hash().ok()?;
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
        let name =
            window().local_storage().ok().flatten().and_then(|storage| storage.get_item(THEME_KEY).ok().flatten());
        match name.as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Shows the theme and remembers it. Where storage is forbidden it lasts until the tab closes.
    pub fn apply(self) {
        if let Ok(Some(storage)) = window().local_storage() {
            match self {
                Self::System => storage.remove_item(THEME_KEY).ok(),
                Self::Light | Self::Dark => storage.set_item(THEME_KEY, self.name()).ok(),
            };
        }
        let root = document_element();
        match self {
            Self::System => root.remove_attribute("data-theme").ok(),
            Self::Light | Self::Dark => root.set_attribute("data-theme", self.name()).ok(),
        };
    }
}
