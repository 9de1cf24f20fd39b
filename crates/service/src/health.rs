//! Whether a service answers, as whoever watches it asks.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use app::Error;
use tokio_rustls::rustls::StreamOwned;

use crate::settings::Listen;
use crate::tls::unverified_client;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the service that listens at a place whether it answers; through an encrypted connection, if it encrypts.
///
/// # Errors
/// It does not, or says that it is not well.
pub fn check(listen: &Listen, base_path: &str, is_encrypted: bool) -> Result<(), Error> {
    let failed = |why: String| Error::new("failed", format!("the service does not answer: {why}"));
    let asked = match listen {
        Listen::Address(address) => connect(*address).and_then(|stream| ask(stream, base_path, is_encrypted)),
        Listen::Unix(path) => UnixStream::connect(path).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream, base_path, is_encrypted)
        }),
    };
    let answer = asked.map_err(|error| failed(error.to_string()))?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(failed(answer.lines().next().unwrap_or("it says nothing").to_owned()))
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn ask(stream: impl Read + Write, base_path: &str, is_encrypted: bool) -> std::io::Result<String> {
    if !is_encrypted {
        return exchange(stream, base_path);
    }
    let client = unverified_client().map_err(std::io::Error::other)?;
    exchange(StreamOwned::new(client, stream), base_path)
}

fn exchange(mut stream: impl Read + Write, base_path: &str) -> std::io::Result<String> {
    write!(stream, "GET {base_path}/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
