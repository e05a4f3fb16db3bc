//! Heatmaps match finite differences, depend on the weights (Adebayo et al. 2018), and find planted patterns.

use std::ops::ControlFlow;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use pollster::block_on;

use super::passes::images;
use super::{Explained, FaceRegion, FeatureIndex, Heatmap, Occlusion, classify, features, grad_cam, layer_activations};
use crate::network::{self, Architecture, Network, Predictor, Sizes};
use crate::training::{Method, Session, Settings, StepOutcome, TrainingData};
use mien_core::dataset::{Augmentation, Dataset, NearDuplicates, Split};
use mien_core::expression::Expression;
use mien_core::random::derive_seed;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE, Crop, Frame, Point, Similarity};

fn small(stages: &[(usize, usize)], device: &Device) -> Network {
    let config = Sizes { stages: stages.to_vec(), stage_dropout: vec![0.3; stages.len()], dropout: 0.3 };
    Network::new(&Architecture::Vgg(config), device)
}

fn noise(seed: u64) -> Crop {
    Crop(Box::new(std::array::from_fn(|place| derive_seed(seed, place as u64) as u8)))
}

/// The face of the fixture, framed like a detected one.
fn astronaut() -> Crop {
    let picture =
        image::load_from_memory(include_bytes!("../../../../tests/fixtures/astronaut_256.png")).unwrap().to_rgba8();
    let frame = Frame::new(picture.width() as usize, picture.height() as usize, picture.into_raw()).unwrap();
    frame.sample_grey(&Similarity::new(58.0 / 48.0, 0.0, Point::new(24.0, 24.0), Point::new(112.4, 60.0)))
}

/// The default network and its architecture.
fn shipped(device: &Device) -> (Network, Architecture) {
    let file = network::load(include_bytes!("../../../../www/weights/default.safetensors"), device).unwrap();
    (file.network.valid().fold(), file.header.architecture)
}

fn cam(network: &Network, stage: usize, crops: &[Crop], class: Option<Expression>) -> Vec<Explained> {
    block_on(grad_cam(network, stage, crops, class, &Device::flex())).unwrap()
}

fn occluded(network: &Network, crop: &Crop, class: Option<Expression>) -> Explained {
    let (mut occlusion, network) = (Occlusion::new(crop), Predictor::new(network));
    while !occlusion.is_done() {
        block_on(occlusion.advance(&network, 40)).unwrap();
    }
    occlusion.finish(class)
}

/// Pearson's correlation.
fn correlation(a: &Heatmap, b: &Heatmap) -> f32 {
    let centred = |heat: &Heatmap| {
        let mean = heat.values().iter().sum::<f32>() / CROP_PIXELS as f32;
        heat.values().iter().map(|value| value - mean).collect::<Vec<f32>>()
    };
    let (a, b) = (centred(a), centred(b));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt().max(f32::MIN_POSITIVE)
}

/// The expected Grad-CAM, with gradients by finite differences: after the last feature maps all is linear as long as no
/// maximum changes, and none does when a whole map is shifted.
fn by_finite_differences(network: &Network, crop: &Crop, class: Expression) -> Heatmap {
    const STEP: f32 = 0.01;
    let maps = network.maps(1, images(std::slice::from_ref(crop), &Device::flex()));
    let [_, channels, height, width] = maps.dims();
    let logit = |maps: Tensor<4>| {
        let logits: Vec<f32> = network.logits_of_maps(1, maps).into_data().try_to_vec().unwrap();
        logits[class.index()]
    };
    let values: Vec<f32> = maps.clone().into_data().try_to_vec().unwrap();
    let mut expected = vec![0.0_f32; height * width];
    for channel in 0..channels {
        let raised = |step: f32| {
            let map = maps.clone().slice([0..1, channel..channel + 1]) + step;
            maps.clone().slice_assign([0..1, channel..channel + 1], map)
        };
        let places = height * width;
        let weight = (logit(raised(STEP)) - logit(raised(-STEP))) / (2.0 * STEP * places as f32);
        for (sum, value) in expected.iter_mut().zip(&values[channel * places..]) {
            *sum += weight * value;
        }
    }
    Heatmap::from_grid(&expected.iter().map(|value| value.max(0.0)).collect::<Vec<f32>>(), width)
}

