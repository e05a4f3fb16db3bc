//! Changing the language.

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::Controller;
use super::feed::Plays;
use crate::language::Language;
use crate::notice::Notice;
use crate::sources::video;
use crate::state::Action;

impl Controller {
    /// Has the page speak a language.
    pub fn speak(&self, language: Language) {
        if language == Language::current() {
            return;
        }
        let controller = self.clone();
        spawn_local(async move {
            let came = language.speak().await;
            controller.show_again();
            if !came {
                controller.notify(Notice::LanguageMissing);
            }
        });
    }

    /// Builds the page anew in the language of the moment. What plays moves to the new stage, where browsers hold it.
    fn show_again(&self) {
        let plays = self.0.feed.plays.get() != Plays::Nothing && !self.video().paused();
        let language = Language::current();
        self.dispatch(Action::Language(language));
        self.send(|engine| engine.speak(language.tag()));
        if plays {
            let video = self.video();
            Timeout::new(0, move || spawn_local(async move { video::play(&video).await })).forget();
        }
    }
}
