//! The objects of a JSON file, each with its line.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::ReportError;
use crate::file::damage::Damage;

/// The members under which services wrap a list of objects.
const WRAPPERS: &[&str] = &["value", "items", "data", "rows", "results"];

/// Bytes of text that are held in memory at most.
const MOST_BYTES: u64 = 256 << 20;
const TOO_LONG: &str = "it has more than 256 MiB of JSON";
/// Objects that it may have, as many as a sheet of Excel has rows.
const MOST_OBJECTS: usize = 1 << 20;
const TOO_MANY: &str = "it has more than 1048576 objects";
/// Bytes of an object, or of any text in it.
const MOST_OBJECT_BYTES: usize = 1 << 20;
const TOO_LONG_OBJECT: &str = "it has an object of more than 1 MiB";
/// Lists and objects that may be inside each other.
const MOST_DEPTH: usize = 100;
const TOO_DEEP: &str = "it has more than 100 lists or objects inside each other";
/// Names beside wrapped lists.
const MOST_WRAPPER_NAMES: usize = 1_000;
const TOO_MANY_NAMES: &str = "it has more than 1000 names beside its lists";

/// The objects of a JSON file: the elements of an array, of a wrapped array, of several of either one after the other,
/// as in JSON Lines, or a single object. The text is held in memory.
pub(crate) struct Objects {
    text: String,
    spans: Vec<Span>,
    wrapper_names: BTreeSet<String>,
}

/// Where an object stands in the text, which is short enough for such numbers, and its line.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    len: u32,
    line: u32,
}

impl Objects {
    /// Whether a text is JSON, by its first character that is no space.
    pub(crate) fn begin(head: &[u8]) -> bool {
        matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// Reads the text and finds its objects.
    pub(crate) fn read(input: &mut impl Read) -> Result<Self, ReportError> {
        Self::read_at_most(input, MOST_BYTES)
    }

    fn read_at_most(input: &mut impl Read, most_bytes: u64) -> Result<Self, ReportError> {
        let mut bytes = Vec::new();
        input.take(most_bytes + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most_bytes {
            return Err(Damage::bound(TOO_LONG).into());
        }
        check_nesting(&bytes)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to());
            let valid = valid.expect("what is valid is a part of the text");
            let line = valid.iter().map(|byte| usize::from(*byte == b'\n')).sum::<usize>() + 1;
            let column = valid.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
            ReportError::Malformed { line, column, what: "it is not UTF-8 text".to_owned() }
        })?;
        let whole = text.trim_end();
        let mut found = Finder { text: whole, spans: Vec::new(), wrapper_names: BTreeSet::new(), at: 0, line: 1 };
        for value in serde_json::Deserializer::from_str(whole).into_iter::<&RawValue>() {
            found.value(value.map_err(|error| malformed(&error))?)?;
        }
        let Finder { spans, wrapper_names, .. } = found;
        Ok(Self { text, spans, wrapper_names })
    }

    /// The members beside wrapped lists.
    pub(crate) fn wrapper_names(&self) -> impl Iterator<Item = &str> {
        self.wrapper_names.iter().map(String::as_str)
    }

    /// The objects, each with its line from 1.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        (0..self.spans.len()).filter_map(|place| self.get(place))
    }

    /// An object by its place, and its line from 1.
    pub(crate) fn get(&self, place: usize) -> Option<(u64, &str)> {
        let Span { start, len, line } = *self.spans.get(place)?;
        let start = start as usize;
        Some((line.into(), self.text.get(start..start + len as usize)?))
    }
}

