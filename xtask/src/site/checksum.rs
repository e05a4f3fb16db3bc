//! Checksums of files: as names, and as browsers verify them.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256, Sha384};

/// Sixteen characters that change with any of the contents.
pub fn fingerprint(contents: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for content in contents {
        // else two files could trade bytes unseen
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    HEXLOWER.encode(&hasher.finalize()[..8])
}

/// The hash of an inline script, as in a content security policy.
pub fn sha256(content: &[u8]) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(content)))
}

/// The value of the `integrity` attribute.
pub fn integrity(content: &[u8]) -> String {
    format!("sha384-{}", BASE64.encode(&Sha384::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, sha256};

    #[test]
    fn fingerprints_distinguish_contents() {
        assert_eq!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"ab", b"c"]));
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
        assert_eq!(fingerprint(&[]).len(), 16);
    }

    #[test]
    fn checksums_are_as_the_standard_has_them() {
        // FIPS 180-2, of the empty message
        assert_eq!(sha256(b""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
