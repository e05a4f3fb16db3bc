//! Robustness against damaged files: no reader panics or exceeds its memory limit.
//!
//! `MIEN_INPUTS=1000000 cargo test --release --package mien-compute --test hostile` tries more inputs per reader; the fuzz
//! targets in `fuzz/` are guided by coverage.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::{env, fs};

use burn::tensor::Device;
use image::{GrayImage, ImageFormat};
use mien_compute::network::{self, Architecture, Network, NetworkFile};
use mien_compute::training::Settings;
use mien_compute::weights::Container;
use mien_core::dataset::{Dataset, FolderReader, JoinTable, Loader, Votes, read};
use mien_weights::Precision;
use pollster::block_on;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Default number of inputs per reader.
const INPUTS: u64 = 1_500;

/// Maximum memory in bytes for reading a small file: twice an image of the largest size.
const MAX_MEMORY: usize = 300 << 20;

/// Counts the memory of a thread, and its maximum.
struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn count(more: usize, less: usize) {
    let taken = TAKEN.get().saturating_add(more).saturating_sub(less);
    TAKEN.set(taken);
    PEAK.set(PEAK.get().max(taken));
}

#[allow(unsafe_code)] // an allocator cannot be written otherwise; all calls are forwarded to the system's
// SAFETY: as the system's allocator
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The peak memory of a call.
fn memory(act: impl FnOnce()) -> usize {
    let before = TAKEN.get();
    PEAK.set(before);
    act();
    PEAK.get() - before
}

/// The files from which all inputs are derived.
fn seeds(form: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(form);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Damages a file in one to four places.
fn damage(random: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut file = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=4) {
        let place = random.random_range(0..=file.len());
        let rest = file.len() - place;
        match random.random_range(0..8) {
            0 => file.truncate(place),
            1 if rest > 0 => file[place] = random.random(),
            2 if rest > 0 => file[place] ^= 1 << random.random_range(0..8),
            3 => {
                // a number like a length or an offset
                let large = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, u64::MAX >> 1, u64::MAX];
                let number = large[random.random_range(0..large.len())].to_le_bytes();
                let width = [1, 2, 4, 8][random.random_range(0..4)].min(rest);
                file[place..place + width].copy_from_slice(&number[..width]);
            }
            4 => {
                let length = random.random_range(0..=rest.min(64));
                let part = file[place..place + length].to_vec();
                file.splice(place..place, part);
            }
            5 => {
                file.drain(place..place + random.random_range(0..=rest.min(64)));
            }
            6 => {
                let digits = ["9", "99999999999999999999", "-1", "1e999", "[", "{", "\"", "null", "../", "\0"];
                let text = digits[random.random_range(0..digits.len())];
                file.splice(place..place, text.bytes());
            }
            _ => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                file.truncate(place);
                file.extend(&other[from..]);
            }
        }
    }
    file
}

/// Passes many damaged files to a reader. If it panics, the test fails with the number of the input.
fn attack(form: &str, reader: impl Fn(&[u8])) {
    let inputs = env::var("MIEN_INPUTS").ok().and_then(|number| number.parse().ok()).unwrap_or(INPUTS);
    let seeds = seeds(form);
    let mut most = 0;
    for input in 0..inputs {
        let file = damage(&mut StdRng::seed_from_u64(input), &seeds);
        let taken = memory(|| reader(&file));
        assert!(taken < MAX_MEMORY, "input {input} of {form}, {} bytes, takes {taken} bytes", file.len());
        most = most.max(taken);
    }
    println!("{form}: {inputs} inputs, at most {most} bytes of memory");
}

fn read_set(file: &[u8]) {
    let _ = read(Cursor::new(file));
    if let Ok(mut loader) = Loader::open(Cursor::new(file)) {
        while loader.advance(1).unwrap_or(false) {}
    }
}

#[test]
fn tables() {
    attack("csv", read_set);
}

#[test]
fn archives() {
    attack("zip", read_set);
}

#[test]
fn stored_sets() {
    attack("stored", |file| drop(Dataset::read_from(file)));
}

#[test]
fn tables_beside_a_set() {
    attack("join", |file| {
        let _ = JoinTable::read(file).map(|table| table.labels(&[0, 900, 2]).is_ok());
        let _ = Votes::read(file);
    });
}

#[test]
fn images() {
    attack("image", |file| {
        let mut reader = FolderReader::default();
        reader.add("train/happy/a.png", file).unwrap();
        let _ = reader.finish();
    });
}

#[test]
fn an_image_that_unpacks_to_a_thousand_times_its_size_stays_within_the_limit() {
    let mut bomb = Cursor::new(Vec::new());
    GrayImage::new(4096, 4096).write_to(&mut bomb, ImageFormat::Png).unwrap();
    assert!(bomb.get_ref().len() < 100_000);
    let mut reader = FolderReader::default();
    let taken = memory(|| reader.add("train/happy/a.png", bomb.get_ref()).unwrap());
    assert!(taken < MAX_MEMORY, "{taken}");
    assert_eq!(reader.finish().unwrap().dataset.len(), 1);
}

#[test]
fn settings() {
    attack("settings", |file| {
        let settings = serde_json::from_slice::<Settings>(file).map_err(|error| error.to_string());
        if let Ok(settings) =
            settings.and_then(|settings| settings.check().map(|()| settings).map_err(|error| error.to_string()))
        {
            let again = serde_json::to_vec(&settings).unwrap();
            assert_eq!(serde_json::from_slice::<Settings>(&again).unwrap(), settings);
        }
    });
}

#[test]
fn weights() {
    let device = Device::flex();
    for seed in seeds("weights") {
        network::load(&seed, &device).unwrap();
    }
    attack("weights", |file| drop(network::load(file, &device)));
}

#[test]
#[ignore = "writes the seeds of `weights`, after a change of the networks' form"]
fn write_seeds() {
    let architecture: Architecture =
        serde_json::from_str(r#"{ "vgg": { "stages": [[3, 1], [4, 1]], "stage_dropout": [], "dropout": 0.1 } }"#)
            .unwrap();
    let network = Network::new(&architecture, &Device::flex());
    let file = NetworkFile::new(architecture, network);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/weights");
    for (name, container) in [("small.safetensors", Container::Safetensors), ("small.bpk", Container::Burnpack)] {
        let bytes = block_on(network::save_as(&file, Precision::Half, container)).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}
