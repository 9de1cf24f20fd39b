//! Options from the command line, the environment and a file, and the log for programs.

use serde_json::Value;

use super::client::request;
use super::{Service, token};
use crate::processes::{ledger, pcs, run};

#[test]
fn what_is_typed_goes_before_the_environment_and_that_before_the_file() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::rename(dir.join("pcs-ledger"), dir.join("elsewhere")).unwrap();
    token(dir, &["--name", "one", "--scope", "read"]);
    let file = "# As a package sets it up.\nledger = \"elsewhere\"\nlisten = \"127.0.0.1:0\"\ntokens = 'tokens'\n\
                base-path = \"/file\"\nwrite = true\nbehind-proxy = true\nhost = [\"a.example\", \"b.example\"]\n\
                limit-address = \"100\"\nlimit-streams = 7\nlog = \"text\"\n";
    std::fs::write(dir.join("serve.toml"), file).unwrap();
    let longest = "/healthz?".len() + 50;
    let starts = |args: &[&str], variables: &[(&str, &str)], base: &str, hosts: &[&str], most: usize| {
        let service = Service::start_with(dir, args, variables);
        let (address, path) = service.address.split_once('/').expect("a base path");
        assert_eq!(format!("/{path}"), base, "{args:?} {variables:?}");
        let status = |host: &str, length: usize| {
            let path = format!("{base}/healthz?{}", "x".repeat(length - base.len() - "/healthz?".len()));
            request(address, "GET", &path, &[("Host", host)], b"").status
        };
        for host in ["a.example", "b.example", "c.example", "d.example"] {
            // It takes no parameters.
            let wanted = if hosts.contains(&host) { 400 } else { 421 };
            assert_eq!(status(host, longest), wanted, "{host}: {args:?} {variables:?}");
        }
        assert_eq!((status(hosts[0], most), status(hosts[0], most + 1)), (400, 414), "{args:?} {variables:?}");
    };
    let file = ["--config", "serve.toml"];
    starts(&file, &[], "/file", &["a.example", "b.example"], 100);
    let variables = [("PCS_BASE_PATH", "/env"), ("PCS_HOST", "c.example, d.example"), ("PCS_LIMIT_ADDRESS", "200")];
    starts(&file, &variables, "/env", &["c.example", "d.example"], 200);
    let typed = [&file[..], &["--base-path", "/typed", "--host", "d.example"]].concat();
    starts(&typed, &variables, "/typed", &["d.example"], 200);
    // The file itself can be named by a variable, and the ledger by one that every command has.
    std::fs::rename(dir.join("elsewhere"), dir.join("again")).unwrap();
    let variables = [("PCS_CONFIG", "serve.toml"), ("PCS_LEDGER", "again"), ("PCS_WRITE", "false")];
    starts(&[], &variables, "/file", &["a.example", "b.example"], 100);
}

