//! The frame around the pages: header, navigation, notices.

use gloo::timers::callback::Timeout;
use gloo::utils::{document, document_element, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement};
use yew::{
    ContextProvider, Html, MouseEvent, Properties, component, hook, html, use_effect_with, use_memo, use_reducer,
    use_state_eq,
};

use super::components::{Header, drop_overlay, notices};
use super::controller::Controller;
use super::focus::{find, focus_in_place, keep, use_kept_focus};
use super::hooks::use_leave_guard;
use super::language::Language;
use super::page_events::use_page_events;
use super::pages::{DatasetPage, EvaluationPage, LessonPage, Live, TrainingPage, about};
use super::settings::{Page, Theme};
use super::state::State;
use super::text;

/// The id of the HTML's static first paint, whose place the app takes once it is rendered.
const FIRST_PAINT: &str = "first-paint";

/// The attribute that the first paint has if the sample was chosen there, from `www/first-paint.js`.
const CHOSEN: &str = "data-sample";

/// The controls that the first paint and the app have both: those of one selector in the same order.
const SHARED_CONTROLS: [&str; 4] = [".masthead a", ".try-sample", ".notices .bare", ".honest a"];

/// Milliseconds for which the first paint with the sample stays at most, until the page shows the sample too.
const PATIENCE: u32 = 1000;

/// Mounts the app outside the document, in several short tasks, so that none blocks the page. The first task is the caller's, in
/// which the browser has just compiled the program.
pub fn mount() {
    Timeout::new(0, load_texts).forget();
}

/// Milliseconds before the texts are requested again after a failure.
const RETRY_AFTER: u32 = 1000;

/// Renders the app once texts are loaded: in the user's language, or else English. Until then, the first paint is
/// shown, after a failure with what to do about it.
fn load_texts() {
    spawn_local(async {
        if Language::wanted().speak().await || Language::ENGLISH.speak().await {
            render();
        } else {
            // `www/startup.js` explains it in the first paint
            document_element().set_attribute("data-texts", "missing").ok();
            Timeout::new(RETRY_AFTER, load_texts).forget();
        }
    });
}

fn render() {
    Theme::stored().apply();
    if let Ok(root) = document().create_element("div") {
        yew::Renderer::<App>::with_root_and_props(root.clone(), AppProps { root }).render();
    }
}

fn first_paint() -> Option<Element> {
    document().get_element_by_id(FIRST_PAINT)
}

/// Puts the app into the document, in place of the first paint. A control that has the focus keeps it, also if it is moved later.
fn show_app(root: &Element) {
    let Some(paint) = first_paint() else { return };
    let focused = document().active_element();
    let same = SHARED_CONTROLS.iter().find_map(|selector| {
        let place = find(&paint, selector).iter().position(|control| focused.as_ref() == Some(&**control))?;
        find(root, selector).into_iter().nth(place)
    });
    // what has no counterpart yet is looked for, as if it were gone
    keep(focused);
    paint.replace_with_with_node_1(root).ok();
    if let Some(same) = same {
        focus_in_place(&same);
    }
}

/// The steps of starting the app, each a separate task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StartStep {
    /// The frame around the content.
    Frame,
    /// The engine is being started.
    Engine,
    /// The content is rendered, outside the document.
    Content,
    /// The sample, which was chosen in the first paint, is opened, still outside it.
    Sample,
    /// Everything is shown.
    Shown,
}

/// Starts the app in its `root`, step by step. `is_answered` is whether there is a result of a picture, or a notice.
#[hook]
fn use_start(root: &Element, controller: &Controller, is_answered: bool) -> StartStep {
    let start = use_state_eq(|| StartStep::Frame);
    let (root, controller, step) = (root.clone(), controller.clone(), start.clone());
    use_effect_with((*start, is_answered), move |&(done, is_answered)| {
        let wait = if done == StartStep::Sample && !is_answered { PATIENCE } else { 0 };
        let proceed = move || {
            let next = match done {
                StartStep::Frame => StartStep::Engine,
                StartStep::Engine => StartStep::Content,
                StartStep::Content if first_paint().is_some_and(|paint| paint.has_attribute(CHOSEN)) => {
                    StartStep::Sample
                }
                StartStep::Content | StartStep::Sample | StartStep::Shown => StartStep::Shown,
            };
            match next {
                StartStep::Engine => controller.start(),
                StartStep::Sample => controller.open_sample(),
                StartStep::Shown => show_app(&root),
                StartStep::Frame | StartStep::Content => {}
            }
            step.set(next);
        };
        let timeout = (done != StartStep::Shown).then(|| Timeout::new(wait, proceed));
        move || drop(timeout)
    });
    *start
}

/// Moves the focus past the header. The link's default action would change the URL fragment, which selects the page of
/// the app.
fn skip(event: &MouseEvent) {
    event.prevent_default();
    if let Some(content) = document().get_element_by_id(Page::CONTENT).and_then(|content| content.dyn_into().ok()) {
        let content: HtmlElement = content;
        content.focus().ok();
    }
}

#[derive(PartialEq, Properties)]
struct AppProps {
    /// The element that contains the app.
    root: Element,
}

#[component]
fn App(props: &AppProps) -> Html {
    let state = use_reducer(|| State::new(Page::current(), Page::step(), Theme::stored()));
    let dispatcher = state.dispatcher();
    let controller = (*use_memo((), |()| Controller::new(dispatcher.clone()))).clone();
    use_page_events(&controller, &dispatcher);
    use_kept_focus();
    {
        // Who leaves a page does not mean to stay on camera.
        let controller = controller.clone();
        use_effect_with(state.page, move |_| {
            // the first paint stays where it was scrolled to
            if first_paint().is_none() {
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
            controller.dataset.capture.release();
            controller.stream.stop();
        });
    }
    use_leave_guard(state.training.would_lose() || state.datasets.would_lose());
    let dispatch = dispatcher.to_callback();
    let start = use_start(&props.root, &controller, state.result().is_some() || !state.notices.is_empty());
    use_effect_with((state.page, start), |(_, start)| {
        // The browser itself scrolls only to what is there when the address changes.
        if *start == StartStep::Shown
            && Page::is_benchmark()
            && let Some(section) = document().get_element_by_id(Page::BENCHMARK)
        {
            section.scroll_into_view();
        }
    });
    let has_content = matches!(start, StartStep::Content | StartStep::Sample | StartStep::Shown);
    {
        let controller = controller.clone();
        use_effect_with((), move |()| controller.set_language(Language::wanted()));
    }
    // Components are rendered again only if their properties change; after a change of language, all of them are.
    let tag = state.language.tag();
    html! {
        <ContextProvider<Controller> context={controller.clone()}>
            <a class="skip" href={format!("#{}", Page::CONTENT)} onclick={|event: MouseEvent| skip(&event)}>{ text::SKIP }</a>
            <Header
                page={state.page}
                theme={state.theme}
                language={state.language}
                engine={state.engine.clone()}
                choice={state.choice}
                measured={state.measured}
                dispatch={dispatch.clone()}
            />
            { notices(&state.notices, state.language, &dispatch) }
            {
                match state.page {
                    _ if !has_content => Html::default(),
                    Page::Live => html! { <Live key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Lesson => html! { <LessonPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Dataset => html! { <DatasetPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Training => html! { <TrainingPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Evaluation => html! { <EvaluationPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::About => about(&state, &controller),
                }
            }
            if state.dragging {
                { drop_overlay(state.page) }
            }
        </ContextProvider<Controller>>
    }
}
