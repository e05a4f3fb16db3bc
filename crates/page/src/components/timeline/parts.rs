//! The controls around the timeline's plot.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{AttrValue, Callback, Event, Html, InputEvent, TargetCast, UseStateHandle, html};

use super::model::{Act, Model};
use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::format::clock;
use crate::language::Text;
use crate::text::{self as words, evaluation, timeline as text};
use mien_core::expression::Expression;
use mien_core::plot::STYLES;
use mien_core::timeline::{MAX_MARKERS, Mode};

/// The choice between curves and areas.
pub fn mode_select(mode: &UseStateHandle<Mode>) -> Html {
    let onchange = {
        let mode = mode.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
            mode.set(if chosen == Some(1) { Mode::Area } else { Mode::Curves });
        })
    };
    html! {
        <select class="select no-print" data-testid="timeline-mode" aria-label={text::MODE} {onchange}>
            <option selected={**mode == Mode::Curves}>{ text::MODE_CURVES }</option>
            <option selected={**mode == Mode::Area}>{ text::MODE_AREA }</option>
        </select>
    }
}

/// The buttons for the visible part, and the one that sets a marker.
pub fn tools(model: &Model, act: &Callback<Act>) -> Html {
    let button = |testid: &'static str, label: Text, wanted: Act, idle: bool| {
        html! {
            <button
                type="button"
                class="button"
                data-testid={testid}
                disabled={idle}
                onclick={act.reform(move |_| wanted)}
            >
                { label }
            </button>
        }
    };
    let whole = model.window.from <= 0.0 && model.window.to >= model.end;
    html! {
        <div class="tools small no-print" role="group" aria-label={text::RANGE}>
            { button("timeline-zoom-in", text::RANGE_CLOSER, Act::Zoom(0.5), model.window.span() <= 2000.0) }
            { button("timeline-zoom-out", text::RANGE_WIDER, Act::Zoom(2.0), whole) }
            { button("timeline-earlier", text::RANGE_EARLIER, Act::Move(-1.0), model.window.from <= 0.0) }
            { button("timeline-later", text::RANGE_LATER, Act::Move(1.0), model.window.to >= model.end) }
            { button("timeline-all", text::RANGE_ALL, Act::All, whole) }
            if model.follows {
                { button("timeline-latest", text::LATEST, Act::Latest, model.is_at_latest()) }
            }
            { button("timeline-mark", text::MARK, Act::Mark, model.markers.len() >= MAX_MARKERS) }
        </div>
    }
}

/// The colour and dashes of each class.
pub fn legend(mode: Mode) -> Html {
    html! {
        <ul class="timeline-legend no-print">
            for (class, (colour, dashes)) in Expression::ALL.into_iter().zip(STYLES) {
                <li>
                    <svg viewBox="0 0 34 10" aria-hidden="true" focusable="false">
                        if mode == Mode::Area {
                            <rect width="34" height="10" fill={colour} />
                        } else {
                            <path d="M0 5h34" stroke={colour} stroke-width="3" stroke-dasharray={dashes} />
                        }
                    </svg>
                    { words::expression(class) }
                </li>
            }
        </ul>
    }
}

/// The markers: each goes to its time, is named, and can be removed.
pub fn markers(model: &Rc<Model>, act: &Callback<Act>) -> Html {
    if model.markers.is_empty() {
        return Html::default();
    }
    let item = |(index, marker): (usize, &mien_core::timeline::Marker)| {
        let (time, name) = (clock(f64::from(marker.time) / 1000.0), marker.name.clone());
        let go = Act::Go(f64::from(marker.time));
        let on_name = {
            let model = Rc::clone(model);
            Callback::from(move |event: InputEvent| {
                if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                    model.edit(|source| source.rename(index, input.value()));
                }
            })
        };
        let on_remove = {
            let model = Rc::clone(model);
            Callback::from(move |_| model.edit(|source| source.unmark(index)))
        };
        let remove = text::marker_remove(&name);
        html! {
            <li key={index} data-testid="timeline-marker" data-time={marker.time.to_string()}>
                <button
                    type="button"
                    class="button bare"
                    data-testid="timeline-marker-go"
                    aria-label={text::marker_go(&time)}
                    onclick={act.reform(move |_| go)}
                >
                    { &time }
                </button>
                <input
                    type="text"
                    maxlength="80"
                    data-testid="timeline-marker-name"
                    aria-label={text::marker_name(&time)}
                    value={name}
                    oninput={on_name}
                />
                <button
                    type="button"
                    class="button bare"
                    data-testid="timeline-marker-remove"
                    title={remove.clone()}
                    aria-label={remove}
                    onclick={on_remove}
                >
                    { icon(Picture::Close) }
                </button>
            </li>
        }
    };
    html! {
        <ul class="timeline-markers no-print" aria-label={text::MARKERS}>
            { for model.markers.iter().enumerate().map(item) }
        </ul>
    }
}

/// Downloads of the plot and of the timeline.
pub fn downloads(controller: &Controller, svg: impl Fn() -> String + Clone + 'static, network: &str) -> Html {
    let button = |testid: &'static str, hint: Option<Text>, label: Html, act: Box<dyn Fn(&Controller)>| {
        let controller = controller.clone();
        html! {
            <button type="button" class="button" data-testid={testid} title={hint.map(AttrValue::from)} onclick={move |_| act(&controller)}>
                { icon(Picture::Download) }{ label }
            </button>
        }
    };
    let (drawing, picture, network) = (svg.clone(), svg, network.to_owned());
    html! {
        <div class="tools small no-print">
            {
                button("timeline-svg", Some(evaluation::SAVE_SVG), html! { "SVG" },
                    Box::new(move |controller| controller.exports.save_drawing(&drawing())))
            }
            {
                button("timeline-png", Some(evaluation::SAVE_PNG), html! { "PNG" },
                    Box::new(move |controller| controller.exports.save_drawing_as_png(picture())))
            }
            {
                button("timeline-json", None, html! { { text::JSON } },
                    Box::new(move |controller| controller.timeline.save_json(&network)))
            }
        </div>
    }
}

/// The values of the visible part as a table, while it is open.
pub fn table(model: &Model, open: &UseStateHandle<bool>) -> Html {
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            open.set(event.target_dyn_into::<web_sys::Element>().is_some_and(|details| details.has_attribute("open")));
        })
    };
    html! {
        <details class="timeline-table no-print" data-testid="timeline-table" {ontoggle}>
            <summary>{ text::TABLE }</summary>
            if **open {
                <div class="scroll" tabindex="0" role="group" aria-label={text::TABLE}>
                    <table class="figures-table">
                        <thead>
                            <tr>
                                for column in [text::COLUMN_TIME, text::COLUMN_FACE, text::COLUMN_EXPRESSION, text::COLUMN_PROBABILITY] {
                                    <th scope="col">{ column }</th>
                                }
                            </tr>
                        </thead>
                        <tbody>
                            for (time, face, column) in model.table() {
                                { row(&text::cells(time, face, &column)) }
                            }
                        </tbody>
                    </table>
                </div>
            }
        </details>
    }
}

fn row([time, rest @ ..]: &[String; 4]) -> Html {
    html! {
        <tr>
            <th scope="row">{ time }</th>
            for cell in rest.iter() {
                <td>{ cell }</td>
            }
        </tr>
    }
}
