//! The parameters of a question, as they stand behind the `?` of an address.
//!
//! A parameter that the route does not have, one that stands there twice, and a value that cannot be read are refused. A
//! list has commas between its values.

use std::collections::BTreeMap;

use app::ask::score::Options;
use app::beyond::{Beyond, Carried};
use axum::http::HeaderMap;
use ledger::{Area, Date, Month, Timestamp, parse_date};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use projection::{Basis, Question, Unmeasured};

use crate::parameter_table::is_day;
use crate::problem::Problem;

/// Parameters that every question has.
pub(crate) const OF_ALL: [&str; 2] = ["format", "build"];

/// What stands for the present day.
pub(crate) const TODAY: &str = "today";

/// The parameters of a request.
#[derive(Debug)]
pub(crate) struct Parameters {
    values: BTreeMap<String, String>,
    /// The day that `today` stands for.
    today: Date,
    /// Whether events to assume came with the request.
    assumes: bool,
}

impl Parameters {
    /// Reads what stands behind the `?`.
    ///
    /// # Errors
    /// `unknown_field` for a parameter that is none of `allowed`, `malformed` for one that stands there twice or is no text.
    pub(crate) fn read(query: Option<&str>, allowed: &[&str], (today, assumes): (Date, bool)) -> Result<Self, Problem> {
        let mut values = BTreeMap::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |part: &str| {
                decoded(part).ok_or_else(|| Problem::parameter("malformed", part, "it is no text in UTF-8"))
            };
            let (name, value) = (text(name)?, text(value)?);
            if !allowed.contains(&name.as_str()) && !OF_ALL.contains(&name.as_str()) {
                let detail = format!("there is no such parameter here; there are {}", allowed.join(", "));
                return Err(Problem::parameter("unknown_field", &name, detail));
            }
            if values.insert(name.clone(), value).is_some() {
                return Err(Problem::parameter("malformed", &name, "it stands there twice"));
            }
        }
        Ok(Self { values, today, assumes })
    }

    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A parameter that is read by `read`.
    pub(crate) fn optional<T, E: ToString>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let read = |text: &str| read(text).map_err(|error| Problem::parameter("bad_value", name, error.to_string()));
        self.text(name).map(read).transpose()
    }

    /// A list with commas between its values.
    pub(crate) fn list<T, E: ToString>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, Problem> {
        let all = |text: &str| text.split(',').map(&read).collect::<Result<Vec<T>, E>>();
        Ok(self.optional(name, all)?.unwrap_or_default())
    }

    /// A value by its name.
    pub(crate) fn named<T>(
        &self,
        name: &str,
        names: &[&str],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        self.optional(name, |text| one_of(text, names, &from_name))
    }

    pub(crate) fn whole(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.optional(name, |text| whole_number(text).ok_or("a whole number from 0 on is wanted"))
    }

    pub(crate) fn is_set(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.named(name, &["true", "false"], |text| text.parse().ok())?.unwrap_or(false))
    }

    /// A day, or `today`.
    pub(crate) fn day(&self, name: &str) -> Result<Option<Date>, Problem> {
        self.optional(name, |text| if text == TODAY { Ok(self.today) } else { parse_date(text) })
    }

    pub(crate) fn needed_day(&self, name: &str) -> Result<Date, Problem> {
        self.day(name)?.ok_or_else(|| Problem::parameter("missing_field", name, "it is needed"))
    }

    /// An instant, or a day, which means all of it.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        match self.day(name) {
            Ok(day) => Ok(day.map(Timestamp::end_of)),
            Err(_) => self.optional(name, Timestamp::parse),
        }
    }

    pub(crate) fn areas(&self) -> Result<Vec<Area>, Problem> {
        self.list("area", |text| one_of(text, Area::NAMES, Area::from_name))
    }

    pub(crate) fn basis(&self) -> Result<Basis, Problem> {
        Ok(self.named("basis", Basis::NAMES, Basis::from_name)?.unwrap_or_default())
    }

    pub(crate) fn unmeasured(&self) -> Result<Unmeasured, Problem> {
        Ok(self.named("unmeasured", Unmeasured::NAMES, Unmeasured::from_name)?.unwrap_or_default())
    }

    pub(crate) fn question(&self, as_of: Date, explain: bool) -> Result<Question, Problem> {
        Ok(Question { as_of, basis: self.basis()?, unmeasured: self.unmeasured()?, explain })
    }

    pub(crate) fn options(&self) -> Result<Options, Problem> {
        Ok(Options {
            areas: self.areas()?,
            known_at: self.instant("known_at")?,
            basis: self.basis()?,
            unmeasured: self.unmeasured()?,
            rulebook: None,
        })
    }

    /// What is taken to be known beside: figures that are carried, and events that came with the request.
    pub(crate) fn beyond(&self) -> Result<Beyond, Problem> {
        Ok(Beyond {
            carry: self.named("carry", Carried::NAMES, Carried::from_name)?,
            carry_from: self.optional("carry_from", Month::parse)?,
            assume: self.assumed(),
        })
    }

    /// What stands for the events that came with the request.
    pub(crate) fn assumed(&self) -> Vec<std::path::PathBuf> {
        if self.assumes { vec!["-".into()] } else { Vec::new() }
    }

    /// Whether a parameter stands for the present day.
    pub(crate) fn says_today(&self) -> bool {
        self.values.iter().any(|(name, text)| text == TODAY && is_day(name))
    }

    /// The day that `today` stands for.
    pub(crate) fn today(&self) -> Date {
        self.today
    }

    /// The parameters that change the answer, in their order, as a text that tells them apart.
    pub(crate) fn canonical(&self) -> String {
        let today = self.today.to_string();
        let value = |name: &str, value: &str| {
            let value = if value == TODAY && is_day(name) { today.as_str() } else { value };
            format!("{}={}", encoded(name), encoded(value))
        };
        let told = self.values.iter().filter(|(name, _)| !OF_ALL.contains(&name.as_str()));
        told.map(|(name, text)| value(name, text)).collect::<Vec<_>>().join("&")
    }

    /// The same parameters behind `after` in the place of the one that was there.
    pub(crate) fn continued(&self, after: &str) -> String {
        self.with(&[("after", Some(after))])
    }

    /// The same parameters with others in the place of some; one without a value is left out.
    pub(crate) fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let names: Vec<&str> = changes.iter().map(|(name, _)| *name).collect();
        let set = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let all: Vec<(&str, &str)> = self.others(&names).chain(set).collect();
        query(&all)
    }

    /// All parameters but some, in the order of their names.
    pub(crate) fn others<'s>(&'s self, but: &[&str]) -> impl Iterator<Item = (&'s str, &'s str)> {
        let others = self.values.iter().filter(|(name, _)| !but.contains(&name.as_str()));
        others.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same parameters, with those instants set that are not.
    pub(crate) fn pinned(&self, instants: &[&str], at: Timestamp) -> String {
        let missing = instants.iter().filter(|name| !self.values.contains_key(**name));
        let pins = missing.map(|name| format!("{name}={}", encoded(&at.to_string())));
        let format = self.text("format").map(|format| format!("format={}", encoded(format)));
        let all = Some(self.canonical()).filter(|text| !text.is_empty()).into_iter().chain(pins).chain(format);
        all.collect::<Vec<_>>().join("&")
    }
}

