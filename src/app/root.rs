//! The frame around the pages: header, navigation, notices.

use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::{ContextProvider, Html, MouseEvent, component, html, use_effect_with, use_memo, use_reducer};

use super::components::{Drop, Header, Notices};
use super::controller::Controller;
use super::hooks::use_page_events;
use super::pages::{About, Live};
use super::settings::{Page, Theme};
use super::state::State;
use super::text;

/// The element of the HTML that the app fills; what stands in it until then is the first paint.
const ROOT: &str = "app";

/// Mounts the app.
pub fn mount() {
    Theme::stored().apply();
    match document().get_element_by_id(ROOT) {
        Some(root) => yew::Renderer::<App>::with_root(root).render(),
        None => yew::Renderer::<App>::new().render(),
    };
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
    let state = use_reducer(|| State::new(Page::current(), Theme::stored()));
    let dispatcher = state.dispatcher();
    let controller = (*use_memo((), |()| Controller::new(dispatcher.clone()))).clone();
    use_page_events(&controller, &dispatcher);
    {
        // Who leaves the Live page does not mean to stay on camera.
        let controller = controller.clone();
        use_effect_with(state.page, move |page| {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            if *page != Page::Live {
                controller.stop_feed();
            }
        });
    }
    let dispatch = dispatcher.to_callback();
    html! {
        <ContextProvider<Controller> context={controller}>
            <a class="skip" href={format!("#{}", Page::CONTENT)} onclick={|event: MouseEvent| skip(&event)}>{ text::SKIP }</a>
            <Header
                page={state.page}
                theme={state.theme}
                engine={state.engine.clone()}
                choice={state.choice}
                dispatch={dispatch.clone()}
            />
            <Notices notices={state.notices.clone()} dispatch={dispatch.clone()} />
            {
                match state.page {
                    Page::Live => html! { <Live state={(*state).clone()} {dispatch} /> },
                    Page::About => html! { <About network={state.network.clone()} /> },
                }
            }
            if state.dragging {
                <Drop />
            }
        </ContextProvider<Controller>>
    }
}