/// Refuses what would take many times its own bytes to be read: deep nesting, and a text that is longer than an object.
fn check_nesting(text: &[u8]) -> Result<(), ReportError> {
    let (mut depth, mut quoted, mut is_escaped) = (0_usize, None, false);
    for (place, byte) in text.iter().enumerate() {
        match (byte, quoted) {
            _ if is_escaped => is_escaped = false,
            (b'\\', Some(_)) => is_escaped = true,
            (b'"', None) => quoted = Some(place),
            (b'"', Some(start)) if place - start > MOST_OBJECT_BYTES => {
                return Err(Damage::bound(TOO_LONG_OBJECT).into());
            }
            (b'"', Some(_)) => quoted = None,
            (b'{' | b'[', None) if depth == MOST_DEPTH => return Err(Damage::bound(TOO_DEEP).into()),
            (b'{' | b'[', None) => depth += 1,
            (b'}' | b']', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

struct Finder<'a> {
    text: &'a str,
    spans: Vec<Span>,
    wrapper_names: BTreeSet<String>,
    at: usize,
    line: u32,
}

impl<'a> Finder<'a> {
    /// A value of the top: an object, an array of objects, or an object that wraps one.
    fn value(&mut self, value: &'a RawValue) -> Result<(), ReportError> {
        if value.get().starts_with('[') {
            return self.elements(value);
        }
        let is_object = value.get().starts_with('{');
        let members = if is_object { members_at_most(value.get(), MOST_WRAPPER_NAMES).ok() } else { None };
        let wrapped = members.iter().flat_map(|members| {
            WRAPPERS.iter().filter_map(|name| members.iter().find(|(key, _)| key == name).map(|(_, list)| *list))
        });
        let Some(list) = wrapped.clone().find(|list| is_list_of_objects(list)) else { return self.object(value) };
        let names = members.iter().flatten().map(|(name, _)| name.clone().into_owned());
        self.wrapper_names.extend(names);
        if self.wrapper_names.len() > MOST_WRAPPER_NAMES {
            return Err(Damage::bound(TOO_MANY_NAMES).into());
        }
        self.elements(list)
    }

    /// The elements of a list, one at a time: all of them would take many times the bytes of the text.
    fn elements(&mut self, list: &'a RawValue) -> Result<(), ReportError> {
        struct Elements<'f, 'a>(&'f mut Finder<'a>, Result<(), ReportError>);
        impl<'a> Visitor<'a> for &mut Elements<'_, 'a> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
                while let Some(element) = list.next_element()? {
                    self.1 = self.0.object(element);
                    if self.1.is_err() {
                        return Err(A::Error::custom("an element is refused"));
                    }
                }
                Ok(())
            }
        }
        let mut elements = Elements(self, Ok(()));
        let read = serde_json::Deserializer::from_str(list.get()).deserialize_seq(&mut elements);
        elements.1?;
        read.map_err(|error| malformed(&error))
    }

    fn object(&mut self, value: &'a RawValue) -> Result<(), ReportError> {
        let start = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.text.get(self.at..start).expect("values come in the order of the text");
        self.line += before.bytes().map(|byte| u32::from(byte == b'\n')).sum::<u32>();
        self.at = start;
        if !value.get().starts_with('{') {
            let upto = self.text.get(..start).expect("a value stands in the text");
            let column = upto.len() - upto.rfind('\n').map_or(0, |end| end + 1) + 1;
            let line = self.line as usize;
            return Err(ReportError::Malformed { line, column, what: "an object was expected".to_owned() });
        }
        if value.get().len() > MOST_OBJECT_BYTES {
            return Err(Damage::bound(TOO_LONG_OBJECT).into());
        }
        if self.spans.len() == MOST_OBJECTS {
            return Err(Damage::bound(TOO_MANY).into());
        }
        let place = |place: usize| u32::try_from(place).expect("a text of JSON is bounded");
        self.spans.push(Span { start: place(start), len: place(value.get().len()), line: self.line });
        Ok(())
    }
}

fn is_list_of_objects(list: &RawValue) -> bool {
    let Some(inside) = list.get().strip_prefix('[') else { return false };
    matches!(inside.trim_start().as_bytes().first(), Some(b'{' | b']'))
}

fn malformed(error: &serde_json::Error) -> ReportError {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned();
    ReportError::Malformed { line: error.line(), column: error.column(), what }
}

/// A member of an object.
type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// The members of an object, in their order; a name may stand twice.
pub(crate) fn members(object: &str) -> serde_json::Result<Vec<Member<'_>>> {
    members_at_most(object, usize::MAX)
}