/// The text of a header that may stand there once.
///
/// # Errors
/// `malformed` for one that stands there with different values, `bad_value` for one that is no text.
pub(crate) fn header_once<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.any(|value| value != first) {
        return Err(Problem::parameter("malformed", name, "it stands there twice"));
    }
    first.to_str().map(Some).map_err(|_| Problem::parameter("bad_value", name, "it is no text"))
}

/// A whole number from 0 on in the one way in which it is written: in digits, without zeros before it.
pub(crate) fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Reads a value that is one of some names.
pub(crate) fn one_of<T>(text: &str, names: &[&str], from_name: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    from_name(text).ok_or_else(|| format!("{text:?} is none of {}", names.join(", ")))
}

/// What stands in an address as it is: letters, digits and a few signs.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',').remove(b':');

/// A text without its percent signs; a plus is a space.
pub(crate) fn decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(&text.replace('+', " ")).decode_utf8().ok()?.into_owned())
}

/// A part of a path, counted from 0; a plus is none but itself there.
pub(crate) fn part_of(path: &str, nth: usize) -> Option<String> {
    let part = path.trim_start_matches('/').split('/').nth(nth).unwrap_or_default();
    decoded(&part.replace('+', "%2B"))
}

/// Parameters as they stand behind the `?` of an address.
pub(crate) fn query<'p>(pairs: impl IntoIterator<Item = &'p (impl AsRef<str> + 'p, impl AsRef<str> + 'p)>) -> String {
    let pairs = pairs.into_iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(name.as_ref()), encoded(value.as_ref())));
    pairs.collect::<Vec<_>>().join("&")
}

