//! Local storage. Without permission, reads return nothing and writes have no effect.

#[cfg(target_family = "wasm")]
mod items {
    fn storage() -> Option<web_sys::Storage> {
        gloo::utils::window().local_storage().ok().flatten()
    }

    /// The value of a key, if there is one.
    pub fn get(key: &str) -> Option<String> {
        storage()?.get_item(key).ok().flatten()
    }

    /// Sets or removes the value of a key.
    pub fn set(key: &str, value: Option<&str>) {
        if let Some(storage) = storage() {
            match value {
                Some(value) => storage.set_item(key, value).ok(),
                None => storage.remove_item(key).ok(),
            };
        }
    }
}

/// Outside a browser (unit tests), each thread has its own storage.
#[cfg(not(target_family = "wasm"))]
mod items {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        static ITEMS: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    }

    /// The value of a key, if there is one.
    pub fn get(key: &str) -> Option<String> {
        ITEMS.with_borrow(|items| items.get(key).cloned())
    }

    /// Sets or removes the value of a key.
    pub fn set(key: &str, value: Option<&str>) {
        ITEMS.with_borrow_mut(|items| match value {
            Some(value) => drop(items.insert(key.to_owned(), value.to_owned())),
            None => drop(items.remove(key)),
        });
    }
}

pub use items::{get, set};
