//! Metrics by group of people.

use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{File, HtmlSelectElement};
use yew::{Callback, Html, Properties, TargetCast, component, html, use_context, use_state_eq};

use super::figure::CopyButton;
use crate::components::file::{FileButton, file_button};
use crate::components::icons::Picture;
use crate::controller::Controller;
use crate::language::say;
use crate::state::EvaluationRun;
use crate::text::{evaluation, groups as text};
use mien_core::dataset::Binning;
use mien_core::evaluation::{GroupScores, GroupTable, text as tables};
use mien_core::expression::Expression;
use mien_core::number::fixed;
use mien_protocol::DatasetId;

/// Tables of more groups are collapsed: they are of persons or of numbers that are not binned.
const MANY: usize = 20;

/// The binnings offered.
const BINNINGS: [Binning; 6] = [
    Binning::Quantiles(2),
    Binning::Quantiles(4),
    Binning::Quantiles(10),
    Binning::Width(3),
    Binning::Width(5),
    Binning::Width(10),
];

#[derive(PartialEq, Properties)]
pub struct GroupsProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
    /// The dataset with the run's images, if it is still loaded.
    pub source: Option<DatasetId>,
}

/// A table for each group column, and the gaps between its groups.
#[component]
pub fn Groups(props: &GroupsProps) -> Html {
    let bins = use_state_eq(BTreeMap::<String, Binning>::new);
    let table = use_state_eq(|| None::<File>);
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let (run, source) = (&props.run, props.source);
    let measure = {
        let run = Rc::clone(run);
        move |bins: &BTreeMap<String, Binning>, table: Option<File>| {
            if let Some(source) = source {
                let bins = bins.iter().map(|(column, binning)| (column.clone(), *binning)).collect();
                controller.evaluation.regroup(&run, source, bins, table.as_ref());
            }
        }
    };
    let on_files = {
        let (bins, table, measure) = (bins.clone(), table.clone(), measure.clone());
        Callback::from(move |files: Vec<File>| {
            let file = files.into_iter().next();
            measure(&bins, file.clone());
            table.set(file);
        })
    };
    let on_bin = {
        let bins = bins.clone();
        Callback::from(move |(column, binning): (String, Option<Binning>)| {
            let mut chosen = (*bins).clone();
            match binning {
                Some(binning) => drop(chosen.insert(column, binning)),
                None => drop(chosen.remove(&column)),
            }
            measure(&chosen, (*table).clone());
            bins.set(chosen);
        })
    };
    let copy = {
        let run = Rc::clone(run);
        Callback::from(move |()| tables::groups(&run.evaluation.report.groups))
    };
    let groups = &run.evaluation.report.groups;
    html! {
        <section class="groups" aria-labelledby="groups" data-testid="groups">
            <div class="section-head">
                <h3 id="groups">{ text::GROUPS }</h3>
                if source.is_some() {
                    <div class="no-print">
                        {
                            file_button(FileButton {
                                hint: Some(text::JOIN_HINT),
                                accept: Some(".csv,text/csv"),
                                ..FileButton::new("groups-join", text::JOIN, Picture::Table, on_files)
                            })
                        }
                    </div>
                }
            </div>
            <p class="hint">{ if groups.is_empty() { text::NONE } else { text::HOW } }</p>
            <ul class="caveats" role="status">
                for fault in text::dropped(&run.set.notes).into_iter().chain(run.group_faults.iter().map(say)) {
                    <li data-testid="groups-fault">{ fault }</li>
                }
            </ul>
            for table in groups.iter() {
                { one(table, bins.get(&table.name).copied(), source.is_some(), &on_bin) }
            }
            if !groups.is_empty() {
                <div class="tools small no-print"><CopyButton text={copy} /></div>
            }
        </section>
    }
}