/// As [`members`], of an object that has no more than so many.
fn members_at_most(object: &str, most: usize) -> serde_json::Result<Vec<Member<'_>>> {
    struct Reader(usize);
    impl<'de> Visitor<'de> for Reader {
        type Value = Vec<Member<'de>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((Key(name), value)) = map.next_entry()? {
                if members.len() == self.0 {
                    return Err(A::Error::custom("it has too many members"));
                }
                members.push((name, value));
            }
            Ok(members)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(object);
    let members = reader.deserialize_map(Reader(most))?;
    reader.end().map(|()| members)
}

/// The name of a member that stands twice in an object or in one inside it, whatever the case of A-Z.
pub(crate) fn repeated_name(object: &str) -> Option<String> {
    let members = members(object).ok()?;
    let mut names = BTreeSet::new();
    let again = members.iter().find(|(name, _)| !names.insert(name.to_ascii_lowercase()));
    again.map(|(name, _)| name.clone().into_owned()).or_else(|| {
        members.iter().find_map(|(_, value)| match value.get().as_bytes().first() {
            Some(b'{') => repeated_name(value.get()),
            Some(b'[') => {
                let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                list.into_iter().filter(|value| value.get().starts_with('{')).find_map(|one| repeated_name(one.get()))
            }
            _ => None,
        })
    })
}

/// A name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a value is as a cell: a string as it is, a number as it is written, nothing for null, lists and objects.
pub(crate) fn cell(value: &RawValue) -> serde_json::Result<Cow<'_, str>> {
    match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<Key<'_>>(value.get()).map(|text| text.0),
        Some(b'{' | b'[' | b'n') | None => Ok(Cow::Borrowed("")),
        Some(_) => Ok(Cow::Borrowed(value.get())),
    }
}

