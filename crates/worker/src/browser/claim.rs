//! Locks across all tabs of this site (Web Locks).

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::scope::scope;
use mien_browser::thrown::describe;

/// A lock held until this is dropped or the worker ends.
pub(super) struct Claim(Option<Function>);

impl Claim {
    /// Acquires a lock; `None` if it is held by another worker, or by this one. Always granted if the browser does not
    /// support locks.
    pub async fn take(name: &str) -> Option<Self> {
        match JsFuture::from(request(name)).await {
            Ok(refused) if refused.is_null() => None,
            Ok(granted) => Some(Self(granted.dyn_into().ok())),
            Err(error) => {
                log::info!("no locks, so `{name}` is not locked: {}", describe(&error));
                Some(Self(None))
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            // settling a promise throws nothing
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Requests a lock. Resolves to `null` if it is held, otherwise to a function that releases it.
fn request(name: &str) -> Promise {
    Promise::new(&mut |fulfil, reject| {
        let asked = locks().and_then(|locks| {
            // features of web-sys for this one call would not be worth it
            let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
            let options = Object::new();
            Reflect::set(&options, &"ifAvailable".into(), &true.into())?;
            let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
                if lock.is_null() {
                    let _ = fulfil.call1(&JsValue::UNDEFINED, &lock);
                    return JsValue::UNDEFINED;
                }
                // the lock is held until this promise is fulfilled
                Promise::new(&mut |release, _| drop(fulfil.call1(&JsValue::UNDEFINED, &release))).into()
            });
            let held: Promise = request.call3(&locks, &name.into(), &options, &granted)?.dyn_into()?;
            Reflect::get(&held, &"catch".into())?.dyn_into::<Function>()?.call1(&held, &reject)
        });
        if let Err(error) = asked {
            let _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    })
}

fn locks() -> Result<JsValue, JsValue> {
    Reflect::get(&scope().navigator(), &"locks".into())
}
