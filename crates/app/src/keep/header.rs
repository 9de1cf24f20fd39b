//! The first line of a backup: what proves the entries behind it.

use ledger::proof::{SignedCheckpoint, VerifierKey};
use serde_json::{Value, json};

const FORMAT: &str = "pcs-backup";
pub(crate) const VERSION: u64 = 1;
const FIELDS: [&str; 5] = ["format", "version", "key", "checkpoint", "witnessed"];

/// The first line of a backup.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// The key that signed.
    pub(super) key: VerifierKey,
    /// The checkpoint of all entries.
    pub(super) checkpoint: SignedCheckpoint,
    /// The cosigned checkpoints that the ledger keeps.
    pub(super) witnessed: Vec<SignedCheckpoint>,
}

impl Header {
    /// The line, without its line feed.
    pub(super) fn text(&self) -> String {
        let witnessed: Vec<String> = self.witnessed.iter().map(ToString::to_string).collect();
        json!({
            "format": FORMAT, "version": VERSION, "key": self.key.to_string(),
            "checkpoint": self.checkpoint.to_string(), "witnessed": witnessed,
        })
        .to_string()
    }

    /// The version that the line says, if it is one that this program does not know yet.
    pub(super) fn later_version(text: &str) -> Option<u64> {
        let value: Value = serde_json::from_str(text).ok().filter(|value: &Value| value["format"] == FORMAT)?;
        value["version"].as_u64().filter(|version| *version > VERSION)
    }

    /// Reads the line, without checking what it says.
    ///
    /// # Errors
    /// What is wrong with it: another format or version, an unknown field, another way of writing it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|_| "its first line is no JSON".to_owned())?;
        let object = value.as_object().filter(|object| object.get("format").is_some_and(|format| format == FORMAT));
        let object = object.ok_or("its first line is not that of a backup")?;
        if object.get("version").and_then(Value::as_u64) != Some(VERSION) {
            let version = object.get("version").map_or_else(|| "none".to_owned(), ToString::to_string);
            return Err(format!("its version is {version}, and this program reads version {VERSION}"));
        }
        if let Some(name) = object.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(format!("its first line has the unknown field {name:?}"));
        }
        let field = |name: &str| object.get(name).ok_or_else(|| format!("its first line has no `{name}`"));
        let key = field("key")?.as_str().and_then(|key| VerifierKey::parse(key).ok());
        let key = key.filter(|key| !key.is_cosigner()).ok_or("its `key` is no verifier key of a ledger")?;
        let note = |name: &str, value: &Value| match value.as_str() {
            Some(text) => SignedCheckpoint::parse(text).map_err(|error| format!("`{name}`: {error}")),
            None => Err(format!("`{name}` is no text")),
        };
        let checkpoint = note("checkpoint", field("checkpoint")?)?;
        let witnessed = field("witnessed")?.as_array().ok_or("its `witnessed` is no list")?;
        let witnessed = witnessed.iter().map(|value| note("witnessed", value)).collect::<Result<_, _>>()?;
        let header = Self { key, checkpoint, witnessed };
        if header.text() == text { Ok(header) } else { Err("its first line is not written in the one way".to_owned()) }
    }
}
