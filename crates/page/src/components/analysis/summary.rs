//! A summary of each face of an analysed video, and which faces are the same person.

use web_sys::HtmlSelectElement;
use yew::{Callback, Event, Html, Properties, TargetCast, component, html, use_context, use_state_eq};

use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::format::clock;
use crate::text::{self as words, analysis as text, timeline};
use mien_core::expression::Expression;
use mien_core::number::fixed;
use mien_core::timeline::{FaceSummary, JoinError};

/// Maximum number of faces in the table: those seen longest.
const MAX_FACES: usize = 24;

#[derive(PartialEq, Properties)]
pub struct FaceSummariesProps {
    /// The index of the source in the timeline.
    pub recorded: usize,
    /// The number of changes of the timeline.
    pub changes: u32,
    /// Whether an analysis runs: faces are joined afterwards.
    pub live: bool,
}

/// The table of the faces.
#[component]
pub fn FaceSummaries(props: &FaceSummariesProps) -> Html {
    let refused = use_state_eq(|| None::<JoinError>);
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let index = props.recorded;
    let read = controller.timeline.read(index, |source| {
        let analysis = source.analysis()?.clone();
        Some((source.name.clone(), analysis, source.joins().to_vec(), source.face_summaries()))
    });
    let Some((name, analysis, joins, mut faces)) = read.flatten() else { return Html::default() };
    let hidden = faces.len().saturating_sub(MAX_FACES);
    if hidden > 0 {
        faces.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        faces.truncate(MAX_FACES);
        faces.sort_by_key(|face| face.first);
    }
    let join = {
        let (controller, refused) = (controller.clone(), refused.clone());
        Callback::from(move |(from, into): (u32, u32)| {
            controller.timeline.edit(index, |source| refused.set(source.join(from, into).err()));
        })
    };
    let undo = {
        let (controller, refused) = (controller.clone(), refused.clone());
        Callback::from(move |_| {
            refused.set(None);
            controller.timeline.edit(index, |source| {
                source.undo_join();
            });
        })
    };
    let print = Callback::from(move |_| controller.exports.print());
    let joining = faces.len() > 1 && !props.live;
    html! {
        <section class="face-summary" aria-labelledby="face-summary" data-testid="face-summary" data-faces={faces.len().to_string()}>
            <div class="section-head">
                <h2 id="face-summary">{ text::SUMMARY }</h2>
                <button type="button" class="button no-print" data-testid="analysis-print" onclick={print}>
                    { icon(Picture::Printer) }{ text::PRINT }
                </button>
            </div>
            <p class="muted"><strong>{ name }</strong>{ format!(" · {}", text::settings_of(&analysis)) }</p>
            if faces.is_empty() {
                <p>{ text::NO_FACE }</p>
            } else {
                { table(&faces, joining, &join) }
            }
            if hidden > 0 {
                <p class="hint">{ text::hidden(hidden) }</p>
            }
            if let Some(JoinError::Together(time)) = *refused {
                <p role="alert" data-testid="join-refused">{ text::together(&clock(f64::from(time) / 1000.0)) }</p>
            }
            if let Some((from, into)) = joins.last() {
                <p class="undo" role="status">
                    { text::joined(&words::face(*from), &words::face(*into)) }
                    <button type="button" class="button no-print" data-testid="join-undo" disabled={props.live} onclick={undo}>
                        { icon(Picture::Undo) }{ text::UNDO }
                    </button>
                </p>
            }
            if faces.len() > 1 || !joins.is_empty() {
                <p class="hint no-print">{ text::JOIN_HINT }</p>
            }
        </section>
    }
}

fn table(faces: &[FaceSummary], joining: bool, join: &Callback<(u32, u32)>) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={text::SUMMARY}>
            <table class="figures-table">
                <caption>{ text::CAPTION }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ timeline::COLUMN_FACE }</th>
                        if joining {
                            <th scope="col" class="no-print">{ text::COLUMN_JOIN }</th>
                        }
                        <th scope="col">{ text::COLUMN_SEEN }</th>
                        for class in Expression::ALL {
                            <th scope="col">{ words::expression(class) }</th>
                        }
                        <th scope="col">{ words::NOT_SURE }</th>
                        <th scope="col">{ text::COLUMN_CHANGES }</th>
                    </tr>
                </thead>
                <tbody>
                    for face in faces {
                        { row(face, faces, joining, join) }
                    }
                </tbody>
            </table>
        </div>
    }
}

fn row(face: &FaceSummary, faces: &[FaceSummary], joining: bool, join: &Callback<(u32, u32)>) -> Html {
    let [seen, changes] = text::seen(face);
    let name = words::face(face.face);
    html! {
        <tr
            key={face.face}
            data-testid="face-summary-row"
            data-face={face.face.to_string()}
            data-frames={face.frames.to_string()}
            data-seconds={fixed(face.seconds, 3)}
            data-changes={face.changes.to_string()}
        >
            <th scope="row">{ &name }</th>
            if joining {
                <td class="no-print">{ choice(face.face, &name, faces, join) }</td>
            }
            <td>{ seen }</td>
            for [share, mean] in text::shares(face) {
                <td>{ share }<small>{ mean }</small></td>
            }
            <td>{ changes }</td>
        </tr>
    }
}

/// The choice of the face that is the same person.
fn choice(from: u32, name: &str, faces: &[FaceSummary], join: &Callback<(u32, u32)>) -> Html {
    let others: Vec<u32> = faces.iter().map(|face| face.face).filter(|face| *face != from).collect();
    let onchange = {
        let others = others.clone();
        join.reform(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let chosen = select.as_ref().map_or(0, HtmlSelectElement::selected_index);
            if let Some(select) = select {
                select.set_selected_index(0);
            }
            let into = usize::try_from(chosen).ok().and_then(|chosen| others.get(chosen.checked_sub(1)?));
            (from, into.copied().unwrap_or(from))
        })
    };
    html! {
        <select class="select" data-testid="join" aria-label={text::join_label(name)} {onchange}>
            // Options are created last to first, and the browser selects the first that is there.
            <option selected=true>{ text::JOIN_NONE }</option>
            for other in others {
                <option selected=false>{ words::face(other) }</option>
            }
        </select>
    }
}
