//! Labelled files.

use std::rc::Rc;

use pollster::block_on;

use super::doubles::MemoryFiles;
use crate::engine::platform::Clock;
use crate::engine::storage::Storage;
use crate::engine::storage_error::{Refusal, StorageError};

thread_local!(static DATE: std::cell::Cell<f64> = const { std::cell::Cell::new(1e12) });

fn storage() -> (Rc<MemoryFiles>, Storage) {
    let files = Rc::<MemoryFiles>::default();
    let clock = Clock { monotonic: || 0.0, unix: || DATE.get(), iso: String::new };
    (Rc::clone(&files), Storage::new(files, clock))
}

fn write(storage: &Storage, name: &str, content: &[u8]) -> Result<(), StorageError> {
    block_on(storage.write(name, &"a label", |target| target.write_all(content)))
}

fn read(storage: &Storage, name: &str) -> Result<(String, Vec<u8>, u64), StorageError> {
    let (label, mut content, length) = block_on(storage.open::<String>(name))?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut content, &mut bytes).unwrap();
    Ok((label, bytes, length))
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let (files, storage) = storage();
    write(&storage, "a", b"content").unwrap();
    assert_eq!(read(&storage, "a"), Ok(("a label".into(), b"content".to_vec(), 4 + 9 + 7)));
    assert_eq!(files.names(), ["a"], "nothing half written is left");
    assert_eq!(read(&storage, "b"), Err(StorageError::Missing));
    block_on(storage.delete("a")).unwrap();
    block_on(storage.delete("a")).unwrap();
    assert_eq!(read(&storage, "a"), Err(StorageError::Missing));
}

#[test]
fn a_file_that_cannot_be_written_stays_as_it_was() {
    let (files, storage) = storage();
    write(&storage, "a", b"old").unwrap();
    files.room.set(Some(20));
    assert_eq!(write(&storage, "a", &[0; 100]), Err(StorageError::Full));
    assert_eq!(read(&storage, "a").unwrap().1, b"old");
    assert_eq!(files.names(), ["a"], "nothing half written is left");
}

#[test]
fn damaged_files_are_not_read() {
    let (files, storage) = storage();
    let damaged = |content: &[u8]| {
        files.files.borrow_mut().insert("a".into(), content.to_vec());
        matches!(read(&storage, "a"), Err(StorageError::Damaged(_)))
    };
    assert!(damaged(b""));
    assert!(damaged(b"\x02\0\0\0\""), "the label is cut");
    assert!(damaged(b"\x02\0\0\0{}"), "the label is another");
    assert!(damaged(&[0xff; 64]), "the label is too long");
    assert!(!damaged(b"\x02\0\0\0\"\""));
}

#[test]
fn names_are_in_the_order_of_time_and_half_written_ones_are_hidden() {
    let (files, storage) = storage();
    let first = storage.fresh_name("n.");
    DATE.set(DATE.get() + 1.0);
    let second = storage.fresh_name("n.");
    for name in [&second, &first, &format!("{first}.1000000000000-00000001.partial"), &"m".to_owned()] {
        files.files.borrow_mut().insert(name.clone(), Vec::new());
    }
    assert_eq!(block_on(storage.names("n.")), Ok(vec![first, second]));
}

#[test]
fn only_what_a_crash_has_left_is_cleaned_up() {
    let (files, storage) = storage();
    let now = DATE.get();
    let partial = |start: f64| format!("a.{start:.0}-00000001.partial");
    for name in ["a", "b.partial", &partial(now - 1000.0), &partial(now - 61_000.0), &partial(now + 61_000.0)] {
        files.files.borrow_mut().insert(name.to_owned(), Vec::new());
    }
    block_on(storage.clean()).unwrap();
    assert_eq!(files.names(), ["a", &partial(now - 1000.0), "b.partial"]);
    files.refuses.replace(Some(StorageError::Refused(Refusal::NoStorage)));
    assert!(block_on(storage.clean()).is_err());
}

#[test]
fn a_name_is_locked_until_the_lock_is_dropped() {
    let (_files, storage) = storage();
    let lock = block_on(storage.lock("a")).unwrap();
    assert!(block_on(storage.lock("a")).is_none());
    assert!(block_on(storage.lock("b")).is_some());
    drop(lock);
    assert!(block_on(storage.lock("a")).is_some());
}
