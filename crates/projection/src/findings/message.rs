//! What a finding says, and the partners that it names.

use std::fmt::{self, Display};

use ledger::PartnerId;

/// What stands before the id of a partner.
const PARTNER: &str = "partner ";
/// What a partner is called that does not exist for whoever is told.
const ANOTHER: &str = "another partner";

/// A text that knows where it names partners, so that it can be told to those for whom some of them do not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    text: String,
    /// The partners that it names, each with the byte at which that begins.
    named: Vec<(usize, PartnerId)>,
}

impl Message {
    /// The same text, which goes on with a partner's name.
    #[must_use]
    pub fn partner(mut self, partner: &PartnerId) -> Self {
        self.named.push((self.text.len(), partner.clone()));
        self.then(PARTNER).then(partner.as_str())
    }

    /// The same text, which goes on with another one.
    #[must_use]
    pub fn then(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The same text, in which partners that `sees` denies have no name.
    #[must_use]
    pub fn seen_by(&self, sees: impl Fn(&PartnerId) -> bool) -> Self {
        let (mut told, mut end) = (Self::default(), 0);
        for (start, partner) in &self.named {
            told = told.then(self.text.get(end..*start).unwrap_or_default());
            told = if sees(partner) { told.partner(partner) } else { told.then(ANOTHER) };
            end = start + PARTNER.len() + partner.as_str().len();
        }
        told.then(self.text.get(end..).unwrap_or_default())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text, named: Vec::new() }
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use ledger::PartnerId;

    use super::Message;

    #[test]
    fn a_partner_is_replaced_where_it_is_named_and_nowhere_else() {
        let [one, two] = ["1", "2"].map(|id| PartnerId::new(id).unwrap());
        let message =
            Message::from("location 1 is one of ".to_owned()).partner(&one).then(" up to 2021-01-12, and of ");
        let message = message.partner(&two).then(" as of 2021-02-01");
        assert_eq!(
            message.to_string(),
            "location 1 is one of partner 1 up to 2021-01-12, and of partner 2 as of 2021-02-01"
        );
        assert_eq!(message.seen_by(|_| true), message);
        assert_eq!(
            message.seen_by(|partner| *partner == two).to_string(),
            "location 1 is one of another partner up to 2021-01-12, and of partner 2 as of 2021-02-01"
        );
        assert_eq!(
            message.seen_by(|partner| *partner == one).to_string(),
            "location 1 is one of partner 1 up to 2021-01-12, and of another partner as of 2021-02-01"
        );
    }
}
