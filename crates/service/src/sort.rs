//! The order of lists of partners, and the places in it behind which their parts begin.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Datelike as _;
use ledger::{Area, Date, PartnerId, named};
use num_rational::BigRational;

named! {
    /// By what a list is put in order.
    pub(crate) enum SortKey {
        /// The partner.
        Partner = "partner",
        /// The points.
        Points = "points",
        /// The day up to which a designation is held.
        SecuredUntil = "secured_until",
    }
}

/// What `sort` may be.
pub(crate) const SORTS: [&str; 6] = ["partner", "-partner", "points", "-points", "secured_until", "-secured_until"];

/// The order of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sort {
    pub(crate) key: SortKey,
    pub(crate) is_descending: bool,
}

/// A place in a list. Those without a rank stand last, in whatever direction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) rank: Option<BigRational>,
    pub(crate) partner: PartnerId,
    /// The area, where a partner has a place for each.
    pub(crate) area: Option<Area>,
}

/// The rank of a day.
pub(crate) fn day_rank(day: Date) -> BigRational {
    BigRational::from_integer(day.num_days_from_ce().into())
}

impl Default for Sort {
    fn default() -> Self {
        Self { key: SortKey::Partner, is_descending: false }
    }
}

impl Sort {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let key = SortKey::from_name(name.strip_prefix('-').unwrap_or(name))?;
        Some(Self { key, is_descending: name.starts_with('-') })
    }

    pub(crate) fn name(self) -> String {
        format!("{}{}", if self.is_descending { "-" } else { "" }, self.key)
    }

    fn turned(self, order: Ordering) -> Ordering {
        if self.is_descending { order.reverse() } else { order }
    }

    pub(crate) fn of_partners(self, one: &PartnerId, other: &PartnerId) -> Ordering {
        let order = one.cmp(other);
        if self.key == SortKey::Partner { self.turned(order) } else { order }
    }

    /// By rank; of the same rank by partner, and then by area.
    pub(crate) fn of_places(self, one: &Place, other: &Place) -> Ordering {
        let by_rank = match (&one.rank, &other.rank) {
            (Some(one), Some(other)) => self.turned(one.cmp(other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        by_rank.then_with(|| self.of_partners(&one.partner, &other.partner)).then(one.area.cmp(&other.area))
    }
}

impl Place {
    /// The place as an opaque text. It says where something stood, so that it holds whatever comes and goes.
    pub(crate) fn text(&self, sort: Sort) -> String {
        let rank = self.rank.as_ref().map(ToString::to_string).unwrap_or_default();
        let area = self.area.map(Area::name).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(format!("{} {rank} {} {area}", sort.name(), self.partner))
    }

    /// Reads the text of a place.
    ///
    /// # Errors
    /// It is none, or one of another order.
    pub(crate) fn parse(text: &str, sort: Sort) -> Result<Self, &'static str> {
        Self::read(text, sort).ok_or("it continues no list of this order")
    }

    fn read(text: &str, sort: Sort) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let [name, rank, partner, area] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
        let rank = Some(rank).filter(|rank| !rank.is_empty()).map(str::parse).transpose().ok()?;
        let area = if area.is_empty() { None } else { Some(Area::from_name(area)?) };
        let place = Self { rank, partner: PartnerId::new(partner).ok()?, area };
        (name == sort.name()).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use ledger::{Area, PartnerId};
    use num_rational::BigRational;

    use super::{Place, SORTS, Sort};

    fn sort(name: &str) -> Sort {
        Sort::from_name(name).unwrap()
    }

    fn place(rank: Option<i32>, partner: &str, area: Area) -> Place {
        let rank = rank.map(|rank| BigRational::new(rank.into(), 7.into()));
        Place { rank, partner: PartnerId::new(partner).unwrap(), area: Some(area) }
    }

    #[test]
    fn a_place_goes_through_its_text_and_is_of_its_order_alone() {
        let of_area = place(Some(400), "a-b_c", Area::Security);
        let of_partner = Place { rank: None, area: None, ..of_area.clone() };
        for (name, place) in SORTS.into_iter().flat_map(|name| [(name, &of_area), (name, &of_partner)]) {
            let of_name = sort(name);
            assert_eq!(of_name.name(), name);
            let text = place.text(of_name);
            assert_eq!(Place::parse(&text, of_name), Ok(place.clone()));
            let others = SORTS.iter().filter(|other| **other != name);
            assert!(others.map(|other| Place::parse(&text, sort(other))).all(|read| read.is_err()));
        }
        for none in ["", "!", "YQ", "cG9pbnRzIDEvMCBhIHNlY3VyaXR5"] {
            assert!(Place::parse(none, sort("points")).is_err(), "{none}");
        }
    }

    #[test]
    fn lines_without_a_rank_stand_last_and_those_of_one_rank_by_partner_and_area() {
        let mut places = [
            place(None, "a", Area::Security),
            place(Some(1), "b", Area::Security),
            place(Some(2), "b", Area::Infrastructure),
            place(Some(2), "a", Area::Security),
            place(Some(2), "a", Area::Infrastructure),
        ];
        let mut sorted = |name: &str| {
            places.sort_by(|one, other| sort(name).of_places(one, other));
            let line = |place: &Place| format!("{} {}", place.partner, place.area.unwrap());
            places.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            sorted("points"),
            ["b security", "a infrastructure", "a security", "b infrastructure", "a security"]
        );
        assert_eq!(
            sorted("-points"),
            ["a infrastructure", "a security", "b infrastructure", "b security", "a security"]
        );
        for place in &mut places {
            place.rank = None;
        }
        let mut sorted = |name: &str| {
            places.sort_by(|one, other| sort(name).of_places(one, other));
            places.first().map(|place| place.partner.to_string())
        };
        assert_eq!((sorted("partner").as_deref(), sorted("-partner").as_deref()), (Some("a"), Some("b")));
    }
}