#[test]
fn the_map_is_that_of_gradients_by_finite_differences() {
    let crop = noise(3);
    // with random weights, the heatmap of a class may be empty, but hardly that of every class of several networks
    let mut compared = 0;
    for _ in 0..4 {
        let network = small(&[(4, 1), (6, 2)], &Device::flex()).valid();
        for class in Expression::ALL {
            let expected = by_finite_differences(&network, &crop, class);
            let found = cam(&network, 1, std::slice::from_ref(&crop), Some(class)).remove(0);
            assert_eq!(found.class, class);
            for (a, b) in found.heatmap.values().iter().zip(expected.values()) {
                assert!((a - b).abs() < 1e-3 * expected.peak().max(1e-3), "{a} where {b} is right");
            }
            compared += u32::from(expected.peak() > 0.0);
        }
    }
    assert!(compared > 0, "there is something to find");
}

#[test]
fn crops_do_not_mix_and_dropout_stays_out() {
    let device = Device::flex();
    let network = small(&[(4, 1), (6, 1), (8, 1)], &device);
    let crops: Vec<Crop> = (0..3).map(noise).collect();
    for stage in 0..3 {
        let together = cam(&network, stage, &crops, None);
        for (crop, together) in crops.iter().zip(&together) {
            let alone = cam(&network, stage, std::slice::from_ref(crop), None).remove(0);
            assert_eq!(alone.class, together.class);
            for (a, b) in alone.heatmap.values().iter().zip(together.heatmap.values()) {
                assert!((a - b).abs() <= 1e-3 * alone.heatmap.peak(), "{a} and {b} at stage {stage}");
            }
        }
        assert_eq!(cam(&network.clone().train(), stage, &crops, None), together, "in inference mode");
    }
    // more stages than there are: the last
    assert_eq!(cam(&network, usize::MAX, &crops, None), cam(&network, 2, &crops, None));
    assert!(cam(&network, 0, &[], None).is_empty());
    let distributions = block_on(classify(&Predictor::new(&network), &crops)).unwrap();
    let explained = cam(&network, 0, &crops, None);
    for (distribution, explained) in distributions.iter().zip(&explained) {
        assert_eq!(explained.class, distribution.top().0, "the predicted one by default");
        for (a, b) in distribution.0.iter().zip(explained.distribution.0) {
            assert!((a - b).abs() < 1e-5);
        }
    }
}

#[test]
fn maps_of_the_shipped_network_depend_on_class_and_on_what_it_learned() {
    let device = Device::flex();
    let ((network, architecture), crop) = (shipped(&device), astronaut());
    let last = network.stage_count() - 1;
    let map = |network: &Network, class| cam(network, last, std::slice::from_ref(&crop), Some(class)).remove(0).heatmap;
    let happy = map(&network, Expression::Happy);
    assert!(happy.peak() > 0.0);
    assert_ne!(happy.regions()[0].0, FaceRegion::Surroundings, "{:?}", happy.regions());
    assert!(correlation(&happy, &map(&network, Expression::Angry)) < 0.7, "another class, another map");

    // Adebayo et al.: a heatmap that does not change with random weights does not explain the network
    let mut alike = Vec::new();
    for seed in 0..6 {
        device.seed(seed);
        let random = Network::new(&architecture, &device).valid();
        alike.push(correlation(&happy, &map(&random, Expression::Happy)).abs());
    }
    let mean = alike.iter().sum::<f32>() / alike.len() as f32;
    assert!(mean < 0.6, "{alike:?}");
    // random weights in the last stage alone change it too
    let mut cascade = Vec::new();
    for seed in 0..6 {
        device.seed(seed);
        let random = network.with_tail(Network::new(&architecture, &device).valid().tail(last));
        cascade.push(correlation(&happy, &map(&random, Expression::Happy)).abs());
    }
    let mean = cascade.iter().sum::<f32>() / cascade.len() as f32;
    assert!(mean < 0.7, "{cascade:?}");
}

