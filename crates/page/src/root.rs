//! The frame around the pages: header, navigation, notices.

use gloo::timers::callback::Timeout;
use gloo::utils::{body, document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;
use yew::{
    ContextProvider, Html, MouseEvent, component, hook, html, use_effect_with, use_memo, use_reducer, use_state_eq,
};

use super::components::{Drop, Header, Notices};
use super::controller::Controller;
use super::hooks::{use_leave_guard, use_page_events};
use super::language::Language;
use super::pages::{About, DatasetPage, EvaluationPage, LessonPage, Live, TrainingPage};
use super::settings::{Page, Theme};
use super::state::State;
use super::text;

/// The element of the HTML that is the first paint; it makes room once the app is whole.
const FIRST_PAINT: &str = "first-paint";

/// Mounts the app, unseen until it is whole: it comes about in several short tasks, so that none holds the page up. The
/// first is the one that calls this, in which the browser has just compiled the program.
pub fn mount() {
    Timeout::new(0, speak_first).forget();
}

/// Without any texts, the app asks for them again after so many milliseconds.
const PAUSE: u32 = 1000;

/// The app comes once it has texts: the visitor's language's, else the English ones. Until then the first paint shows.
fn speak_first() {
    spawn_local(async {
        if Language::wanted().speak().await || Language::ENGLISH.speak().await {
            render();
        } else {
            Timeout::new(PAUSE, speak_first).forget();
        }
    });
}

fn render() {
    Theme::stored().apply();
    let root = document().create_element("div");
    match root.and_then(|root| root.set_attribute("hidden", "").and(body().append_child(&root)).map(|_| root)) {
        Ok(root) => yew::Renderer::<App>::with_root(root).render(),
        Err(_) => yew::Renderer::<App>::new().render(),
    };
}

/// Shows the app in place of the first paint.
fn unveil() {
    if let Some(paint) = document().get_element_by_id(FIRST_PAINT) {
        if let Some(root) = body().query_selector(":scope > [hidden]").ok().flatten() {
            root.remove_attribute("hidden").ok();
        }
        paint.remove();
    }
}

/// What of the start is done, each in a task of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// The frame around the content.
    Frame,
    /// The engine is on its way.
    Engine,
    /// The content, unseen.
    Content,
    /// All is to be seen.
    Seen,
}

#[hook]
fn use_start(controller: &Controller) -> Start {
    let start = use_state_eq(|| Start::Frame);
    let (controller, now) = (controller.clone(), start.clone());
    use_effect_with(*start, move |done| {
        let next = match done {
            Start::Frame => Start::Engine,
            Start::Engine => Start::Content,
            Start::Content => Start::Seen,
            Start::Seen => return,
        };
        Timeout::new(0, move || {
            match next {
                Start::Engine => controller.start(),
                Start::Seen => unveil(),
                Start::Frame | Start::Content => {}
            }
            now.set(next);
        })
        .forget();
    });
    *start
}

/// Moves the focus past the header. The link's own way would change the address, which names the page of the app.
fn skip(event: &MouseEvent) {
    event.prevent_default();
    if let Some(content) = document().get_element_by_id(Page::CONTENT).and_then(|content| content.dyn_into().ok()) {
        let content: HtmlElement = content;
        content.focus().ok();
    }
}

#[component]
fn App() -> Html {
    let state = use_reducer(|| State::new(Page::current(), Page::step(), Theme::stored()));
    let dispatcher = state.dispatcher();
    let controller = (*use_memo((), |()| Controller::new(dispatcher.clone()))).clone();
    use_page_events(&controller, &dispatcher);
    {
        // Who leaves a page does not mean to stay on camera.
        let controller = controller.clone();
        use_effect_with(state.page, move |_| {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            controller.release_capture();
            controller.stop_feed();
        });
    }
    use_leave_guard(state.training.would_lose());
    let dispatch = dispatcher.to_callback();
    let start = use_start(&controller);
    let whole = matches!(start, Start::Content | Start::Seen);
    {
        let controller = controller.clone();
        use_effect_with((), move |()| controller.speak(Language::wanted()));
    }
    // Components show themselves anew only where what they are told changes; in another language all of them do.
    let tag = state.language.tag();
    html! {
        <ContextProvider<Controller> context={controller}>
            <a class="skip" href={format!("#{}", Page::CONTENT)} onclick={|event: MouseEvent| skip(&event)}>{ text::SKIP }</a>
            <Header
                page={state.page}
                theme={state.theme}
                language={state.language}
                engine={state.engine.clone()}
                choice={state.choice}
                dispatch={dispatch.clone()}
            />
            <Notices key={tag} notices={state.notices.clone()} dispatch={dispatch.clone()} />
            {
                match state.page {
                    _ if !whole => Html::default(),
                    Page::Live => html! { <Live key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Lesson => html! { <LessonPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Dataset => html! { <DatasetPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Training => html! { <TrainingPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::Evaluation => html! { <EvaluationPage key={tag} state={(*state).clone()} {dispatch} /> },
                    Page::About => html! { <About key={tag} network={state.network.clone()} card={state.card.clone()} /> },
                }
            }
            if state.dragging {
                <Drop key={tag} page={state.page} />
            }
        </ContextProvider<Controller>>
    }
}
