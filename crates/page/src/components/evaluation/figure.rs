//! A figure with download buttons, and the button that copies a table.

use gloo::timers::callback::Timeout;
use yew::{AttrValue, Callback, Html, Properties, component, html, use_context, use_mut_ref, use_state};

use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::language::Text;
use crate::text::evaluation as text;
use mien_core::plot;

/// How long the button says "copied", in milliseconds.
const COPIED_FOR: u32 = 2000;

/// A drawing with its caption and download buttons.
pub fn figure(svg: &AttrValue, testid: &'static str, caption: Text) -> Html {
    html! {
        <figure class="drawing" data-testid={testid}>
            { Html::from_html_unchecked(svg.clone()) }
            <figcaption>{ caption }</figcaption>
            <SaveDrawing svg={svg.clone()} />
        </figure>
    }
}

#[derive(PartialEq, Properties)]
pub struct SaveDrawingProps {
    /// The drawing.
    pub svg: AttrValue,
}

/// Buttons that download a figure as SVG or PNG.
#[component]
pub fn SaveDrawing(props: &SaveDrawingProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let save = |act: fn(&Controller, String)| {
        let (controller, svg) = (controller.clone(), props.svg.clone());
        Callback::from(move |_| act(&controller, plot::standalone(&svg)))
    };
    html! {
        <div class="tools small no-print">
            <button
                type="button"
                class="button"
                data-testid="save-svg"
                title={text::SAVE_SVG}
                onclick={save(|controller, svg| controller.exports.save_drawing(&svg))}
            >
                { icon(Picture::Download) }{ "SVG" }
            </button>
            <button
                type="button"
                class="button"
                data-testid="save-png"
                title={text::SAVE_PNG}
                onclick={save(|controller, svg| controller.exports.save_drawing_as_png(svg))}
            >
                { icon(Picture::Download) }{ "PNG" }
            </button>
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct CopyButtonProps {
    /// Returns the text to copy.
    pub text: Callback<(), String>,
    /// What the button says.
    #[prop_or(text::COPY)]
    pub label: Text,
    /// Its test id.
    #[prop_or("copy-table")]
    pub testid: &'static str,
}

/// Copies a text, by default a table.
#[component]
pub fn CopyButton(props: &CopyButtonProps) -> Html {
    let controller = use_context::<Controller>();
    let copied = use_state(|| false);
    let pause = use_mut_ref(|| None::<Timeout>);
    let done = {
        let copied = copied.clone();
        Callback::from(move |()| {
            copied.set(true);
            let copied = copied.clone();
            *pause.borrow_mut() = Some(Timeout::new(COPIED_FOR, move || copied.set(false)));
        })
    };
    let text = props.text.clone();
    let onclick = Callback::from(move |_| {
        if let Some(controller) = &controller {
            controller.exports.copy(text.emit(()), done.clone());
        }
    });
    html! {
        <button type="button" class="button no-print" data-testid={props.testid} {onclick}>
            { icon(Picture::Copy) }
            <span role="status">{ if *copied { text::COPIED } else { props.label } }</span>
        </button>
    }
}
