//! Cameras: opening, listing and closing them.

use gloo::utils::window;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints,
    MediaStreamTrack, MediaTrackConstraints,
};

use crate::notice::Notice;
use crate::state::Camera;

/// The requested resolution: enough for faces across a room, and fast to process. The camera may choose another.
const IDEAL_SIZE: (u32, u32) = (640, 480);

/// Opens a camera, the given one if it is still available.
///
/// # Errors
/// A notice that says why there is no picture.
pub async fn open(id: Option<&str>) -> Result<MediaStream, Notice> {
    let devices = devices().ok_or(Notice::CameraUnavailable)?;
    match request(&devices, id).await {
        // The named camera is gone: any other is better than none.
        Err(error) if id.is_some() && error_name(&error) == "OverconstrainedError" => request(&devices, None).await,
        answer => answer,
    }
    .map_err(|error| notice(&error))
}

async fn request(devices: &MediaDevices, id: Option<&str>) -> Result<MediaStream, JsValue> {
    let constraints = MediaTrackConstraints::new();
    constraints.set_width(&constraint("ideal", &IDEAL_SIZE.0.into())?);
    constraints.set_height(&constraint("ideal", &IDEAL_SIZE.1.into())?);
    if let Some(id) = id {
        constraints.set_device_id(&constraint("exact", &id.into())?);
    }
    let media = MediaStreamConstraints::new();
    media.set_video(&constraints);
    let stream = JsFuture::from(devices.get_user_media_with_constraints(&media)?).await?;
    Ok(stream.unchecked_into())
}

fn constraint(key: &str, value: &JsValue) -> Result<JsValue, JsValue> {
    let object = Object::new();
    Reflect::set(&object, &key.into(), value)?;
    Ok(object.into())
}

/// The cameras of this device. Their names are only available after permission was granted.
pub async fn list() -> Vec<Camera> {
    let Some(promise) = devices().and_then(|devices| devices.enumerate_devices().ok()) else { return Vec::new() };
    let Ok(list) = JsFuture::from(promise).await else { return Vec::new() };
    js_sys::Array::from(&list)
        .iter()
        .map(JsCast::unchecked_into::<MediaDeviceInfo>)
        .filter(|device| device.kind() == MediaDeviceKind::Videoinput && !device.device_id().is_empty())
        .map(|device| Camera { id: device.device_id(), label: device.label() })
        .collect()
}

/// The browser's media devices; `None` if not available.
pub fn devices() -> Option<MediaDevices> {
    let devices = window().navigator().media_devices().ok()?;
    (!devices.is_undefined()).then_some(devices)
}

/// The camera's track.
pub fn track(stream: &MediaStream) -> Option<MediaStreamTrack> {
    stream.get_video_tracks().get(0).dyn_into().ok()
}

/// The device id of a track's camera, and whether it faces away from the user.
pub fn describe(track: &MediaStreamTrack) -> (Option<String>, bool) {
    let settings = track.get_settings();
    let facing_away = settings.get_facing_mode().is_some_and(|mode| mode == "environment");
    (settings.get_device_id(), facing_away)
}

/// Switches the camera off, its light included.
pub fn close(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        track.unchecked_into::<MediaStreamTrack>().stop();
    }
}

fn error_name(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default()
}

fn notice(error: &JsValue) -> Notice {
    let detail = error.dyn_ref::<DomException>().map(DomException::message).unwrap_or_default();
    notice_of(&error_name(error), detail)
}

/// The notice for an error with this name and message.
fn notice_of(name: &str, detail: String) -> Notice {
    match name {
        "NotAllowedError" => Notice::CameraRefused,
        "NotFoundError" | "OverconstrainedError" => Notice::CameraMissing,
        "SecurityError" => Notice::CameraUnavailable,
        _ => Notice::CameraBusy { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::notice_of;
    use crate::notice::Notice;

    #[test]
    fn each_error_has_its_notice() {
        let notice = |name: &str| notice_of(name, String::from("in use"));
        assert_eq!(notice("NotAllowedError"), Notice::CameraRefused);
        assert_eq!(notice("NotFoundError"), Notice::CameraMissing);
        assert_eq!(notice("OverconstrainedError"), Notice::CameraMissing);
        assert_eq!(notice("SecurityError"), Notice::CameraUnavailable);
        let busy = Notice::CameraBusy { detail: String::from("in use") };
        assert_eq!(notice("NotReadableError"), busy);
        assert_eq!(notice(""), busy);
    }
}
