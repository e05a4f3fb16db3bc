use super::*;
use crate::vision::{CROP_PIXELS, CROP_SIDE};

/// A smooth picture with an edge.
fn picture() -> Crop {
    Crop(Box::new(std::array::from_fn(|index| {
        let (x, y) = ((index % CROP_SIDE) as f32, (index / CROP_SIDE) as f32);
        let edge = if x + y > 60.0 { 40.0 } else { 0.0 };
        (110.0 + 50.0 * (x * 0.21).sin() + 30.0 * (y * 0.33).cos() + edge) as u8
    })))
}

fn distance(a: &Crop, b: &Crop) -> f64 {
    let sum: u32 = a.0.iter().zip(b.0.iter()).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
    f64::from(sum) / CROP_PIXELS as f64
}

#[test]
fn the_documented_parameters_stand() {
    // the tables of docs/robustness.md name each corruption and its five parameters
    let documented = include_str!("../../../../../docs/robustness.md");
    for corruption in Corruption::ALL {
        let parameters: Vec<String> = (1..=SEVERITIES)
            .map(|severity| format!("{}", (corruption.parameter(severity as f32) * 100.0).round() / 100.0))
            .collect();
        let row = format!("| `{}` | {} |", corruption.name(), parameters.join(", "));
        assert!(documented.contains(&row), "no {row}");
    }
}

#[test]
fn nothing_changes_at_strength_0() {
    for corruption in Corruption::ALL {
        for strength in [0.0, -1.0, f32::NAN] {
            assert_eq!(corruption.apply(&picture(), strength, 5), picture(), "{}", corruption.name());
        }
    }
}

#[test]
fn every_severity_changes_more_than_the_one_before() {
    for corruption in Corruption::ALL {
        // over seeds, since signs and places differ
        let changed = |strength: f32| -> f64 {
            (0..20).map(|seed| distance(&corruption.apply(&picture(), strength, seed), &picture())).sum()
        };
        let distances: Vec<f64> = (0..=SEVERITIES).map(|severity| changed(severity as f32)).collect();
        assert!(distances.is_sorted_by(|a, b| a < b), "{}: {distances:?}", corruption.name());
    }
}

#[test]
fn it_depends_on_the_seed_alone() {
    let random = [
        Corruption::Brightness,
        Corruption::Gamma,
        Corruption::SideShadow,
        Corruption::Roll,
        Corruption::Yaw,
        Corruption::Shift,
        Corruption::Blocks,
        Corruption::GaussianNoise,
        Corruption::SaltAndPepper,
    ];
    for corruption in Corruption::ALL {
        let of = |seed| corruption.apply(&picture(), 3.0, seed);
        assert_eq!(of(7), of(7), "{}", corruption.name());
        let differs = (0..20).any(|seed| of(seed) != of(7));
        assert_eq!(differs, random.contains(&corruption), "{}", corruption.name());
    }
}

#[test]
fn the_strength_is_held_between_its_ends_and_runs_in_between() {
    for corruption in Corruption::ALL {
        let [third, half, fourth] = [3.0, 3.5, 4.0].map(|strength| corruption.parameter(strength));
        assert!((half - (third + fourth) / 2.0).abs() < 1e-4, "{}", corruption.name());
        assert_eq!(corruption.parameter(99.0), corruption.parameter(5.0));
        assert_eq!(corruption.apply(&picture(), 99.0, 1), corruption.apply(&picture(), 5.0, 1));
    }
    assert_eq!(Corruption::Roll.parameter(2.0), 15.0);
    assert_eq!(Corruption::Resolution.parameter(2.0), 24.0);
    assert_eq!((Corruption::Wider.parameter(3.0), Corruption::Tighter.parameter(3.0)), (15.0, 15.0));
    assert_eq!(Corruption::Shift.parameter(2.0), 5.0);
}

