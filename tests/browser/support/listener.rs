//! A server that records all connections, and permits requests from every origin.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use xtask::server::Log;

/// The magic cookie of STUN messages, with which WebRTC connections start (RFC 8489).
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// Listens on this machine until the process ends.
pub struct Listener {
    port: u16,
    received: Arc<Log>,
}

impl Listener {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let received: Arc<Log> = Arc::default();
        let log = Arc::clone(&received);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                thread::spawn(move || {
                    let mut head = [0; 4096];
                    let count = stream.read(&mut head).unwrap_or(0);
                    let head = &head[..count];
                    let line = if head.windows(4).any(|part| part == STUN_COOKIE) {
                        "STUN".to_owned()
                    } else {
                        let text = String::from_utf8_lossy(head);
                        text.lines().next().unwrap_or("a connection").to_owned()
                    };
                    log.add(line);
                    let _ = stream.write_all(
                        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\n\
                          Content-Type: text/javascript\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    );
                });
            }
        });
        Self { port, received }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The first line of each connection so far, as soon as they fulfil a condition or after the timeout.
    pub fn wait(&self, timeout: Duration, fits: impl Fn(&[String]) -> bool) -> Vec<String> {
        self.received.wait(timeout, fits).unwrap_or_else(|lines| lines)
    }
}
