//! Adds the trained network to the library.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{Html, InputEvent, Properties, SubmitEvent, TargetCast, component, html, use_context, use_state_eq};

use crate::controller::Controller;
use crate::settings::Page;
use crate::state::TrainingRun;
use crate::text::training::run as text;

#[derive(PartialEq, Properties)]
pub struct AdoptProps {
    /// The finished run.
    pub run: TrainingRun,
    /// The name of the active network.
    pub active: Option<Rc<str>>,
}

/// Saves the best or the last epoch in the library under a name.
#[component]
pub fn Adopt(props: &AdoptProps) -> Html {
    let typed = use_state_eq(|| None::<String>);
    let adopted = use_state_eq(|| None::<String>);
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let run = &props.run;
    let name = match typed.as_deref() {
        Some(name) => name.to_owned(),
        None => text::default_name(run),
    };
    let take = |best: bool| {
        let (controller, adopted) = (controller.clone(), adopted.clone());
        let name =
            Some(name.trim()).filter(|name| !name.is_empty()).map_or_else(|| text::default_name(run), str::to_owned);
        move || {
            controller.adopt_training(name.clone(), best);
            adopted.set(Some(name.clone()));
        }
    };
    let (take_best, take_last) = (take(true), take(false));
    let onsubmit = move |event: SubmitEvent| {
        event.prevent_default();
        take_best();
    };
    let oninput = move |event: InputEvent| {
        typed.set(event.target_dyn_into::<HtmlInputElement>().map(|input| input.value()));
    };
    let last_is_best = run.best.is_none_or(|best| best as usize == run.epochs.len());
    html! {
        <div class="adopt" data-testid="adopt">
            <h3>{ text::ADOPT }</h3>
            <p class="hint">{ text::ADOPT_TEXT }</p>
            <form class="tools" {onsubmit}>
                <label class="inline">
                    { text::ADOPT_NAME }
                    <input type="text" class="input" data-testid="adopt-name" maxlength="80" value={name.clone()} {oninput} />
                </label>
                <button type="submit" class="button primary" data-testid="adopt-best">
                    { text::adopt_best(run.best) }
                </button>
                if !last_is_best {
                    <button type="button" class="button" data-testid="adopt-last" onclick={move |_| take_last()}>
                        { text::ADOPT_LAST }
                    </button>
                }
            </form>
            if let Some(name) = adopted.as_deref().filter(|name| props.active.as_deref() == Some(*name)) {
                <p role="status" data-testid="adopted">
                    { text::adopted(name) }{ " " }
                    <a href={Page::Evaluation.fragment()}>{ text::ADOPT_EVALUATE }</a>
                </p>
            }
        </div>
    }
}
