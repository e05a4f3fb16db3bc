//! The timeline of a camera or video as a plot: the probabilities of each face over time, with zoom, scrubbing, markers.

mod canvas;
mod model;
mod parts;

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::utils::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlCanvasElement, ResizeObserver};
use yew::{
    Callback, Html, KeyboardEvent, NodeRef, PointerEvent, Properties, component, hook, html, use_context, use_effect,
    use_effect_with, use_mut_ref, use_node_ref, use_state, use_state_eq,
};

use super::recorder;
use crate::controller::Controller;
use crate::settings::Theme;
use crate::state::{LiveSource, Recording, VideoPlayback};
use crate::text::timeline as text;
use mien_core::plot;
use mien_core::timeline::{Mode, View};
use model::{Act, Model};
use parts::{legend, markers, mode_select, table, tools};

#[derive(PartialEq, Properties)]
pub struct TimelinePlotProps {
    /// The state of the recording.
    pub recording: Recording,
    /// The current source.
    pub source: LiveSource,
    /// The playback state of the video.
    pub video: VideoPlayback,
    /// The name of the network.
    pub network: String,
    /// The theme, whose colours are drawn.
    pub theme: Theme,
}

/// The plot of the current source, or of the one recorded last if there is none.
#[component]
pub fn TimelinePlot(props: &TimelinePlotProps) -> Html {
    let mode = use_state_eq(Mode::default);
    let view = use_state_eq(|| if props.source == LiveSource::Camera { View::LATEST } else { View::ALL });
    let cursor = use_state_eq(|| None::<f64>);
    let table_open = use_state_eq(|| false);
    let (element, canvas, printed) = (use_node_ref(), use_node_ref(), use_node_ref());
    use_redraw(&element);
    let drawn = use_mut_ref(Vec::new);
    let controller = use_context::<Controller>();
    let model = controller.as_ref().map(|controller| Rc::new(Model::new(controller, props, *view, *cursor)));
    {
        let (canvas, model, mode) = (canvas.clone(), model.clone(), *mode);
        use_effect(move || {
            if let (Some(canvas), Some(model)) = (canvas.cast::<HtmlCanvasElement>(), model) {
                canvas::draw(&canvas, &model, mode, &mut drawn.borrow_mut());
            }
        });
    }
    use_print(&printed, model.as_ref(), *mode);
    let (Some(controller), Some(model)) = (controller, model) else { return Html::default() };
    let act = {
        let model = Rc::clone(&model);
        Callback::from(move |act: Act| {
            if let Some((next, place)) = model.act(act, *view) {
                view.set(next);
                cursor.set(place);
            }
        })
    };
    let svg = {
        let (model, mode) = (Rc::clone(&model), *mode);
        move || plot::standalone(&model.svg(mode))
    };
    let streaming = matches!(props.source, LiveSource::Camera | LiveSource::Video);
    let (shown, found) = (model.faces.len(), model.found);
    html! {
        <section class="timeline" aria-labelledby="timeline" data-testid="timeline">
            <div class="section-head">
                <h2 id="timeline">{ text::TITLE }</h2>
                if model.source.is_some() {
                    { mode_select(&mode) }
                    { tools(&model, &act) }
                }
                if props.source == LiveSource::Empty {
                    <div class="tools">{ recorder(props.recording, streaming, &controller) }</div>
                }
            </div>
            if model.source.is_some() {
                { slider(&model, *mode, [&element, &canvas], &act) }
                <p class="timeline-reading" data-testid="timeline-reading">{ &model.reading }</p>
                if shown < found {
                    <p class="hint" data-testid="timeline-not-drawn">{ text::faces_not_drawn(shown, found) }</p>
                }
                { legend(*mode) }
                { markers(&model, &act) }
                <p class="hint no-print">{ text::HINT }</p>
                { parts::downloads(&controller, svg, &props.network) }
                { table(&model, &table_open) }
                <div class="timeline-print" ref={printed} aria-hidden="true"></div>
            } else {
                <p class="hint" data-testid="timeline-empty">{ text::NOTHING_YET }</p>
            }
        </section>
    }
}