/// The text at a path of members that points part; their names in any case of A-Z.
pub(crate) fn text_at(object: &str, path: &str) -> Option<String> {
    let (outer, inner) = path.split_once('.').map_or((path, None), |(outer, inner)| (outer, Some(inner)));
    let (_, value) = members(object).ok()?.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(outer))?;
    match inner {
        Some(inner) => text_at(value.get(), inner),
        None => cell(value).ok().map(Cow::into_owned).filter(|text| !text.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::Objects;
    use crate::ReportError;
    use crate::file::bytes::Bytes;
    use crate::file::text::Text;

    fn objects(text: &str) -> Result<Vec<(u64, String)>, ReportError> {
        let mut input = text.as_bytes();
        let mut bytes = Bytes::new(&mut input, None);
        let objects = Objects::read(&mut Text::open(&mut bytes)?)?;
        Ok((0..objects.iter().count())
            .filter_map(|place| objects.get(place))
            .map(|(line, text)| (line, text.to_owned()))
            .collect())
    }

    #[test]
    fn lists_wrapped_lists_lines_and_single_objects_are_found_with_their_lines() {
        for (text, lines) in [
            (r#"[{"a":1},{"a":2}]"#, vec![1, 1]),
            ("\u{feff}[\r\n{\"a\":1},\r\n\r\n{\"a\":2}]", vec![2, 4]),
            ("{\"totalCount\":2,\n\"items\": [\n{\"a\":1},\n{\"a\":2}]}", vec![3, 4]),
            ("{\"value\":[{\"a\":1}],\"nextLink\":null}", vec![1]),
            ("{\"value\":\"x\",\"rows\":[\n{\"a\":1}]}", vec![2]),
            ("{\"data\":[{\"a\":1}]}\n\n{\"results\":[{\"a\":2}]}\n", vec![1, 3]),
            ("{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}", vec![1, 2, 4]),
            ("{\"a\":\n1}", vec![1]),
            ("{\"value\":[1,2]}", vec![1]),
            ("{\"value\":[]}", vec![]),
            ("[]", vec![]),
        ] {
            let found = objects(text).expect(text);
            assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), lines, "{text}");
            assert!(found.iter().all(|(_, object)| object.starts_with('{') && object.ends_with('}')), "{found:?}");
        }
    }

    #[test]
    fn more_text_than_memory_should_hold_is_refused() {
        let text = "[{\"a\":1}]";
        for (most_bytes, is_read) in [(64, true), (8, false), (0, false)] {
            let mut input = text.as_bytes();
            let mut bytes = Bytes::new(&mut input, None);
            let read = Objects::read_at_most(&mut Text::open(&mut bytes).expect("a text"), most_bytes);
            assert_eq!(
                read.map(|objects| objects.iter().count()).map_err(|error| error.code()),
                if is_read { Ok(1) } else { Err("too_large") }
            );
        }
    }

    #[test]
    fn what_takes_many_times_its_bytes_to_read_is_refused() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let text = |len: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(len));
        let escaped = format!("{{\"{}\":1}}", "\\n".repeat(1 << 20));
        let rows = |count: usize| format!("{{\"value\":[{}{{}}]}}", "{},".repeat(count - 1));
        for (text, refused) in [
            (nested(100), None),
            (nested(101), Some("more than 100 lists or objects inside each other")),
            ("[".repeat(1 << 20), Some("more than 100 lists or objects inside each other")),
            (text(1 << 10), None),
            (text(1 << 20), Some("an object of more than 1 MiB")),
            (escaped, Some("an object of more than 1 MiB")),
            (format!("{{\"a\":[{}1]}}", "1,".repeat(1 << 19)), Some("an object of more than 1 MiB")),
            (format!("{{{}\"a\":1}}", "\"\":1,".repeat(1 << 18)), Some("an object of more than 1 MiB")),
            (
                (0..1_001).map(|n| format!("{{\"n{n}\":1,\"value\":[]}}")).collect::<Vec<_>>().concat(),
                Some("more than 1000 names beside its lists"),
            ),
            (rows(1 << 20), None),
            (rows((1 << 20) + 1), Some("more than 1048576 objects")),
        ] {
            let (head, read) = (text.chars().take(20).collect::<String>(), Objects::read(&mut text.as_bytes()));
            match (read, refused) {
                (Ok(objects), None) => assert!(objects.iter().count() > 0, "{head}"),
                (Err(error), Some(bound)) => {
                    assert_eq!(error.code(), "too_large", "{head}: {error}");
                    assert!(error.to_string().contains(bound), "{head}: {error}");
                }
                (read, _) => panic!("{head}: {refused:?}, and {:?}", read.map(|objects| objects.spans.len())),
            }
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_found_in_objects_inside_too() {
        for (object, name) in [
            (r#"{"a":1,"b":{"a":1}}"#, None),
            (r#"{"a":1,"b":2,"a":1}"#, Some("a")),
            (r#"{"partnerId":1,"PartnerID":1}"#, Some("PartnerID")),
            (r#"{"a":{"b":[1,{"c":1,"c":2}]}}"#, Some("c")),
        ] {
            assert_eq!(super::repeated_name(object).as_deref(), name, "{object}");
        }
    }

    #[test]
    fn malformed_text_is_refused_with_line_and_column() {
        for (text, place) in [
            ("[{\"a\":1},\n {\"a\":}]", "line 2, column 7"),
            ("[{\"a\":1},\n 5]", "line 2, column 2"),
            ("{\"a\":1}\n{\"a\"", "line 2, column 4"),
            ("{\"a\":1}\nx", "line 2, column 1"),
            ("{\"a\":1}\n[[]]", "line 2, column 2"),
            ("[{\"a\":1}", "line 1, column 8"),
        ] {
            let error = objects(text).expect_err(text);
            assert_eq!(error.code(), "malformed");
            assert!(error.to_string().contains(place), "{text}: {error}");
        }
    }
}
