//! A page in a Chromium, as somebody has it before them.

use std::rc::Rc;

use serde_json::{Value, json};

use super::chromium::Chromium;
use crate::service::Service;

/// What a key is called, and its number.
const KEYS: [(&str, u32); 11] = [
    ("Tab", 9),
    ("Enter", 13),
    ("Escape", 27),
    ("PageUp", 33),
    ("PageDown", 34),
    ("End", 35),
    ("Home", 36),
    ("ArrowLeft", 37),
    ("ArrowUp", 38),
    ("ArrowRight", 39),
    ("ArrowDown", 40),
];

/// What tells of errors and of requests.
const ERRORS: [&str; 3] = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];

/// A page with cookies of its own.
pub struct Tab {
    chromium: Rc<Chromium>,
    session: String,
    /// What its cookies are kept by.
    context: Value,
    origin: String,
}

impl Tab {
    /// A page that nobody has signed in on.
    pub fn open(chromium: &Rc<Chromium>, service: &Service) -> Tab {
        let context = chromium.call(None, "Target.createBrowserContext", &json!({}))["browserContextId"].take();
        let target = json!({"url": "about:blank", "browserContextId": context});
        let target = chromium.call(None, "Target.createTarget", &target);
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = chromium.call(None, "Target.attachToTarget", &target);
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        let tab =
            Tab { chromium: Rc::clone(chromium), session, context, origin: format!("http://{}", service.address) };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab.size(1_280, 900);
        tab
    }

    /// A page with a session.
    pub fn signed_in(chromium: &Rc<Chromium>, service: &Service) -> Tab {
        let tab = Tab::open(chromium, service);
        let opened = service.ask("POST", "/session", &[], b"");
        let cookie = opened.header("set-cookie").expect("a session").split(';').next().expect("a cookie").to_owned();
        let (name, value) = cookie.split_once('=').expect("a name and a value");
        tab.call("Network.setCookie", &json!({"name": name, "value": value, "url": tab.origin}));
        tab
    }

    pub fn call(&self, method: &str, parameters: &Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Asks for something.
    ///
    /// # Errors
    /// What Chromium says instead of an answer.
    pub fn try_call(&self, method: &str, parameters: &Value) -> Result<Value, String> {
        self.chromium.try_call(Some(&self.session), method, parameters)
    }

    /// Asks the browser for something that holds for this page and its cookies alone.
    pub fn call_browser(&self, method: &str, mut parameters: Value) {
        parameters["browserContextId"] = self.context.clone();
        self.chromium.call(None, method, &parameters);
    }

    /// Waits for an event.
    pub fn event(&self, method: &str) -> Value {
        self.chromium.event(Some(&self.session), |event| event["method"] == method)["params"].take()
    }

    /// Goes to an address, and waits until all of it is there.
    pub fn go(&self, address: &str) {
        self.chromium.taken(&self.session, &["Page.loadEventFired"]);
        let url = if address.starts_with("http") { address.to_owned() } else { format!("{}{address}", self.origin) };
        let gone = self.call("Page.navigate", &json!({"url": url}));
        assert!(gone["errorText"].is_null(), "{url}: {gone}");
        if gone["loaderId"].is_string() {
            self.event("Page.loadEventFired");
        }
    }

    /// What an expression of the page comes to.
    ///
    /// # Errors
    /// The page went away meanwhile, or the expression failed.
    pub fn try_run(&self, expression: &str) -> Result<Value, String> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.chromium.try_call(Some(&self.session), "Runtime.evaluate", &parameters)?;
        let details = &answer["exceptionDetails"];
        if details.is_null() {
            return Ok(answer["result"]["value"].take());
        }
        Err(format!("{expression}: {details}"))
    }

