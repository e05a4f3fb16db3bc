//! How large a dataset may be.

/// Maximum number of samples of a dataset, nearly three times FER2013's.
pub const MAX_SAMPLES: usize = 100_000;

/// Maximum number of bytes of text or of decompressed images of a file, about three times FER2013's.
pub const MAX_BYTES: u64 = 1 << 30;
