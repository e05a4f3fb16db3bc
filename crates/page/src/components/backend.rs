//! Shows and selects the backend.

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, TargetCast, html};

use crate::controller::Controller;
use crate::format::percent;
use crate::state::EngineState;
use crate::text;
use mien_core::number::fixed;
use mien_protocol::{Backend, BackendChoice, Measured};

const CHOICES: [BackendChoice; 3] = [BackendChoice::Auto, BackendChoice::WebGpu, BackendChoice::Cpu];

/// The engine's state in a few words, its progress, and the choice of backend.
pub fn backend_panel(
    engine: &EngineState,
    chosen: BackendChoice,
    measured: Option<Measured>,
    controller: &Controller,
) -> Html {
    let controller = controller.clone();
    let onchange = Callback::from(move |event: yew::Event| {
        let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        let choice = chosen.and_then(|index| CHOICES.get(usize::try_from(index).ok()?).copied());
        if let Some(choice) = choice {
            controller.choose_backend(choice);
        }
    });
    let (state, backend, progress) = match engine {
        EngineState::Starting { progress, .. } => ("loading", None, Some(*progress)),
        EngineState::QuickStarted => ("quick-started", Some(Backend::Cpu.name()), None),
        EngineState::Ready { backend, .. } => ("ready", Some(backend.name()), None),
        EngineState::Failed(_) => ("failed", None, None),
    };
    let text = text::engine(engine);
    let title = match measured {
        Some(measured) => format!("{text}\n{}", text::measured(measured)),
        None => text.clone(),
    };
    html! {
        <div class="backend" data-testid="backend" data-state={state} data-backend={backend}>
            <span class="lamp" aria-hidden="true"></span>
            // Where there is little room it shows but its beginning.
            <span class="backend-text" role="status" {title}>{ text }</span>
            if let Some(progress) = progress {
                // Beside the status, since screen readers would read out every step.
                <span class="backend-share" aria-hidden="true">{ percent(progress) }</span>
                <progress
                    class="engine-progress"
                    data-testid="engine-progress"
                    max="1"
                    value={fixed(f64::from(progress), 3)}
                    aria-label={text::ENGINE_PROGRESS}
                />
            }
            <select class="select" data-testid="backend-choice" aria-label={text::RUN_ON} {onchange}>
                for choice in CHOICES {
                    <option selected={choice == chosen}>{ text::choice(choice) }</option>
                }
            </select>
        </div>
    }
}
