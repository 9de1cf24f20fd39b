//! What the service tells whoever started it.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use super::client::request;
use super::{Service, token};
use crate::processes::ledger;

fn told(socket: &UnixDatagram) -> String {
    let mut text = [0; 256];
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let length = socket.recv(&mut text).expect("the service tells something");
    String::from_utf8(text[..length].to_vec()).unwrap()
}

#[test]
fn a_supervisor_is_told_when_the_service_listens_reads_its_files_again_and_ends() {
    let dir = ledger();
    let dir = dir.path();
    token(dir, &["--name", "one", "--scope", "read"]);
    let path = dir.join("notify");
    let name = format!("pcs-test-{}", dir.display());
    let at = format!("@{name}");
    for (socket, variable) in [
        (UnixDatagram::bind(&path).unwrap(), path.to_str().unwrap()),
        (UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(), &at),
    ] {
        let service = Service::start_with(dir, &["--tokens", "tokens"], &[("NOTIFY_SOCKET", variable)]);
        assert_eq!(told(&socket), "READY=1");
        service.signal("-HUP");
        let reloading = told(&socket);
        let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("it reloads");
        assert!(since.parse::<u64>().is_ok_and(|since| since > 0), "{reloading}");
        assert_eq!(told(&socket), "READY=1");
        assert_eq!(service.end(), Some(0));
        assert_eq!(told(&socket), "STOPPING=1");
    }
}

#[test]
fn a_supervisor_that_does_not_listen_keeps_nothing_from_running() {
    let dir = ledger();
    let dir = dir.path();
    token(dir, &["--name", "one", "--scope", "read"]);
    let mut service = Service::start_with(dir, &["--tokens", "tokens"], &[("NOTIFY_SOCKET", "none")]);
    let said = service.log().find(|line| line.contains("the supervisor could not be told"));
    assert!(said.is_some_and(|line| line.contains("READY=1")));
    assert_eq!(request(&service.address, "GET", "/healthz", &[], b"").status, 200);
    assert_eq!(service.end(), Some(0));
}