    pub fn run(&self, expression: &str) -> Value {
        self.try_run(expression).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn text(&self, expression: &str) -> String {
        self.run(expression).as_str().unwrap_or_else(|| panic!("{expression} is no text")).to_owned()
    }

    pub fn number(&self, expression: &str) -> f64 {
        self.run(expression).as_f64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    /// Waits until an expression holds of a whole page; it may be another meanwhile.
    pub fn until(&self, expression: &str) {
        let look = format!(
            "new Promise((held, failed) => {{ const end = performance.now() + 30_000; const holds = () => {{ try {{ \
             return document.readyState === 'complete' && ({expression}) }} catch {{ return false }} }}; const look = () => {{ if (holds()) held(true); else if \
             (performance.now() > end) failed(Error('it never held')); else setTimeout(look, 5); }}; look(); }})"
        );
        loop {
            match self.try_run(&look) {
                Ok(_) => return,
                Err(error) if error.contains("navigated") || error.contains("context") => {}
                Err(error) => {
                    let state = self.try_run("`${location.href}\\n${document.body?.innerText}`");
                    panic!("{expression} never held: {error}\n{}", state.unwrap_or_default().as_str().unwrap_or(""))
                }
            }
        }
    }

    /// Presses a key, and lets it go.
    pub fn key(&self, name: &str) {
        self.key_down(name);
        self.key_up(name);
    }

    pub fn key_down(&self, name: &str) {
        let kind = if name == "Enter" { "keyDown" } else { "rawKeyDown" };
        let mut event = key_event(kind, name);
        if name == "Enter" {
            event["text"] = "\r".into();
        }
        self.call("Input.dispatchKeyEvent", &event);
    }

    pub fn key_up(&self, name: &str) {
        self.call("Input.dispatchKeyEvent", &key_event("keyUp", name));
    }

    /// Does something with the mouse at a point: `mousePressed`, `mouseMoved` or `mouseReleased`.
    pub fn mouse(&self, what: &str, (x, y): (f64, f64)) {
        let event = json!({"type": what, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1});
        self.call("Input.dispatchMouseEvent", &event);
    }

    /// Presses the middle of an element.
    pub fn click(&self, selector: &str) {
        self.run(&format!(
            "document.querySelector({selector:?}).scrollIntoView({{block: 'center', behavior: 'instant'}})"
        ));
        let [x, y] = ["x + box.width / 2", "y + box.height / 2"].map(|part| {
            self.number(&format!(
                "(() => {{ const box = document.querySelector({selector:?}).getBoundingClientRect(); return box.{part} }})()"
            ))
        });
        self.mouse("mousePressed", (x, y));
        self.mouse("mouseReleased", (x, y));
    }

    /// Sets how large the window is, in pixels.
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets how the page is shown: a medium, and what somebody prefers.
    pub fn prefers(&self, medium: &str, features: &[(&str, &str)]) {
        let features: Vec<Value> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.call("Emulation.setEmulatedMedia", &json!({"media": medium, "features": features}));
    }

    /// Lets the page reach the service, or not.
    pub fn connected(&self, is_connected: bool) {
        let conditions =
            json!({"offline": !is_connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.call("Network.emulateNetworkConditions", &conditions);
    }

    /// What went wrong in the page since somebody asked.
    pub fn errors(&self) -> Vec<String> {
        let all = self.chromium.taken(&self.session, &ERRORS).into_iter();
        let is_error = |event: &Value| match event["method"].as_str() {
            Some("Runtime.consoleAPICalled") => event["params"]["type"] != "log",
            Some("Log.entryAdded") => event["params"]["entry"]["level"] != "verbose",
            _ => true,
        };
        all.filter(is_error).map(|event| event["params"].to_string()).collect()
    }

    /// The addresses that the page asked since somebody asked.
    pub fn requests(&self) -> Vec<String> {
        let all = self.chromium.taken(&self.session, &["Network.requestWillBeSent"]).into_iter();
        all.map(|event| event["params"]["request"]["url"].as_str().expect("an address").to_owned()).collect()
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }
}

fn key_event(kind: &str, name: &str) -> Value {
    let (_, code) = KEYS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is no key"));
    json!({"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code})
}
