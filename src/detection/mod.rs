//! Finding faces.