/// Noise with two patches ten pixels wide: one with the pattern of the class, checks or stripes, and one that is half dark
/// and half light, independent of the class. Also returns the corner of the first.
fn planted(row: usize, checks: bool) -> (Crop, (usize, usize)) {
    let mut crop = noise(row as u64 + 100);
    crop.0.iter_mut().for_each(|byte| *byte = 96 + *byte / 4);
    let drawn = |purpose: u64, range: u64| (derive_seed(purpose, row as u64) % range) as usize;
    let mut sides = [1 + drawn(1, 12), 26 + drawn(2, 11)];
    if drawn(3, 2) == 1 {
        sides.reverse();
    }
    let [(left, top), other] = [(sides[0], 1 + drawn(4, 36)), (sides[1], 1 + drawn(5, 36))];
    for (x, y) in (0..100).map(|place| (place % 10, place / 10)) {
        let mut paint = |corner: (usize, usize), light: bool| {
            crop.0[(corner.1 + y) * CROP_SIDE + corner.0 + x] = if light { 235 } else { 20 };
        };
        paint((left, top), if checks { (x / 2 + y / 2) % 2 == 0 } else { y / 2 % 2 == 0 });
        paint(other, x < 5);
    }
    (crop, (left, top))
}

#[test]
fn maps_find_a_planted_patch() {
    let mut dataset = Dataset::default();
    for row in 0..160 {
        let checks = row % 2 == 0;
        let label = if checks { Expression::Happy } else { Expression::Sad };
        dataset.push(*planted(row, checks).0.0, label, Split::Training, row);
    }
    let settings = Settings {
        architecture: Architecture::Vgg(Sizes { stages: vec![(8, 1), (16, 1)], stage_dropout: vec![], dropout: 0.0 }),
        optimizer: Method::AdamW { betas: (0.9, 0.99) },
        learning_rate: 0.02,
        epochs: 12,
        batch: 16,
        label_smoothing: 0.0,
        augmentation: Augmentation::OFF,
        averaging: 0.0,
        seed: 3,
        ..Settings::default()
    };
    let mut session = Session::start(
        settings,
        TrainingData::new(dataset.into(), &NearDuplicates::default(), None, None),
        None,
        &Device::flex(),
    )
    .unwrap();
    while !matches!(block_on(session.step(async |_| ControlFlow::Continue(()))).unwrap(), StepOutcome::Finished) {}
    let network = session.network().valid().fold();

    // the pointing game (Zhang et al. 2016) on new images: chance would hit once in seven at most
    const ROWS: std::ops::Range<usize> = 1000..1012;
    let hits = |map: &dyn Fn(&Crop) -> Explained, margin: usize| {
        ROWS.filter(|&row| {
            let (crop, (left, top)) = planted(row, true);
            let explained = map(&crop);
            let inside = |at: usize, from: usize| (from.saturating_sub(margin)..from + 10 + margin).contains(&at);
            explained.heatmap.strongest().is_some_and(|(x, y)| inside(x, left) && inside(y, top))
        })
        .count()
    };
    let happy = Some(Expression::Happy);
    for stage in 0..2 {
        let found = hits(&|crop| cam(&network, stage, std::slice::from_ref(crop), happy).remove(0), 2);
        assert!(found >= 10, "Grad-CAM at stage {stage} finds {found} of 12");
    }
    // the occluding patch is larger than the planted one, so its centre may be off by one step
    let found = hits(&|crop| occluded(&network, crop, happy), 4);
    assert!(found >= 10, "occlusion finds {found} of 12");
    let stripes = occluded(&network, &planted(2000, false).0, None);
    assert_eq!(stripes.class, Expression::Sad, "it distinguishes the patterns");
}

