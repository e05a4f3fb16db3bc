//! The site's content security policy and related headers. `docs/privacy.md` explains them.

use super::checksum::sha256;

/// Everything that is not listed is forbidden, inline scripts and styles among it.
const CONTENT: [(&str, &str); 12] = [
    ("default-src", "'none'"),
    // Compiling wasm needs a separate permission, which does not allow the evaluation of text.
    ("script-src", "'self' 'wasm-unsafe-eval'"),
    ("style-src", "'self'"),
    // Photos and videos of the visitor are blobs.
    ("img-src", "'self' blob:"),
    ("media-src", "blob:"),
    ("connect-src", "'self'"),
    // A worker from a blob has the page's policy; one from a file would have that of its response, which is none on most
    // servers. The service worker has to be a file.
    ("worker-src", "'self' blob:"),
    ("manifest-src", "'self'"),
    ("frame-src", "'none'"),
    ("object-src", "'none'"),
    ("form-action", "'none'"),
    ("base-uri", "'none'"),
];

/// Browser features that the page may use; all others are disabled.
const ALLOWED: [&str; 4] = ["camera", "clipboard-write", "fullscreen", "screen-wake-lock"];
const FORBIDDEN: [&str; 18] = [
    "accelerometer",
    "bluetooth",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "serial",
    "usb",
    "xr-spatial-tracking",
];

/// The content security policy of a page with these inline scripts, an import map among them.
pub fn content(inline: &[&str]) -> String {
    let hashes: String = inline.iter().map(|script| format!(" '{}'", sha256(script.as_bytes()))).collect();
    let directive = |(name, sources): &(&str, &str)| match *name {
        "script-src" => format!("{name} {sources}{hashes}"),
        _ => format!("{name} {sources}"),
    };
    CONTENT.iter().map(directive).collect::<Vec<_>>().join("; ")
}

/// The headers of every file. `frame-ancestors` works only as a header.
pub fn headers(content: &str) -> Vec<(&'static str, String)> {
    let allowed = ALLOWED.iter().map(|feature| format!("{feature}=(self)"));
    let features: Vec<String> = allowed.chain(FORBIDDEN.iter().map(|feature| format!("{feature}=()"))).collect();
    vec![
        ("Content-Security-Policy", format!("{content}; frame-ancestors 'none'")),
        ("Permissions-Policy", features.join(", ")),
        ("Referrer-Policy", "no-referrer".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("Cross-Origin-Opener-Policy", "same-origin".to_owned()),
        ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{content, sha256};

    #[test]
    fn only_its_own_scripts_run_inline() {
        let policy = content(&["{}", "start()"]);
        let [map, start] = ["{}", "start()"].map(|script| sha256(script.as_bytes()));
        assert!(policy.contains(&format!("script-src 'self' 'wasm-unsafe-eval' '{map}' '{start}';")), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'));
    }

    /// The policy blocks inline styles at run time, and lints cannot check attributes inside a macro. What lints can
    /// check is in clippy.toml.
    #[test]
    fn components_have_no_inline_styles() {
        for file in crate::files(&crate::root().join("crates/page/src")).unwrap() {
            let text = fs::read_to_string(&file).unwrap();
            for (line, number) in text.lines().zip(1..) {
                let inline = line.trim_start().starts_with("style=") || line.contains(" style={");
                assert!(
                    !inline,
                    "{}:{number}: the policy refuses the attribute `style`: see `use_style`",
                    file.display()
                );
            }
        }
    }
}
