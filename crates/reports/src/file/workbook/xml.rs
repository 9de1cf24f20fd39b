//! The XML of a part, an event at a time.

use std::io::{BufReader, Read};

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::error::ReportError;
use crate::file::damage::Damage;
use crate::file::text::{BoundedReader, Room};

/// Bytes that an event may have, with what is read ahead of it.
const EVENT_BYTES: usize = 1 << 20;

/// What is read from a part.
pub(super) struct Xml {
    reader: Reader<BufReader<BoundedReader<Box<dyn Read + Send>>>>,
    room: Room,
    buffer: Vec<u8>,
}

/// What stands in a part, as far as it is asked.
pub(super) enum Piece {
    Start(BytesStart<'static>),
    End(String),
    Text(String),
    Over,
}

impl Xml {
    pub(super) fn new(part: Box<dyn Read + Send>) -> Self {
        let room = Room::new("a piece of its XML has more than 1 MiB");
        let mut reader = Reader::from_reader(BufReader::new(room.bound(part)));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, room, buffer: Vec::new() }
    }

    /// The next element that begins, with its local name; `None` at the end of the part.
    pub(super) fn next_start(&mut self) -> Result<Option<(String, BytesStart<'static>)>, ReportError> {
        loop {
            match self.next()? {
                Piece::Start(element) => return Ok(Some((name_of(&element), element))),
                Piece::Over => return Ok(None),
                Piece::End(_) | Piece::Text(_) => {}
            }
        }
    }

    /// The next piece: a text may come in several.
    pub(super) fn next(&mut self) -> Result<Piece, ReportError> {
        loop {
            self.room.make(EVENT_BYTES);
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(unreadable)?;
            return Ok(match event {
                Event::Start(start) => Piece::Start(start.into_owned()),
                Event::End(end) => Piece::End(end.local_name().as_ref().to_owned()),
                Event::Text(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => Piece::Text(resolved(&name)?),
                Event::Eof => Piece::Over,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
            });
        }
    }
}

/// The local name of an element.
pub(super) fn name_of(element: &BytesStart<'_>) -> String {
    element.local_name().as_ref().to_owned()
}

/// An attribute by its local name.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = element.attributes();
    let mut found = all.with_checks(false).flatten();
    let found = found.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Explicit1_0).ok()?.into_owned())
}

/// What is wrong with a workbook.
pub(super) fn damaged(what: &str) -> ReportError {
    Damage::error(what).into()
}

fn resolved(name: &BytesRef<'_>) -> Result<String, ReportError> {
    let unknown = || damaged("its XML has a name that stands for nothing");
    if let Some(character) = name.resolve_char_ref().map_err(|_| unknown())? {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(&name.xml10_content()).map(str::to_owned).ok_or_else(unknown)
}

fn unreadable(error: quick_xml::Error) -> ReportError {
    let quick_xml::Error::Io(error) = error else { return damaged("its XML cannot be read") };
    match Damage::of(&error) {
        Some(what) => damaged(what),
        None => ReportError::Io(std::io::Error::new(error.kind(), error.to_string())),
    }
}
