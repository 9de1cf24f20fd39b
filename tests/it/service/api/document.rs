//! The document of the API, as those who have nothing else read it.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Reply;

/// The document, with the schemas that were asked for.
pub struct Document {
    said: Value,
    validators: BTreeMap<String, Validator>,
    seen: BTreeSet<String>,
}

impl Document {
    pub fn new(document: Value) -> Self {
        assert_eq!(document["openapi"], "3.1.0");
        Self { said: document, validators: BTreeMap::new(), seen: BTreeSet::new() }
    }

    /// Refuses an answer that is not as the document says of a method and a path.
    pub fn check(&mut self, method: &str, path: &str, address: &str, reply: &Reply) {
        let place = format!("{method} {path}, {address}");
        let operation = &self.said["paths"][path][method];
        assert!(operation.is_object(), "{place}: there is no such operation");
        let response = &operation["responses"][reply.status.to_string()];
        let response = match response["$ref"].as_str() {
            Some(reference) => self.said.pointer(reference.trim_start_matches('#')).expect("what is referred to"),
            None => response,
        };
        assert!(response.is_object(), "{place}: {} is not told: {reply:?}", reply.status);
        if reply.status < 400 {
            self.seen.insert(format!("{method} {path}"));
        }
        let media_type = reply.header("content-type").map(|text| text.split(';').next().expect("a part").to_owned());
        let Some(media_type) = media_type else {
            assert!(reply.body.is_empty() && response["content"].is_null(), "{place}: {reply:?}");
            return;
        };
        let schema = &response["content"][&media_type]["schema"];
        assert!(schema.is_object(), "{place}: {media_type} is not told");
        if media_type.ends_with("json") {
            let schema = schema.clone();
            self.validate(&schema, &reply.json(), &place);
        }
    }

    fn validate(&mut self, schema: &Value, value: &Value, place: &str) {
        let components = &self.said["components"];
        let validator = self.validators.entry(schema.to_string()).or_insert_with(|| {
            let mut schema = schema.clone();
            schema["components"] = components.clone();
            schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
            jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
        });
        if let Some(error) = validator.iter_errors(value).next() {
            panic!("{place}: {error} at {} by {}", error.instance_path(), error.schema_path());
        }
    }

    /// The operations of which no answer was seen, but for those that go on for ever, and pages.
    pub fn unseen(&self) -> Vec<String> {
        let paths = self.said["paths"].as_object().expect("paths");
        let all = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().expect("methods").keys().map(move |method| format!("{method} {path}"))
        });
        let is_other = |name: &String| {
            let ends = ["/stream", "/problems/{code}", "/openapi.json", "/metrics"];
            ends.iter().any(|end| name.ends_with(end))
                || (name.starts_with("post /v1/partners/") && !name.ends_with("scores"))
        };
        all.filter(|name| !self.seen.contains(name) && !is_other(name)).collect()
    }
}
