#!/usr/bin/env bash
# Precision, recall and F1 of labels and predictions, by two Rust libraries: are they what the words mean? In linfa 0.8.1, what is called
# precision is recall, and the reverse; a class that is predicted but has no images makes precision NaN; and F1 is that of the mean precision
# and recall, not the mean of the classes' F1. smartcore 0.7.0 leaves out predicted classes that have no images. If the labels are of two
# classes, as in a set of neutral and smiling faces, it takes class 1 as the positive one even if there is none: precision and recall are
# 0, and F1 is NaN.
# Needs rustup with the toolchain 1.95.0, and crates.io.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
toolchain=1.95.0
mkdir src
cat >Cargo.toml <<'TOML'
[workspace]
[package]
name = "metrics"
version = "0.0.0"
edition = "2024"
[dependencies]
linfa = "=0.8.1"
ndarray = "=0.16.1"
smartcore = "=0.7.0"
[profile.dev]
debug = false
TOML
cat >src/main.rs <<'RUST'
use linfa::prelude::ToConfusionMatrix;
use ndarray::Array1;
use smartcore::metrics::{Metrics, f1::F1, precision::Precision, recall::Recall};
use std::collections::BTreeSet;

/// Precision, recall and F1: of the second of two classes, and otherwise the mean of all that occur; 0 divided by 0 is 0.
fn defined(labels: &[usize], predicted: &[usize]) -> [f64; 3] {
    let classes = BTreeSet::from_iter(labels.iter().chain(predicted));
    let of_class = |class: &usize| {
        let count = |values: &[usize]| values.iter().filter(|&value| value == class).count() as f64;
        let right = labels.iter().zip(predicted).filter(|&(label, named)| label == class && named == class).count() as f64;
        let share = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
        let (precision, recall) = (share(right, count(predicted)), share(right, count(labels)));
        [precision, recall, share(2.0 * precision * recall, precision + recall)]
    };
    let chosen = Vec::from_iter(classes.into_iter().map(of_class));
    let chosen = if chosen.len() == 2 { &chosen[1..] } else { &chosen[..] };
    [0, 1, 2].map(|metric| chosen.iter().map(|values| values[metric]).sum::<f64>() / chosen.len() as f64)
}

fn main() {
    let show = |name: &str, [precision, recall, f1]: [f64; 3]| println!("{name} {precision:.4} {recall:.4} {f1:.4}");
    for (name, labels, predicted) in [
        ("three classes", &[0, 0, 0, 0, 1, 1, 2][..], &[0, 0, 1, 2, 1, 1, 2][..]),
        ("4 is predicted only", &[0, 0, 0, 3, 3, 6, 6], &[0, 0, 4, 3, 3, 6, 3]),
        ("3 and 6 only", &[3, 3, 3, 3, 6, 6], &[3, 6, 6, 3, 6, 6]),
    ] {
        println!("{name}: precision, recall, F1");
        show("  defined", defined(labels, predicted));
        let matrix = Array1::from_iter(predicted.iter().copied()).confusion_matrix(&Array1::from_iter(labels.iter().copied())).unwrap();
        show("  linfa", [matrix.precision(), matrix.recall(), matrix.f1_score()].map(f64::from));
        let [labels, predicted] = [labels, predicted].map(|values| Vec::from_iter(values.iter().map(|&value| value as u32)));
        let scores = [
            Precision::new().get_score(&labels, &predicted),
            Recall::new().get_score(&labels, &predicted),
            F1::new().get_score(&labels, &predicted),
        ];
        show("  smartcore", scores);
    }
}
RUST

cargo "+$toolchain" tree --quiet --depth 1
found=$(cargo "+$toolchain" run --quiet)
echo "$found"
expected="three classes: precision, recall, F1
  defined 0.7222 0.8333 0.7111
  linfa 0.8333 0.7222 0.7738
  smartcore 0.7222 0.8333 0.7111
4 is predicted only: precision, recall, F1
  defined 0.6667 0.5417 0.5667
  linfa NaN 0.6667 NaN
  smartcore 0.8889 0.7222 0.7556
3 and 6 only: precision, recall, F1
  defined 0.5000 1.0000 0.6667
  linfa 1.0000 0.5000 0.6667
  smartcore 0.0000 0.0000 NaN"
if [ "$found" != "$expected" ]; then
  echo "this has changed" >&2
  exit 1
fi
