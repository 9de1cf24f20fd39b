//! A partner whose two tracks of Modern Work have the same total: 75 points, but Enterprise without deployments.

use super::dice::Dice;
use super::draft::{Draft, Fields, dated, day_near, usage};
use super::stage::Stage;

/// The whole history.
pub fn drafts(dice: &mut Dice, stage: &Stage) -> Vec<Draft> {
    let partner = stage.partners[0];
    let mut drafts = Vec::new();
    for (place, customer) in stage.customers.iter().take(5).enumerate() {
        let own = Fields::default()
            .with("association", dice.uuid())
            .with("customer", customer.as_str())
            .with("mechanism", "cpor")
            .with("role", "osu")
            .with("subscription", "sub-1");
        let start = dice.instant_on(stage.compared.plus(-2).first_day());
        drafts.push(dated(dice, "association_accepted", Some(partner), start, own));

        // Two of them are deployed in Intune, but were not when they came; none is in Teams.
        let in_intune = if place < 2 { "150" } else { "70" };
        let came = stage.compared.plus(1);
        for (product, seats, users) in [("Teams", "5000", "250"), ("Intune", "200", in_intune)] {
            for (month, users) in [(came, "0"), (stage.measured, users)] {
                for (metric, value) in [("paid_seats", seats), ("active_users", users)] {
                    let own = Fields::default()
                        .with("customer", customer.as_str())
                        .with("product", product)
                        .with("metric", metric)
                        .with("value", value);
                    drafts.push(usage(dice, partner, month, own));
                }
            }
        }
    }
    for (person, certification) in
        [("a", "MS-700"), ("b", "MS-700"), ("c", "SC-300"), ("d", "MD-102"), ("a", "MS-102"), ("b", "MS-102")]
    {
        let own = Fields::default().with("person", person).with("certification", certification);
        let linked = dice.instant_on(day_near(stage, -50));
        drafts.push(dated(dice, "certification_linked", Some(partner), linked, own));
    }
    drafts
}
