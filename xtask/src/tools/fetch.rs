//! Downloads releases of tools: archives that are verified by their SHA-256 before they are unpacked.

use std::env::consts::EXE_SUFFIX;
use std::fmt::{self, Display};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Timeout for connecting, and for stalled downloads, in seconds.
const PATIENCE: &str = "20";

/// Why a tool could not be downloaded, in one line.
#[derive(Debug)]
pub enum Failure {
    /// The archive could not be downloaded completely.
    Download(String),
    /// The archive's checksum is wrong.
    Checksum(String),
    /// The archive is correct but cannot be used here.
    Install(String),
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Download(reason) | Self::Checksum(reason) | Self::Install(reason)) = self;
        formatter.write_str(reason)
    }
}

/// Downloads an archive, verifies it, and moves the named programs into `bin`. If any of that fails, nothing is left
/// there, and each program is moved atomically.
///
/// # Errors
/// When the archive cannot be downloaded, has another SHA-256 (in hexadecimal), lacks a program, or contains one that
/// has another version or does not run here.
pub fn fetch(url: &str, sha256: &str, version: &str, programs: &[&str], bin: &Path) -> Result<(), Failure> {
    let folder = Temporary::next_to(bin).map_err(|error| Failure::Install(format!("{}: {error}", bin.display())))?;
    let archive = folder.0.join("archive");
    download(url, &archive)?;
    let found = sha256_of(&archive).map_err(|error| Failure::Install(error.to_string()))?;
    if found != sha256 {
        return Err(Failure::Checksum(format!("{url} has the SHA-256 {found} instead of the pinned {sha256}")));
    }
    let unpacked = unpack(&archive, &folder.0, programs)?;
    for (program, file) in programs.iter().zip(&unpacked) {
        let reported = reported_version(file);
        if reported.as_deref() != Some(version) {
            let reported = reported.unwrap_or_else(|| "no version".to_owned());
            return Err(Failure::Install(format!("{program} from {url} reports {reported} instead of {version}")));
        }
    }
    let place = |file: &PathBuf| fs::rename(file, bin.join(file.file_name().unwrap_or_default()));
    unpacked.iter().try_for_each(place).map_err(|error| Failure::Install(format!("{}: {error}", bin.display())))
}

/// The SHA-256 of a download, in hexadecimal. `folder` is for temporary files.
///
/// # Errors
/// When it cannot be downloaded.
pub fn sha256_at(url: &str, folder: &Path) -> Result<String, Failure> {
    let folder = Temporary::next_to(folder).map_err(|error| Failure::Install(error.to_string()))?;
    let file = folder.0.join("archive");
    download(url, &file)?;
    sha256_of(&file).map_err(|error| Failure::Install(error.to_string()))
}

/// The version that a program reports as the second word of `--version`.
pub fn reported_version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1)?.to_owned())
}

/// Downloads with curl, which comes with Windows, macOS and wherever rustup was installed: an HTTPS client of our own
/// would have to be compiled first.
fn download(url: &str, file: &Path) -> Result<(), Failure> {
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--silent", "--show-error", "--connect-timeout", PATIENCE]);
    curl.args(["--speed-limit", "1", "--speed-time", PATIENCE, "--output"]).arg(file).arg(url);
    run(curl).map_err(|reason| Failure::Download(format!("{url}: {reason}")))
}

fn unpack(archive: &Path, folder: &Path, programs: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    // reads gzip, and on Windows and macOS zip, by itself
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(archive).arg("-C").arg(folder);
    run(tar).map_err(Failure::Install)?;
    let files = xtask::files(folder).map_err(|error| Failure::Install(error.to_string()))?;
    let find = |program: &&str| {
        let name = format!("{program}{EXE_SUFFIX}");
        let found = files.iter().find(|file| file.file_name().is_some_and(|found| found == name.as_str()));
        found.cloned().ok_or_else(|| Failure::Install(format!("the archive holds no {name}")))
    };
    programs.iter().map(find).collect()
}

/// Runs a command; on failure, returns a one-line error.
fn run(mut command: Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Output { status, stderr, .. } = command.output().map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    if status.success() { Ok(()) } else { Err(last.map_or_else(|| format!("{name}: {status}"), str::to_owned)) }
}

fn sha256_of(file: &Path) -> io::Result<String> {
    Ok(HEXLOWER.encode(&Sha256::digest(fs::read(file)?)))
}

/// A temporary folder, deleted when dropped, next to its destination so that moving files is atomic.
struct Temporary(PathBuf);

