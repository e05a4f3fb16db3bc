//! The plural category of a number.

#[cfg(target_family = "wasm")]
pub use browser::category;

/// The plural category of a number in the current language: CLDR's `one`, `few`, `many`, … or `other`.
#[cfg(target_family = "wasm")]
mod browser {
    use std::cell::RefCell;

    use js_sys::Intl::PluralRules;
    use js_sys::{Array, Object};
    use wasm_bindgen::JsValue;

    use crate::language::Language;

    thread_local! {
        static RULES: RefCell<Option<(Language, PluralRules)>> = const { RefCell::new(None) };
    }

    /// Uses the browser's plural rules.
    pub fn category(number: f64) -> String {
        let language = Language::current();
        RULES.with_borrow_mut(|rules| {
            if rules.as_ref().is_none_or(|(of, _)| *of != language) {
                let tags = Array::of1(&JsValue::from_str(language.tag()));
                *rules = Some((language, PluralRules::new(&tags, &Object::new())));
            }
            rules.as_ref().map(|(_, rules)| String::from(rules.select(number))).unwrap_or_default()
        })
    }
}

/// Outside a browser (unit tests), English rules.
#[cfg(not(target_family = "wasm"))]
pub fn category(number: f64) -> String {
    if number == 1.0 { "one".to_owned() } else { "other".to_owned() }
}
