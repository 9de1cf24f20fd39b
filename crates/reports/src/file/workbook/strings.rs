//! The texts that the cells of a workbook share.

use super::xml::{Piece, Xml, damaged, name_of};
use crate::error::ReportError;

/// Bytes that the texts may have in memory, each with its place.
const MOST_BYTES: usize = 256 << 20;
const PLACE_BYTES: usize = size_of::<usize>();
const TOO_LONG: &str = "its texts have more than 256 MiB: save its sheet as CSV";

/// The shared texts, one behind the other.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// Reads the texts without their fonts, and without how they are pronounced.
    pub(super) fn read(xml: Xml) -> Result<Self, ReportError> {
        Self::read_at_most(xml, MOST_BYTES)
    }

    pub(super) fn read_at_most(mut xml: Xml, most_bytes: usize) -> Result<Self, ReportError> {
        let mut strings = Self::default();
        while let Some((name, _)) = xml.next_start()? {
            if name == "si" {
                let used = strings.text.len() + strings.ends.len() * PLACE_BYTES;
                let room = most_bytes.checked_sub(used).ok_or_else(|| damaged(TOO_LONG))?;
                let text = rich_text(&mut xml, "si", room)?;
                strings.text.push_str(&text);
                strings.ends.push(strings.text.len());
            }
        }
        Ok(strings)
    }

    /// A text by its place.
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end)
    }
}

/// The text inside an element that was begun, of at most so many bytes.
pub(super) fn rich_text(xml: &mut Xml, element: &str, most_bytes: usize) -> Result<String, ReportError> {
    let (mut text, mut is_text, mut is_phonetic) = (String::new(), false, false);
    loop {
        match xml.next()? {
            Piece::Start(inner) => match name_of(&inner).as_str() {
                "t" => is_text = true,
                "rPh" => is_phonetic = true,
                _ => {}
            },
            Piece::Text(part) if is_text && !is_phonetic => text.push_str(&part),
            Piece::Text(_) => {}
            Piece::End(name) if name == element => break,
            Piece::End(name) => match name.as_str() {
                "t" => is_text = false,
                "rPh" => is_phonetic = false,
                _ => {}
            },
            Piece::Over => return Err(damaged("its XML ends too early")),
        }
        if text.len() > most_bytes {
            return Err(damaged(TOO_LONG));
        }
    }
    Ok(without_escapes(text))
}

/// What Excel writes for characters that XML has not: `_x000D_` is a carriage return.
fn without_escapes(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let escaped = after.split_at_checked(4).and_then(|(digits, after)| {
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = is_hex.then(|| u32::from_str_radix(digits, 16).ok())??;
            Some((char::from_u32(number)?, after.strip_prefix('_')?))
        });
        rest = if let Some((character, after)) = escaped {
            out.push(character);
            after
        } else {
            out.push_str("_x");
            after
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Strings, Xml};

    fn read(text: &str, most_bytes: usize) -> Result<Vec<String>, String> {
        let xml = Xml::new(Box::new(Cursor::new(text.to_owned().into_bytes())));
        let strings = Strings::read_at_most(xml, most_bytes).map_err(|error| error.to_string())?;
        Ok((0..).map_while(|place| strings.get(place).map(str::to_owned)).collect())
    }

    #[test]
    fn texts_are_joined_from_their_runs() {
        let text = "<sst><si><t>a &amp; b</t></si><si/><si><r><rPr/><t>c</t></r><r><t xml:space=\"preserve\"> d</t></r>\
                    <rPh><t>x</t></rPh></si><x:si xmlns:x=\"y\"><x:t>e_x000D_&#10;f_x0_ <![CDATA[<]]></x:t></x:si></sst>";
        assert_eq!(read(text, 1 << 20).expect("it is whole"), ["a & b", "", "c d", "e\r\nf_x0_ <"]);
    }

    #[test]
    fn more_text_than_memory_should_hold_is_refused() {
        let many = format!("<sst>{}</sst>", "<si/>".repeat(100));
        let long = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(2 << 20));
        let text = format!("<sst><si>{}</si></sst>", format!("<t>{}</t>", "a".repeat(500)).repeat(9));
        for (text, most_bytes, told) in [
            (&many, 400, "256 MiB"),
            (&text, 4000, "256 MiB"),
            (&long, 1 << 30, "a piece of its XML has more than 1 MiB"),
        ] {
            assert!(read(text, most_bytes).expect_err("it is too much").contains(told));
        }
        assert!(read("<sst><si><t>a", 9).is_err() && read("<sst><si>&x;", 9).is_err());
    }
}
