//! The settings of a training run, from a file or a preset and from flags.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};

use super::choice::one_of;
use super::files;
use mien_compute::training::{Preset, Settings};

/// The settings of `mien train` and `mien cross-validate`.
#[derive(Args)]
pub struct SettingsArguments {
    /// Settings file (JSON): see docs/training.md; the flags below take precedence
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    settings: Option<PathBuf>,
    /// Settings for a purpose, adapted to the number of images
    #[arg(long, value_parser = presets())]
    preset: Option<Preset>,
    /// Number of epochs
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Batch size
    #[arg(long)]
    batch: Option<usize>,
    /// Peak learning rate
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Random seed
    #[arg(long)]
    seed: Option<u64>,
}

fn presets() -> impl TypedValueParser<Value = Preset> {
    one_of(&Preset::ALL, |preset| PossibleValue::new(preset.name()))
}

impl SettingsArguments {
    /// The settings for a number of training images.
    pub fn read(&self, training_images: usize) -> Result<Settings> {
        let mut settings = match (&self.settings, self.preset) {
            (Some(path), _) => serde_json::from_slice(&files::read(path)?)
                .with_context(|| format!("{}: these are no settings", path.display()))?,
            (None, Some(preset)) => Settings::preset(preset, training_images),
            (None, None) => Settings::default(),
        };
        settings.epochs = self.epochs.unwrap_or(settings.epochs);
        settings.batch = self.batch.unwrap_or(settings.batch);
        settings.learning_rate = self.learning_rate.unwrap_or(settings.learning_rate);
        settings.seed = self.seed.unwrap_or(settings.seed);
        if let Err(wrong) = settings.check() {
            bail!("the settings ask for {wrong}");
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_compute::network::Architecture;

    #[test]
    fn every_network_has_its_settings_file() {
        for architecture in Architecture::all() {
            let name = format!("{}/training/settings/{}.json", env!("CARGO_MANIFEST_DIR"), architecture.name());
            let settings: Settings = serde_json::from_slice(&std::fs::read(name).unwrap()).unwrap();
            settings.check().unwrap();
            assert_eq!(settings.architecture, architecture);
        }
    }
}
