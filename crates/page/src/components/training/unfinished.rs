//! A run left unfinished by an earlier visit.

use yew::{Callback, Html, Properties, component, html, use_context, use_state_eq};

use crate::controller::Controller;
use crate::settings::Page;
use crate::text::training as text;
use mien_protocol::{DatasetId, StoredRun};

#[derive(PartialEq, Properties)]
pub struct UnfinishedProps {
    /// The run.
    pub run: StoredRun,
    /// Its dataset, if loaded.
    pub set: Option<DatasetId>,
    /// Whether a run has been requested but has not started yet.
    pub starting: bool,
}

/// The unfinished run with buttons to resume, download or discard it.
#[component]
pub fn Unfinished(props: &UnfinishedProps) -> Html {
    let sure = use_state_eq(|| false);
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let go = {
        let (controller, set) = (controller.clone(), props.set);
        Callback::from(move |_| {
            if let Some(set) = set {
                controller.training.continue_unfinished(set);
            }
        })
    };
    let save = {
        let controller = controller.clone();
        move |_| controller.training.save_checkpoint()
    };
    let discard = {
        let sure = sure.clone();
        move |_| if *sure { controller.training.discard_unfinished() } else { sure.set(true) }
    };
    html! {
        <section
            class="panel unfinished"
            aria-labelledby="unfinished-title"
            data-testid="train-unfinished"
            data-epoch={props.run.epoch.to_string()}
            data-held={props.run.held.to_string()}
        >
            <h2 id="unfinished-title">{ text::UNFINISHED }</h2>
            <p>{ text::unfinished(&props.run) }</p>
            if props.set.is_none() {
                <p>{ text::needs(&props.run) }{ " " }<a href={Page::Dataset.fragment()}>{ text::UNFINISHED_LINK }</a></p>
            }
            <div class="tools">
                <button
                    type="button"
                    class="button primary"
                    data-testid="train-continue"
                    disabled={props.set.is_none() || props.starting}
                    onclick={go}
                >
                    { text::UNFINISHED_RESUME }
                </button>
                <button type="button" class="button" data-testid="train-checkpoint" onclick={save}>
                    { text::UNFINISHED_SAVE }
                </button>
                <button type="button" class="button" data-testid="train-discard" onclick={discard}>
                    { if *sure { text::UNFINISHED_CONFIRM } else { text::UNFINISHED_DISCARD } }
                </button>
            </div>
        </section>
    }
}