/// The plot, which is a slider for the position.
fn slider(model: &Rc<Model>, mode: Mode, [element, canvas]: [&NodeRef; 2], act: &Callback<Act>) -> Html {
    let scrub = {
        let (act, element, model) = (act.clone(), element.clone(), Rc::clone(model));
        move |event: &PointerEvent| {
            if let Some(element) = element.cast::<Element>() {
                let area = element.get_bounding_client_rect();
                let share = canvas::share(&element, f64::from(event.client_x()) - area.left());
                act.emit(Act::Go(model.window.time(share)));
            }
        }
    };
    let on_down = {
        let (scrub, element) = (scrub.clone(), element.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(element) = element.cast::<Element>().filter(|_| event.button() == 0) {
                // Fails only if the pointer is gone again.
                element.set_pointer_capture(event.pointer_id()).ok();
                scrub(&event);
            }
        })
    };
    let on_move = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            scrub(&event);
        }
    });
    let on_key = {
        let (act, model) = (act.clone(), Rc::clone(model));
        Callback::from(move |event: KeyboardEvent| {
            let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
            if let Some(key) = model.key(&event.key()).filter(|_| !modified) {
                event.prevent_default();
                act.emit(key);
            }
        })
    };
    let whole = |milliseconds: f64| (milliseconds as u32).to_string();
    let mode = match mode {
        Mode::Curves => "curves",
        Mode::Area => "area",
    };
    html! {
        <div
            class="timeline-plot"
            ref={element.clone()}
            role="slider"
            tabindex="0"
            aria-label={text::POSITION}
            aria-valuemin="0"
            aria-valuemax={whole(model.end)}
            aria-valuenow={whole(model.position)}
            aria-valuetext={model.reading.clone()}
            data-testid="timeline-plot"
            data-mode={mode}
            data-from={whole(model.window.from)}
            data-to={whole(model.window.to)}
            data-faces={model.found.to_string()}
            onpointerdown={on_down}
            onpointermove={on_move}
            onkeydown={on_key}
        >
            <canvas ref={canvas.clone()} aria-hidden="true" />
        </div>
    }
}

/// Renders again when the element's size or the system's colours change.
#[hook]
fn use_redraw(element: &NodeRef) {
    let changed = use_state(|| ());
    let element = element.clone();
    // The element is there only once something is recorded.
    let there = element.get().is_some();
    use_effect_with(there, move |_| {
        let on_scheme = changed.clone();
        let scheme = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let listener = scheme.map(|scheme| EventListener::new(&scheme, "change", move |_| on_scheme.set(())));
        let observer = element.cast::<Element>().and_then(|element| {
            let on_resize = Closure::<dyn FnMut()>::new(move || changed.set(()));
            let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
            observer.observe(&element);
            Some((observer, on_resize))
        });
        move || {
            drop(listener);
            if let Some((observer, _)) = observer {
                observer.disconnect();
            }
        }
    });
}

/// Shows the plot as SVG while the page is printed: a canvas would keep the colours of the screen.
#[hook]
fn use_print(element: &NodeRef, model: Option<&Rc<Model>>, mode: Mode) {
    let newest = use_mut_ref(|| None);
    *newest.borrow_mut() = model.cloned().map(|model| (model, mode));
    let element = element.clone();
    use_effect_with((), move |()| {
        let show = {
            let element = element.clone();
            move |svg: &str| {
                if let Some(element) = element.cast::<Element>() {
                    element.set_inner_html(svg);
                }
            }
        };
        let hide = show.clone();
        let before = EventListener::new(&window(), "beforeprint", move |_| {
            if let Some((model, mode)) = &*newest.borrow() {
                show(&model.svg(*mode));
            }
        });
        let after = EventListener::new(&window(), "afterprint", move |_| hide(""));
        move || drop((before, after))
    });
}
