//! Sessions learn what can be learned, and do not generalize from random labels.

use burn::tensor::Device;

use super::{finish, settings, shapes, tensors};
use crate::network::{Architecture, NetworkFile, Sizes};
use crate::training::{Balance, Method, Scope, Session, Settings, TrainingData};
use mien_core::dataset::{Augmentation, NearDuplicates};
use mien_core::random::derive_seed;

fn session(settings: Settings, data: TrainingData, initial: Option<NetworkFile>) -> Session {
    Session::start(settings, data, initial, &Device::flex()).unwrap()
}

fn accuracy(session: &Session) -> f64 {
    session.history().epochs.last().unwrap().validation.unwrap().confusion.accuracy()
}

fn drawn(label: impl Fn(usize, usize) -> usize) -> TrainingData {
    TrainingData::new(shapes::dataset(105, label), &NearDuplicates::default(), None, None)
}

/// As many as can be learned by heart in a moment.
fn few(label: impl Fn(usize, usize) -> usize) -> TrainingData {
    TrainingData::new(shapes::dataset(42, label), &NearDuplicates::default(), None, None)
}

#[test]
fn a_small_set_is_memorized() {
    for (optimizer, learning_rate) in [
        (Method::AdamW { betas: (0.9, 0.99) }, 0.02),
        (Method::Sgd { momentum: 0.9 }, 0.2),
        (Method::Muon { momentum: 0.9, rest: 2.0 }, 0.05),
    ] {
        let mut data = drawn(|shape, _| shape);
        data.validation = data.training.clone();
        let mut session = session(Settings { optimizer, learning_rate, ..settings() }, data, None);
        let losses = finish(&mut session);
        assert_eq!(losses.len(), 15 * 5);
        assert_eq!(session.history().losses.points, losses);
        assert_eq!(accuracy(&session), 1.0, "{optimizer:?}");
        assert!(session.is_best());
        assert!(session.history().epochs.last().unwrap().accuracy > 0.95);
    }
}

#[test]
fn shuffled_labels_do_not_generalize() {
    let mut right = session(settings(), drawn(|shape, _| shape), None);
    finish(&mut right);
    assert!(accuracy(&right) > 0.9, "{}", accuracy(&right));
    let mut shuffled = session(settings(), drawn(|_, row| (derive_seed(4, row as u64) % 7) as usize), None);
    finish(&mut shuffled);
    let learned = shuffled.history().epochs.last().unwrap().accuracy;
    assert!(learned > 0.5, "by heart it goes: {learned}");
    assert!(accuracy(&shuffled) < 0.35, "{}", accuracy(&shuffled));
}

#[test]
fn every_way_of_training_learns() {
    let base = Settings { averaging: 0.9, ..settings() };
    let ways = [
        Settings { averaging: 0.9, ..base.clone() },
        Settings { mixup: 0.2, ..base.clone() },
        Settings { balance: Balance::Sampling, ..base.clone() },
        Settings { balance: Balance::Weights, dropout: Some(0.2), ..base.clone() },
        Settings { augmentation: Augmentation { flip: 0.0, noise: 0.1, ..Augmentation::default() }, ..base },
    ];
    for settings in ways {
        // half of some classes are left out
        let mut data = drawn(|shape, _| shape);
        let rare = |&sample: &usize| data.dataset.label(sample).index() > 2 || sample % 2 == 0;
        data.training = data.training.iter().copied().filter(rare).collect();
        let mut session = session(settings.clone(), data, None);
        finish(&mut session);
        assert!(accuracy(&session) > 0.5, "{}: {settings:?}", accuracy(&session));
    }
}

#[test]
fn every_network_learns() {
    let sizes = |stages: [(usize, usize); 3]| Sizes { stages: stages.to_vec(), stage_dropout: vec![], dropout: 0.1 };
    for architecture in [
        Architecture::Cnn(sizes([(4, 1), (8, 1), (16, 1)])),
        Architecture::ResNet(sizes([(4, 0), (8, 1), (16, 1)])),
        Architecture::Inception(sizes([(16, 0), (16, 1), (16, 1)])),
        Architecture::Mobile(sizes([(4, 0), (12, 1), (24, 1)])),
    ] {
        let mut data = few(|shape, _| shape);
        data.validation = data.training.clone();
        let settings = Settings { architecture, learning_rate: 0.02, epochs: 18, batch: 7, ..settings() };
        let mut session = session(settings, data, None);
        finish(&mut session);
        // not deterministic: parallel tests use the random state of the same device
        assert!(accuracy(&session) > 0.6, "{}: {:?}", accuracy(&session), session.settings().architecture);
    }
}

/// A network is trained on the shapes, and then fine-tuned to labels that are shifted by one class.
#[test]
fn parts_of_a_network_learn_and_the_rest_stays() {
    let mut first = session(settings(), drawn(|shape, _| shape), None);
    finish(&mut first);
    let initial = first.file("the shapes".to_owned());
    let before = tensors(&initial);
    for (scope, augmentation, variants) in [
        (Scope::Head, Augmentation::OFF, 4),
        (Scope::Head, Augmentation { flip: 0.0, ..Augmentation::default() }, 3),
        (Scope::LastStages(1), Augmentation::OFF, 1),
        (Scope::LastStages(1), Augmentation { flip: 0.0, ..Augmentation::default() }, 0),
    ] {
        let settings =
            Settings { scope, augmentation, variants, epochs: 30, learning_rate: 0.03, averaging: 0.5, ..settings() };
        let mut session = session(settings, drawn(|shape, _| (shape + 1) % 7), Some(initial.clone()));
        finish(&mut session);
        let history = &session.history().epochs;
        assert!(history[0].validation.unwrap().confusion.accuracy() < 0.8, "{scope:?}");
        assert!(accuracy(&session) > 0.85, "{scope:?} {variants}: {}", accuracy(&session));
        for file in [session.file(String::new()), session.best(String::new()).unwrap()] {
            let after = tensors(&file);
            assert!(before.keys().eq(after.keys()));
            for (name, values) in &before {
                let learns = match scope {
                    Scope::Head => name.starts_with("Vgg.head"),
                    _ => name.starts_with("Vgg.head") || name.starts_with("Vgg.stages.2"),
                };
                assert_eq!(*values != after[name], learns, "{scope:?}: {name}");
            }
        }
    }
}

#[test]
fn what_is_kept_of_the_frozen_part_does_not_change_the_run() {
    let initial = session(settings(), drawn(|shape, _| shape), None).file(String::new());
    // without augmentation, the cached variant equals what would be computed
    let run = |variants| {
        let settings = Settings { scope: Scope::LastStages(1), variants, epochs: 2, ..settings() };
        finish(&mut session(settings, drawn(|shape, _| shape), Some(initial.clone())))
    };
    assert_eq!(run(0), run(7));
    let augmented = |variants| {
        let augmentation = Augmentation::default();
        let settings = Settings { scope: Scope::Head, augmentation, variants, epochs: 2, ..settings() };
        finish(&mut session(settings, drawn(|shape, _| shape), Some(initial.clone())))
    };
    assert_ne!(augmented(0), augmented(2));
}
