//! The plural category of a number.

#[cfg(target_family = "wasm")]
pub use browser::category;

#[cfg(target_family = "wasm")]
mod browser {
    use std::cell::RefCell;

    use js_sys::Intl::PluralRules;
    use js_sys::{Array, Object};
    use wasm_bindgen::JsValue;

    thread_local! {
        static RULES: RefCell<Option<(&'static str, PluralRules)>> = const { RefCell::new(None) };
    }

    /// The plural category of a number in the language with this tag: CLDR's `one`, `few`, `many`, … or `other`, by the
    /// browser's rules.
    pub fn category(number: f64, tag: &'static str) -> String {
        RULES.with_borrow_mut(|rules| {
            if rules.as_ref().is_none_or(|(of, _)| *of != tag) {
                let tags = Array::of1(&JsValue::from_str(tag));
                *rules = Some((tag, PluralRules::new(&tags, &Object::new())));
            }
            rules.as_ref().map(|(_, rules)| String::from(rules.select(number))).unwrap_or_default()
        })
    }
}

/// Outside a browser (unit tests), English rules.
#[cfg(not(target_family = "wasm"))]
pub fn category(number: f64, _tag: &'static str) -> String {
    if number == 1.0 { "one".to_owned() } else { "other".to_owned() }
}
