//! The class distribution by split.

use std::rc::Rc;

use yew::{Callback, Html, Properties, classes, component, html};

use crate::format::grouped;
use crate::state::{Action, DatasetAction, Filter};
use crate::text;
use crate::text::dataset as words;
use mien_core::dataset::{Split, imbalance};
use mien_core::expression::Expression;
use mien_core::number::fixed;
use mien_protocol::DatasetSummary;

#[derive(PartialEq, Properties)]
pub struct ClassDistributionProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// Counts of each class, by split.
type Table = [[usize; Split::ALL.len()]; Expression::COUNT];

fn count(set: &DatasetSummary) -> Table {
    let mut table = Table::default();
    for (&label, &split) in set.labels.iter().zip(&set.splits) {
        if let Some(count) = table.get_mut(usize::from(label)).and_then(|row| row.get_mut(usize::from(split))) {
            *count += 1;
        }
    }
    table
}

/// The table with bars, and a sentence about class imbalance. It is a component, so that the labels are counted only once.
#[component]
pub fn ClassDistribution(props: &ClassDistributionProps) -> Html {
    let table = count(&props.set);
    let totals = table.map(|row| row.iter().sum::<usize>());
    let max = totals.into_iter().max().unwrap_or_default().max(1);
    let column = |split: Split| table.map(|row| row[split.index()]);
    // What is learned from matters most; without it, all there is.
    let (of, split) = match column(Split::Training) {
        training if training.iter().any(|&count| count > 0) => (training, Some(Split::Training)),
        _ => (totals, None),
    };
    html! {
        <section class="card">
            <h2>{ words::COUNTS }</h2>
            <div class="scroll-x">
            <table class="counts" data-testid="dataset-counts">
                <thead>
                    <tr>
                        <th scope="col">{ words::CLASS }</th>
                        for split in Split::ALL {
                            <th scope="col" class={classes!("number", swatch(split))}>{ split.name() }</th>
                        }
                        <th scope="col" class="number">{ words::ALL }</th>
                        <td class="counts-bar"></td>
                    </tr>
                </thead>
                <tbody>
                    for class in Expression::ALL {
                        <tr>
                            <th scope="row">{ text::expression(class) }</th>
                            for split in Split::ALL {
                                { cell(props, class, Some(split), table[class.index()][split.index()]) }
                            }
                            { cell(props, class, None, totals[class.index()]) }
                            <td class="counts-bar" aria-hidden="true">{ bar(table[class.index()], max) }</td>
                        </tr>
                    }
                </tbody>
                <tfoot>
                    <tr>
                        <th scope="row">{ words::TOTAL }</th>
                        for split in Split::ALL {
                            <td class="number">{ grouped(column(split).iter().sum()) }</td>
                        }
                        <td class="number">{ grouped(props.set.len()) }</td>
                        <td class="counts-bar"></td>
                    </tr>
                </tfoot>
            </table>
            </div>
            <p data-testid="dataset-imbalance">{ words::imbalance(imbalance(&of), split) }</p>
        </section>
    }
}

/// A count; clicking it filters the images.
fn cell(props: &ClassDistributionProps, class: Expression, split: Option<Split>, count: usize) -> Html {
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_| {
        let filter = Filter { label: Some(class), split, ..Filter::default() };
        dispatch.emit(Action::Dataset(DatasetAction::Filter(filter)));
        super::grid::scroll_to();
    });
    html! {
        <td class="number" data-class={class.name()} data-split={split.map(Split::name)} data-count={count.to_string()}>
            if count > 0 {
                <button type="button" class="count" title={words::SHOW_CLASS} {onclick}>{ grouped(count) }</button>
            } else {
                { "0" }
            }
        </td>
    }
}

fn bar(counts: [usize; Split::ALL.len()], max: usize) -> Html {
    let share = |count: usize| format!("{}%", fixed(count as f64 / max as f64 * 100.0, 2));
    let mut start = 0;
    html! {
        <svg class="bar" focusable="false">
            <rect class="bar-track" width="100%" height="100%" rx="3" />
            for (split, count) in Split::ALL.into_iter().zip(counts) {
                <rect
                    class={swatch(split)}
                    x={let x = share(start); start += count; x}
                    width={share(count)}
                    height="100%"
                />
            }
        </svg>
    }
}

const fn swatch(split: Split) -> &'static str {
    match split {
        Split::Training => "of-training",
        Split::PublicTest => "of-public",
        Split::PrivateTest => "of-private",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::set;

    #[test]
    fn images_are_counted_by_class_and_split() {
        let mut set = set(
            1,
            "set",
            &[
                (Expression::Sad, Split::Training),
                (Expression::Sad, Split::Training),
                (Expression::Sad, Split::PrivateTest),
            ],
        );
        set.labels.push(255);
        set.splits.push(0);
        let table = count(&set);
        assert_eq!(table[Expression::Sad.index()], [2, 0, 1]);
        assert_eq!(table.iter().flatten().sum::<usize>(), 3, "no class has the label 255");
    }
}
