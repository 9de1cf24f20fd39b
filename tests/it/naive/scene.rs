//! What every metric of one area looks at: the partner's facts, the rulebook, the months.

use super::association::{Association, associations};
use super::calendar::{Month, measured_month};
use super::facts::Fact;
use super::rules::{Distinction, Row, RowInForce, Rulebook};
use super::usage::{Figure, Products, carried, figures};
use super::{Beyond, Question};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One partner, one area, one day.
pub struct Scene<'a> {
    pub facts: &'a [Fact<'a>],
    pub rulebook: &'a Rulebook,
    pub area: &'a str,
    pub as_of: NaiveDate,
    pub measured: Month,
    pub compared: Month,
    pub unmeasured_include: bool,
    pub figures: Vec<Figure>,
    pub associations: Vec<Association>,
    /// What counts as it did on another day.
    pub lasting: Lasting<'a>,
    /// The facts that are visible without assumed events.
    own: &'a [Fact<'a>],
    beyond: &'a Beyond,
}

/// The figures that a question reads up to a month.
fn read(facts: &[Fact], own: &[Fact], beyond: &Beyond, last: Month) -> Vec<Figure> {
    if beyond.carries { carried(facts, own, beyond, last) } else { figures(facts) }
}

/// One thing that is taken to be another than it is.
#[derive(Clone, Copy)]
pub enum Lasting<'a> {
    Nothing,
    /// Certifications of persons.
    Certifications(&'a BTreeSet<(String, String)>),
    /// The enrolment in force on a day.
    Enrolment(NaiveDate),
    /// What a key says in a rulebook on a day.
    Rules(&'a str, &'a Rulebook, NaiveDate),
    /// The next rows of a key, as far as they are bounded and may hold already.
    NextRules(&'a str),
    /// A certification of a person, which counts if it does not, and the other way round.
    Turned(&'a (String, String)),
}

impl<'a> Scene<'a> {
    /// Sets the scene of a question for one of its areas; `own` are the facts that are visible without assumed events.
    pub fn new(
        facts: &'a [Fact<'a>],
        own: &'a [Fact<'a>],
        rulebook: &'a Rulebook,
        area: &'a str,
        question: &'a Question,
    ) -> Scene<'a> {
        let refresh = rulebook.row_at("refresh", "", Distinction::KeyAlone, question.as_of).expect("a refresh row");
        let refresh_day = refresh.row.count("day_of_month") as u32;
        let measured = measured_month(question.as_of, question.basis, refresh_day);
        Scene {
            facts,
            rulebook,
            area,
            as_of: question.as_of,
            measured,
            compared: measured.plus(-12),
            unmeasured_include: question.unmeasured_include,
            figures: read(facts, own, &question.beyond, measured),
            associations: associations(facts),
            lasting: Lasting::Nothing,
            own,
            beyond: &question.beyond,
        }
    }

    /// The same scene, with another month measured.
    pub fn at(&self, measured: Month) -> Scene<'_> {
        Scene {
            measured,
            compared: measured.plus(-12),
            figures: read(self.facts, self.own, self.beyond, measured),
            associations: self.associations.clone(),
            ..*self
        }
    }

    /// The same facts on another day, without figures and associations.
    pub fn on(&self, as_of: NaiveDate) -> Scene<'_> {
        Scene { as_of, figures: Vec::new(), associations: Vec::new(), ..*self }
    }

    /// The same scene, in which something lasts; and an association that does not end.
    pub fn with<'s>(&'s self, lasting: Lasting<'s>, association: Option<Uuid>) -> Scene<'s> {
        let mut associations = self.associations.clone();
        associations.iter_mut().filter(|one| Some(one.id) == association).for_each(Association::let_last);
        Scene { figures: self.figures.clone(), associations, lasting, ..*self }
    }

    /// The same scene, with some of its figures alone, in which nobody is counted without a figure.
    pub fn with_figures(&self, keeps: impl Fn(&Figure) -> bool) -> Scene<'_> {
        let figures = self.figures.iter().filter(|figure| keeps(figure)).cloned().collect();
        Scene { figures, associations: self.associations.clone(), unmeasured_include: false, ..*self }
    }

    /// The name that the area goes by in the keys of rules and tracks.
    pub fn rule_area(&self) -> &'a str {
        match self.area {
            "data_ai" | "infrastructure" | "digital_app" => "azure",
            own => own,
        }
    }

    /// The row of a kind of table at the day.
    pub fn row(&self, kind: &str, key: &str, of: Distinction) -> Option<RowInForce<'a>> {
        let earlier = match self.lasting {
            Lasting::Rules(lasting, rulebook, day) if lasting == key => rulebook.row_at(kind, key, of, day),
            Lasting::NextRules(next) if next == key => self.rulebook.next_bounded(kind, key, of, self.as_of),
            _ => None,
        };
        earlier.or_else(|| self.rulebook.row_at(kind, key, of, self.as_of))
    }

    /// The row of a metric that is not skilling.
    pub fn rule(&self, metric: &str, track: &str) -> Option<Row<'a>> {
        let key = format!("{}.{metric}", self.rule_area());
        self.row("rule", &key, Distinction::Track(track)).map(|chosen| chosen.row)
    }

    /// The products of a metric, or of one part of it.
    pub fn products(&self, metric: &str, of: Distinction) -> Products {
        let key = format!("{}.{metric}", self.rule_area());
        self.row("products", &key, of).map_or_else(Products::every, |chosen| Products::of(chosen.row))
    }

    /// Whether an association that is in the list and in force at the end of a month covers a figure.
    pub fn is_covered(&self, figure: &Figure, at: Month, list: &[&str], products: &Products) -> bool {
        self.associations.iter().any(|association| {
            association.covers(figure, products)
                && association.in_force_at_end_of(at, self.area)
                && association.is_in(list, self.rulebook)
        })
    }

    /// The figures of a metric and month.
    pub fn reported(&self, metric: &str, month: Month) -> Vec<&Figure> {
        self.figures.iter().filter(|figure| figure.metric == metric && figure.month == month).collect()
    }

    /// The customers that have an association in the list in force at the end of a month.
    pub fn associated(&self, at: Month, list: &[&str]) -> BTreeSet<Uuid> {
        self.associations
            .iter()
            .filter(|association| association.is_in(list, self.rulebook))
            .filter(|association| association.in_force_at_end_of(at, self.area))
            .filter_map(|association| association.customer)
            .collect()
    }

    /// How many customers are unmeasured at a month: associated, without any report of the figure in some months.
    pub fn unmeasured(&self, at: Month, list: &[&str], metric: &str, months: &[Month]) -> i64 {
        self.unmeasured_customers(at, list, metric, months).len() as i64
    }

    /// Those customers.
    pub fn unmeasured_customers(&self, at: Month, list: &[&str], metric: &str, months: &[Month]) -> BTreeSet<Uuid> {
        let is_reported = |customer: &Uuid| {
            months.iter().any(|month| self.reported(metric, *month).iter().any(|figure| figure.customer == *customer))
        };
        self.associated(at, list).into_iter().filter(|customer| !is_reported(customer)).collect()
    }

    /// The customers of any figure.
    pub fn customers(&self) -> BTreeSet<Uuid> {
        self.figures.iter().map(|figure| figure.customer).collect()
    }

    /// Whether a figure's offer is none of a rule's excluded ones.
    pub fn offer_counts(&self, figure: &Figure, rule: Row) -> bool {
        let excluded: Vec<String> = rule.texts("excluded_offers").into_iter().map(super::usage::fold_offer).collect();
        figure.offer.as_ref().is_none_or(|offer| !excluded.contains(offer))
    }
}
