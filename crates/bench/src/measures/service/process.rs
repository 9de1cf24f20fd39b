//! Processes that are asked: `pcs serve`, and nginx beside it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::client::Client;
use crate::Outcome;

/// A process that ends with it.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// `pcs serve`, with the token of its run.
pub(super) struct Service {
    process: Ends,
    pub(super) host: String,
    /// The header with the token.
    pub(super) token: String,
}

impl Service {
    /// Starts it on a port of its own.
    pub(super) fn start(pcs: &Path, ledger: &Path) -> Outcome<Self> {
        let mut command = Command::new(pcs);
        command.arg("--ledger").arg(ledger).args(["serve", "--write", "--listen", "127.0.0.1:0"]);
        let mut process = Ends(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?);
        let mut line = String::new();
        BufReader::new(process.0.stdout.take().ok_or("it is piped")?).read_line(&mut line)?;
        let said: serde_json::Value = serde_json::from_str(&line)?;
        let address = said.get("listening").and_then(serde_json::Value::as_str).ok_or("it does not listen")?;
        let host = address.trim_start_matches("http://").to_owned();
        let mut err = BufReader::new(process.0.stderr.take().ok_or("it is piped")?);
        line.clear();
        err.read_line(&mut line)?;
        let token = line.trim_end().rsplit("token=").next().ok_or("it says no token")?;
        let token = format!("Authorization: Bearer {token}\r\n");
        std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        Ok(Self { process, host, token })
    }

    /// The most memory that it had so far, in MiB.
    pub(super) fn peak(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

/// nginx, which serves one file.
pub(super) struct Nginx {
    _process: Ends,
    pub(super) host: String,
}

impl Nginx {
    /// The path of the file.
    pub(super) const FILE: &str = "/answer.json";

    /// Starts it with a file of these bytes; nothing where there is no nginx.
    pub(super) fn start(dir: &Path, file: &[u8]) -> Outcome<Option<Self>> {
        std::fs::create_dir_all(dir)?;
        std::fs::write(dir.join(Self::FILE.trim_start_matches('/')), file)?;
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let place = dir.display();
        let config = format!(
            "daemon off; worker_processes auto; pid {place}/pid; error_log {place}/errors;\n\
             events {{ worker_connections 512; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;\n\
             open_file_cache max=10; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;\n\
             fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;\n\
             server {{ listen {host}; root {place}; }} }}\n"
        );
        std::fs::write(dir.join("nginx.conf"), config)?;
        let mut command = Command::new("nginx");
        command.arg("-c").arg(dir.join("nginx.conf")).arg("-p").arg(dir);
        let Ok(child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else { return Ok(None) };
        let mut process = Ends(child);
        // It listens soon, or ends.
        while Client::connect(&host).is_err() {
            if process.0.try_wait()?.is_some() {
                return Err("nginx ended".into());
            }
            std::thread::yield_now();
        }
        Ok(Some(Self { _process: process, host }))
    }
}