#[test]
fn an_option_that_cannot_be_read_is_told_with_its_place() {
    let dir = ledger();
    let dir = dir.path();
    for (file, said) in [
        ("listen = \"127.0.0.1:0\"\nlisten-at = 1\n", "serve.toml, line 2: there is no option \"listen-at\""),
        ("\n\nlimit-body = \"much\"\n", "serve.toml, line 3: invalid value 'much' for '--limit-body <SIZE>'"),
        ("limit-streams = 0", "serve.toml, line 1: invalid value '0' for '--limit-streams <N>'"),
        ("limit-streams = 1.5", "serve.toml, line 1: a text, a number, true or false, or a list of texts is wanted"),
        ("write = \"yes\"", "serve.toml, line 1: true or false is wanted"),
        ("tokens = [\"a\", \"b\"]", "serve.toml, line 1: one value is wanted, and no list"),
        ("[serve]\nwrite = true", "serve.toml, line 1: there is no option \"serve\""),
        ("write = true\nwrite = true", "serve.toml, line 2: duplicate key"),
        ("write = ", "serve.toml, line 1: "),
        ("check = true", "serve.toml, line 1: there is no option \"check\""),
        ("config = \"x\"", "serve.toml, line 1: there is no option \"config\""),
        ("verbose = 1", "serve.toml, line 1: there is no option \"verbose\""),
        ("tls-cert = \"cert.pem\"", "--tls-cert needs --tls-key, too"),
        ("tls-cert = \"cert.pem\"", "set PCS_TLS_KEY, or write `tls-key = ...`"),
        ("log = \"xml\"", "serve.toml, line 1: invalid value 'xml' for '--log <FORM>'"),
        ("log = \"xml\"", "hint: possible values: text, json"),
        ("base-path = \"//p\"", "serve.toml, line 1: invalid value '//p' for '--base-path </P>'"),
        ("listen = \"unix:pcs.sock\"\nhost = [\"\"]", "serve.toml, line 2: "),
    ] {
        std::fs::write(dir.join("serve.toml"), file).unwrap();
        let refused = run(dir, &["serve", "--config", "serve.toml"]);
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{file}: {stderr}");
        assert!(stderr.contains(said), "{file}: {stderr}");
    }
    for (name, value, said) in [
        ("PCS_LISTEN", "nowhere", "PCS_LISTEN: invalid value 'nowhere' for '--listen <ADDR:PORT|unix:PATH>'"),
        ("PCS_WRITE", "1", "PCS_WRITE: true or false is wanted"),
        ("PCS_LIMIT_REQUEST", "30", "PCS_LIMIT_REQUEST: invalid value '30' for '--limit-request <TIME>'"),
        ("PCS_TOKENS", "", "PCS_TOKENS: a value is required for '--tokens <FILE>'"),
        ("PCS_HOST", "a,,b", "PCS_HOST: "),
        ("PCS_LOG", "xml", "PCS_LOG: invalid value 'xml' for '--log <FORM>'"),
        ("PCS_CONFIG", "none.toml", "failed to read"),
    ] {
        let refused = pcs(dir, &["serve"]).env(name, value).output().unwrap();
        let stderr = String::from_utf8_lossy(&refused.stderr);
        let code = if name == "PCS_CONFIG" { 1 } else { 2 };
        assert_eq!(refused.status.code(), Some(code), "{name}: {stderr}");
        assert!(stderr.contains(said), "{name}: {stderr}");
    }
    let refused = pcs(dir, &["serve", "--format", "json"]).env("PCS_WRITE", "1").output().unwrap();
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!((&error["error"]["code"], refused.status.code()), (&"usage".into(), Some(2)));
    // Other commands read none of it.
    assert_eq!(pcs(dir, &["stats"]).env("PCS_LISTEN", "nowhere").output().unwrap().status.code(), Some(0));
}

#[test]
fn whether_a_service_answers_is_asked_where_the_environment_says_that_it_listens() {
    let dir = ledger();
    let dir = dir.path();
    let service = Service::start(dir, &["--base-path", "/pcs"]);
    let address = service.address.split('/').next().unwrap();
    let check = |base: &str| {
        let variables =
            [("PCS_LISTEN", address), ("PCS_BASE_PATH", base), ("PCS_TOKENS", "none"), ("PCS_WRITE", "true")];
        pcs(dir, &["serve", "--check"]).envs(variables).output().unwrap().status.code()
    };
    assert_eq!((check("/pcs"), check("/other")), (Some(0), Some(1)));
}

#[test]
fn the_log_for_programs_is_an_object_a_line_and_has_no_secret() {
    let dir = ledger();
    let dir = dir.path();
    let shown = token(dir, &["--name", "one", "--scope", "read"]);
    let mut service = Service::start(dir, &["--tokens", "tokens", "--log", "json", "-v"]);
    let log = service.log();
    service.token = shown;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let reply = service.get_with("/v1/partners?q=secret", &[traced]);
    let id = reply.header("x-request-id").expect("an id").to_owned();
    let secret = service.token.clone();
    assert_eq!(service.end(), Some(0));
    let lines: Vec<String> = log.collect();
    let objects: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no object: {line}"))).collect();
    let answered = objects.iter().find(|line| line["path"] == "/v1/partners").expect("the request is logged");
    assert_eq!((&answered["level"], &answered["message"]), (&"INFO".into(), &"answered".into()));
    assert_eq!((&answered["method"], &answered["status"]), (&"GET".into(), &200.into()));
    assert_eq!((&answered["trace"], &answered["request"]), (&trace.into(), &id.into()));
    assert!(answered["micros"].as_u64().is_some_and(|micros| micros > 0), "{answered}");
    let instant = answered["timestamp"].as_str().expect("an instant");
    assert!(chrono::DateTime::parse_from_rfc3339(instant).is_ok(), "{instant}");
    assert!(objects.iter().any(|line| line["message"] == "the service ends"));
    for line in &lines {
        assert!(!line.contains("secret") && !line.contains(&secret), "{line}");
    }
    // What is told of a service without tokens is an object, too.
    let own = pcs(dir, &["serve", "--listen", "127.0.0.1:0", "--log", "json"]).spawn().unwrap();
    let mut own = own;
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(own.stderr.take().unwrap()), &mut line).unwrap();
    own.kill().unwrap();
    own.wait().unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert!(told["for_this_run"].as_str().is_some_and(|page| page.contains("/#token=pcs_")), "{line}");
}