/// A text as it stands in an address.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use ledger::parse_date;

    use super::{Parameters, decoded, encoded, header_once, whole_number};

    fn read(query: &str) -> Result<Parameters, String> {
        let today = parse_date("2025-03-01").unwrap();
        Parameters::read(Some(query), &["as_of", "area", "known_at", "limit", "explain", "q"], (today, false))
            .map_err(|problem| problem.code.clone())
    }

    #[test]
    fn parameters_are_refused_that_are_unknown_twice_or_no_text() {
        for (query, code) in [
            ("as_off=2025-01-01", "unknown_field"),
            ("as_of=2025-01-01&as_of=2025-01-01", "malformed"),
            ("as_of=%ff", "malformed"),
        ] {
            assert_eq!(read(query).err().as_deref(), Some(code), "{query}");
        }
        let bad = read("as_of=2025-02-30&limit=-1&explain=yes&area=security,nowhere&known_at=soon").unwrap();
        let codes = [
            bad.day("as_of").err(),
            bad.whole("limit").err(),
            bad.is_set("explain").err(),
            bad.areas().err(),
            bad.instant("known_at").err(),
            bad.needed_day("from").err(),
        ];
        let codes: Vec<String> = codes.into_iter().flatten().map(|problem| problem.code.clone()).collect();
        assert_eq!(codes, ["bad_value", "bad_value", "bad_value", "bad_value", "bad_value", "missing_field"]);
    }

    #[test]
    fn a_question_has_one_text_whatever_the_order_of_its_parameters() {
        let one = read("area=security,infrastructure&as_of=today&format=jsonl").unwrap();
        let other = read("as_of=2025-03-01&&area=security%2Cinfrastructure&build=x").unwrap();
        assert_eq!(one.canonical(), "area=security,infrastructure&as_of=2025-03-01");
        assert_eq!(one.canonical(), other.canonical());
        // A text is no day.
        let text = read("q=today").unwrap();
        assert_eq!((text.canonical().as_str(), text.says_today(), one.says_today()), ("q=today", false, true));
        let at = ledger::Timestamp::parse("2025-03-01T09:00:00Z").unwrap();
        assert_eq!(
            one.pinned(&["known_at"], at),
            "area=security,infrastructure&as_of=2025-03-01&known_at=2025-03-01T09:00:00.000000Z&format=jsonl"
        );
    }

    #[test]
    fn a_number_has_one_form_and_a_header_one_value() {
        let numbers = ["0", "50", "+5", "005", "-1", " 5", "", "18446744073709551616"].map(whole_number);
        assert_eq!(numbers, [Some(0), Some(50), None, None, None, None, None, None]);
        let headers = |values: &[&'static str]| {
            values.iter().map(|value| ("last-event-id".parse().unwrap(), HeaderValue::from_static(value))).collect()
        };
        let read = |values: &[&'static str]| {
            let headers: HeaderMap = headers(values);
            header_once(&headers, "Last-Event-ID").map(|text| text.map(str::to_owned)).map_err(|one| one.code.clone())
        };
        assert_eq!(
            [read(&[]), read(&["5"]), read(&["5", "5"])],
            [Ok(None), Ok(Some("5".into())), Ok(Some("5".into()))]
        );
        assert_eq!(read(&["5", "6"]), Err("malformed".to_owned()));
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "a b", "100 %", "Größe & \u{202e}", "+/?#"] {
            assert_eq!(decoded(&encoded(text)).as_deref(), Some(text));
        }
        assert_eq!(decoded("a+b").as_deref(), Some("a b"));
    }
}
