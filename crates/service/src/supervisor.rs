//! What the service tells whoever started it: the protocol of `sd_notify`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use rustix::time::{ClockId, clock_gettime};

/// The service listens, and has read what it was told to read.
pub(crate) const READY: &str = "READY=1";
/// The service ends.
pub(crate) const STOPPING: &str = "STOPPING=1";

/// Tells a state to the socket that the supervisor named; a path, or a name behind `@`. Nothing depends on it, so that a
/// failure is logged alone.
pub(crate) fn tell(socket: Option<&OsStr>, state: &str) {
    let Some(socket) = socket else { return };
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => abstract_address(name),
        None => SocketAddr::from_pathname(socket),
    };
    let told = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = told {
        tracing::warn!("the supervisor could not be told {state:?}: {error}");
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> std::io::Result<SocketAddr> {
    <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_: &[u8]) -> std::io::Result<SocketAddr> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// The service reads its files again. The time by the clock that never turns tells this reload from those before.
pub(crate) fn reloading() -> String {
    let now = clock_gettime(ClockId::Monotonic);
    format!("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)
}