impl Temporary {
    fn next_to(neighbour: &Path) -> io::Result<Self> {
        fs::create_dir_all(neighbour)?;
        let folder = neighbour.with_file_name(format!("fetch-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use xtask::server::Server;

    use super::*;

    /// A temporary folder with a `tool.tar.gz` that contains a program reporting version 1.2.3.
    struct Release {
        folder: PathBuf,
        sha256: String,
    }

    impl Release {
        fn new(test: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("mien-fetch-{}-{test}", process::id()));
            let inner = folder.join("tool-1.2.3");
            fs::create_dir_all(&inner).unwrap();
            let program = inner.join("tool");
            fs::write(&program, "#!/bin/sh\necho tool 1.2.3\n").unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            let mut tar = Command::new("tar");
            tar.arg("-czf").arg(folder.join("tool.tar.gz")).arg("-C").arg(&folder).arg("tool-1.2.3");
            run(tar).unwrap();
            let sha256 = sha256_of(&folder.join("tool.tar.gz")).unwrap();
            Self { folder, sha256 }
        }

        fn fetch(&self, url: &str, sha256: &str, version: &str, programs: &[&str]) -> Result<(), Failure> {
            let result = fetch(url, sha256, version, programs, &self.bin());
            let left: Vec<_> = fs::read_dir(self.folder.join("tools")).unwrap().flatten().collect();
            assert_eq!(left.len(), 1, "next to the programs' folder is {left:?}");
            result
        }

        fn bin(&self) -> PathBuf {
            self.folder.join("tools/bin")
        }

        fn installed(&self) -> Vec<PathBuf> {
            xtask::files(&self.bin()).unwrap()
        }
    }

    impl Drop for Release {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.folder).unwrap();
        }
    }

    #[test]
    fn a_release_with_the_pinned_checksum_is_installed() {
        let release = Release::new("right");
        let server = Server::start(&release.folder, "/", 0).unwrap();
        let url = format!("{}tool.tar.gz", server.url());
        release.fetch(&url, &release.sha256, "1.2.3", &["tool"]).unwrap();
        assert_eq!(release.installed(), [release.bin().join("tool")]);
        assert_eq!(reported_version(&release.bin().join("tool")).as_deref(), Some("1.2.3"));
        assert_eq!(sha256_at(&url, &release.bin()).unwrap(), release.sha256);
    }

    #[test]
    fn a_wrong_checksum_installs_nothing() {
        let release = Release::new("wrong");
        let server = Server::start(&release.folder, "/", 0).unwrap();
        let pinned = "0".repeat(64);
        let result = release.fetch(&format!("{}tool.tar.gz", server.url()), &pinned, "1.2.3", &["tool"]);
        let Err(Failure::Checksum(reason)) = result else { panic!("{result:?}") };
        assert!(reason.contains(&pinned) && reason.contains(&release.sha256), "{reason}");
        assert!(release.installed().is_empty());
    }

    #[test]
    fn a_download_that_is_cut_off_installs_nothing() {
        let release = Release::new("cut");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/tool.tar.gz", listener.local_addr().unwrap());
        let archive = fs::read(release.folder.join("tool.tar.gz")).unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", archive.len()).unwrap();
            stream.write_all(&archive[..archive.len() / 2]).unwrap();
        });
        let result = release.fetch(&url, &release.sha256, "1.2.3", &["tool"]);
        server.join().unwrap();
        assert!(matches!(result, Err(Failure::Download(_))), "{result:?}");
        assert!(release.installed().is_empty());
    }

    #[test]
    fn a_server_that_is_not_there_or_has_no_such_file_is_named() {
        let release = Release::new("unreachable");
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let server = Server::start(&release.folder, "/", 0).unwrap();
        for url in [format!("http://{closed}/tool.tar.gz"), format!("{}none.tar.gz", server.url())] {
            let result = release.fetch(&url, &release.sha256, "1.2.3", &["tool"]);
            let Err(Failure::Download(reason)) = result else { panic!("{result:?}") };
            assert!(reason.starts_with(&url) && !reason.contains('\n'), "{reason}");
        }
        assert!(release.installed().is_empty());
    }

    #[test]
    fn an_archive_of_something_else_installs_nothing() {
        let release = Release::new("else");
        let server = Server::start(&release.folder, "/", 0).unwrap();
        let url = format!("{}tool.tar.gz", server.url());
        for (version, programs) in [("1.2.4", &["tool"][..]), ("1.2.3", &["tool", "other"])] {
            let result = release.fetch(&url, &release.sha256, version, programs);
            assert!(matches!(result, Err(Failure::Install(_))), "{result:?}");
        }
        assert!(release.installed().is_empty());
    }
}
