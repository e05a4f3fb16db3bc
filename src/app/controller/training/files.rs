//! The files of training: settings in and out, the report of a cross-validation out.

use serde::Serialize;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

use crate::app::controller::Controller;
use crate::app::notice::{Notice, TrainingNotice};
use crate::app::state::{Action, DraftAction, TrainingAction};
use crate::app::text::training as text;
use crate::training::{CrossReport, Settings};

/// No settings file is larger, in bytes.
const MOST_BYTES: f64 = 1_000_000.0;

impl Controller {
    /// Hands settings to the visitor, as `mien train --settings` reads them.
    pub fn save_settings(&self, settings: &Settings) {
        self.save_json(settings);
    }

    /// Hands a cross-validation to the visitor, as `mien cross-validate` writes it.
    pub fn save_cross(&self, report: &CrossReport) {
        self.save_json(report);
    }

    /// Takes settings from a file, or says why not and changes nothing.
    pub fn load_settings(&self, file: File) {
        let controller = self.clone();
        spawn_local(async move {
            match read(&file).await {
                Ok(settings) => {
                    let edit = DraftAction::Edit(Box::new(settings));
                    controller.dispatch(Action::Training(TrainingAction::Draft(edit)));
                    controller.notify(Notice::Training(TrainingNotice::SettingsLoaded { name: file.name() }));
                }
                Err(reason) => {
                    let refused = TrainingNotice::SettingsRefused { name: file.name(), reason };
                    controller.notify(Notice::Training(refused));
                }
            }
        });
    }

    fn save_json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(json) => self.save_text(&json, "application/json", "json"),
            Err(error) => self.notify(Notice::SaveFailed { detail: error.to_string() }),
        }
    }
}

async fn read(file: &File) -> Result<Settings, String> {
    if file.size() > MOST_BYTES {
        return Err(text::SETTINGS_TOO_LARGE.into());
    }
    let json = JsFuture::from(file.text()).await.ok().and_then(|json| json.as_string());
    let json = json.ok_or_else(|| String::from(text::SETTINGS_UNREADABLE))?;
    let settings: Settings = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    settings.check().map(|()| settings)
}