#[test]
fn light_follows_its_formula() {
    let crop = picture();
    let (mean, _) = crop.mean_and_deviation();
    for seed in 0..4 {
        let brighter = Corruption::Brightness.apply(&crop, 2.0, seed);
        let up = i16::from(brighter.0[0]) - i16::from(crop.0[0]);
        assert_eq!(up.abs(), 50);
        for (&after, &before) in brighter.0.iter().zip(crop.0.iter()) {
            assert_eq!(i16::from(after), (i16::from(before) + up).clamp(0, 255));
        }
        let gamma = Corruption::Gamma.apply(&crop, 2.0, seed);
        let exponent = if gamma.0[0] < crop.0[0] { 2.0 } else { 0.5 };
        let expected = (f32::from(crop.0[5]) / 255.0).powf(exponent) * 255.0;
        assert!((f32::from(gamma.0[5]) - expected).abs() <= 0.51);
        let shadow = Corruption::SideShadow.apply(&crop, 2.0, seed);
        let (dark, light) = if shadow.0[0] == crop.0[0] { (47, 0) } else { (0, 47) };
        assert_eq!(shadow.0[light], crop.0[light], "one side keeps its light");
        assert!((f32::from(shadow.0[dark]) - f32::from(crop.0[dark]) * 0.5).abs() <= 0.51, "the other loses half");
    }
    let flat = Corruption::Contrast.apply(&crop, 2.0, 0);
    assert!((f32::from(flat.0[9]) - (mean + 0.5 * (f32::from(crop.0[9]) - mean))).abs() <= 0.51);
}

#[test]
fn a_turn_turns_and_a_frame_frames() {
    // a dot on an even ground
    let dot = |x: usize, y: usize| {
        let mut crop = Crop(Box::new([0; CROP_PIXELS]));
        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            crop.0[(y + row) * CROP_SIDE + x + column] = 200;
        }
        crop
    };
    // where the light is: its centre of mass, in pixels from the corner
    let centre = |crop: &Crop| {
        let total: f64 = crop.0.iter().map(|&pixel| f64::from(pixel)).sum();
        let along = |place: fn(usize) -> usize| {
            crop.0.iter().enumerate().map(|(at, &pixel)| f64::from(pixel) * (place(at) as f64 + 0.5)).sum::<f64>()
                / total
        };
        [along(|at| at % CROP_SIDE), along(|at| at / CROP_SIDE)]
    };
    let close = |got: [f64; 2], expected: [f64; 2]| {
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.25), "{got:?} where {expected:?} is right");
    };
    let right = dot(33, 23); // 10 pixels to the right of the middle
    for seed in 0..6 {
        let [x, y] = centre(&Corruption::Roll.apply(&right, 2.0, seed));
        let (sine, cosine) = 15_f64.to_radians().sin_cos();
        close([x, (y - 24.0).abs()], [24.0 + 10.0 * cosine, 10.0 * sine]);
        let [x, y] = centre(&Corruption::Shift.apply(&right, 2.0, seed));
        close([(x - 34.0).hypot(y - 24.0), 0.0], [0.05 * 48.0, 0.0]);
        // x_target = x cos a / (1 + x sin a / 4), in half sides
        let [x, _] = centre(&Corruption::Yaw.apply(&right, 2.0, seed));
        let (sine, cosine) = 25_f64.to_radians().sin_cos();
        let at = |side: f64| 24.0 + 24.0 * (10.0 / 24.0 * cosine / (1.0 + 10.0 / 24.0 * side * sine / 4.0));
        assert!((x - at(1.0)).abs() < 0.2 || (x - at(-1.0)).abs() < 0.2, "{x}: {} {}", at(1.0), at(-1.0));
    }
    close(centre(&Corruption::Tighter.apply(&right, 3.0, 0)), [24.0 + 10.0 / 0.85, 24.0]);
    close(centre(&Corruption::Wider.apply(&right, 3.0, 0)), [24.0 + 10.0 / 1.15, 24.0]);
}