#[test]
fn occlusion_is_the_loss_under_each_patch() {
    let device = Device::flex();
    let network = small(&[(4, 1), (6, 1)], &device).valid();
    let crop = noise(5);
    let explained = occluded(&network, &crop, None);
    // the first pixel lies under the first patch alone
    let pixels = crop.normalize();
    let covered = pixels
        .iter()
        .enumerate()
        .map(|(place, &value)| if place % CROP_SIDE < 12 && place / CROP_SIDE < 12 { 0.0 } else { value });
    let logits = network.forward(crate::transfer::images(covered.collect(), &device));
    let logits: Vec<f32> = logits.into_data().try_to_vec().unwrap();
    let now = mien_core::expression::Distribution::from_logits(logits.try_into().unwrap());
    let loss = explained.distribution.probability(explained.class) - now.probability(explained.class);
    assert!((explained.heatmap.values()[0] - loss).abs() < 1e-5, "{} and {loss}", explained.heatmap.values()[0]);

    let flat = occluded(&network, &Crop(Box::new([90; CROP_PIXELS])), None);
    assert!(flat.heatmap.values().iter().all(|value| value.abs() < 1e-6), "grey on grey changes nothing");
}

#[test]
fn features_find_similar_images() {
    let device = Device::flex();
    let network = small(&[(6, 1), (12, 1)], &device);
    let stripes = |row: usize| {
        std::array::from_fn(|place| ((place % CROP_SIDE * (row + 1) + place / CROP_SIDE * (9 - row)) * 9 % 256) as u8)
    };
    let mut dataset = Dataset::default();
    for row in 0..9 {
        dataset.push(stripes(row), Expression::Happy, Split::Training, row);
    }
    dataset.push(stripes(4), Expression::Happy, Split::PublicTest, 9); // a copy
    let mut index = FeatureIndex::new((0..9).collect());
    while index.progress().0 < 9 {
        block_on(index.advance(&network, &dataset, 4, &device)).unwrap();
    }
    assert_eq!(index.progress(), (9, 9));
    let query = block_on(features(&network, &[dataset.crop(9)], &device)).unwrap().remove(0);
    assert!((query.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5);
    let found = index.nearest(&query, 3, Some(9));
    assert_eq!((found.len(), found[0].0), (3, 4));
    assert!((found[0].1 - 1.0).abs() < 2e-3 && found.is_sorted_by(|a, b| a.1 >= b.1), "{found:?}");
    assert!(index.nearest(&query, 9, Some(4)).iter().all(|(sample, _)| *sample != 4));
    assert!(FeatureIndex::new(vec![]).nearest(&query, 3, None).is_empty());
}

#[test]
fn all_layers_are_seen() {
    let device = Device::flex();
    let ((network, architecture), crop) = (shipped(&device), astronaut());
    let layers = block_on(layer_activations(&network, &crop, &device)).unwrap();
    let stages = &architecture.sizes().stages;
    assert_eq!((layers.filters.len(), layers.responses.len()), (stages[0].0, stages[0].0));
    assert_eq!((layers.filters[0].width, layers.responses[0].width), (3, 48));
    assert_eq!(layers.stages.len(), stages.len());
    for (index, (stage, &(channels, _))) in layers.stages.iter().zip(stages).enumerate() {
        let (side, last) = (48 >> index, index + 1 == stages.len());
        assert_eq!((stage.channels, stage.side), (channels as u32, side));
        assert_eq!(stage.pooled_side, if last { 0 } else { side / 2 });
        assert_eq!(stage.maps.width, 6 * (side + 1) - 1, "six maps and the lines between");
        assert_eq!(stage.pooled.width, if last { 0 } else { 6 * (side / 2 + 1) - 1 });
    }
    assert_eq!(layers.features.width * layers.features.height, layers.feature_count.next_multiple_of(32));
    let distribution = block_on(classify(&Predictor::new(&network), std::slice::from_ref(&crop))).unwrap()[0];
    let softmax = mien_core::expression::Distribution::from_logits(layers.logits);
    for (a, b) in distribution.0.iter().zip(softmax.0) {
        assert!((a - b).abs() < 1e-5);
    }
    assert_eq!((layers.mean, layers.deviation), crop.mean_and_deviation());
}
