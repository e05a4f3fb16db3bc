//! The command line: `mien train`, `cross-validate`, `evaluate`, `calibrate`, `card`, `inspect`, `convert`, `crop`,
//! `bench`, `recognize`, `measure-photos`, `robustness`, `render` and `sweep`.

mod backend;
mod bench;
mod calibrate;
mod card;
mod card_photos;
mod choice;
mod classifiers;
mod convert;
mod crop;
mod cross_validate;
mod evaluate;
mod files;
mod inspect;
mod interrupt;
mod measure_photos;
mod networks;
mod output;
mod packed;
mod photo_crops;
mod photos;
mod recognize;
mod render;
mod robustness;
mod settings;
mod sweep;
mod train;
mod video;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Recognizes facial expressions, and trains and evaluates the networks that classify them
#[derive(Parser)]
#[command(name = "mien", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Arguments),
    CrossValidate(cross_validate::Arguments),
    Evaluate(evaluate::Arguments),
    Calibrate(calibrate::Arguments),
    Card(card::Arguments),
    Inspect(inspect::Arguments),
    Convert(convert::Arguments),
    Crop(crop::Arguments),
    Bench(bench::Arguments),
    Recognize(recognize::Arguments),
    MeasurePhotos(measure_photos::Arguments),
    Robustness(robustness::Arguments),
    Render(render::Arguments),
    Sweep(sweep::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Train(arguments) => train::run(&arguments),
        Command::CrossValidate(arguments) => cross_validate::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::Card(arguments) => card::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Crop(arguments) => crop::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Recognize(arguments) => recognize::run(&arguments),
        Command::MeasurePhotos(arguments) => measure_photos::run(&arguments),
        Command::Robustness(arguments) => robustness::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Sweep(arguments) => sweep::run(&arguments),
    };
    match outcome.and_then(|()| output::finish()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<output::Reported>() {
                output::errln!("mien: {}", output::line(&error));
            }
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }
}