#[test]
fn occlusions_cover_what_they_say() {
    let crop = picture();
    let rows = |covered: &Crop| -> Vec<usize> {
        let row = |row: &usize| {
            covered.0[row * CROP_SIDE..(row + 1) * CROP_SIDE] != crop.0[row * CROP_SIDE..(row + 1) * CROP_SIDE]
        };
        (0..CROP_SIDE).filter(row).collect()
    };
    for (severity, count) in [4, 8, 12, 16, 20].into_iter().enumerate() {
        let strength = severity as f32 + 1.0;
        let eyes = rows(&Corruption::Eyes.apply(&crop, strength, 0));
        assert!(eyes.len() == count && eyes.contains(&17), "{eyes:?}");
        let mouth = rows(&Corruption::Mouth.apply(&crop, strength, 0));
        assert!(mouth.len() == count && mouth.contains(&38), "{mouth:?}");
    }
    assert_eq!(rows(&Corruption::LowerHalf.apply(&crop, 5.0, 0)), (24..48).collect::<Vec<_>>());
    let one = Corruption::Blocks.apply(&Crop(Box::new([0; CROP_PIXELS])), 0.5, 11); // one block
    assert_eq!(one.0.iter().filter(|&&pixel| pixel > 0).count(), 64);
}

#[test]
fn quality_follows_its_formula() {
    let even = Crop(Box::new([90; CROP_PIXELS]));
    for corruption in [Corruption::Resolution, Corruption::Blur] {
        for severity in 1..=SEVERITIES {
            assert_eq!(corruption.apply(&even, severity as f32, 0), even, "an even grey stays: {}", corruption.name());
        }
    }
    // 16 pixels a side: threes of pixels become their mean
    let stripes = Crop(Box::new(std::array::from_fn(|index| [10, 40, 70][index % 3])));
    assert!(Corruption::Resolution.apply(&stripes, 3.0, 0).0.iter().all(|&pixel| pixel == 40));
    // a blurred point is the kernel's square
    let mut point = Crop(Box::new([0; CROP_PIXELS]));
    point.0[24 * CROP_SIDE + 24] = 255;
    let blurred = Corruption::Blur.apply(&point, 2.0, 0);
    let sum: f64 = (-3..=3).map(|at| (-0.5 * f64::from(at * at)).exp()).sum();
    let expected = |x: i32, y: i32| 255.0 * (-0.5 * f64::from(x * x + y * y)).exp() / (sum * sum);
    for (x, y) in [(0, 0), (1, 0), (0, -2), (3, 1)] {
        let at = ((24 + y) * 48 + 24 + x) as usize;
        assert!((f64::from(blurred.0[at]) - expected(x, y)).abs() <= 0.51, "{x} {y}");
    }
    let grey = Crop(Box::new([128; CROP_PIXELS]));
    let noisy = Corruption::GaussianNoise.apply(&grey, 2.0, 3);
    let square: f64 = noisy.0.iter().map(|&pixel| (f64::from(pixel) - 128.0).powi(2)).sum::<f64>() / CROP_PIXELS as f64;
    assert!((square.sqrt() - 16.0).abs() < 0.8, "{square}");
    let spots = Corruption::SaltAndPepper.apply(&grey, 4.0, 3);
    let share = spots.0.iter().filter(|&&pixel| pixel == 0 || pixel == 255).count() as f64 / CROP_PIXELS as f64;
    assert!((share - 0.12).abs() < 0.02, "{share}");
    let packed = Corruption::Jpeg.apply(&picture(), 1.0, 0);
    assert!((0.05..6.0).contains(&distance(&packed, &picture())), "{}", distance(&packed, &picture()));
}

#[test]
fn an_image_smaller_than_a_kernel_is_no_error() {
    // the widest kernel reaches 9 pixels: on one of a few pixels that was enlarged to a crop, as readers do, all is even
    for value in [0, 128, 255] {
        let crop = Crop(Box::new([value; CROP_PIXELS]));
        for corruption in Corruption::ALL {
            for strength in [0.01, 1.0, 2.5, 5.0] {
                let corrupted = corruption.apply(&crop, strength, 1);
                assert!(corrupted.normalize().iter().all(|light| light.is_finite()), "{}", corruption.name());
            }
        }
    }
}
