//! The model card of a network: its metrics as measured by `mien card`, also as Markdown.

use serde::{Deserialize, Serialize};

use super::text::interval;
use super::{Calibration, LabelReport, Report};
use crate::network::AvailableNetwork;
use crate::number::{fixed, percent};

/// The model card of the default network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The network, with its metrics.
    pub network: AvailableNetwork,
    /// How it was trained, from its file.
    pub training: String,
    /// The temperature by which its logits are divided.
    pub temperature: f32,
    /// The effect of a temperature.
    pub calibration: Calibration,
    /// Its reports, one for each test-time augmentation, starting with none.
    pub reports: Vec<Report>,
    /// The report of the ensemble of those networks of the list that belong to it, if there are several.
    pub ensemble: Option<Report>,
}

impl Card {
    /// The metrics as Markdown.
    pub fn markdown(&self) -> String {
        let Card { network, calibration, .. } = self;
        let mut text = format!(
            "{}: {}, {} parameters, {} multiply-adds per face, {} bytes. Temperature {}.\n\n",
            network.file,
            network.architecture,
            network.parameters,
            network.multiply_adds,
            network.bytes,
            fixed(f64::from(self.temperature), 3),
        );
        text += &format!("Trained: {}\n\n", self.training);
        text += "| test-time augmentation | labels | images | accuracy | 95 % interval | macro F1 | balanced accuracy | calibration error |\n";
        text += "|---|---|---|---|---|---|---|---|\n";
        let plain = self.reports.iter().map(|report| (report.test_time_augmentation.name(), report));
        for (augmentation, report) in plain.chain(self.ensemble.iter().map(|report| ("ensemble, flip", report))) {
            text += &line(augmentation, "FER2013", &LabelReport::from(report));
            text += &report.ferplus.as_ref().map_or_else(String::new, |labels| line(augmentation, "FER+", labels));
        }
        if let Some(report) = self.reports.first() {
            text += "\n| class | labels | precision | recall | F1 | support |\n|---|---|---|---|---|---|\n";
            let labels = [("FER2013", Some(&report.classes)), ("FER+", report.ferplus.as_ref().map(|of| &of.classes))];
            for (labels, classes) in labels {
                for class in classes.into_iter().flatten() {
                    let [precision, recall, f1] =
                        [class.precision, class.recall, class.f1].map(|value| fixed(value, 3));
                    let (name, support) = (&class.name, class.support);
                    text += &format!("| {name} | {labels} | {precision} | {recall} | {f1} | {support} |\n");
                }
            }
        }
        let (error, loss) = (calibration.expected_calibration_error, calibration.log_loss);
        text += &format!(
            "\nCalibration on halves of {}, each with the temperature fitted on the other ({} and {}): expected calibration \
             error {} at temperature 1, {} with the fitted temperature; log loss {} and {}.\n",
            network.split,
            fixed(f64::from(calibration.temperatures[0]), 3),
            fixed(f64::from(calibration.temperatures[1]), 3),
            fixed(error.before, 4),
            fixed(error.after, 4),
            fixed(loss.before, 4),
            fixed(loss.after, 4),
        );
        text
    }
}

/// A table of networks, evaluated without test-time augmentation, as Markdown.
pub fn networks_table(networks: &[AvailableNetwork]) -> String {
    let mut text = String::from(
        "| network | trained on | parameters | multiply-adds per face | bytes | accuracy, FER2013 | macro F1, FER2013 | accuracy, FER+ |\n|---|---|---|---|---|---|---|---|\n",
    );
    for network in networks {
        let [accuracy, by_votes] =
            [network.accuracy, network.ferplus_accuracy].map(|share| share.map_or_else(String::new, percent));
        let f1 = network.macro_f1.map_or_else(String::new, |f1| fixed(f1, 3));
        text += &format!(
            "| {} ({}) | {} | {} | {} | {} | {accuracy} | {f1} | {by_votes} |\n",
            network.file,
            network.architecture,
            network.labels.name(),
            network.parameters,
            network.multiply_adds,
            network.bytes,
        );
    }
    text
}

fn line(augmentation: &str, labels: &str, report: &LabelReport) -> String {
    let interval = interval(report.accuracy_interval);
    let [f1, balanced] = [report.macro_f1, report.balanced_accuracy].map(|value| fixed(value, 3));
    let (accuracy, error) = (percent(report.accuracy), fixed(report.expected_calibration_error, 4));
    format!(
        "| {augmentation} | {labels} | {} | {accuracy} | {interval} | {f1} | {balanced} | {error} |\n",
        report.samples
    )
}

#[cfg(test)]
mod tests {
    use super::{Card, networks_table};

    #[test]
    fn the_model_card_has_the_figures_of_the_shipped_files() {
        let documented = include_str!("../../../../docs/model-card.md");
        let card: Card = serde_json::from_str(include_str!("../../../../www/weights/card.json")).unwrap();
        let networks: Vec<_> = serde_json::from_str(include_str!("../../../../www/weights/networks.json")).unwrap();
        for figures in [card.markdown(), networks_table(&networks)] {
            assert!(
                documented.contains(&figures),
                "run `mien card`, or write this into docs/model-card.md:\n{figures}"
            );
        }
    }
}