fn one(
    table: &GroupTable,
    binning: Option<Binning>,
    changeable: bool,
    on_bin: &Callback<(String, Option<Binning>)>,
) -> Html {
    let named = || table.groups.iter().filter(|group| !group.value.is_empty());
    let numbers = named().count() > 0 && named().all(|group| is_number(&group.value));
    html! {
        <div class="group-column" data-testid="group-column" data-column={table.name.clone()}>
            <div class="section-head">
                <h4>{ &table.name }</h4>
                if changeable && (numbers || binning.is_some()) {
                    { bin_choice(&table.name, binning, on_bin) }
                }
            </div>
            { folded(table.groups.len(), groups_table(table)) }
            { gaps(table) }
        </div>
    }
}

/// A table of so many groups, which is collapsed if they are many.
pub fn folded(groups: usize, table: Html) -> Html {
    if groups <= MANY {
        return table;
    }
    html! {
        <details>
            <summary>{ text::groups_of(groups) }</summary>
            { table }
        </details>
    }
}

fn groups_table(table: &GroupTable) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={table.name.clone()}>
            <table class="figures-table">
                <thead>
                    <tr>
                        <th scope="col">{ text::GROUP }</th>
                        <th scope="col">{ text::IMAGES }</th>
                        <th scope="col">{ text::ACCURACY }</th>
                        <th scope="col">{ text::INTERVAL_COLUMN }</th>
                        for class in Expression::ALL {
                            <th scope="col">{ text::recall(class) }</th>
                        }
                    </tr>
                </thead>
                <tbody>{ for table.groups.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

fn row(group: &GroupScores) -> Html {
    let recall = |(recall, support): (&Option<f64>, &u64)| {
        html! { <td title={text::support(*support)}>{ recall.map_or_else(|| "–".to_owned(), evaluation::share) }</td> }
    };
    html! {
        <tr
            data-testid="group"
            data-value={group.value.clone()}
            data-samples={group.samples.to_string()}
            data-accuracy={fixed(group.accuracy, 8)}
            data-compared={group.compared.to_string()}
        >
            <th scope="row">{ text::value(&group.value) }</th>
            <td>{ evaluation::count(group.samples as usize) }</td>
            <td>{ evaluation::share(group.accuracy) }</td>
            <td>{ text::interval(group) }</td>
            { for group.recalls.iter().zip(&group.supports).map(recall) }
        </tr>
    }
}

fn gaps(table: &GroupTable) -> Html {
    let Some(gaps) = &table.gaps else { return html! { <p>{ text::NO_GAPS }</p> } };
    html! {
        <div
            data-testid="group-gaps"
            data-difference={fixed(gaps.accuracy_difference, 8)}
            data-p={fixed(gaps.p_value, 6)}
        >
            <p>{ text::difference(gaps) }</p>
            <details>
                <summary>{ text::odds(gaps) }</summary>
                <p class="hint">{ text::ODDS_HOW }</p>
                <ul class="odds">
                    for (class, gap) in Expression::ALL.into_iter().zip(&gaps.classes) {
                        <li>{ text::class_gap(class, gap) }</li>
                    }
                </ul>
            </details>
        </div>
    }
}

fn bin_choice(column: &str, binning: Option<Binning>, on_bin: &Callback<(String, Option<Binning>)>) -> Html {
    let name = column.to_owned();
    let onchange = on_bin.reform(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        let index = index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default();
        (name.clone(), index.checked_sub(1).and_then(|index| BINNINGS.get(index).copied()))
    });
    html! {
        <select class="select no-print" data-testid="group-bins" aria-label={text::bins_of(column)} {onchange}>
            <option selected={binning.is_none()}>{ text::NO_BINS }</option>
            for each in BINNINGS {
                <option selected={binning == Some(each)}>{ text::binning(each) }</option>
            }
        </select>
    }
}

/// Whether a text is a number, parsed by the browser: Rust's parser would increase the size of the page's program.
fn is_number(text: &str) -> bool {
    JsValue::from_str(text).unchecked_into_f64().is_finite()
}
